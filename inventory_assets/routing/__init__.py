"""Routing: what policy and people make of the actions. An export loads it, and no planner."""

import dagster as dg

from inventory_assets.routing import routes

assets = dg.load_assets_from_modules([routes])

__all__ = ["assets"]
