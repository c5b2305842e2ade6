"""What working capital and payments ahead are worked out from."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.frames.projection import ProjectedPairs
from quality_checks.contracts.inventory import Position, ReceiptsAhead
from quality_checks.contracts.landing import Products, PurchaseOrders, Receipts
from quality_checks.contracts.plans import PlanningPairs


@frame("stocked_pairs", "optimization.finance", key=("sku", "location"))
class StockedPairs(Pair):
    """What each place holds of each item, and the node whose echelon sells it."""

    node: str = column("Node that a supplier replenishes: the place itself, or what feeds it.")
    region: str = column("Region of that node.")
    waits: bool = column_of(ProjectedPairs, "waits")
    on_hand: int = column_of(Position, "on_hand")
    sellable: int = column(
        "Of these, neither promised nor damaged.", unit="units", nullable=True, ge=0
    )


@frame("costed_items", "optimization.finance", key=("sku",))
class CostedItems(Table):
    """Items with what a unit of them costs."""

    sku: str = column("Item.")
    department: str = column_of(Products, "department")
    currency: str = column_of(Products, "currency")
    unit_cost: float = column_of(PlanningPairs, "unit_cost")


@frame(
    "expected_lines", "optimization.finance", key=("document", "document_kind", "line"), unique=True
)
class ExpectedLines(Table):
    """Document lines that are expected to bring goods."""

    document_kind: str = column_of(ReceiptsAhead, "document_kind")
    document: str = column_of(ReceiptsAhead, "document")
    line: int = column_of(ReceiptsAhead, "line")
    sku: str = column("Item.")
    location: str = column("Node that receives.")
    supplier: str = column_of(ReceiptsAhead, "supplier")
    due_on: pl.Date = column_of(ReceiptsAhead, "due_on")
    units: int = column_of(ReceiptsAhead, "expected_units")
    open_units: int = column_of(ReceiptsAhead, "units")
    unit_price: float = column_of(PurchaseOrders, "unit_price")


@frame("supplier_actions", "optimization.finance", key=("action_id",))
class SupplierActions(Table):
    """What tonight asks of suppliers."""

    action_id: str = column("Action.")
    sku: str = column("Item.")
    location: str = column("Node that receives.")
    supplier: str = column("Supplier.")
    po: str = column("Order of which a line is changed; missing for a new one.", nullable=True)
    po_line: int = column("That line.", nullable=True, ge=1)
    inbound: int = column("1 brings units, -1 calls them off, 0 moves them to another day.")
    due_on: pl.Date = column("Day on which they are to come.")
    units: int = column("How many.", unit="units", ge=1)
    unit_price: float = column_of(PurchaseOrders, "unit_price")
    fee: float = column("What the supplier is paid for it besides the goods.", unit="currency")


@frame("received_lines", "optimization.finance", key=("receipt_id", "line"))
class ReceivedLines(Table):
    """Goods of suppliers that came not long ago."""

    receipt_id: str = column_of(Receipts, "receipt_id")
    line: int = column_of(Receipts, "line")
    sku: str = column("Item.")
    supplier: str = column("Supplier.")
    received_on: pl.Date = column("Day on which they came.")
    units: int = column_of(Receipts, "received")
    unit_price: float = column_of(PurchaseOrders, "unit_price")


@frame("payment_terms", "optimization.finance", key=("supplier",))
class PaymentTerms(Table):
    """When suppliers are paid."""

    supplier: str = column("Supplier.")
    payment_days: int = column(
        "Days from delivery to payment, as agreed.", unit="days", nullable=True
    )
