"""Which prices fall tonight, and which falls that are planned wait."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.markdown.budgets import choose_rungs
from optimization.markdown.courses import Weighed, weigh_courses
from optimization.markdown.families import (
    Family,
    FamilyStep,
    find_put_off_day,
    group_families,
    list_steps,
)
from optimization.markdown.inputs import build_seasons
from optimization.markdown.seasons import solve_season
from optimization.markdown.statement import (
    list_decided,
    state_deferrals,
    state_markdowns,
    state_options,
)
from optimization.value import FloatArray
from quality_checks.contracts import MarkdownRooms, MarkdownRules, find_frame


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
    moves: pl.DataFrame,
    rooms: pl.DataFrame,
    rules: MarkdownRules,
    *,
    first_day: dt.date,
) -> PricePlan:
    """Plan the prices of items whose season ends, or that have too much stock.

    Each is weighed over the rest of its season by itself; those that policy prices together take
    one step tonight, and budgets of departments are shared. An item that the price list lowers
    anyway is left to it unless another price gains more.

    Args:
        items: frame `season_items`; those without stock or weeks get no row.
        weeks: frame `season_weeks`.
        moves: the columns of the contract SeasonMoves: what has moved between zones tonight, and
            what would have; they are options beside prices.
        rooms: frame `markdown_rooms`; a department without a row has no limit.
        rules: of policy.
        first_day: day on which a price may change.

    Raises:
        ValueError: a frame breaks its contract.
    """
    stocked = items.filter(pl.col("stock") > 0)
    seasons = build_seasons(stocked, weeks, rules, first_day=first_day)
    weighed = [weigh_courses(item, solve_season(item.season)) for item in seasons]
    room = dict(find_frame(MarkdownRooms).read(rooms).iter_rows())
    families, value, bound = _decide(weighed, room, rules, first_day)
    decided = list_decided(families)
    return PricePlan(
        state_markdowns(decided, first_day),
        state_deferrals(decided, first_day),
        state_options(decided, items, moves, rules.ladder, first_day),
        value,
        bound,
    )


def _decide(
    weighed: Sequence[Weighed], room: dict[str, float], rules: MarkdownRules, first_day: dt.date
) -> tuple[list[Family], float, float]:
    """The step of every family within the budgets; the worth of all, and its bound."""
    decided: list[Family] = []
    value = bound = 0.0
    families = group_families(weighed)
    for department, of_department in groupby(families, key=_name_department):
        listed = [(members, list_steps(members, rules.ladder)) for members in of_department]
        worth, drawn = _tabulate([steps for _, steps in listed], rules.least_gain)
        chosen = choose_rungs(worth, drawn, room.get(department, np.inf))
        bound += chosen.bound
        free = np.argmax(worth, axis=1)
        for row, (members, steps) in enumerate(listed):
            taken = int(chosen.rung[row])
            value += float(worth[row, taken])
            put_off_to = (
                find_put_off_day(members, rules.least_gain, first_day=first_day)
                if taken == 0
                else None
            )
            limited = int(free[row]) != taken
            decided.append(Family(members, steps, taken, put_off_to, limited, chosen.price))
    return decided, value, bound


def _name_department(members: Sequence[Weighed]) -> str:
    return str(members[0].item.row["department"])


def _tabulate(
    families: Sequence[Sequence[FamilyStep]], least_gain: float
) -> tuple[FloatArray, FloatArray]:
    """Worth and money of each family's steps, less what a markdown must gain."""
    most = max(len(steps) for steps in families)
    worth, drawn = np.full((len(families), most), -np.inf), np.zeros((len(families), most))
    for row, steps in enumerate(families):
        worth[row, : len(steps)] = [step.worth - least_gain for step in steps]
        worth[row, 0] = steps[0].worth
        drawn[row, : len(steps)] = [step.money for step in steps]
    return worth, drawn
