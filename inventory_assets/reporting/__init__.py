"""What people read first, and the copy of the warehouse that they read."""

import dagster as dg

from inventory_assets.reporting import (
    budgets,
    capacity,
    cases,
    changes,
    decisions,
    finance,
    health,
    prices,
    read_copy,
    shortages,
    worklist,
)

assets = dg.load_assets_from_modules(
    [
        budgets,
        capacity,
        cases,
        changes,
        decisions,
        finance,
        health,
        prices,
        read_copy,
        shortages,
        worklist,
    ]
)

__all__ = ["assets"]
