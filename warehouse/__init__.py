"""The only code that knows the DuckDB file: opening, tables, as-of reading, loading, SQL models."""

from warehouse.connection import WarehouseBusyError
from warehouse.loading import LoadReport
from warehouse.warehouse import PlanVersion, Warehouse

__all__ = ["LoadReport", "PlanVersion", "Warehouse", "WarehouseBusyError"]
