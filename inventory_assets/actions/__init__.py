"""Actions: every plan in one grammar, with the arithmetic behind each."""

import dagster as dg

from inventory_assets.actions import explanations, proposals

assets = dg.load_assets_from_modules([proposals, explanations])

__all__ = ["assets"]
