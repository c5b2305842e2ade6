"""Exports: approved lines as batches for the ERP, files for suppliers and online channels."""

import dagster as dg

from inventory_assets.exports import channels, documents, erp, suppliers

assets = dg.load_assets_from_modules([channels, documents, erp, suppliers])

__all__ = ["assets"]
