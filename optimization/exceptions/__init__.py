"""What goes wrong, gathered from the plan's own tables: exceptions, what is at risk, how they end.

What is off by more than chance is told by `forecasting.anomalies`.
"""

from optimization.exceptions.settling import Settled, settle_exceptions
from optimization.exceptions.summary import tabulate_exceptions
from optimization.exceptions.worth import list_cells_off, sum_signals, value_changed_demand

__all__ = [
    "Settled",
    "list_cells_off",
    "settle_exceptions",
    "sum_signals",
    "tabulate_exceptions",
    "value_changed_demand",
]
