"""What the response of sales to prices is learnt from, and asked for."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.landing import Products


@frame("priced_weeks", "forecasting.price_response", key=("sku", "location", "week"))
class PricedWeeks(Table):
    """Weeks of item-locations whose prices are known; the items of a location are rivals."""

    sku: str = column("Item.")
    location: str = column("Node that sells it.")
    week: pl.Date = column("First day of the week.")
    price: float = column("Price of a unit that week.", unit="currency", gt=0)
    deal: float = column(
        "Share of the week in which customers got more than the price, such as a coupon.",
        ge=0,
        le=1,
    )
    feature: float = column(
        "Share of the advertising that the item could have had.",
        ge=0,
        le=1,
    )


@frame("sold_weeks", "forecasting.price_response", key=("sku", "location", "week"))
class SoldWeeks(PricedWeeks):
    """The same of weeks that are past, with what sold; weeks out of stock or range are left out."""

    units: float = column("Units sold.", unit="units", gt=0)


@frame("priced_days", "forecasting.price_response", key=("sku", "place", "date"))
class PricedDays(Table):
    """What items sold by day at a known price; a place is locations that change prices together."""

    sku: str = column("Item.")
    style: str = column_of(Products, "style")
    category: str = column_of(Products, "category")
    place: str = column("Locations that have one price.")
    date: pl.Date = column("Day.")
    price: float = column("Price over the list price.", unit="share", gt=0)
    promoted: bool = column("A promotion runs.")
    units: float = column("Units sold.", unit="units", ge=0)
    usual: float = column(
        "Units that the same locations usually sell in the part of the day in stock.",
        unit="units",
        ge=0,
    )
