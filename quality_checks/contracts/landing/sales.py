"""What customers did: sales, returns, open orders, browsing."""

import polars as pl

from quality_checks.contracts.base import LOCATION, SKU, Table, Timestamp, column, landed

CHANNELS = ["store", "click_and_collect", "ecom", "marketplace"]


@landed(
    "pos_sales",
    "events",
    key=("receipt", "line"),
    date="timestamp",
    moment="timestamp",
    references={**SKU, **LOCATION, "fulfilment_location": ("locations", "location")},
)
class PosSales(Table):
    """Lines sold, gross of returns, which come as a source of their own."""

    receipt: str = column("Receipt or order that was paid.", str_length={"min_value": 1})
    line: int = column("Line of the receipt.", ge=1)
    timestamp: Timestamp = column("When it was sold.")
    sku: str = column("Item.")
    location: str = column("Node that is credited with the sale.")
    channel: str = column("Channel of the sale.", isin=CHANNELS)
    fulfilment_location: str = column("Node whose stock the goods left.")
    quantity: int = column("Units sold.", unit="units", ge=1)
    net_value: float = column("Paid, without tax.", unit="currency", ge=0)
    list_value: float = column("At full price, without tax.", unit="currency", ge=0)
    promo_id: str = column("Promotion that applied.", nullable=True)


@landed(
    "returns",
    "events",
    key=("return_id",),
    date="timestamp",
    moment="timestamp",
    references={**SKU, **LOCATION},
)
class Returns(Table):
    """Units that customers brought or sent back."""

    return_id: str = column("Business key of the return line.", str_length={"min_value": 1})
    timestamp: Timestamp = column("When the goods were back.")
    sku: str = column("Item.")
    location: str = column("Node that took the goods.")
    channel: str = column("Channel of the original sale.", isin=CHANNELS)
    quantity: int = column("Units returned.", unit="units", ge=1)
    disposition: str = column("What can be done with them.", isin=["resalable", "damaged"])


@landed("online_orders", "state", key=("order_id", "line"), references=SKU)
class OnlineOrders(Table):
    """Customer orders that a node has still to ship, and their end."""

    order_id: str = column("Order.", str_length={"min_value": 1})
    line: int = column("Line of the order.", ge=1)
    created: Timestamp = column("When the customer ordered.")
    promised_on: pl.Date = column("Day promised to the customer.")
    sku: str = column("Item.")
    quantity: int = column("Units ordered.", unit="units", ge=1)
    region: str = column("Region of the customer.")
    channel: str = column("Channel of the order.", isin=CHANNELS)
    status: str = column("State.", isin=["open", "allocated", "shipped", "cancelled"])
    location: str = column("Node it is allocated to.", nullable=True)


@landed("browsing", "events", key=("date", "sku", "region"), date="date", references=SKU)
class Browsing(Table):
    """Visits to product pages, which lead demand."""

    date: pl.Date = column("Day.")
    sku: str = column("Item.")
    region: str = column("Region of the visitor.")
    views: int = column("Product page views.", unit="views", ge=0)
    add_to_cart: int = column("Times it was put into a cart.", unit="times", ge=0)
