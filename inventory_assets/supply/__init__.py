"""Supply: how suppliers deliver, and how long goods take."""

import dagster as dg

from inventory_assets.supply import exposure, scorecards, suppliers

assets = dg.load_assets_from_modules([exposure, scorecards, suppliers])

__all__ = ["assets"]
