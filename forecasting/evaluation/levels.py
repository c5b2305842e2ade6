"""The levels of a forecast: item-location, item-region, category-region and total.

They form a tree: a location lies in one region and a sku in one category.
"""

import polars as pl

LEVELS: dict[str, list[str]] = {
    "sku_region": ["sku", "category", "region"],
    "category_region": ["category", "region"],
    "total": [],
}
"""Upper levels from the bottom up, each with its key columns; other keys are null there."""

_KEYS = ["sku", "category", "region"]


def forecast_levels(bottom: pl.DataFrame) -> pl.DataFrame:
    """Bottom forecasts summed up to the upper levels, which so agree.

    Args:
        bottom: sku, location, region, category, date, mean, variance.

    Returns:
        level, sku, category, region (null where they are no key of the level), date, mean,
        variance (units^2, as if pairs were independent); sorted by level from the bottom up, key
        and date.

    Raises:
        ValueError: a row lacks a key, comes twice or is no forecast, or a location lies in two
            regions or a sku in two categories; names the first at fault.
    """
    _check_bottom(bottom)
    ordered = bottom.sort("sku", "location", "date")
    parts = [
        _with_keys(
            ordered.group_by(*keys, "date", maintain_order=True)
            .agg(pl.col("mean", "variance").sum())
            .sort(*keys, "date"),
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


def _check_bottom(bottom: pl.DataFrame) -> None:
    """Refuse bottom forecasts that lack a key, repeat one, make no tree or are no forecasts."""
    _check_rows(bottom)
    _refuse_two(bottom, "location", "region")
    _refuse_two(bottom, "sku", "category")


def _refuse_two(frame: pl.DataFrame, inner: str, outer: str) -> None:
    """Refuse rows in which one `inner` lies in two `outer`."""
    places = frame.select(inner, outer).unique()
    twice = places.filter(pl.col(inner).is_duplicated()).sort(inner, outer)
    if not twice.is_empty():
        msg = f"{inner} {twice[inner][0]} lies in more than one {outer}: {', '.join(twice[outer])}"
        raise ValueError(msg)


def _check_rows(bottom: pl.DataFrame) -> None:
    filled = ["sku", "location", "region", "category", "date"]
    keys = ["sku", "location", "date"]
    fine = pl.all_horizontal(
        (pl.col(column).is_finite() & (pl.col(column) >= 0)).fill_null(value=False)
        for column in ("mean", "variance")
    )
    for bad, rule in (
        (pl.any_horizontal(pl.col(filled).is_null()), "has a row without a key"),
        (~fine, "has a mean or variance that is not a finite number of at least 0"),
        (pl.struct(keys).is_duplicated(), "has a row more than once"),
    ):
        rows = bottom.filter(bad)
        if not rows.is_empty():
            row = rows.select(*filled, "mean", "variance").sort(keys).row(0, named=True)
            where = ", ".join(f"{column} {value}" for column, value in row.items())
            msg = f"bottom {rule}: {where}"
            raise ValueError(msg)
