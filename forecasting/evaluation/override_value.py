"""What planners' overrides were worth as forecasts (forecast value added; Gilliland 2010).

A quantity is a forecast of demand and a reserve, less what is there. Who overrides it by d units,
and leaves the rest as it is, expects d units more than the plan did over the days that the goods
are for.
"""

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import DemandOfOverrides, ServedLocations, find_frame

LEAST_KNOWN = 0.5
"""Share of the days that must be known for an override to be judged."""


def sum_expected_demand(
    overrides: pl.DataFrame, forecast: pl.DataFrame, served: pl.DataFrame, *, days: int
) -> pl.DataFrame:
    """Sum the demand that the plan expected over the days that overridden goods are for.

    Args:
        overrides: action_id, sku, destination and due_on of the contract OverrideForecasts; further
            columns are kept.
        forecast: rows of the contract Forecast, those that the plan was made from.
        served: frame `served_locations`.
        days: days that the goods are for, from the day they are due.

    Returns:
        The columns of the contract OverrideForecasts without business_date; those whose days the
        forecast does not reach are left out.
    """
    find_frame(ServedLocations).check(served)
    first = pl.col("due_on")
    window = overrides.with_columns(
        first_day=first, last_day=first.dt.offset_by(f"{days - 1}d")
    ).filter(pl.col("last_day") <= forecast["date"].max())
    days_served = (
        window.select("action_id", "sku", "destination", "first_day", "last_day")
        .join(served, on="destination")
        .join(forecast.select("sku", "location", "date", "mean"), on=["sku", "location"])
        .filter(pl.col("date").is_between("first_day", "last_day"))
        .sort("action_id", "location", "date")
    )
    sums = aggregate_groups(days_served, "action_id", forecast=pl.col("mean").sum())
    return window.join(sums, on="action_id").sort("action_id")


def measure_value_added(overrides: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Compare the error of the plan's forecast with that of the override, once demand is known.

    Args:
        overrides: action_id, proposed, overridden and forecast of the contract OverrideForecasts;
            further columns are kept.
        demand: frame `demand_of_overrides`.

    Returns:
        The columns of the contract OverrideValue without business_date, sorted by action_id;
        value_added is above 0 where the override was the better forecast. Those of which less than
        `LEAST_KNOWN` of the days is known are left out.
    """
    find_frame(DemandOfOverrides).check(demand)
    share = pl.col("known_days") / pl.col("days")
    changed = pl.col("forecast") + pl.col("overridden") - pl.col("proposed")
    return (
        overrides.join(demand.filter(pl.col("days") > 0), on="action_id")
        .with_columns(known_share=share, overridden_forecast=changed.clip(0))
        .filter(pl.col("known_share") >= LEAST_KNOWN)
        .with_columns(demand=pl.col("demand") / pl.col("known_share"))
        .with_columns(
            value_added=(pl.col("forecast") - pl.col("demand")).abs()
            - (pl.col("overridden_forecast") - pl.col("demand")).abs()
        )
        .drop("days", "known_days")
        .sort("action_id")
    )


def summarize_overrides(judged: pl.DataFrame) -> pl.DataFrame:
    """Overrides and their worth by person, direction and reason, the largest loss first.

    Args:
        judged: result of `measure_value_added`.
    """
    raised = pl.when(pl.col("overridden") > pl.col("proposed")).then(pl.lit("raised"))
    keys = ["author", "direction", "reason"]
    return (
        judged.with_columns(direction=raised.otherwise(pl.lit("lowered")))
        .group_by(keys, maintain_order=True)
        .agg(
            pl.len().alias("overrides"),
            (pl.col("overridden") - pl.col("proposed")).sum().alias("units changed"),
            pl.col("value_added").sum().round(1).alias("units nearer to demand"),
            (pl.col("value_added") > 0).mean().round(2).alias("share that helped"),
        )
        .sort("units nearer to demand", *keys)
    )
