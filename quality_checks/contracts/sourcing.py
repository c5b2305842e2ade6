"""Sourcing of customers' orders: every node considered, what is decided, what is to be done."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import OnlineOrders

VERDICTS = [
    "chosen",
    "dearer",
    "capacity",
    "refused_before",
    "stock",
    "capacity_unknown",
    "stock_unknown",
    "parcel_unknown",
    "after_promise",
]
"""What becomes of a node and day that a line could be shipped from."""


class CustomersLine(Table):
    """A line of a customer's order."""

    business_date: pl.Date = column("Business date.")
    order_id: str = column_of(OnlineOrders, "order_id")
    line: int = column_of(OnlineOrders, "line")


@result("sourcing_options", "plans", key=("order_id", "line", "location", "ship_on"), retain=15)
class SourcingOptions(CustomersLine):
    """Every node that keeps a line's item, but the one that has the line, with each cost term.

    Each stands there on each of the next days.

    Terms that lines share are those of the line if all other lines stay as they are decided.
    """

    location: str = column("Node that would ship it.")
    ship_on: pl.Date = column("Day on which it would be shipped.")
    arrives_on: pl.Date = column("Day on which the customer would have it.", nullable=True)
    carrier: str = column(
        "Carrier, and the service of it; of what is collected `lane`, or `shelf` where it lies at "
        "its store. Missing without a rate, or without a lane to that store on the day.",
        nullable=True,
    )
    shipping_cost: float = column(
        "Carrier's price for the line's weight to the customer's zone, or the lane's for its "
        "units, the parcel left out; missing without a rate or lane.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    handling_cost: float = column("Picking and packing there.", unit="currency", ge=0)
    refusal_cost: float = column(
        "Chance that the node refuses or cannot find it, times what that costs: hands in vain, and "
        "what the cheapest other node asks beyond this one; missing without a rate.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    late_cost: float = column(
        "Chance that it comes after the day it is due, times what that costs; missing without a "
        "rate.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    markdown_avoided: float = column(
        "Loss at the item's exit that the node need not take, beyond what the value of its units "
        "holds.",
        unit="currency",
        ge=0,
    )
    unit_value: float = column(
        "What the units are worth to the node; missing where its stock is unknown.",
        unit="currency",
        nullable=True,
    )
    parcel_cost: float = column(
        "Price of the parcel, or of a shipment on the lane that does not go anyhow, unless others "
        "of the order to its place share it; missing without a rate or lane.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    split_penalty: float = column(
        "What a further parcel of the order to its place costs besides.", unit="currency", ge=0
    )
    cost: float = column(
        "All of it, markdown avoided taken off; missing where a term is.",
        unit="currency",
        nullable=True,
    )
    verdict: str = column("What became of it.", isin=VERDICTS)


ORDER_LIMITS = ["lines", "units", "stock"]
"""What lines of customers' orders share: hands of a node and day, and the units of an item there.
"""


@result("order_limit_prices", "plans", key=("stage", "location", "limit", "scope"))
class OrderLimitPrices(Table):
    """What the limits that lines of customers' orders share are worth.

    Hands are those of nodes that state their capacity; stock is that of items of which a node has
    fewer units than the lines that could be shipped from there ask for.
    """

    business_date: pl.Date = column("Business date.")
    stage: str = column(
        "Whose lines share it: sourcing, or substitution with what sourcing leaves.",
        isin=["sourcing", "substitution"],
    )
    location: str = column("Node.")
    limit: str = column(
        "Lines or units that it can ship on a day, or its stock of an item.", isin=ORDER_LIMITS
    )
    scope: str = column("Day on which it ships, in ISO format; of stock the item.")
    capacity: int = column("Lines or units that it allows, less what is decided already.", ge=0)
    used: int = column("What the plan uses of it.", ge=0)
    price: float = column(
        "Shadow price: what one more line or unit of it would save, by the prices that prove the "
        "bound; missing of stock that no line could be shipped from whatever others take.",
        unit="currency",
        nullable=True,
        ge=0,
    )


@result("order_decisions", "plans", key=("order_id", "line"))
class OrderDecisions(CustomersLine):
    """What is decided of every line of a customer's order that no node has picked.

    Sums of costs are the plan's. The worth of a pair's units is split by unit; a parcel, and the
    penalties of an order's further parcels, by what their lines save besides.
    """

    sku: str = column_of(OnlineOrders, "sku")
    quantity: int = column("Units that are still to be shipped.", unit="units", ge=1)
    region: str = column_of(OnlineOrders, "region")
    collect_at: str = column_of(OnlineOrders, "collect_at")
    promised_on: pl.Date = column_of(OnlineOrders, "promised_on")
    due_on: pl.Date = column(
        "Day by which it has to come: the promise, or the first day that any node can keep."
    )
    allocated_to: str = column(
        "Node that it is allocated to already; missing for an open line.", nullable=True
    )
    decision: str = column(
        "Ship it; wait for a receipt; offer or send a substitute; leave it open; leave it where it "
        "is allocated.",
        isin=["ship", "wait", "substitute", "open", "stay"],
    )
    location: str = column("Node that is to ship it.", nullable=True)
    ship_on: pl.Date = column("Day on which it is to ship it.", nullable=True)
    arrives_on: pl.Date = column("Day on which the customer has it.", nullable=True)
    cost: float = column("What that costs.", unit="currency")
    otherwise: float = column(
        "What it costs to do nothing about it: never shipped, or shipped from where it is "
        "allocated.",
        unit="currency",
    )
    reason: str = column(
        "Why no node is to ship it: the verdict on its best node; missing where one is.",
        nullable=True,
    )
    rejected: str = column(
        "Best rejected alternative; missing where there was none.", nullable=True
    )


@result("order_sourcing", "plans", key=("order_id", "order_line"))
class OrderSourcing(Table):
    """Lines of customers' orders that a node is asked to ship: open ones, and any worth moving."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the node.")
    order_id: str = column_of(OnlineOrders, "order_id")
    order_line: int = column_of(OnlineOrders, "line")
    sku: str = column("Item.")
    origin: str = column("Node that ships.")
    destination: str = column(
        "Region of the customer; of what he collects the store at which he does."
    )
    collect_at: str = column_of(OnlineOrders, "collect_at")
    allocated_to: str = column(
        "Node that it is taken from; missing for an open line.", nullable=True
    )
    carrier: str = column(
        "Carrier, and the service of it; of what is collected `lane`, or `shelf` where it lies at "
        "its store."
    )
    quantity: int = column("Units to ship.", unit="units", ge=1)
    packs: int = column("The same; customers' lines go by single units.", ge=1)
    ship_on: pl.Date = column("Day on which it is shipped.")
    arrives_on: pl.Date = column("Day on which the customer has it.")
    shipping_cost: float = column_of(SourcingOptions, "shipping_cost", nullable=False)
    parcel_cost: float = column("Its share of the parcel.", unit="currency", ge=0)
    split_penalty: float = column(
        "Its share of the order's further parcels to its place.", unit="currency", ge=0
    )
    handling_cost: float = column_of(SourcingOptions, "handling_cost")
    refusal_cost: float = column_of(SourcingOptions, "refusal_cost", nullable=False)
    late_cost: float = column_of(SourcingOptions, "late_cost", nullable=False)
    unit_value: float = column("Its share of what its units are worth there.", unit="currency")
    markdown_avoided: float = column_of(SourcingOptions, "markdown_avoided")
    otherwise: float = column_of(OrderDecisions, "otherwise")
    refused_nodes: int = column(
        "Nodes that keep the item, refused the line and so are not asked again.", ge=0
    )
    gain_chance: float = column(
        "Probability that the node ships it and it comes in time.", ge=0, le=1
    )
    urgency_days: float = column("Days until the promise.", unit="days", ge=0)
    reason: str = column("Reason code.")
    binding: str = column("What kept it from a node that costs less.")
    rejected: str = column("Best rejected alternative.")
