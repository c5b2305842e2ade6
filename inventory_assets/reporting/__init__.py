"""What people read first, and the copy of the warehouse that they read."""

import dagster as dg

from inventory_assets.reporting import health, read_copy, shortages

assets = dg.load_assets_from_modules([health, read_copy, shortages])

__all__ = ["assets"]
