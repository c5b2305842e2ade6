"""The connected inventory model: daily history, position, book balance."""

import dagster as dg

from inventory_assets.inventory import history, position

assets = dg.load_assets_from_modules([history, position])

__all__ = ["assets"]
