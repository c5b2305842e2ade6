"""Whether a price falls now, later or not at all, over the rest of an item's season.

Demand and its answer to prices are given. Units that are worth more in another zone move there
first (`season_moves`, by the same worth of a season), and prices are set for what stays.
"""

from optimization.markdown.answers import answer_prices
from optimization.markdown.gathering import select_season_items, select_sellers
from optimization.markdown.inputs import build_seasons
from optimization.markdown.plan import PricePlan, plan_markdowns
from optimization.markdown.rooms import find_zone_lanes, list_markdown_rooms
from optimization.markdown.season_weeks import sum_season_weeks
from optimization.markdown.seasons import Season, SolvedSeason, play_season, solve_season
from optimization.markdown.zones import name_zone

__all__ = [
    "PricePlan",
    "Season",
    "SolvedSeason",
    "answer_prices",
    "build_seasons",
    "find_zone_lanes",
    "list_markdown_rooms",
    "name_zone",
    "plan_markdowns",
    "play_season",
    "select_season_items",
    "select_sellers",
    "solve_season",
    "sum_season_weeks",
]
