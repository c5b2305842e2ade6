"""Landing: one asset per source, each made from its contract."""

from inventory_assets.extracts.sources import assets

__all__ = ["assets"]
