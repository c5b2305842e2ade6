"""Views of how well stock, prices, trips and people do: each metric is defined here and once.

What looks back does so over the last thirteen weeks, transfers over all plans that are kept; what
is not known is missing and never zero.
"""

from typing import Final

import polars as pl

from quality_checks.contracts.actions import ExportLines
from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.landing import Locations, OnlineOrders, Products
from quality_checks.contracts.plans import PlanningPairs
from quality_checks.contracts.reporting import DecisionSteps, PriceOutcomes
from quality_checks.contracts.signals import EXCEPTION_KINDS
from quality_checks.contracts.views import view

AGES: Final = ["to_30", "to_60", "to_90", "to_180", "older", "unknown"]
"""How many days ago something was: up to so many, more than all of these, or on no record."""

METRICS: Final = [
    "stock_turns",
    "stock_received_long_ago",
    "stock_not_sold_lately",
    "markdown_price",
    "markdown_gain",
    "fulfilment_cost",
    "transfer_yield",
    "transfer_return",
    "planner_decisions",
    "record_accuracy",
    "service",
    "promises_kept",
    "exception_days",
]
"""Every key metric, in the order in which it is told."""


@view("stock_turns", key=("region", "category"))
class StockTurns(Table):
    """How often stock was sold and replaced a year, by its last thirteen weeks.

    Both sides are of the item-locations and days of which a stock record is known and, where the
    place sells, its sales: silence after a record means that it stands. A record below zero counts
    as none on hand.
    """

    region: str = column_of(Locations, "region", description="Region of the node that had it.")
    category: str = column_of(Products, "category")
    cost_of_sales: float = column(
        "Units that left for customers less those that came back, at today's landed cost.",
        unit="currency",
    )
    stock_days: float = column(
        "Units on hand at today's landed cost, summed over the days: mean stock times days.",
        unit="currency",
        ge=0,
    )
    turns: float = column(
        "Cost of sales a year over mean stock; missing where there was none.", nullable=True
    )


@view("stock_ageing", key=("region", "category", "since", "age"))
class StockAgeing(Table):
    """How long ago what is on hand by the newest plan last came, and last sold.

    The age of a unit is on no record: what is stated is that of the newest receipt, from a supplier
    or another node, and of the newest sale of the item at the node. A DC sells when it sends on.
    """

    region: str = column_of(PlanningPairs, "region")
    category: str = column_of(PlanningPairs, "category")
    since: str = column("What is counted from.", isin=["last_receipt", "last_sale"])
    age: str = column("Days since then; unknown where none is on record.", isin=AGES)
    item_locations: int = column("Item-locations with stock.", ge=1)
    units: int = column("Units on hand.", unit="units", ge=1)
    value: float = column("The same at cost.", unit="currency", ge=0)


@view("markdown_results", key=("kind", "category"))
class MarkdownResults(Table):
    """What changes of prices that left have brought, against list prices and what was promised.

    Each by its newest judgement, for as long as judgements are kept.
    """

    kind: str = column_of(PriceOutcomes, "kind")
    category: str = column_of(Products, "category")
    actions: int = column("Actions that could be judged.", ge=1)
    sold: float = column("Units sold on the days that are judged.", unit="units", ge=0)
    revenue: float = column("What customers paid for these.", unit="currency", ge=0)
    list_value: float = column(
        "The same units at list price; units of items without one count in neither.",
        unit="currency",
        ge=0,
    )
    price_share: float = column(
        "Revenue over list value; missing where nothing sold.", nullable=True, ge=0
    )
    promised: float = column("Benefit that the actions stated.", unit="currency")
    gained: float = column("What they added on the days that are judged.", unit="currency")


@view("fulfilment_costs", key=("region",))
class FulfilmentCosts(Table):
    """What it cost to ship customers' orders that nodes were asked for, by the rates in force.

    Of lines that left in the last thirteen weeks and that the last plan of their date has; bills of
    carriers are on no record, and what a retailer's own OMS chose is not among them.
    """

    region: str = column_of(OnlineOrders, "region")
    orders: int = column("Orders of which a line left.", ge=1)
    lines: int = column("Lines of these.", ge=1)
    units: int = column("Units of these.", unit="units", ge=1)
    cost: float = column("Carriage, parcel, and hands at the node.", unit="currency", ge=0)
    order_cost: float = column("Cost of an order.", unit="currency", ge=0)


