"""Check of the forecast's levels: do their sums agree with the forecast they are sums of."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome
from quality_checks.contracts import LEVELS

LEVELS_AGREE = Check(
    "levels_agree", "Every level sums to the forecast of all pairs on every day, and has no other."
)

_TOLERANCE = 1e-6


def judge_levels(levels: pl.DataFrame, totals: pl.DataFrame) -> list[Outcome]:
    """Outcome for `ForecastLevels` rows.

    Args:
        levels: the rows.
        totals: date, mean, variance: the forecast summed over all pairs, not by way of the levels.
    """
    measures = ["mean", "variance"]
    found = levels.group_by("level", "date", maintain_order=True).agg(pl.col(measures).sum())
    asked = totals.select("date", *measures).join(pl.DataFrame({"level": LEVELS}), how="cross")
    compared = found.join(
        asked, on=["level", "date"], how="full", suffix="_of_pairs", coalesce=True
    )
    agrees = [
        (pl.col(name) - pl.col(f"{name}_of_pairs")).abs()
        <= _TOLERANCE * pl.max_horizontal(pl.lit(1.0), f"{name}_of_pairs")
        for name in measures
    ]
    # A level without a day of the forecast, or with another day, has nothing to compare with.
    off = compared.filter(~pl.all_horizontal(agrees).fill_null(value=False)).sort("level", "date")
    return [LEVELS_AGREE.found(off, f"{len(off)} days of a level differ from the forecast")]
