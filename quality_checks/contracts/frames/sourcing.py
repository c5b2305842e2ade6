"""What the sourcing of customer orders is given: lines, candidates, and what nodes share."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair, WorthPair
from quality_checks.contracts.inventory import ReceiptsAhead
from quality_checks.contracts.landing import (
    Lanes,
    Locations,
    NodeRefusals,
    OnlineOrders,
    Products,
)
from quality_checks.contracts.sourcing import SourcingOptions

_PLACE = "Store at which the customer collects it; blank where it is sent to him."


class CustomerLine(Table):
    """A line of a customer's order."""

    order_id: str = column_of(OnlineOrders, "order_id")
    line: int = column_of(OnlineOrders, "line")


@frame("customer_lines", "optimization.order_costs", key=("order_id", "line"))
class CustomerLines(CustomerLine):
    """Lines of customers' orders that have not left whole or left today, as the OMS states them."""

    sku: str = column_of(OnlineOrders, "sku")
    quantity: int = column("Units that are still to be shipped.", unit="units", ge=1)
    region: str = column_of(OnlineOrders, "region")
    promised_on: pl.Date = column_of(OnlineOrders, "promised_on")
    allocated_to: str = column("Node that it is allocated to; missing while open.", nullable=True)
    allocated_on: pl.Date = column("Day on which it was; missing while open.", nullable=True)
    has_left: bool = column("It was shipped on the day on which it was allocated.")
    collect_at: str = column_of(OnlineOrders, "collect_at", omissible=True)
    place_unclear: bool = column(
        "The customer collects it, and the store is not known.",
        omissible=True,
        absent=False,
    )
    choosable: bool = column(
        "Its place is clear, its figures do not contradict each other, no newer row of it waits in "
        "quarantine, no customer took a substitute, and no action of ours is about it."
    )
    movable: bool = column("It may be given to a node now: choosable, and no node has it in hand.")
    unit_price: float = column(
        "What the customer pays for a unit; missing where neither the order nor the item says.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    price_foreign: bool = column(
        "The order states its price in another currency than the item's: the list price counts.",
        omissible=True,
        absent=False,
    )
    unit_cost: float = column_of(Products, "unit_cost")
    volume: float = column_of(Products, "volume")
    weight: float = column_of(Products, "weight")


@frame("collection_lanes", "optimization.order_costs", key=("origin", "destination"))
class CollectionLanes(Table):
    """Lanes by which a node can send what customers collect at a store."""

    origin: str = column_of(Lanes, "origin")
    destination: str = column("Store at which it is collected.")
    transit_days: int = column_of(Lanes, "transit_days")
    trip_cost: float = column_of(Lanes, "fixed_cost")
    paid_on: pl.Date = column(
        "Day on which a shipment goes anyhow, at no cost of these lines; missing without one.",
        nullable=True,
    )
    unit_cost: float = column_of(Lanes, "unit_cost")
    order_weekdays: str = column_of(Lanes, "order_weekdays")


@frame("node_record", "forecasting.fulfilment", key=("location", "outcome", "days_late"))
class NodeRecord(Table):
    """What became of the lines that nodes were asked for, by days after the day after."""

    location: str = column("Node.")
    kind: str = column_of(Locations, "kind")
    outcome: str = column("What became of them.", isin=["shipped", "refused"])
    days_late: int = column(
        "Days by which they left after the day after their allocation; missing where not told.",
        unit="days",
        nullable=True,
        ge=0,
    )
    lines: int = column("Lines.", ge=1)


@frame("line_refusals", "optimization.order_costs", key=("order_id", "line", "location", "reason"))
class LineRefusals(CustomerLine):
    """Nodes that did not ship a customer's line that they were asked for, by what they said."""

    location: str = column_of(NodeRefusals, "location")
    reason: str = column_of(NodeRefusals, "reason")
    refused_on: pl.Date = column("Day on which the node said so last.")
    seen_since: bool = column(
        "The node has counted or got units of the item since, or was given the line anew."
    )


@frame("standing_refusals", "optimization.order_costs", key=("order_id", "line", "location"))
class StandingRefusals(CustomerLine):
    """Nodes that refused a line and are not asked for it again."""

    location: str = column("Node.")


@frame("node_days", "optimization.order_costs", key=("location", "ship_on"))
class NodeDays(Table):
    """Nodes that ship to customers or hand over to them, on each day that is looked at."""

    location: str = column("Node.")
    kind: str = column_of(Locations, "kind")
    origin_region: str = column_of(Locations, "region")
    ship_on: pl.Date = column("Day.")
    only_hands_over: bool = column(
        "It ships to nobody, and hands over what customers collect there.",
        omissible=True,
        absent=False,
    )
    is_stated: bool = column("Whether the node says what it can ship on it.")


@frame("kept_items", "optimization.order_costs", key=("sku", "location"))
class KeptItems(Pair):
    """Items that each node keeps, whatever is known of its stock."""


@frame("node_receipts", "optimization.order_costs", key=("sku", "location", "due_on"))
class NodeReceipts(Pair):
    """What is expected to come to nodes, by day."""

    due_on: pl.Date = column_of(ReceiptsAhead, "due_on")
    units: int = column("Units of which each has the chance.", unit="units", ge=1)
    chance: float = column_of(ReceiptsAhead, "chance")


