"""Chances of order lines: do they hold; and what was weighed of them: was the best done."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

RISKS_HOLD = Check(
    "risks_hold",
    "Order lines are late as often as was said of them, and more often where more was said.",
    remedy="Look at what changed with the suppliers that order_risks names: chances follow the "
    "lines of scorecard_window_days, and lag behind a sudden change.",
)

LANES_HOLD = Check(
    "lanes_hold",
    "Lines are late as often as was said of their lane before they were ordered.",
    remedy="Look at what changed with the suppliers that lane_risks names: chances follow the "
    "lines of scorecard_window_days, and lag behind a sudden change.",
)

BEST_TAKEN = Check(
    "best_taken",
    "Of each open order line at risk one alternative is taken, and none gains more.",
    remedy="Report it with the rows: what was weighed and what is planned do not agree.",
)

_CENT = 0.01

_LEAST_LINES = 100
_MOST_OFF = 0.1
"""Share of lines by which lateness may differ from what was said."""

_LEAST_SLOPE = 0.5


def judge_order_risks(accuracy: pl.DataFrame) -> Outcome:
    """Outcome for `RiskAccuracy` rows; too few lines tell nothing."""
    return _judge(RISKS_HOLD, accuracy)


def judge_lane_risks(accuracy: pl.DataFrame) -> Outcome:
    """Outcome for the same figures of what was said of lanes."""
    return _judge(LANES_HOLD, accuracy)


def judge_alternatives(
    alternatives: pl.DataFrame, risks: pl.DataFrame, least_gain: float
) -> Outcome:
    """Outcome for `OrderAlternatives` rows, beside the `OrderRisks` rows of all lines.

    A line that is accepted passes over what gains no more than `least_gain`.
    """
    key = ["document_kind", "document", "line"]
    taken = pl.col("verdict") == "taken"
    done = alternatives.group_by(key, maintain_order=True).agg(
        taken=taken.sum(),
        most=pl.col("gain").max(),
        gains=pl.col("gain").filter(taken).max(),
        accepted=(taken & (pl.col("alternative") == "accept")).any(),
    )
    slack = pl.when("accepted").then(pl.lit(least_gain)).otherwise(pl.lit(0.0)) + _CENT
    found = (
        risks.filter(pl.col("margin_at_risk") >= _CENT)
        .join(done, on=key, how="full", coalesce=True, maintain_order="left_right")
        .filter(
            (pl.col("taken") != 1).fill_null(value=True)
            | (pl.col("most") > pl.col("gains") + slack)
        )
        .select(*key, "taken", "most", "gains")
    )
    return BEST_TAKEN.found(found, f"{found.height} lines at risk without their best alternative")


def _judge(check: Check, accuracy: pl.DataFrame) -> Outcome:
    off = (pl.col("stated") - pl.col("share")).abs() > _MOST_OFF
    bold = (pl.col("slope") < _LEAST_SLOPE).fill_null(value=False)
    found = accuracy.filter((pl.col("lines") >= _LEAST_LINES) & (off | bold))
    words = ", ".join(
        f"more than {days} days late: {share:.0%} of lines, {stated:.0%} said"
        for days, share, stated in found.select("late_days", "share", "stated").iter_rows()
    )
    return check.found(found, words)