@view("transfer_yield", key=("region", "category", "currency"))
class TransferYield(Table):
    """What transfers between nodes kept for each unit, and for each unit of money that trips cost.

    Of lines that can be judged, as realised_benefits has them.
    """

    region: str = column_of(Locations, "region", description="Region of the node that receives.")
    category: str = column_of(Products, "category")
    currency: str = column_of(ExportLines, "currency")
    lines: int = column("Lines that can be judged.", ge=1)
    units: int = column("Units that came.", unit="units", ge=1)
    trip_cost: float = column("What their trips cost.", unit="currency", ge=0)
    promised: float = column(
        "Margin that they were to keep, less what they were to cost where they came from.",
        unit="currency",
    )
    realised: float = column("Margin that they kept, less the same.", unit="currency")
    promised_a_unit: float = column("Promised for each unit.", unit="currency")
    realised_a_unit: float = column("Realised for each unit.", unit="currency")
    promised_return: float = column(
        "Promised over the cost of trips; missing where these cost nothing.", nullable=True
    )
    realised_return: float = column("Realised over it, likewise.", nullable=True)


@view("planner_days", key=("day", "role"))
class PlannerDays(Table):
    """What people of a role decided on a day; it names nobody.

    The day is that of the first answer, the person who gave the last one; whoever answers in two
    roles on a day counts in each, agents and services like people.
    """

    day: pl.Date = column("Day on which they answered.")
    role: str = column_of(DecisionSteps, "role")
    people: int = column("People who answered: the person-days of the day.", ge=1)
    decisions: int = column("Actions that they answered.", ge=1)
    value: float = column("What these were worth at cost, as proposed.", unit="currency", ge=0)
    exceptions: int = column("Exceptions whose cases these were for.", ge=0)


@view("record_accuracy", key=("region", "category"))
class RecordAccuracy(Table):
    """How many stock records counts of the last thirteen weeks found right.

    A record is held against the count before the correction that the count caused.
    """

    region: str = column_of(Locations, "region")
    category: str = column_of(Products, "category")
    counts: int = column("Counts.", ge=1)
    exact: int = column("Of these, with as many units as the record stated.", ge=0)
    recorded: int = column("Units that records stated.", unit="units")
    counted: int = column("Units that were found.", unit="units", ge=0)
    units_off: int = column("Units by which the two differ, either way.", unit="units", ge=0)
    accuracy: float = column("Share of counts that found as many.", ge=0, le=1)


@view("channel_service", key=("channel", "location"))
class ChannelService(Table):
    """Units that customers got of those that they asked for, in the last thirteen weeks.

    Asked is the estimated demand of days on which sales are known, by node of the sale.
    """

    channel: str = column_of(Locations, "kind", description="What the node is.")
    location: str = column_of(Locations, "location")
    region: str = column_of(Locations, "region")
    asked: float = column("Units asked for.", unit="units", ge=0)
    served: float = column("Units sold of these.", unit="units", ge=0)
    served_share: float = column(
        "Share of the units; missing where none were asked for.", nullable=True, ge=0
    )


@view("promises_kept", key=("channel", "region"))
class PromisesKept(Table):
    """Lines of customers' orders promised for the last thirteen weeks, and whether they left."""

    channel: str = column_of(OnlineOrders, "channel")
    region: str = column_of(OnlineOrders, "region")
    lines: int = column("Lines promised for these days and not cancelled.", ge=1)
    in_time: int = column("Of these, that left by the day promised.", ge=0)
    late: int = column("That left later, or have not left yet.", ge=0)
    unknown: int = column("That left on a day that is not told.", ge=0)
    kept_share: float = column(
        "In time, of lines of which it is known; missing where it is of none.",
        nullable=True,
        ge=0,
        le=1,
    )


@view("exception_times", key=("kind",))
class ExceptionTimes(Table):
    """How long exceptions stood that closed in the last thirteen weeks, and what is open now."""

    kind: str = column("Kind of exception, or all of them.", isin=["all", *EXCEPTION_KINDS])
    closed: int = column("Exceptions that closed.", ge=0)
    median_days: float = column(
        "Median days from the date that saw it first to the one on which it had closed.",
        unit="days",
        nullable=True,
        ge=0,
    )
    slow_days: float = column(
        "Days within which nine of ten had closed.", unit="days", nullable=True, ge=0
    )
    open: int = column("Exceptions that are open by the newest plan.", ge=0)
    oldest_days: int = column(
        "Days since the oldest of these was first seen.", unit="days", nullable=True, ge=0
    )


@view("key_metrics", key=("metric",))
class KeyMetrics(Table):
    """The metrics of the whole retailer, each summed from the view that defines it."""

    place: int = column("Its place among them.", ge=1)
    metric: str = column("Metric.", isin=METRICS)
    words: str = column("What it is, in words.")
    unit: str = column("Unit of the value; currency stands for that of the items.")
    value: float = column("The figure; missing where it rests on nothing.", nullable=True)
    basis: int = column("How many of `counted` it rests on.", ge=0)
    counted: str = column("What the basis counts.")
    view: str = column("View that defines it.")
