"""Stock by day in expectation: on hand, what comes on its day, what is planned, what sells.

`project_stock` takes and gives frames, by day and by week beyond the days; `project_days` does the
same for arrays of pairs and stretches. `estimate_demand_ahead` says what customers ask for,
`estimate_draws` what places draw from the node that feeds them, `find_supply_gaps` when it has
nothing for them and what that costs.
"""

from optimization.projection.days import ProjectedDays, project_days
from optimization.projection.demand_ahead import estimate_demand_ahead, estimate_draws
from optimization.projection.gaps import find_supply_gaps
from optimization.projection.stock import project_stock
from optimization.projection.stretches import WEEK, Stretches

__all__ = [
    "WEEK",
    "ProjectedDays",
    "Stretches",
    "estimate_demand_ahead",
    "estimate_draws",
    "find_supply_gaps",
    "project_days",
    "project_stock",
]
