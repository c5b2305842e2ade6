"""Numbers that say where they were read: table, row, column, unit; of sums, of which rows."""

from workbench.citing.cited import Cited, Source, Wanted
from workbench.citing.sources import Citer

__all__ = ["Cited", "Citer", "Source", "Wanted"]
