"""What becomes of actions that have left or wait, and what an action says of the plan behind it."""

import polars as pl

from quality_checks.contracts.actions import ExportLines, Proposals, Routed
from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.landing import Acknowledgements, PurchaseOrders
from quality_checks.contracts.open_orders import ChangePlan
from quality_checks.contracts.sourcing import OrderSourcing


@frame("changed_order_lines", "governance.exchange", key=("po", "po_line"))
class ChangedOrderLines(Table):
    """Lines of purchase orders of which something has been asked."""

    po: str = column_of(PurchaseOrders, "po")
    po_line: int = column_of(PurchaseOrders, "line")


@frame("pending_customer_lines", "governance.exchange", key=("order_id", "order_line", "origin"))
class PendingCustomerLines(Table):
    """Lines of customers' orders that a node was asked for and that do not show there yet."""

    order_id: str = column_of(OrderSourcing, "order_id")
    order_line: int = column_of(OrderSourcing, "order_line")
    origin: str = column("Node that was asked.")


@frame("open_units", "governance.exchange", key=("sku", "location", "kind"))
class OpenUnits(Pair):
    """What actions that no document shows yet bring to item-locations and take from them."""

    kind: str = column("Kind of action.")
    inbound: int = column(
        "Units that come; below 0 where more is called off than brought.", unit="units"
    )
    outbound: int = column("Units that leave.", unit="units")


@frame("inbound_actions", "governance.exchange", key=("action_id",))
class InboundActions(Table):
    """Actions of a night that bring units, with what became of each."""

    action_id: str = column_of(Proposals, "action_id")
    sku: str = column("Item.")
    location: str = column("Node that receives.")
    kind: str = column("Kind of action.")
    due_on: pl.Date = column_of(Proposals, "due_on")
    units: int = column("Units, as approved, else as proposed.", unit="units", ge=1)
    status: str = column_of(Routed, "status")
    rule: str = column_of(Routed, "rule")


@frame("pair_cautions", "governance", key=("sku", "location"))
class PairCautions(Pair):
    """What the level and the price of item-locations rest on that may be wrong."""

    cautions: str = column("Reason codes, those of the level first, joined by a semicolon.")


@frame("stock_ages", "governance", key=("sku", "location"))
class StockAges(Pair):
    """How old the stock records of item-locations are."""

    age_days: int = column(
        "Age of the record on the business date; missing where there is none.",
        unit="days",
        nullable=True,
    )


@frame("record_doubts", "governance", key=("sku", "location"))
class RecordDoubts(Pair):
    """How likely the stock records of item-locations are wrong; of those not named none knows."""

    doubt: float = column("Probability that the record is wrong.", ge=0, le=1)


@frame("plan_problems", "optimization.feasibility", key=("check", "keys"), unique=False)
class PlanProblems(Table):
    """What is wrong with a plan, found by recomputing it: a row for each rule that it breaks."""

    check: str = column("Rule that is broken.")
    keys: str = column("Line, place or sum that breaks it, in words.")
    expected: str = column("What the rule asks for, in words.")
    found: str = column("What the plan states, in words.")
    message: str = column("What is wrong, in a sentence.")


@frame("asked_changes", "governance.exchange", key=("po", "po_line", "form"), unique=False)
class AskedChanges(ChangedOrderLines):
    """What has been asked of lines of purchase orders."""

    supplier: str = column("Supplier.")
    form: str = column("What was asked; of a kind with one form the name of the kind.")
    due_on: pl.Date = column("Day by which the units should come.")
    quantity: int = column("Units asked about.", unit="units", ge=0)
    rest_on: pl.Date = column_of(ChangePlan, "rest_on")
    rest_units: int = column(
        "Of a line that is split, the units that are left on that day; else missing.",
        unit="units",
        nullable=True,
        ge=0,
    )
    asked_on: pl.Date = column("Business date of the action.")


@frame("pending_moves", "optimization.feasibility", key=("po", "po_line"))
class PendingMoves(ChangedOrderLines):
    """Order lines that were asked to come on another day, which no document shows yet."""

    due_on: pl.Date = column("Day on which the units should come.")
    quantity: int = column("Units that are moved; the rest comes as expected.", unit="units", ge=1)


@frame("order_values", "governance.exchange", key=("sku",), unique=False)
class OrderValues(Table):
    """What orders of ours spend that no document shows yet."""

    sku: str = column("Item.")
    ordered_on: pl.Date = column("Day of the order; absent where it is tonight's.", omissible=True)
    value: float = column("Value of the units.", unit="currency")


@frame("answer_faults", "governance.exchange", key=("idempotency_key", "answer"))
class AnswerFaults(Table):
    """Exported lines that were answered otherwise than asked, or not at all in time."""

    idempotency_key: str = column_of(ExportLines, "idempotency_key")
    action_id: str = column_of(ExportLines, "action_id")
    kind: str = column("Kind of action.")
    sku: str = column_of(ExportLines, "sku")
    origin: str = column_of(ExportLines, "origin")
    destination: str = column_of(ExportLines, "destination")
    supplier: str = column_of(ExportLines, "supplier")
    answer: str = column(
        "Rejected, fewer or more units, those that come late, or nothing.",
        isin=["rejected", "fewer", "more", "late", "unanswered"],
    )
    units: int = column("Units that lack, are too many, or come late.", unit="units", ge=1)
    brings: bool = column("Whether the line brings goods to its destination.")
    erp_document: str = column_of(Acknowledgements, "erp_document")
