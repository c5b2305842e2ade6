"""What goes wrong, as people watch it: exceptions, where they are, and what they are judged by."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result

EXCEPTION_KINDS: Final = {
    "stock_out": "Item-locations of a node are expected to run out within 48 hours.",
    "demand_above": "A category sells more than its forecast in a region and channel.",
    "demand_below": "A category sells less than its forecast in a region and channel.",
    "demand_shift": "A category sells more than its forecast in one place and less in another.",
    "backlog": "Customers' orders at a node are behind what was promised, or will be.",
    "supplier_delay": "A supplier's open orders are expected later than they state.",
    "order_short": "A supplier confirms or delivers fewer units than were ordered, or refuses.",
    "receipt_missing": "Goods that were sent to a node should be in, and are not booked.",
    "phantom_stock": "Stock records of a node are worth a count.",
    "overstock": "A category in a region has more stock than it sells in time.",
    "impossible_data": "A price or a master says what cannot be true.",
    "feed_late": "The stock or the sales of a node have not come.",
    "answer_differs": "A system does otherwise than it was asked: less, more, late, or nothing.",
    "answer_missing": "Lines that left are not answered for longer than policy allows.",
    "lane_down": "Item-locations of a node can be sent nothing: no lane leads there.",
    "node_down": "A node that was open sells far less on a day than its forecast.",
}
"""Every kind of exception, in words."""

SOURCES_OF_EXCEPTIONS: Final[Mapping[str, Sequence[str]]] = {
    "stock_out": ("pos_sales", "receipts", "returns", "stock"),
    "demand_above": ("pos_sales",),
    "demand_below": ("pos_sales",),
    "demand_shift": ("pos_sales",),
    "backlog": ("receipts", "stock"),
    "supplier_delay": ("receipts",),
    "order_short": ("receipts",),
    "receipt_missing": ("receipts", "transfers"),
    "phantom_stock": ("pos_sales", "receipts", "returns", "stock", "transfers"),
    "overstock": ("pos_sales", "receipts", "returns", "stock"),
    "node_down": ("pos_sales",),
}
"""Kind of exception -> sources due every day that it rests on, which may be late; masters are not,
and `feed_late` says itself what has not come."""

TESTED_KINDS: Final = (
    "stock_out",
    "demand_above",
    "demand_below",
    "backlog",
    "supplier_delay",
    "order_short",
    "receipt_missing",
    "phantom_stock",
    "overstock",
    "node_down",
)
"""Kinds that a statistic decides, which may be a false alarm; they share the budget of policy."""

EXCEPTION_STATES: Final = ["new", "open", "closed"]
"""An exception is new on the date that sees it first, and told once more when it has closed."""

TRENDS: Final = ["new", "worse", "steady", "better"]
SIDES: Final = ["short", "over", "neither"]


@result("signal_readings", "signals", key=("kind", "subject"), retain=400)
class SignalReadings(Table):
    """What each signal read on a date: what later dates are told apart from.

    A signal is a kind of exception that a statistic decides; it reads once for each subject,
    whether anything is wrong or not. Without a reading nothing is known of the subject.
    """

    business_date: pl.Date = column("Business date.")
    kind: str = column("Kind of exception that it tells of.", isin=list(TESTED_KINDS))
    subject: str = column("What it is about, a key of the kind: keys joined by a bar.")
    observed: float = column("What was seen: units of demand, else money at risk.", ge=0)
    expected: float = column(
        "What the forecast said; missing where the past of the signal alone says it.",
        nullable=True,
        ge=0,
    )
    error: float = column(
        "Observed above expected in stated standard deviations, else the logarithm of one and the "
        "money."
    )
    score: float = column(
        "What is held against the threshold: the cumulative sum of errors above usual, in usual "
        "deviations, up to the threshold; of a node, the error of the day.",
        ge=0,
    )
    usual: float = column("Middle of its errors on dates before; missing without.", nullable=True)
    upper: float = column("Score from which an exception opens.", ge=0)
    lower: float = column("Score below which it closes.", ge=0)


@result("exceptions", "signals", key=("exception_id",))
class Exceptions(Table):
    """Exceptions that are open as of the business date, or closed since the date before.

    The same thing seen on a later date is the same exception: its id is made of the kind, of what
    it is about and of the day on which it was first seen.
    """

    business_date: pl.Date = column("Business date.")
    exception_id: str = column("Identifier, the same for as long as it is open.")
    kind: str = column("What is wrong.", isin=list(EXCEPTION_KINDS))
    subject: str = column("What it is about, a key of the kind: keys joined by a bar.")
    state: str = column("New, open from before, or closed.", isin=EXCEPTION_STATES)
    first_seen_on: pl.Date = column("Business date that saw it first.")
    last_seen_on: pl.Date = column("Business date that saw it last.")
    closed_by: str = column("How it closed, in words; missing while it is open.", nullable=True)
    trend: str = column("Money at risk beside that of the date before.", isin=TRENDS)
    region: str = column(
        "Region that it is about; missing where it is about several.", nullable=True
    )
    department: str = column("Department; missing where it is about several.", nullable=True)
    category: str = column("Category; missing where it is about several.", nullable=True)
    sku: str = column("Item; missing where it is about several.", nullable=True)
    location: str = column("Node; missing where it is about several.", nullable=True)
    channel: str = column(
        "Channel: what the nodes are, store, dc, ecom or marketplace; missing where they differ.",
        nullable=True,
    )
    supplier: str = column("Supplier, where it is about one.", nullable=True)
    document: str = column("Order, notice or lane, where it is about one.", nullable=True)
    observed: float = column(
        "What was seen: units of demand since it began to differ, else money at risk.",
        nullable=True,
    )
    expected: float = column("What was expected, in the same unit.", nullable=True)
    score: float = column(
        "How far it is off, in usual deviations; missing where no statistic decides.", nullable=True
    )
    threshold: float = column("Score from which it counts as an exception.", nullable=True)
    item_locations: int = column("Item-locations that it touches.", ge=0)
    units_at_risk: float = column(
        "Units that may be lost or left over.", unit="units", nullable=True, ge=0
    )
    money_at_risk: float = column(
        "Margin that may be lost until it is over, by the plan's own arithmetic.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    words: str = column("What is wrong, as a sentence.")
    late_inputs: str = column(
        "Sources that it rests on and that have not come in time, everywhere or of a node that it "
        "touches, joined by a semicolon; missing where none is late.",
        nullable=True,
    )


@result("exception_scope", "signals", key=("exception_id", "sku", "location"), retain=31)
class ExceptionScope(Table):
    """Item-locations that an open exception touches."""

    business_date: pl.Date = column("Business date.")
    exception_id: str = column_of(Exceptions, "exception_id")
    sku: str = column("Item.")
    location: str = column("Node.")
    side: str = column("Whether it has too little, too much, or neither.", isin=SIDES)
    units_at_risk: float = column("Its part of the units.", unit="units", nullable=True, ge=0)
    money_at_risk: float = column("Its part of the money.", unit="currency", nullable=True, ge=0)
