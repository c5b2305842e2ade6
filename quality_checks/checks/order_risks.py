"""Chances of order lines: do they hold."""

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


def _judge(check: Check, accuracy: pl.DataFrame) -> Outcome:
    off = (pl.col("stated") - pl.col("share")).abs() > _MOST_OFF
    bold = (pl.col("slope") < _LEAST_SLOPE).fill_null(value=False)
    found = accuracy.filter((pl.col("lines") >= _LEAST_LINES) & (off | bold))
    words = ", ".join(
        f"more than {days} days late: {share:.0%} of lines, {stated:.0%} said"
        for days, share, stated in found.select("late_days", "share", "stated").iter_rows()
    )
    return check.found(found, words)
