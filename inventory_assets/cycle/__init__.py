"""The cycle by day: what has come since the last run, and what that touches."""

from inventory_assets.cycle.choosing import choose_assets

__all__ = ["choose_assets"]
