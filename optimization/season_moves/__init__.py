"""Which units move to another price zone for the rest of their season, before prices are set.

A unit that would be sold off in one zone may sell at its price in another. What zones make of the
rest of a season is told by `markdown`; what a trip costs and may carry, by `transfers`.
"""

from optimization.season_moves.plan import SeasonMovePlan, plan_season_moves

__all__ = ["SeasonMovePlan", "plan_season_moves"]
