"""Which prices fall tonight, and which falls that are planned wait."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.markdown.budgets import choose_rungs
from optimization.markdown.courses import LIKELY, Weighed, weigh_courses
from optimization.markdown.inputs import ItemSeason, build_seasons
from optimization.markdown.moves import find_best_moves
from optimization.markdown.seasons import solve_season
from optimization.markdown.statement import (
    Decided,
    state_deferrals,
    state_markdowns,
    state_options,
)
from quality_checks.contracts import MarkdownRooms, MarkdownRules, ZoneLanes, find_frame


class PricePlan(NamedTuple):
    """What becomes of prices tonight.

    Attributes:
        markdowns: the columns of the contract MarkdownPlan without business_date.
        deferrals: the columns of the contract DeferralPlan without business_date.
        options: the columns of the contract MarkdownOptions without business_date.
        value: worth of all seasons as planned, least gains taken off, currency.
        bound: no choice of tonight's prices within the budgets is worth more, currency.
    """

    markdowns: pl.DataFrame
    deferrals: pl.DataFrame
    options: pl.DataFrame
    value: float
    bound: float


def plan_markdowns(  # noqa: PLR0913  # what the prices are planned from
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    lanes: pl.DataFrame,
    rooms: pl.DataFrame,
    rules: MarkdownRules,
    *,
    first_day: dt.date,
) -> PricePlan:
    """Plan the prices of items whose season ends, or that have too much stock.

    Each is weighed over the rest of its season by itself; budgets of departments are shared. An
    item that the price list lowers anyway is left to it unless another price gains more.

    Args:
        items: frame `season_items`; those without stock or weeks get no row.
        weeks: frame `season_weeks`.
        lanes: frame `zone_lanes`.
        rooms: frame `markdown_rooms`; a department without a row has no limit.
        rules: of policy.
        first_day: day on which a price may change.

    Raises:
        ValueError: a frame breaks its contract.
    """
    costs = {
        (origin, zone): cost for origin, zone, cost in find_frame(ZoneLanes).read(lanes).iter_rows()
    }
    seasons = build_seasons(items, weeks, rules, first_day=first_day)
    weighed = [
        found
        for _, of_item in groupby(seasons, key=lambda item: item.row["sku"])
        for found in _weigh_item(list(of_item), costs)
    ]
    room = dict(find_frame(MarkdownRooms).read(rooms).iter_rows())
    decided, value, bound = _decide(weighed, room, rules)
    return PricePlan(
        state_markdowns(decided, first_day),
        state_deferrals(decided, first_day),
        state_options(decided, first_day),
        value,
        bound,
    )


def _weigh_item(zones: Sequence[ItemSeason], costs: dict[tuple[str, str], float]) -> list[Weighed]:
    """Weigh an item in each of its zones, with what other zones would make of its units."""
    stocks = [item.season.stock for item in zones]
    # A zone may be asked what as many units again would earn there.
    headroom = max(stocks) if len(zones) > 1 and costs else 0
    solved = [solve_season(item.season, headroom) for item in zones]
    moves = find_best_moves([item.row["zone"] for item in zones], solved, costs)
    return [weigh_courses(*parts) for parts in zip(zones, solved, moves, strict=True)]


def _decide(
    weighed: Sequence[Weighed], room: dict[str, float], rules: MarkdownRules
) -> tuple[list[Decided], float, float]:
    """The rung of every item within the budgets; the worth of all, and its bound."""
    by_department: dict[str, list[int]] = {}
    for at, found in enumerate(weighed):
        by_department.setdefault(found.item.row["department"], []).append(at)
    decided: dict[int, Decided] = {}
    value = bound = 0.0
    for department, members in sorted(by_department.items()):
        worth, drawn = _tabulate([weighed[at] for at in members], rules.least_gain)
        chosen = choose_rungs(worth, drawn, room.get(department, np.inf))
        bound += chosen.bound
        free = np.argmax(worth, axis=1)
        for row, at in enumerate(members):
            rung = int(chosen.rung[row])
            value += float(worth[row, rung])
            put_off = rung == 0 and _is_put_off(weighed[at], rules.least_gain)
            limited = int(free[row]) != rung
            decided[at] = Decided(weighed[at], rung, put_off, limited, chosen.price)
    return [decided[at] for at in range(len(weighed))], value, bound


def _is_put_off(found: Weighed, least_gain: float) -> bool:
    """Whether the fall that the price list has is better put off: holding likely outlasts it."""
    if found.planned is None:
        return False
    held = found.hold.at_rung[found.item.planned_week, 0]
    return bool(held >= LIKELY and found.hold.value > found.planned.value + least_gain)


def _tabulate(
    weighed: Sequence[Weighed], least_gain: float
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], ...]:
    """Worth and money of each item's rungs; the first leaves things to the list, or holds."""
    rungs = max(len(found.rungs) for found in weighed)
    worth, drawn = np.full((len(weighed), rungs), -np.inf), np.zeros((len(weighed), rungs))
    for row, found in enumerate(weighed):
        season, count = found.item.season, len(found.rungs)
        worth[row, :count] = found.rungs - least_gain
        worth[row, 0] = max(found.hold.value, found.as_is.value)
        if found.item.planned_week == 0:
            worth[row, found.item.planned_rung] = -np.inf
        drawn[row, :count] = (season.prices[0] - season.prices) * season.stock
    return worth, drawn
