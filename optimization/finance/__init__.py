"""What stock and orders tie up by week ahead, and when suppliers are paid for them.

Both are told of tonight's plan left alone and carried out, so that what is decided is
the difference.
"""

from optimization.finance.capital import project_capital
from optimization.finance.payments import list_payments
from optimization.finance.pools import sum_pool_demand

__all__ = ["list_payments", "project_capital", "sum_pool_demand"]