@frame("sourcing_lines", "optimization.sourcing", key=("order_id", "line"))
class SourcingLines(CustomerLine):
    """Lines that no node ships yet, and what it costs to ship them from none tonight."""

    sku: str = column_of(OnlineOrders, "sku")
    quantity: int = column("Units that are still to be shipped.", unit="units", ge=1)
    promised_on: pl.Date = column_of(OnlineOrders, "promised_on")
    open_cost: float = column(
        "Expected cost of a line that no node is to ship: margin, goodwill, a refund; of one that "
        "is allocated what staying there costs, less the least gain of policy.",
        unit="currency",
        ge=0,
    )
    wait_cost: float = column(
        "Expected cost of deciding later, for a better node or a receipt: what shipping it then "
        "costs and the chance to miss the promise; missing where it may not wait.",
        unit="currency",
        nullable=True,
    )
    place: str = column(_PLACE, omissible=True, absent="")


@frame(
    "sourcing_candidates",
    "optimization.sourcing",
    key=("order_id", "line", "location", "ship_on", "item"),
)
class SourcingCandidates(CustomerLine):
    """Nodes and days of which it is asked whether they ship a line whole, and costs of its own.

    Costs that hang on the parcel are missing where no carrier's rate is known. What the units are
    worth to the node, and the parcel, depend on what else is shipped.
    """

    location: str = column("Node that would ship it.")
    ship_on: pl.Date = column("Day on which it would be shipped.")
    shipping_cost: float = column_of(SourcingOptions, "shipping_cost")
    handling_cost: float = column_of(SourcingOptions, "handling_cost")
    refusal_cost: float = column_of(SourcingOptions, "refusal_cost")
    late_cost: float = column_of(SourcingOptions, "late_cost")
    markdown_avoided: float = column_of(SourcingOptions, "markdown_avoided")
    item: str = column(
        "Item that would be shipped; that of the line where missing.", omissible=True
    )
    refused_before: bool = column(
        "The node refused this line, and nothing has changed since.", omissible=True, absent=False
    )
    other_cost: float = column(
        "What a substitute costs besides, or below 0 earns; 0 where missing.",
        unit="currency",
        omissible=True,
    )


@frame(
    "sourcing_parcels", "optimization.sourcing", key=("order_id", "place", "location", "ship_on")
)
class SourcingParcels(Table):
    """What a parcel of an order to one place costs before anything is in it, and when it comes."""

    order_id: str = column_of(OnlineOrders, "order_id")
    place: str = column(_PLACE, omissible=True, absent="")
    location: str = column("Node that would ship it.")
    ship_on: pl.Date = column("Day on which it would be shipped.")
    arrives_on: pl.Date = column("Day on which the customer would have it.")
    parcel_cost: float = column("Price of the parcel, weight left out.", unit="currency", ge=0)


@frame("sourcing_stock", "optimization.sourcing", key=("sku", "location"))
class SourcingStock(WorthPair):
    """What nodes can promise of each item, and what its units are worth to them."""

    available: int = column(
        "Units that can be promised; missing where unknown.", unit="units", nullable=True
    )
    inventory_position: int = column(
        "Units on hand and on their way, the lines that are sourced not taken off; missing where "
        "unknown.",
        unit="units",
        nullable=True,
    )


@frame("sourcing_capacities", "optimization.sourcing", key=("location", "ship_on"))
class SourcingCapacities(Table):
    """What nodes can still ship on a day. A node without a row ships nothing on it."""

    location: str = column("Node.")
    ship_on: pl.Date = column("Day.")
    most_lines: int = column(
        "Lines it can ship; missing for no limit.", unit="lines", nullable=True, ge=0
    )
    most_units: int = column(
        "Units it can ship; missing for no limit.", unit="units", nullable=True, ge=0
    )


@frame("units_at_nodes", "optimization.order_costs", key=("sku", "location"), unique=False)
class UnitsAtNodes(Pair):
    """Units of nodes that lines of customers' orders hold or would take."""

    quantity: int = column("Units.", unit="units", ge=1)


@frame("staying_lines", "optimization.order_costs", key=("allocated_to",), unique=False)
class StayingLines(Table):
    """Customers' lines that their nodes ship on the first day, whatever is decided tonight."""

    allocated_to: str = column("Node.")
    quantity: int = column("Units.", unit="units", ge=1)


@frame("refusal_chances", "optimization.order_costs", key=("location",))
class RefusalChances(Table):
    """How likely nodes do not ship a line that they are asked for.

    A row for each node that was asked; none where no node ever said that it refused.
    """

    location: str = column("Node.")
    chance: float = column("Probability that it does not ship it.", ge=0, le=1)


@frame("delay_chances", "optimization.order_costs", key=("location", "days_late"))
class DelayChances(Table):
    """How likely nodes ship a line late: so many days after the day they should, or later."""

    location: str = column("Node.")
    days_late: int = column("Days late.", unit="days", ge=1)
    chance: float = column("Probability of so many days or more.", ge=0, le=1)
