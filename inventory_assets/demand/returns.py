"""What customers will bring or send back."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from forecasting.returns import estimate_return_rates, forecast_returns
from inventory_assets.demand.portions import portions
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import (
    sum_moved_units,
    tabulate_return_rates,
    tabulate_returns,
)
from quality_checks.contracts import CONTRACTS

_HORIZON_DAYS = 14
_HISTORY_DAYS = 365
_MOST_LINES = 10_000_000
"""Lines of sales history held at a time. Items in a portion share delays and the rates of category
and channel, so a retailer of fewer lines pools all of them."""

_SHOWN = 20


@result_asset(
    "returns_forecast",
    reads=["demand_history", "trading_days", "returns", "products", "locations", "learnt_forecast"],
    by_item=True,
    closed_days=True,
)
def returns_forecast(inputs: Inputs) -> Computed:
    """Returns of the next two weeks by the location that takes them and the channel of the sale.

    A day that is still open is ahead, like those after it: what it sells is what was forecast.
    """
    last_day = inputs.last_closed_day
    first_day = last_day - timedelta(days=_HISTORY_DAYS - 1)
    size = inputs.query("sold_rows", first_day=first_day, last_day=last_day)
    none = CONTRACTS["returns_forecast"].empty().drop("business_date")
    if size.filter(pl.col("returned") > 0).is_empty():
        return Computed(none)
    regions = inputs.known("locations").select("location", "region")
    categories = size.select("sku", "category")
    made, sums = [none], []
    for skus in portions(zip(size["sku"], size["lines"], strict=True), _MOST_LINES):
        rows, moved = _portion(inputs, first_day, last_day, skus)
        made.append(rows.join(regions, on="location", how="left").select(none.columns))
        sums.append(moved.join(categories, on="sku"))
    top = tabulate_returns(pl.concat(sums))
    return Computed(
        pl.concat(made), metadata={"most returns by category and channel": show_rows(top, _SHOWN)}
    )


@result_asset(
    "return_rates",
    reads=["demand_history", "trading_days", "returns", "products"],
    by_item=True,
    closed_days=True,
)
def return_rates(inputs: Inputs) -> Computed:
    """How likely a unit sold comes back, by item and channel."""
    last_day = inputs.last_closed_day
    first_day = last_day - timedelta(days=_HISTORY_DAYS - 1)
    rates = estimate_return_rates(
        inputs.query("channel_sales", first_day=first_day, last_day=last_day),
        inputs.query("channel_returns", first_day=first_day, last_day=last_day),
        inputs.known("products").select("sku", "category"),
        as_of=last_day,
    )
    by_channel = tabulate_return_rates(rates)
    return Computed(rates, metadata={"mean by channel": show_rows(by_channel, len(by_channel))})


def _portion(
    inputs: Inputs, first_day: date, last_day: date, skus: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecast of some items, and units sold, returned and expected by sku and channel."""
    days: dict[str, Any] = {"first_day": first_day, "last_day": last_day}
    chosen = {"chosen": pl.DataFrame({"sku": skus})}
    sold = inputs.query("sold_units", frames=chosen, **days)
    returned = inputs.query("returned_units", frames=chosen, **days)
    end = inputs.business_date + timedelta(days=_HORIZON_DAYS)
    ahead = inputs.query("due_forecast", frames=chosen, last_day=end)
    made = forecast_returns(sold, returned, ahead, as_of=last_day, horizon=(end - last_day).days)
    made = made.filter(pl.col("date") > inputs.business_date)
    return made, sum_moved_units(sold, returned, made)
