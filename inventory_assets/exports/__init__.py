"""Exports: approved lines as batches that the ERP loads, and as files for suppliers."""

import dagster as dg

from inventory_assets.exports import erp, suppliers

assets = dg.load_assets_from_modules([erp, suppliers])

__all__ = ["assets"]
