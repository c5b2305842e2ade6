"""How customers' orders get to them: what carriers ask, what nodes can ship, what they refused."""

import polars as pl

from quality_checks.contracts.base import CURRENCY, LOCATION, SKU, Table, Timestamp, landed
from quality_checks.contracts.landing.columns import column, key_column, number, own_currency


@landed(
    "shipping_rates",
    "state",
    key=("carrier", "origin_region", "region"),
    references={"origin_region": ("locations", "region"), **CURRENCY},
    mentions={"region": ("locations", "region")},
)
class ShippingRates(Table):
    """What a carrier asks for a parcel between two zones, and how long it takes.

    The zone of a node is its region, that of a customer the region of his order.
    """

    carrier: str = key_column("Carrier, and the service of it.")
    origin_region: str = key_column("Region of the node that ships.")
    region: str = key_column("Region of the customer.")
    parcel_cost: float = column("Price of a parcel before weight.", unit="currency", ge=0)
    kg_cost: float = column("Price of each kilogram in it.", unit="currency", ge=0)
    transit_days: int = column("Days from the node to the customer.", unit="days", ge=0)
    currency: str = own_currency("both prices")


@landed("node_capacities", "state", key=("location", "date"), references=LOCATION)
class NodeCapacities(Table):
    """What a node can ship to customers, or hand over to them, on a day; nothing without a row.

    A store that only hands over what is collected there sends rows, too.
    """

    location: str = key_column("Node.")
    date: pl.Date = column("Day.")
    most_lines: int = number("Most lines; missing for no limit.", unit="lines", nullable=True, ge=0)
    most_units: int = column("Most units; missing for no limit.", unit="units", nullable=True, ge=0)


@landed(
    "node_refusals",
    "events",
    key=("order_id", "line", "location", "refused_at"),
    date="refused_at",
    references={**SKU, **LOCATION},
)
class NodeRefusals(Table):
    """Lines of customers' orders that a node was asked for and did not ship."""

    order_id: str = key_column("Order.")
    line: int = number("Line of the order.", ge=1)
    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    refused_at: Timestamp = column("When it said so.", happened=True)
    reason: str = column("Why.", isin=["not_found", "damaged", "refused"])
