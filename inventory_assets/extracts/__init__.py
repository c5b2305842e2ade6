"""Landing: one asset a source, all made alike from its contract."""

from inventory_assets.extracts.sources import assets

__all__ = ["assets"]
