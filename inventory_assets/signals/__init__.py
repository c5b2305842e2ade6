"""Signals: what goes wrong, of which people are told by exception."""

import dagster as dg

from inventory_assets.signals import exceptions

assets = dg.load_assets_from_modules([exceptions])

__all__ = ["assets"]
