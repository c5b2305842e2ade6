"""Signals: what goes wrong, of which people are told by exception."""

import dagster as dg

from inventory_assets.signals import causes, exceptions

assets = dg.load_assets_from_modules([causes, exceptions])

__all__ = ["assets"]
