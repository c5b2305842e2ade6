"""The only code that knows the DuckDB file: opening, tables, as-of reading, loading, SQL models."""

from inventory_assets.warehouse.connection import WarehouseBusyError
from inventory_assets.warehouse.loading import LoadReport
from inventory_assets.warehouse.warehouse import PlanVersion, Warehouse

__all__ = ["LoadReport", "PlanVersion", "Warehouse", "WarehouseBusyError"]
