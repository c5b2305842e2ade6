"""Stock by day in expectation: on hand, what comes on its day, what is planned, what sells.

`project_stock` takes and gives frames; `project_days` does the same for arrays of pairs and days.
"""

from optimization.projection.days import ProjectedDays, project_days
from optimization.projection.stock import project_stock

__all__ = ["ProjectedDays", "project_days", "project_stock"]
