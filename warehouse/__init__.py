"""The only code that knows the DuckDB file: opening, tables, as-of reading, loading, SQL by name.

It knows contracts and files, and nothing of actions, plans or Dagster: what a query is for is its
caller's business.
"""

from warehouse.assortment import STAND_INS
from warehouse.connection import WarehouseBusyError
from warehouse.load_report import LoadReport
from warehouse.queries import OF_DAYS, find_tables_read
from warehouse.row_marks import add_marks, hash_items, hash_whole
from warehouse.scratch import SelectError, select_rows
from warehouse.tables import may_change_unmarked
from warehouse.warehouse import SkuRange, Warehouse, name_copy

__all__ = [
    "OF_DAYS",
    "STAND_INS",
    "LoadReport",
    "SelectError",
    "SkuRange",
    "Warehouse",
    "WarehouseBusyError",
    "add_marks",
    "find_tables_read",
    "hash_items",
    "hash_whole",
    "may_change_unmarked",
    "name_copy",
    "select_rows",
]
