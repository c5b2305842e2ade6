"""Demand and lead times of one short series, learnt as observations come.

The night does not use it: games and benchmarks do.
"""

from forecasting.online.adaptive_demand import AdaptiveDemand
from forecasting.online.lead_time_learning import LeadTimeBelief

__all__ = ["AdaptiveDemand", "LeadTimeBelief"]
