"""What the k-th unit at a location is worth: the one currency of all decisions.

How many units a location should have lives in `levels`; who gets them in `allocation` and
`transfers`.
"""

from optimization.value.exit_risk import Style, find_best_stock
from optimization.value.pack_ladders import Keeping, build_pack_ladders
from optimization.value.sale_values import (
    SaleRecords,
    compute_sale_margin,
    join_sale_values,
    value_sales,
)
from optimization.value.stock_value import (
    FloatArray,
    IntArray,
    StockValue,
    add_line_part,
    build_ladders,
    compute_unit_costs,
)

__all__ = [
    "FloatArray",
    "IntArray",
    "Keeping",
    "SaleRecords",
    "StockValue",
    "Style",
    "add_line_part",
    "build_ladders",
    "build_pack_ladders",
    "compute_sale_margin",
    "compute_unit_costs",
    "find_best_stock",
    "join_sale_values",
    "value_sales",
]
