"""The levels of a forecast: item-location, item-region, category-region and total.

They form a tree: a location lies in one region and a sku in one category.
"""

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import BottomForecast, find_frame

LEVELS: dict[str, list[str]] = {
    "sku_region": ["sku", "category", "region"],
    "category_region": ["category", "region"],
    "total": [],
}
"""Upper levels from the bottom up, each with its key columns; other keys are null there."""

_KEYS = ["sku", "category", "region"]


def forecast_levels(bottom: pl.DataFrame) -> pl.DataFrame:
    """Sum the bottom forecasts up to the upper levels, so that all levels agree.

    Args:
        bottom: frame `bottom_forecast`.

    Returns:
        The columns of the contract ForecastLevels without business_date, with variances as if pairs
        were independent; sorted by level from the bottom up, key
        and date.

    Raises:
        ValueError: `bottom` breaks its contract.
    """
    ordered = find_frame(BottomForecast).read(bottom)
    parts = [
        _with_keys(
            aggregate_groups(ordered, [*keys, "date"], pl.col("mean", "variance").sum()).sort(
                *keys, "date"
            ),
            level,
        )
        for level, keys in LEVELS.items()
    ]
    return pl.concat(parts)


def _with_keys(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    """The columns of the upper levels; keys that a level does not have are null."""
    lacking = [pl.lit(None, pl.String).alias(key) for key in _KEYS if key not in frame.columns]
    return frame.with_columns(*lacking, level=pl.lit(level)).select(
        "level", *_KEYS, "date", "mean", "variance"
    )
