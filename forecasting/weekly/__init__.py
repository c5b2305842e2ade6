"""Weekly demand of many series as a distribution, for orders placed once a week.

The night does not use it: games and benchmarks do.
"""

from forecasting.weekly.history import YEAR, WeeklyHistory
from forecasting.weekly.model import WeeklyModel

__all__ = ["YEAR", "WeeklyHistory", "WeeklyModel"]
