"""What customers will bring or send back."""

from datetime import date, timedelta

import polars as pl

from forecasting.returns import forecast_returns
from inventory_assets.demand.portions import portions
from inventory_assets.framework import Computed, Retailer, result_asset, returns_table, table
from quality_checks.contracts import CONTRACTS

_HORIZON_DAYS = 14
_HISTORY_DAYS = 365
_MOST_LINES = 10_000_000
"""Lines of sales history held at a time. Items in a portion share delays and the rates of category
and channel, so a retailer of fewer lines pools all of them."""

_SHOWN = 20


@result_asset(
    "returns_forecast", deps=["demand_history", "returns", "products", "locations", "forecast"]
)
def returns_forecast(retailer: Retailer, business_date: date) -> Computed:
    """Returns of the next two weeks by the location that takes them and the channel of the sale."""
    first_day = business_date - timedelta(days=_HISTORY_DAYS - 1)
    size = retailer.warehouse.query("sold_rows", business_date, first_day=first_day)
    none = CONTRACTS["returns_forecast"].empty().drop("business_date")
    if size["returned"].sum() == 0:
        return Computed(none)
    regions = retailer.warehouse.known("locations", business_date).select("location", "region")
    categories = size.select("sku", "category")
    made, sums = [none], []
    for skus in portions(zip(size["sku"], size["lines"], strict=True), _MOST_LINES):
        rows, moved = _portion(retailer, business_date, first_day, skus)
        made.append(rows.join(regions, on="location", how="left").select(none.columns))
        sums.append(moved.join(categories, on="sku"))
    top = returns_table(pl.concat(sums))
    return Computed(
        pl.concat(made), metadata={"most returns by category and channel": table(top, _SHOWN)}
    )


def _portion(
    retailer: Retailer, business_date: date, first_day: date, skus: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecast of some items, and units sold, returned and expected by sku and channel."""
    chosen = {"chosen": pl.DataFrame({"sku": skus})}
    query = retailer.warehouse.query
    sold = query("sold_units", business_date, frames=chosen, first_day=first_day)
    returned = query("returned_units", business_date, frames=chosen, first_day=first_day)
    last_day = business_date + timedelta(days=_HORIZON_DAYS)
    ahead = query("due_forecast", business_date, frames=chosen, last_day=last_day)
    made = forecast_returns(sold, returned, ahead, as_of=business_date, horizon=_HORIZON_DAYS)
    keys = ["sku", "channel"]
    moved = [
        made.group_by(keys).agg(pl.col("mean").sum().alias("expected")),
        sold.group_by(keys).agg(pl.col("units").sum().alias("sold")),
        returned.group_by(keys).agg(
            pl.col("units").sum().alias("returned"), pl.col("resalable").sum()
        ),
    ]
    return made, pl.concat(moved, how="diagonal")
