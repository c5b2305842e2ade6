"""What purchases are planned from: supplier-fed nodes with their levels and terms."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair, ValuedPair, WindowedPairs
from quality_checks.contracts.landing import ItemSuppliers
from quality_checks.contracts.plans import PlanningPairs, SaleValues, Targets


@frame("purchase_terms", "optimization.purchasing", key=("sku", "location"))
class PurchaseTerms(Pair):
    """The terms on which the supplier of a node sells it an item."""

    supplier: str = column_of(ItemSuppliers, "supplier")
    supplier_price: float = column_of(ItemSuppliers, "unit_price")
    minimum_order_quantity: int = column_of(ItemSuppliers, "minimum_order_quantity")
    order_multiple: int = column_of(ItemSuppliers, "order_multiple")
    valid_from: pl.Date = column_of(ItemSuppliers, "valid_from")
    valid_to: pl.Date = column_of(ItemSuppliers, "valid_to")


@frame("purchase_items", "optimization.purchasing", key=("sku", "destination"))
class PurchaseItems(Table):
    """Supplier-fed nodes with their level, the demand of their echelon, and terms."""

    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    region: str = column_of(PlanningPairs, "region")
    supplier: str = column_of(PurchaseTerms, "supplier")
    status: str = column_of(WindowedPairs, "status")
    inventory_position: int = column(
        "Units on hand, in transit, on order and proposed less reserved, of the node and all it "
        "supplies; missing where unknown.",
        unit="units",
        nullable=True,
    )
    order_up_to: int = column_of(Targets, "order_up_to", description="Level of the same.")
    demand_mean: float = column_of(Targets, "demand_mean")
    demand_variance: float = column_of(ValuedPair, "demand_variance")
    protection_days: float = column_of(Targets, "protection_days")
    daily_demand: float = column("Expected demand a day.", unit="units", ge=0)
    unit_price: float = column("The supplier's price of a unit.", unit="currency", ge=0)
    selling_price: float = column_of(WindowedPairs, "selling_price")
    return_rate: float = column_of(SaleValues, "return_rate")
    resalable_share: float = column_of(SaleValues, "resalable_share")
    return_cost: float = column_of(SaleValues, "return_cost")
    minimum_order_quantity: int = column_of(PurchaseTerms, "minimum_order_quantity")
    order_multiple: int = column_of(PurchaseTerms, "order_multiple")
    lead_time_mean: float = column_of(WindowedPairs, "lead_time_mean")
    valid_from: pl.Date = column_of(PurchaseTerms, "valid_from")
    valid_to: pl.Date = column_of(PurchaseTerms, "valid_to")
