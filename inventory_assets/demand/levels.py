"""The forecast by sku and region, by category and region, and in total."""

from datetime import timedelta
from functools import partial

import polars as pl

from forecasting.evaluation import forecast_levels as sum_levels
from inventory_assets.demand.portions import portions
from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.pictures import HISTORY_DAYS, plot_total
from quality_checks.checks import LEVELS_AGREE, judge_levels
from quality_checks.contracts import CONTRACTS, EVERYWHERE

_MOST_PAIRS = 5_000_000
"""Rows of the forecast held at a time; a day is never cut."""


@result_asset(
    "forecast_levels",
    reads=["forecast", "unconstrained", "products"],
    checks=[LEVELS_AGREE],
    by_item=True,
)
def forecast_levels(inputs: Inputs) -> Computed:
    """Sums of the forecast, which agree at all levels."""
    totals = inputs.query("forecast_totals")
    made = [CONTRACTS["forecast_levels"].empty().drop("business_date")]
    for days in portions(zip(totals["date"], totals["pairs"], strict=True), _MOST_PAIRS):
        chosen = {"chosen": pl.DataFrame({"date": days})}
        bottom = inputs.query("bottom_forecast", frames=chosen)
        keys = pl.col("region", "category", "sku").fill_null(EVERYWHERE)
        made.append(sum_levels(bottom).with_columns(keys).select(made[0].columns))
    levels = pl.concat(made)
    first_day = inputs.business_date - timedelta(days=HISTORY_DAYS - 1)
    history = inputs.query("demand_totals", first_day=first_day)
    total = levels.filter(level="total")
    return Computed(
        levels,
        judge_levels(levels, totals),
        {"total demand and forecast": partial(plot_total, history, total)},
    )
