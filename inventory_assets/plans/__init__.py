"""Plans: versions, values, levels, moves, orders, customers' orders, prices, buffers, counts."""

import dagster as dg

from inventory_assets.plans import (
    buffers,
    changed_levels,
    counts,
    markdown,
    movements,
    open_orders,
    pairs,
    prices,
    projection,
    purchasing,
    sourcing,
    targets,
    versions,
)
from inventory_assets.plans.pairs import (
    list_sku_ranges,
    read_forecast,
    read_left_limits,
    read_pairs,
)
from inventory_assets.plans.purchasing import read_exported_orders

assets = dg.load_assets_from_modules(
    [
        buffers,
        changed_levels,
        counts,
        markdown,
        movements,
        open_orders,
        pairs,
        prices,
        projection,
        purchasing,
        sourcing,
        targets,
        versions,
    ]
)

__all__ = [
    "assets",
    "list_sku_ranges",
    "read_exported_orders",
    "read_forecast",
    "read_left_limits",
    "read_pairs",
]
