"""What plenish accepts: one contract a landing source, in the order in which they load."""

# The order in which sources register is that in which they load.
# ruff: noqa: I001
from quality_checks.contracts.landing.columns import MOST_PAYMENT_DAYS, MOST_UNITS
from quality_checks.contracts.landing.masters import (
    ItemLocations,
    ItemSuppliers,
    Lanes,
    Locations,
    PriceBreaks,
    Products,
    Suppliers,
    WEEKDAYS,
)
from quality_checks.contracts.landing.sales import (
    Browsing,
    CHANNELS,
    OnlineOrders,
    PosSales,
    Returns,
)
from quality_checks.contracts.landing.fulfilment import (
    NodeCapacities,
    NodeRefusals,
    ShippingRates,
)
from quality_checks.contracts.landing.substitution import Substitutes, SubstitutionOutcomes
from quality_checks.contracts.landing.stock import (
    Adjustments,
    InTransit,
    Receipts,
    Stock,
    StockCounts,
    StockoutHours,
    Transfers,
)
from quality_checks.contracts.landing.supply import (
    DEFECTS,
    OrderAcknowledgements,
    PurchaseOrders,
    SupplierCapacity,
    SupplierEvents,
    SupplierReturns,
)
from quality_checks.contracts.landing.context import (
    ERP_ANSWERS,
    SYSTEMS,
    Acknowledgements,
    Assumptions,
    LEAST_FACTOR,
    MOST_FACTOR,
    Decisions,
    Events,
    LevelChanges,
    Prices,
    Promotions,
    Weather,
)

__all__ = [
    "CHANNELS",
    "DEFECTS",
    "ERP_ANSWERS",
    "LEAST_FACTOR",
    "MOST_FACTOR",
    "MOST_PAYMENT_DAYS",
    "MOST_UNITS",
    "SYSTEMS",
    "WEEKDAYS",
    "Acknowledgements",
    "Adjustments",
    "Assumptions",
    "Browsing",
    "Decisions",
    "Events",
    "InTransit",
    "ItemLocations",
    "ItemSuppliers",
    "Lanes",
    "LevelChanges",
    "Locations",
    "NodeCapacities",
    "NodeRefusals",
    "OnlineOrders",
    "OrderAcknowledgements",
    "PosSales",
    "PriceBreaks",
    "Prices",
    "Products",
    "Promotions",
    "PurchaseOrders",
    "Receipts",
    "Returns",
    "ShippingRates",
    "Stock",
    "StockCounts",
    "StockoutHours",
    "Substitutes",
    "SubstitutionOutcomes",
    "SupplierCapacity",
    "SupplierEvents",
    "SupplierReturns",
    "Suppliers",
    "Transfers",
    "Weather",
]
