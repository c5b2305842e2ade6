"""What lead times are found from, and which goods are on their way."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.inventory import ReceiptsAhead
from quality_checks.contracts.landing import ItemLocations, Products, Suppliers

RECORDS = ["order_asked", "order_promised", "ship_notice", "transfer"]
"""Records of lateness: of the days asked of suppliers, of those they promised, of their ship
notices, and of transfers. Each is a statement of its own, and as reliable as its own past."""


@frame("supply_paths", "forecasting.supply", key=("sku", "location"))
class SupplyPaths(Pair):
    """From where each pair is replenished."""

    supply_location: str = column_of(ItemLocations, "supply_location")
    supplier: str = column_of(
        Products, "supplier", description="Main supplier of the item.", nullable=True
    )


class Sent(Table):
    """A document line that somebody delivers, and the record that it is judged by."""

    record: str = column("Record of lateness that it belongs to.", isin=RECORDS)
    sender: str = column("Supplier, or node that ships; missing where unknown.", nullable=True)


@frame("delivery_record", "forecasting.supply", key=("sender", "record"), unique=False)
class DeliveryRecord(Sent):
    """Document lines whose stated day has passed: how late each came, or is so far."""

    lead_days: int = column("Days from its order or shipping to the day stated.", unit="days", ge=0)
    days_late: int = column(
        "Days from the day stated to arrival, or to the business date while it is open.",
        unit="days",
    )
    came: bool = column("The line came; else it is still open.")
    lines: int = column("Document lines alike in all this.", ge=1)


@frame("open_documents", "forecasting.supply", key=("document", "document_kind", "line"))
class OpenDocuments(Sent):
    """Document lines that will bring goods, each unit once."""

    region: str = column_of(ReceiptsAhead, "region")
    sku: str = column_of(ReceiptsAhead, "sku")
    location: str = column_of(ReceiptsAhead, "location")
    document_kind: str = column_of(ReceiptsAhead, "document_kind")
    document: str = column_of(ReceiptsAhead, "document")
    line: int = column_of(ReceiptsAhead, "line")
    supplier: str = column_of(ReceiptsAhead, "supplier")
    ordered_on: pl.Date = column("Day of the order, or of shipping.")
    stated_on: pl.Date = column_of(ReceiptsAhead, "stated_on")
    units: int = column_of(ReceiptsAhead, "units")
    confirmed_short: bool = column(
        "The supplier has confirmed fewer units of the order line than were ordered; missing where "
        "it has confirmed none, or it is no order's.",
        nullable=True,
    )


@frame("supplier_closures", "forecasting.supply", key=("supplier",))
class SupplierClosures(Table):
    """The next closures of suppliers, of which both days are told."""

    supplier: str = column_of(Suppliers, "supplier")
    closed_from: pl.Date = column_of(Suppliers, "closed_from", nullable=False)
    closed_to: pl.Date = column_of(Suppliers, "closed_to", nullable=False)


@frame("supplier_calendars", "forecasting.supply", key=("supplier",))
class SupplierCalendars(Table):
    """The days of the week on which suppliers take orders, of those that state them."""

    supplier: str = column_of(Suppliers, "supplier")
    order_weekdays: str = column_of(Suppliers, "order_weekdays", nullable=False)


class OrderLine(Table):
    """A line of an order, as it was known when it was placed."""

    record: str = column("Record of lateness that its day due belongs to.", isin=RECORDS)
    order: str = column("Order that it belongs to.")
    line: int = column("Line of the order.")
    supplier: str = column("Supplier.")
    destination: str = column("Where it goes.")
    origin: str = column("Where its goods are made.", nullable=True)
    mode: str = column("How it travels.", nullable=True)
    item: str = column("Item.")
    category: str = column("Category of the item.", nullable=True)
    ordered_on: pl.Date = column("Day of the order; missing where nobody wrote it.", nullable=True)
    due_on: pl.Date = column("Day on which it is to come.")
    units: float = column("Units ordered.", unit="units", ge=0)
    worth: float = column("What they cost.", unit="currency", ge=0)
    order_lines: int = column("Lines of its order.", ge=1)
    order_worth: float = column("What all of them cost.", unit="currency", ge=0)


@frame("past_order_lines", "forecasting.supply", key=("order", "line", "record"))
class PastOrderLines(OrderLine):
    """Order lines whose day to come has passed, with what is known of them by a date."""

    known_on: pl.Date = column(
        "Day on which its arrival was known; missing while it is open.", nullable=True
    )
    days_late: int = column(
        "Days from the day due to arrival; missing while it is open.", unit="days", nullable=True
    )


@frame("asked_order_lines", "forecasting.supply", key=("order", "line"))
class AskedOrderLines(OrderLine):
    """Order lines of which it is asked how late they will be."""

    judged_on: pl.Date = column("Day by which outcomes of other lines are known.")


@frame("receipts_due", "optimization.levels", key=("sku", "location", "due_on"))
class ReceiptsDue(Pair):
    """Units that plans count on, by the day on which they are expected."""

    due_on: pl.Date = column_of(ReceiptsAhead, "due_on")
    units: int = column("Whole units expected of all documents due that day.", unit="units", ge=0)


@frame("answered_requests", "forecasting.supply", key=("supplier",), unique=False)
class AnsweredRequests(Table):
    """What was asked of suppliers of open order lines, and whether they refused."""

    supplier: str = column_of(Suppliers, "supplier")
    refused: bool = column(
        "What was asked is not what was answered; missing where nothing was.", nullable=True
    )


@frame("supplier_weeks", "governance.exchange", key=("supplier", "sku", "week"))
class SupplierWeeks(Table):
    """Demand that is expected of items at all places by week, as their suppliers are told."""

    supplier: str = column_of(Suppliers, "supplier")
    sku: str = column("Item.")
    week: pl.Date = column("First of its seven days.")
    units: float = column("Units.", unit="units", ge=0)
