"""Which supplier an item is ordered from tonight: the preferred one, another, or both for a part.

Levels and windows know one lead time, that of the preferred supplier. What another one gains, who
is sooner there or asks less, is weighed over paths of demand, as open orders are.
"""

from optimization.supplier_choice.choice import SuppliedOrders, WeighedOrders, choose_suppliers
from optimization.supplier_choice.orders import list_ordered_items

__all__ = ["SuppliedOrders", "WeighedOrders", "choose_suppliers", "list_ordered_items"]
