"""What the response of sales to prices is learnt from, and asked for."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.landing import Products
from quality_checks.contracts.markdown import PriceAction
from quality_checks.contracts.reporting import PriceOutcomes


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


@frame("changed_prices", "forecasting.price_response", key=("action_id",))
class ChangedPrices(Table):
    """Prices that were lowered, or held, by lines that left, with what sold at them since."""

    action_id: str = column_of(PriceOutcomes, "action_id")
    kind: str = column_of(PriceOutcomes, "kind")
    sku: str = column_of(PriceOutcomes, "sku")
    zone: str = column_of(PriceOutcomes, "zone")
    first_day: pl.Date = column_of(PriceOutcomes, "first_day")
    last_day: pl.Date = column_of(PriceOutcomes, "last_day")
    other_price: float = column_of(PriceOutcomes, "other_price")
    asked_price: float = column_of(PriceOutcomes, "asked_price")
    paid_price: float = column_of(PriceOutcomes, "paid_price")
    promoted_share: float = column_of(PriceOutcomes, "promoted_share")
    quantity: int = column("Units that there were.", unit="units", ge=1)
    salvage: float = column_of(PriceAction, "salvage")
    slope: float = column_of(PriceAction, "slope")
    slope_sd: float = column_of(PriceAction, "slope_sd")
    sold_then: float = column_of(PriceAction, "sold_then")
    days: int = column("Days of locations that were open.", unit="days", ge=1)
    known_days: int = column("Of these, with an estimate of demand.", unit="days", ge=0)
    sold: int = column("Units sold, without bulk sales.", unit="units", ge=0)
    demand: float = column("Estimated demand.", unit="units", ge=0)
