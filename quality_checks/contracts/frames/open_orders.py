"""What changes of open order lines are planned from."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import (
    SuppliedItem,
    UnitCosts,
    ValuedPair,
    WindowedPairs,
)
from quality_checks.contracts.inventory import ReceiptsAhead
from quality_checks.contracts.landing import Suppliers
from quality_checks.contracts.open_orders import LineAction, OrderRisks
from quality_checks.contracts.plans import PlanningPairs, Targets

_DOCUMENT = ("document", "document_kind", "line")


class DocumentLine(Table):
    """A line of an order or of a ship notice."""

    document_kind: str = column_of(OrderRisks, "document_kind")
    document: str = column_of(OrderRisks, "document")
    line: int = column_of(OrderRisks, "line")


@frame("line_chances", "optimization.open_orders", key=_DOCUMENT)
class LineChances(DocumentLine):
    """How likely open lines of suppliers are late or short."""

    stated_on: pl.Date = column_of(OrderRisks, "stated_on")
    late_chance: float = column_of(OrderRisks, "late_chance")
    late_week_chance: float = column_of(OrderRisks, "late_week_chance")
    short_chance: float = column_of(OrderRisks, "short_chance")


@frame("judged_risks", "forecasting.evaluation", key=("po", "line"))
class JudgedRisks(Table):
    """Order lines with the chances that were stated of them, and what became of them."""

    po: str = column("Purchase order.")
    line: int = column("Line of it.", ge=1)
    late_chance: float = column_of(OrderRisks, "late_chance")
    late_week_chance: float = column_of(OrderRisks, "late_week_chance")
    short_chance: float = column_of(OrderRisks, "short_chance")
    stated_on: pl.Date = column("Day by which it was to come, as it was stated then.")
    days_late: int = column(
        "Days from the day stated to arrival, or to the business date while it is open.",
        unit="days",
    )
    came: bool = column("The line came; else it is still open.")
    short: bool = column(
        "Fewer units were taken in than were ordered; missing while the order has not closed.",
        nullable=True,
    )


@frame("line_arrivals", "optimization.open_orders", key=(*_DOCUMENT, "point"))
class LineArrivals(DocumentLine):
    """Days on which open lines may come, if they come, all of them equally likely."""

    point: int = column("Number of the day, from 1, the earliest first.", ge=1)
    due_on: pl.Date = column("Day.")


@frame("open_order_lines", "optimization.open_orders", key=_DOCUMENT)
class OpenOrderLines(DocumentLine):
    """Open lines of suppliers with what may be done about them."""

    region: str = column_of(OrderRisks, "region")
    sku: str = column_of(OrderRisks, "sku")
    destination: str = column_of(OrderRisks, "destination")
    supplier: str = column_of(OrderRisks, "supplier")
    due_on: pl.Date = column_of(ReceiptsAhead, "due_on")
    units: int = column_of(OrderRisks, "units")
    chance: float = column_of(ReceiptsAhead, "chance")
    share: float = column_of(ReceiptsAhead, "share")
    expected_units: int = column_of(ReceiptsAhead, "expected_units")
    order_multiple: int = column("Units by which the supplier takes fewer.", unit="units", ge=1)
    minimum_order_quantity: int = column("Fewest units of a line.", unit="units", ge=0)
    unit_price: float = column("Price of a unit on the order.", unit="currency", ge=0)
    changeable: bool = column(
        "An order that the supplier has not shipped, and of which no change waits for an answer."
    )
    refusal_chance: float = column_of(LineAction, "refusal_chance")
    expedite_fee: float = column_of(Suppliers, "expedite_fee")
    expedite_days_saved: int = column_of(Suppliers, "expedite_days_saved")


@frame("order_items", "optimization.open_orders", key=("sku", "destination"))
class OrderItems(SuppliedItem, UnitCosts):
    """Supplier-fed nodes as open lines of them are valued: what a unit short or left costs."""

    inventory_position: int = column_of(WindowedPairs, "inventory_position", nullable=False)
    order_up_to: int = column_of(Targets, "order_up_to")
    protection_days: float = column_of(Targets, "protection_days")
    daily_demand: float = column("Expected demand a day.", unit="units", ge=0)
    underage_cost: float = column(
        "Margin of a unit at the supplier's price.", unit="currency", ge=0
    )
    unit_cost: float = column_of(PlanningPairs, "unit_cost")
    unit_price: float = column("The supplier's price of a unit.", unit="currency", ge=0)
    lost: bool = column_of(Targets, "lost")
    run_down: bool = column_of(WindowedPairs, "run_down")
    open_life_mean: float = column_of(WindowedPairs, "open_life_mean")


@frame("member_stock", "optimization.paths", key=("sku", "destination", "location"))
class MemberStock(Table):
    """What locations that a node supplies ask for of its echelon's demand, and have for it."""

    sku: str = column("Item.")
    destination: str = column("Node that supplies the location.")
    location: str = column("Location.")
    share: float = column("Share of the demand of the echelon.", ge=0, le=1)
    units: int = column(
        "Units that it has and has coming, which serve no other location.", unit="units", ge=0
    )


@frame(
    "echelon_demand",
    "optimization.paths",
    key=("sku", "destination", "days"),
    unique=False,  # an interval that ends early repeats its end
)
class EchelonDemand(Table):
    """Demand of echelons from the first day of a plan up to the end of a day."""

    sku: str = column("Item.")
    destination: str = column("Node whose echelon it is.")
    days: float = column("Days from the first one.", unit="days", gt=0)
    mean: float = column("Expected units.", unit="units", ge=0)
    variance: float = column_of(ValuedPair, "demand_variance", nullable=False)
