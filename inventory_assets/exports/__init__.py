"""Exports: approved lines as batches that the ERP loads."""

import dagster as dg

from inventory_assets.exports import erp

assets = dg.load_assets_from_modules([erp])

__all__ = ["assets"]
