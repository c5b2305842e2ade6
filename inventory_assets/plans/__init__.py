"""Plans: versions, what a sale earns, levels, movements, purchases, prices, projected stock."""

import dagster as dg

from inventory_assets.plans import (
    markdown,
    movements,
    open_orders,
    pairs,
    prices,
    projection,
    purchasing,
    targets,
    versions,
)
from inventory_assets.plans.pairs import list_sku_ranges, read_forecast, read_pairs
from inventory_assets.plans.purchasing import read_exported_orders

assets = dg.load_assets_from_modules(
    [markdown, movements, open_orders, pairs, prices, projection, purchasing, targets, versions]
)

__all__ = ["assets", "list_sku_ranges", "read_exported_orders", "read_forecast", "read_pairs"]
