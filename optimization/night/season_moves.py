"""What moves in a night for the rest of a season, once transfers are on their way."""

import polars as pl

from optimization.markdown import find_zone_lanes
from optimization.night.markdown import PriceInputs
from optimization.night.transfers import TransferInputs
from optimization.season_moves import SeasonMovePlan, plan_season_moves
from quality_checks.contracts import MarkdownRules


def may_move_for_seasons(rules: MarkdownRules) -> bool:
    """Whether an item may be weighed in more than one price zone, so that units could move."""
    return rules.price_zones != "everywhere"


def move_for_seasons(
    moved: pl.DataFrame,
    transfers: TransferInputs,
    prices: PriceInputs,
    *,
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
) -> SeasonMovePlan:
    """Move units to price zones where the rest of their season makes more of them than any price.

    Args:
        moved: the columns of the contract TransfersPlan: tonight's other transfers.
        transfers: what these were made from.
        prices: what prices would be planned from now, the other transfers being on their way.
        pairs: location, region, price_zone and kind of the contract PlanningPairs, of every
            item-location.
        lanes: the columns of the contract Lanes.

    Returns:
        The plan, with the lines of `moved` beside those that move for the season.

    Raises:
        ValueError: a frame breaks its contract.
    """
    plan = plan_season_moves(
        prices.items,
        prices.weeks,
        prices.places,
        find_zone_lanes(lanes, pairs, prices.rules),
        moved,
        transfers.movers,
        transfers.lanes,
        transfers.places,
        weekday=transfers.weekday,
        min_gain=transfers.min_gain,
        rules=transfers.rules,
        line_rules=transfers.line_rules,
        price_rules=prices.rules,
        first_day=prices.first_day,
    )
    lines = pl.concat([moved, plan.lines]).sort("origin", "destination", "sku")
    return plan._replace(lines=lines)
