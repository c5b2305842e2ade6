"""What people read first, and the copy of the warehouse that they read."""

import dagster as dg

from inventory_assets.reporting import health, read_copy

assets = dg.load_assets_from_modules([health, read_copy])

__all__ = ["assets"]
