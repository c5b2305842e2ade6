"""Which supplier an item is ordered from tonight: the preferred one, another, or both for a part.

Levels and windows know one lead time, that of the preferred supplier. What another one gains, who
is sooner there or asks less, is weighed over paths of demand, as open orders are.
"""

from optimization.supplier_choice.choice import (
    OrderPlanner,
    SuppliedItems,
    SuppliedOrders,
    WeighedOrders,
    choose_suppliers,
)

__all__ = [
    "OrderPlanner",
    "SuppliedItems",
    "SuppliedOrders",
    "WeighedOrders",
    "choose_suppliers",
]
