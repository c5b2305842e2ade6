"""What customers did: sales, returns, open orders, browsing."""

import polars as pl

from quality_checks.contracts.base import LOCATION, REGION, SKU, Table, Timestamp, landed
from quality_checks.contracts.landing.columns import (
    CURRENCY_FORM,
    column,
    key_column,
    number,
)

CHANNELS = ["store", "click_and_collect", "ecom", "marketplace"]


@landed(
    "pos_sales",
    "events",
    key=("receipt", "line"),
    date="timestamp",
    references={**SKU, **LOCATION, "fulfilment_location": ("locations", "location")},
    mentions={"promo_id": ("promotions", "promo_id")},
)
class PosSales(Table):
    """Lines sold, gross of returns, which come as a source of their own."""

    receipt: str = key_column("Receipt or order that was paid.")
    line: int = number("Line of the receipt.", ge=1)
    timestamp: Timestamp = column("When it was sold.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node that is credited with the sale.")
    channel: str = column("Channel of the sale.", isin=CHANNELS)
    fulfilment_location: str = key_column("Node whose stock the goods left.")
    quantity: int = column("Units sold.", unit="units", ge=1)
    net_value: float = column("Paid, without tax.", unit="currency", ge=0)
    list_value: float = column("At full price, without tax.", unit="currency", ge=0)
    promo_id: str = key_column("Promotion that applied.", nullable=True)


@landed(
    "returns",
    "events",
    key=("return_id",),
    date="timestamp",
    references={**SKU, **LOCATION},
)
class Returns(Table):
    """Units that customers brought or sent back."""

    return_id: str = key_column("Business key of the return line.")
    timestamp: Timestamp = column("When the goods were back.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node that took the goods.")
    channel: str = column("Channel of the original sale.", isin=CHANNELS)
    quantity: int = column("Units returned.", unit="units", ge=1)
    disposition: str = column("What can be done with them.", isin=["resalable", "damaged"])


@landed(
    "online_orders",
    "state",
    key=("order_id", "line"),
    references={**SKU, **LOCATION, "collect_at": ("locations", "location")},
    mentions=REGION,
)
class OnlineOrders(Table):
    """Customer orders that a node has still to ship, and their end."""

    order_id: str = key_column("Order.")
    line: int = number("Line of the order.", ge=1)
    created: Timestamp = column("When the customer ordered.")
    promised_on: pl.Date = column("Day promised to the customer.")
    sku: str = key_column("Item.")
    quantity: int = column("Units ordered.", unit="units", ge=1)
    region: str = key_column("Region of the customer.")
    channel: str = column("Channel of the order.", isin=CHANNELS)
    status: str = column("State.", isin=["open", "allocated", "shipped", "cancelled"])
    location: str = key_column("Node it is allocated to.", nullable=True)
    collect_at: str = key_column(
        "Store at which the customer collects it; missing where it is sent to him.",
        nullable=True,
        omissible=True,
    )
    unit_price: float = column(
        "What the customer pays for a unit, without tax; the list price counts where it is "
        "missing.",
        unit="currency",
        omissible=True,
        ge=0,
    )
    currency: str = column(
        "ISO 4217 code of `unit_price`; that of the item where missing. There are no exchange "
        "rates: of a price in another one the list price counts.",
        str_matches=CURRENCY_FORM,
        omissible=True,
    )
    allocated_at: Timestamp = column(
        "When it was allocated to that node; missing before, or where it is not told.",
        omissible=True,
    )
    picked_at: Timestamp = column(
        "When that node picked it: from then on it stays there. Missing before; where no line "
        "ever tells, none is taken from the node that it is allocated to.",
        omissible=True,
    )
    shipped_at: Timestamp = column(
        "When the last of it left; missing before, or where it is not told.", omissible=True
    )
    shipped_units: int = column(
        "Units of it that have left; where missing, lines are shipped whole.",
        unit="units",
        omissible=True,
        ge=0,
    )


@landed(
    "browsing",
    "events",
    key=("date", "sku", "region"),
    date="date",
    references={**SKU, **REGION},
)
class Browsing(Table):
    """Visits to product pages, which lead demand."""

    date: pl.Date = column("Day.", happened=True)
    sku: str = key_column("Item.")
    region: str = key_column("Region of the visitor.")
    views: int = column("Product page views.", unit="views", ge=0)
    add_to_cart: int = column("Times it was put into a cart.", unit="times", ge=0)
