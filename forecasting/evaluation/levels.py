"""The levels of a forecast: item-location, item-region, category-region and total.

They form a tree: a location lies in one region and a sku in one category.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]

BOTTOM = "sku_location"

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
        ValueError: as for `check_bottom`.
    """
    check_bottom(bottom)
    ordered = bottom.sort("sku", "location", "date")
    parts = [
        with_keys(
            ordered.group_by(*keys, "date", maintain_order=True)
            .agg(pl.col("mean", "variance").sum())
            .sort(*keys, "date"),
            level,
        )
        for level, keys in LEVELS.items()
    ]
    return pl.concat(parts)


def parents_of(nodes: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, IntArray]:
    """Nodes of the next level, and the row among them of the parent of each node.

    Args:
        nodes: the keys of a level and date.
        keys: key columns of the next level, of `LEVELS`.

    Returns:
        The keys and date of the parents, sorted, and a row number for each of `nodes`.
    """
    columns = [*keys, "date"]
    parents = nodes.select(columns).unique().sort(columns)
    joined = nodes.join(
        parents.with_row_index("parent"), on=columns, how="left", maintain_order="left"
    )
    return parents, joined["parent"].to_numpy().astype(np.int64)


def with_keys(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    """The columns of the upper levels, keys that the level has not as null."""
    lacking = [pl.lit(None, pl.String).alias(key) for key in _KEYS if key not in frame.columns]
    return frame.with_columns(*lacking, level=pl.lit(level)).select(
        "level", *_KEYS, "date", "mean", "variance"
    )


def check_bottom(bottom: pl.DataFrame) -> None:
    """Refuse bottom forecasts that lack a key, repeat one, make no tree or are no forecasts.

    Raises:
        ValueError: names the first row at fault.
    """
    keys = ["sku", "location", "region", "category", "date"]
    _check_rows(bottom, keys, ["sku", "location", "date"], "bottom")
    refuse_two(bottom, "location", "region")
    refuse_two(bottom, "sku", "category")


def check_aggregates(aggregates: pl.DataFrame) -> None:
    """Refuse forecasts of upper levels that lack a key, repeat one or are no forecasts.

    Raises:
        ValueError: names the first row at fault.
    """
    unknown = aggregates.filter(~pl.col("level").is_in(list(LEVELS)))["level"].sort()
    if len(unknown):
        msg = f"{unknown[0]} is not a level; there are {', '.join(LEVELS)}"
        raise ValueError(msg)
    for level, keys in LEVELS.items():
        rows = aggregates.filter(pl.col("level") == level)
        _check_rows(rows, [*keys, "date"], [*keys, "date"], f"aggregates at {level}")


def refuse_two(frame: pl.DataFrame, inner: str, outer: str) -> None:
    """Refuse rows in which one `inner` lies in two `outer`.

    Raises:
        ValueError: names the first.
    """
    places = frame.select(inner, outer).unique()
    twice = places.filter(pl.col(inner).is_duplicated()).sort(inner, outer)
    if not twice.is_empty():
        msg = f"{inner} {twice[inner][0]} lies in more than one {outer}: {', '.join(twice[outer])}"
        raise ValueError(msg)


def _check_rows(frame: pl.DataFrame, filled: list[str], keys: list[str], name: str) -> None:
    fine = pl.all_horizontal(
        (pl.col(column).is_finite() & (pl.col(column) >= 0)).fill_null(value=False)
        for column in ("mean", "variance")
    )
    for bad, rule in (
        (pl.any_horizontal(pl.col(filled).is_null()), "has a row without a key"),
        (~fine, "has a mean or variance that is not a finite number of at least 0"),
        (pl.struct(keys).is_duplicated(), "has a row more than once"),
    ):
        rows = frame.filter(bad)
        if not rows.is_empty():
            row = rows.select(*filled, "mean", "variance").sort(keys).row(0, named=True)
            where = ", ".join(f"{column} {value}" for column, value in row.items())
            msg = f"{name} {rule}: {where}"
            raise ValueError(msg)
