"""Whether a price falls now, later or not at all, over the rest of an item's season.

Demand and its answer to prices are given; what units would earn elsewhere is weighed beside it. The
transfers themselves are planned in `transfers`, of what the k-th unit is worth in days; here it is
worth what the rest of the season makes of it.
"""

from optimization.markdown.answers import answer_prices
from optimization.markdown.gathering import select_season_items, select_sellers
from optimization.markdown.plan import PricePlan, plan_markdowns
from optimization.markdown.rooms import find_zone_lanes, list_markdown_rooms
from optimization.markdown.season_weeks import sum_season_weeks
from optimization.markdown.seasons import Season, SolvedSeason, play_season, solve_season

__all__ = [
    "PricePlan",
    "Season",
    "SolvedSeason",
    "answer_prices",
    "find_zone_lanes",
    "list_markdown_rooms",
    "plan_markdowns",
    "play_season",
    "select_season_items",
    "select_sellers",
    "solve_season",
    "sum_season_weeks",
]
