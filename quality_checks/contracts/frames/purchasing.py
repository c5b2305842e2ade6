"""What purchases are planned from: supplier-fed nodes with their levels and terms."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import (
    Pair,
    SuppliedItem,
    UnitWorth,
    ValuedPair,
    WindowedPairs,
)
from quality_checks.contracts.frames.open_orders import OrderItems
from quality_checks.contracts.landing import (
    ItemSuppliers,
    PriceBreaks,
    Products,
    SupplierCapacity,
    Suppliers,
)
from quality_checks.contracts.plans import PlanningPairs, SupplierChoices, Targets
from quality_checks.contracts.supply import LeadTimes, OtherLeadTimes, SupplierYields


@frame("purchase_terms", "optimization.purchasing", key=("sku", "location"))
class PurchaseTerms(Pair):
    """The terms on which the supplier of a node sells it an item."""

    supplier: str = column_of(ItemSuppliers, "supplier")
    supplier_price: float = column_of(ItemSuppliers, "unit_price")
    minimum_order_quantity: int = column_of(ItemSuppliers, "minimum_order_quantity")
    order_multiple: int = column_of(ItemSuppliers, "order_multiple")
    valid_from: pl.Date = column_of(ItemSuppliers, "valid_from")
    valid_to: pl.Date = column_of(ItemSuppliers, "valid_to")
    minimum_order_value: float = column_of(Suppliers, "minimum_order_value")
    supplier_weekdays: str = column_of(Suppliers, "order_weekdays", omissible=True)


@frame("other_terms", "optimization.purchasing", key=("sku", "location", "supplier"))
class OtherTerms(PurchaseTerms):
    """The terms of another supplier than the one a node is fed by, and how it delivers."""

    lead_time_mean: float = column_of(OtherLeadTimes, "lead_time_mean")
    lead_time_sd: float = column_of(OtherLeadTimes, "lead_time_sd")
    yield_mean: float = column_of(SupplierYields, "yield_mean", nullable=True)
    yield_sd: float = column_of(SupplierYields, "yield_sd", nullable=True)


@frame("break_prices", "optimization.purchasing", key=("sku", "supplier", "from_quantity"))
class BreakPrices(Table):
    """What suppliers ask of a unit from a quantity on, where that is less than for fewer."""

    sku: str = column("Item.")
    supplier: str = column("Supplier.")
    from_quantity: int = column_of(PriceBreaks, "from_quantity")
    unit_price: float = column_of(PriceBreaks, "unit_price")


@frame("budget_rooms", "optimization.purchasing", key=("department",))
class BudgetRooms(Table):
    """What departments may still order for in the month of the order."""

    department: str = column("Department.")
    month: str = column("Year and month.")
    room: float = column("What is left of its budget.", unit="currency", ge=0)


@frame(
    "capacity_rooms",
    "optimization.purchasing",
    key=("supplier", "sku", "stated_sku", "stated_category", "week"),
)
class CapacityRooms(Table):
    """What suppliers can still deliver of items in weeks of which they say what they can."""

    supplier: str = column("Supplier.")
    sku: str = column("Item of the supplier that the capacity is for.")
    stated_sku: str = column_of(SupplierCapacity, "sku")
    stated_category: str = column_of(SupplierCapacity, "category")
    week: pl.Date = column_of(SupplierCapacity, "week")
    room: int = column(
        "What is left of it beside open orders; the same for all its items.", unit="units", ge=0
    )


@frame("purchase_items", "optimization.purchasing", key=("sku", "destination", "supplier"))
class PurchaseItems(SuppliedItem, UnitWorth):
    """Supplier-fed nodes with their level, the demand of their echelon, and terms."""

    region: str = column_of(PlanningPairs, "region")
    department: str = column_of(PlanningPairs, "department")
    supplier: str = column_of(PurchaseTerms, "supplier")
    status: str = column_of(WindowedPairs, "status")
    inventory_position: int = column_of(WindowedPairs, "inventory_position")
    order_up_to: int = column_of(Targets, "order_up_to", description="Level of the same.")
    demand_mean: float = column_of(Targets, "demand_mean")
    demand_variance: float = column_of(ValuedPair, "demand_variance")
    protection_days: float = column_of(Targets, "protection_days")
    daily_demand: float = column("Expected demand a day.", unit="units", ge=0)
    unit_price: float = column("The supplier's price of a unit.", unit="currency", ge=0)
    underage_cost: float = column("Margin of a unit at that price.", unit="currency", ge=0)
    level_binding: str = column_of(Targets, "binding")
    open_life_mean: float = column_of(WindowedPairs, "open_life_mean")
    open_life_variance: float = column_of(WindowedPairs, "open_life_variance")
    minimum_order_quantity: int = column_of(PurchaseTerms, "minimum_order_quantity")
    order_multiple: int = column_of(PurchaseTerms, "order_multiple")
    lead_time_mean: float = column_of(WindowedPairs, "lead_time_mean")
    lead_time_sd: float = column_of(LeadTimes, "lead_time_sd")
    yield_mean: float = column_of(SupplierYields, "yield_mean", nullable=True)
    yield_sd: float = column_of(SupplierYields, "yield_sd", nullable=True)
    valid_from: pl.Date = column_of(PurchaseTerms, "valid_from")
    valid_to: pl.Date = column_of(PurchaseTerms, "valid_to")
    minimum_order_value: float = column_of(PurchaseTerms, "minimum_order_value")
    supplier_weekdays: str = column_of(PurchaseTerms, "supplier_weekdays", omissible=True)
    most_units: int = column(
        "Most units of an order, where the rest is bought elsewhere; missing without one.",
        unit="units",
        nullable=True,
        omissible=True,
        ge=1,
    )
    life_demand_mean: float = column_of(WindowedPairs, "life_demand_mean", omissible=True)
    life_demand_variance: float = column_of(WindowedPairs, "life_demand_variance", omissible=True)
    older_units: int = column_of(WindowedPairs, "older_units", omissible=True)
    stranded_units: int = column(
        "Units of the inventory position at locations below that expect to ask for less in the "
        "window, so that nobody else sells them.",
        unit="units",
        ge=0,
    )


@frame("ordered_items", "optimization.supplier_choice", key=("sku", "destination"))
class OrderedItems(OrderItems):
    """Items that could be ordered from several suppliers, as their preferred one delivers them."""

    region: str = column_of(PlanningPairs, "region")
    supplier: str = column_of(PurchaseTerms, "supplier")
    minimum_order_quantity: int = column_of(PurchaseTerms, "minimum_order_quantity")
    order_multiple: int = column_of(PurchaseTerms, "order_multiple")
    lead_time_mean: float = column_of(WindowedPairs, "lead_time_mean")
    lead_time_sd: float = column_of(LeadTimes, "lead_time_sd")
    yield_mean: float = column_of(SupplierYields, "yield_mean", nullable=True)
    lost_before: float = column_of(WindowedPairs, "lost_before")
    quantity: int = column_of(SupplierChoices, "quantity")


@frame("offered_items", "optimization.supplier_choice", key=("sku", "destination", "supplier"))
class OfferedItems(SuppliedItem):
    """What another supplier would bring of an item, were it ordered from that one alone."""

    supplier: str = column("The other supplier.")
    unit_price: float = column_of(PurchaseItems, "unit_price")
    minimum_order_quantity: int = column_of(PurchaseTerms, "minimum_order_quantity")
    order_multiple: int = column_of(PurchaseTerms, "order_multiple")
    lead_time_mean: float = column_of(WindowedPairs, "lead_time_mean")
    lead_time_sd: float = column_of(LeadTimes, "lead_time_sd")
    yield_mean: float = column_of(SupplierYields, "yield_mean", nullable=True)
    lost_before: float = column_of(WindowedPairs, "lost_before")
    life_demand_mean: float = column_of(PurchaseItems, "life_demand_mean")
    quantity: int = column("Units that would be ordered.", unit="units", ge=1)


@frame("ordered_in_month", "optimization.purchasing", key=("department",))
class OrderedInMonth(Table):
    """What departments have ordered so far in the month of an order day."""

    department: str = column_of(Products, "department")
    spent: float = column("Value ordered.", unit="currency", ge=0)


@frame("goods_ahead", "optimization.supplier_choice", key=("sku", "destination"))
class GoodsAhead(Table):
    """Goods that are ordered from another supplier, as its order to the preferred one sees them."""

    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    units: int = column("Units.", unit="units", ge=1)
    days: float = column("Days until they come.", unit="days", ge=0)
