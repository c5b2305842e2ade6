"""Demand of the weeks until a season's end, in a price zone."""

import datetime as dt

import polars as pl

from forecasting.distribution import sum_echelon_demand
from optimization.levels import Outlook
from optimization.markdown.gathering import count_season_weeks
from optimization.markdown.zones import ZONED

_WEEK = 7


def sum_season_weeks(
    items: pl.DataFrame,
    sellers: pl.DataFrame,
    outlook: Outlook,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Sum the demand of each week until the season's end over the places of a zone.

    Variances of weeks are the steps of the variance of all until then, so that they sum to that of
    the season, which no week by itself is as unsure as.

    Args:
        items: frame `season_items`.
        sellers: what `select_sellers` gives; those without stock on record sell nothing here.
        outlook: demand of every day from `first_day` on, at the prices that are announced for it.
            A fall after its last day is in none of it: weeks beyond go on as that day.
        first_day: of the first week.

    Returns:
        Frame `season_weeks`; items without a forecast have no rows.
    """
    chosen = items.select(
        *ZONED, "season_end", "price", "planned_on", "planned_price",
        weeks=pl.col("season_end").map_elements(
            lambda end: count_season_weeks(end, first_day), return_dtype=pl.Int64
        ),
    )  # fmt: skip
    wait = (pl.col("launch_date") - pl.lit(first_day)).dt.total_days()
    members = (
        sellers.filter(pl.col("owned").is_not_null())
        .join(chosen.select(ZONED), on=ZONED, how="semi", maintain_order="left")
        .select("sku", "location", node="zone", wait_days=wait.clip(lower_bound=0).fill_null(0))
    )
    ends = (
        chosen.with_columns(week=pl.int_ranges(0, "weeks"))
        .explode("week")
        .with_columns(
            days=pl.min_horizontal(
                (pl.col("week") + 1) * _WEEK,
                (pl.col("season_end") - pl.lit(first_day)).dt.total_days() + 1,
            ).cast(pl.Float64)
        )
    )
    demand = outlook.sum_demand_from(first_day)
    sums = [
        sum_echelon_demand(
            demand,
            of_week.select(
                "sku", "days", location="zone", wait_days=pl.lit(0, pl.Int64),
                lead_time_sd=pl.lit(0.0),
            ),
            members,
        ).select("sku", "mean", "variance", zone="location", week=pl.lit(number, pl.Int64))
        for (number,), of_week in ends.group_by("week", maintain_order=True)
    ]  # fmt: skip
    empty = pl.DataFrame(
        schema={"sku": pl.String, "mean": pl.Float64, "variance": pl.Float64,
                "zone": pl.String, "week": pl.Int64}
    )  # fmt: skip
    starts = pl.lit(first_day) + pl.duration(days=pl.col("week") * _WEEK)
    known = pl.col("planned_on") <= pl.lit(outlook.demand["date"].max(), pl.Date)
    lowered = (known & (starts >= pl.col("planned_on"))).fill_null(value=False)
    until = pl.concat([empty, *sums]).sort(*ZONED, "week")
    step = [
        (pl.col(name) - pl.col(name).shift(1).over(ZONED).fill_null(0.0)).clip(lower_bound=0.0)
        for name in ("mean", "variance")
    ]
    return (
        until.with_columns(step)
        .join(chosen, on=ZONED, maintain_order="left")
        .select(
            *ZONED,
            "week",
            "mean",
            "variance",
            base_price=pl.when(lowered).then("planned_price").otherwise("price"),
        )
    )
