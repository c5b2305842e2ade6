"""Landing sources that several kinds of action depend on."""

from typing import Final

STOCK_AND_DEMAND: Final = frozenset(
    {
        "products",
        "locations",
        "item_locations",
        "pos_sales",
        "stock",
        "stockout_hours",
        "transfers",
        "in_transit",
        "purchase_orders",
    }
)
"""What is where, what is on its way, and what sold."""

SUPPLY: Final = frozenset({"suppliers", "item_suppliers", "lanes"})
"""Who supplies what on which terms, and how it gets on from there."""

CUSTOMERS: Final = frozenset({"online_orders"})
CARRIAGE: Final = frozenset({"shipping_rates", "node_capacities"})
PRICES: Final = frozenset({"prices", "promotions"})
