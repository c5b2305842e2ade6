"""What customers will bring or send back."""

from datetime import date, timedelta

import polars as pl

from forecasting.returns import estimate_return_rates, forecast_returns
from inventory_assets.demand.portions import portions
from inventory_assets.demand.sensing import find_last_closed_day
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
    reads=["demand_history", "returns", "products", "locations", "forecast"],
    by_item=True,
)
def returns_forecast(inputs: Inputs) -> Computed:
    """Returns of the next two weeks by the location that takes them and the channel of the sale."""
    first_day = inputs.business_date - timedelta(days=_HISTORY_DAYS - 1)
    size = inputs.query("sold_rows", first_day=first_day)
    none = CONTRACTS["returns_forecast"].empty().drop("business_date")
    if size.filter(pl.col("returned") > 0).is_empty():
        return Computed(none)
    regions = inputs.known("locations").select("location", "region")
    categories = size.select("sku", "category")
    made, sums = [none], []
    for skus in portions(zip(size["sku"], size["lines"], strict=True), _MOST_LINES):
        rows, moved = _portion(inputs, first_day, skus)
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
)
def return_rates(inputs: Inputs) -> Computed:
    """How likely a unit sold comes back, by item and channel."""
    last_day = find_last_closed_day(inputs)
    first_day = last_day - timedelta(days=_HISTORY_DAYS - 1)
    rates = estimate_return_rates(
        inputs.query("channel_sales", first_day=first_day, last_day=last_day),
        inputs.query("channel_returns", first_day=first_day, last_day=last_day),
        inputs.known("products").select("sku", "category"),
        as_of=last_day,
    )
    by_channel = tabulate_return_rates(rates)
    return Computed(rates, metadata={"mean by channel": show_rows(by_channel, len(by_channel))})


def _portion(inputs: Inputs, first_day: date, skus: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecast of some items, and units sold, returned and expected by sku and channel."""
    chosen = {"chosen": pl.DataFrame({"sku": skus})}
    sold = inputs.query("sold_units", frames=chosen, first_day=first_day)
    returned = inputs.query("returned_units", frames=chosen, first_day=first_day)
    last_day = inputs.business_date + timedelta(days=_HORIZON_DAYS)
    ahead = inputs.query("due_forecast", frames=chosen, last_day=last_day)
    made = forecast_returns(
        sold, returned, ahead, as_of=inputs.business_date, horizon=_HORIZON_DAYS
    )
    return made, sum_moved_units(sold, returned, made)
