"""What the value of a sale is found from: announced offers, what was paid, what comes back."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.demand import ReturnRates
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.landing import Prices


@frame("announced_offers", "optimization.value", key=("sku", "location", "starts_on"), unique=False)
class AnnouncedOffers(Table):
    """Offers that are known and touch a pair, with the days on which they hold.

    An offer sets the price of a unit, or takes a share off it.
    """

    sku: str = column("Item.")
    location: str = column("Node.")
    starts_on: pl.Date = column("First day.")
    ends_on: pl.Date = column("Last day; missing while it has no end.", nullable=True)
    price: float = column_of(Prices, "price", nullable=True)
    discount: float = column("Share taken off the price.", unit="share", nullable=True, ge=0, le=1)


@frame("paid_sales", "optimization.value", key=("sku", "location", "date"))
class PaidSales(Table):
    """What customers paid at a pair by day, gross of returns."""

    sku: str = column("Item.")
    location: str = column("Node credited with the sale.")
    date: pl.Date = column("Day.")
    units: int = column("Units sold.", unit="units", ge=1)
    net_value: float = column("Paid for them, without tax.", unit="currency", ge=0)


@frame("category_prices", "optimization.value", key=("category",))
class CategoryPrices(Table):
    """What the items of a category sold for over the last year, against list price and cost."""

    category: str = column("Category.")
    units: int = column("Units sold.", unit="units", ge=1)
    net_value: float = column("Paid for them, without tax.", unit="currency", ge=0)
    list_value: float = column("The same at full price.", unit="currency", gt=0)
    cost_value: float = column("The same at unit cost.", unit="currency", gt=0)


@frame("pair_returns", "optimization.value", key=("sku", "location"))
class PairReturns(Table):
    """What comes back of the sales of a pair, over the channels in which its location sells."""

    sku: str = column("Item.")
    location: str = column("Node.")
    return_rate: float = column_of(ReturnRates, "return_rate")
    resalable_share: float = column_of(ReturnRates, "resalable_share")
