"""Chances of order lines: do they hold; and what was weighed of them: was the best done."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome
from quality_checks.contracts import CHANCES_OF_LINES

RISKS_HOLD = Check(
    "risks_hold",
    "Order lines are late and short as often as was said of them, more often where more was said, "
    "and of late as before.",
    remedy="Look at what changed with the suppliers that order_risks names: chances follow the "
    "lines of scorecard_window_days, and lag behind a sudden change.",
)

LANES_HOLD = Check(
    "lanes_hold",
    "Lines are late and short as often as was said of their lane before they were ordered, and of "
    "late as before.",
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

_LEAST_OUTCOMES = 30
"""Lines to which it happened, and to which it did not, below which a slope is mostly noise."""

_MOST_OFF = 0.1
"""Share of lines by which what happened may differ from what was said."""

_SLOPES = (0.5, 2.0)
"""Slopes that hold: below them chances are too bold, above them too timid to tell lines apart."""

_OF = ["chances", "outcome"]
_WORDS = {"late": "late", "late_week": "more than a week late", "short": "short"}


def judge_order_risks(accuracy: pl.DataFrame) -> Outcome:
    """Outcome for `RiskAccuracy` rows of open lines; too few lines tell nothing."""
    return _judge(RISKS_HOLD, accuracy.filter(pl.col("chances").is_in([*CHANCES_OF_LINES])))


def judge_lane_risks(accuracy: pl.DataFrame) -> Outcome:
    """Outcome for the rows of what was said of lanes."""
    return _judge(LANES_HOLD, accuracy.filter(chances="lanes"))


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
    told = accuracy.filter(pl.col("lines") >= _LEAST_LINES)
    error = pl.col("share") - pl.col("stated")
    before = error.filter(part="earlier").first().over(_OF)
    happened = pl.col("lines") * pl.col("share")
    enough = pl.min_horizontal(happened, pl.col("lines") - happened) >= _LEAST_OUTCOMES
    problem = (
        pl.when(error.abs() > _MOST_OFF)
        .then(pl.lit("off"))
        .when(enough & (pl.col("slope") < _SLOPES[0]))
        .then(pl.lit("too bold"))
        .when(enough & (pl.col("slope") > _SLOPES[1]))
        .then(pl.lit("too timid"))
        .when((pl.col("part") == "recent") & ((error - before).abs() > _MOST_OFF))
        .then(pl.lit("drifted"))
    )
    found = told.with_columns(problem=problem).filter(
        pl.col("problem").is_not_null(), pl.col("part") != "earlier"
    )
    words = ", ".join(
        f"{_WORDS[row['outcome']]} ({row['part']} lines, {row['problem']}): "
        f"{row['share']:.0%} of {row['lines']}, {row['stated']:.0%} said"
        for row in found.iter_rows(named=True)
    )
    return check.found(found, words)
