"""The connected inventory model: daily history, position, book balance."""

import dagster as dg

from inventory_assets.inventory import history, masters, position

assets = dg.load_assets_from_modules([history, masters, position])

__all__ = ["assets"]
