"""Routing: cases of actions, and what policy and people make of these; an export loads it."""

import dagster as dg

from inventory_assets.routing import cases, routes

assets = dg.load_assets_from_modules([cases, routes])

__all__ = ["assets"]
