"""Changes of price in the past: what sold in the days before and after, beside what was to expect.

Two weeks on either side of a change, in the same places on days in stock, leave out what makes
items and places differ and what moves slowly. What moves all items of a category in those days, as
a season, the weather or a holiday, is taken from those that sold at their full price.
"""

from typing import Final

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import PricedDays, find_frame

SIDE_DAYS: Final = 14
"""Days on either side of a change."""

_LEAST_DAYS: Final = 3
_MOST_GAP_DAYS: Final = 3
_LEAST_CHANGE: Final = 0.03
"""Share by which a price moves at least to be a change."""

_STEADY_UNITS: Final = 50.0
"""Units of a usual day that the factor of a day of a category is shrunk by."""

_PLACED: Final = ["sku", "place"]


def find_price_changes(days: pl.DataFrame) -> pl.DataFrame:
    """Find changes of price, and of promotion, with what sold on either side of each.

    Args:
        days: frame `priced_days`.

    Returns:
        sku, style, category, place, changed_on, step (log of the price after it over that before),
        promoted (1 where a promotion begins with it, -1 where one ends, else 0), sold_before,
        sold_after (units), usual_before and usual_after (units to expect had nothing changed),
        sorted by sku, place and day.
    """
    known = find_frame(PricedDays).read(days).sort(*_PLACED, "date")
    expected = _expect_usual(known)
    state = pl.struct(pl.col("price").round(2), "promoted")
    gap = (pl.col("date") - pl.col("date").shift(1)).dt.total_days() > _MOST_GAP_DAYS
    begins = (state != state.shift(1)) | gap
    spells = aggregate_groups(
        expected.with_columns(
            begins=begins.over(_PLACED).fill_null(value=True),
            broken=gap.over(_PLACED).fill_null(value=True),
        ).with_columns(spell=pl.col("begins").cum_sum()),
        "spell",
        pl.col("sku", "style", "category", "place", "promoted", "broken").first(),
        pl.col("price").mean(),
        changed_on=pl.col("date").first(),
        days=pl.len(),
        sold_first=pl.col("units").head(SIDE_DAYS).sum(),
        usual_first=pl.col("usual").head(SIDE_DAYS).sum(),
        sold_last=pl.col("units").tail(SIDE_DAYS).sum(),
        usual_last=pl.col("usual").tail(SIDE_DAYS).sum(),
    )

    def before(name: str) -> pl.Expr:
        return pl.col(name).shift(1).over(_PLACED)

    return (
        spells.select(
            "sku",
            "style",
            "category",
            "place",
            "changed_on",
            step=(pl.col("price") / before("price")).log(),
            promoted=pl.col("promoted").cast(pl.Int64) - before("promoted").cast(pl.Int64),
            sold_before=before("sold_last"),
            sold_after="sold_first",
            usual_before=before("usual_last"),
            usual_after="usual_first",
            lasts=(pl.col("days") >= _LEAST_DAYS) & (before("days") >= _LEAST_DAYS),
            broken="broken",
        )
        .filter(
            "lasts",
            ~pl.col("broken"),
            pl.col("step").abs() >= _LEAST_CHANGE,
            pl.col("usual_before") > 0,
            pl.col("usual_after") > 0,
            pl.col("sold_before") + pl.col("sold_after") > 0,
        )
        .drop("lasts", "broken")
    )


def _expect_usual(days: pl.DataFrame) -> pl.DataFrame:
    """`usual` times what the day does to the category at full prices.

    A day on which little sells at full price is taken to be like the weeks around it.
    """
    full = (pl.col("price") > 1 - _LEAST_CHANGE) & ~pl.col("promoted")
    by_day = aggregate_groups(
        days,
        ["category", "date"],
        units=pl.col("units").filter(full).sum(),
        usual=pl.col("usual").filter(full).sum(),
    ).sort("category", "date")
    around = [
        pl.col(name)
        .rolling_sum(2 * SIDE_DAYS + 1, min_samples=1, center=True)
        .over("category")
        .alias(f"{name}_around")
        for name in ("units", "usual")
    ]
    level = (pl.col("units_around") + _STEADY_UNITS) / (pl.col("usual_around") + _STEADY_UNITS)
    factors = by_day.with_columns(around).select(
        "category",
        "date",
        factor=(pl.col("units") + level * _STEADY_UNITS) / (pl.col("usual") + _STEADY_UNITS),
    )
    joined = days.join(factors, on=["category", "date"], how="left", maintain_order="left")
    return joined.with_columns(usual=pl.col("usual") * pl.col("factor"))
