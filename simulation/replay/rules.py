"""Rules that planners go by, as policies: levels from recent sales, fair shares, no transfers.

A rule states for every pair when to order (`reorder`) and up to which level (`up_to`): its own
stock for a pair that a DC feeds, that of its echelon for one that a supplier does. Suppliers are
ordered from once a week. What a pair sells a day is the mean over its last `WINDOW` days;
an item too new for that is taken to sell like its category at the same node.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.reference import find_min_max_levels, set_reorder_points
from quality_checks.contracts import DAYS_PER_YEAR
from simulation.replay.decision import Decision, EveningView, PlannedMoves, PlannedOrders
from simulation.replay.rationing import fair_shares
from simulation.replay.scenario import NEVER, OWN, WEEK, Bools, Floats, Ints, ScenarioMasters

WINDOW = 42
"""Days of sales that a rule looks at."""

NEW_DAYS = 14
"""Days with stock or sales below which a pair is new."""

FIRST_DELIVERY = 7
"""Days before its launch on which an item is first sent to where it sells."""

RUN_DOWN = 56
"""Days before its exit from which no more of an item is held than will still sell."""

REFRESH_DAYS = 7
"""Days for which levels stand."""

LINE_COST = (0.5, 10.0)
"""Cost of handling an order line, from a DC and from a supplier, currency."""

COVER_WEEKS = 6.0
"""Weeks of sales that the rule of weeks of cover holds."""

SERVICE = 0.995
"""Chance of no stock-out that the rule of reorder points aims at."""

LEAST_SALES = 1e-3
"""Units a day below which nothing is kept but what is shown."""

BUYING_AHEAD = 14
"""Days before its launch on which the first order of an item is to be there."""


@dataclass(frozen=True)
class Sales:
    """What each pair is expected to sell a day; for a supplier-fed pair, what its echelon sells.

    Attributes:
        mean: units a day.
        variance: of the same, units^2.
    """

    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Levels:
    """Order when the position is at or below `reorder`, up to `up_to`; units of each pair."""

    reorder: Floats
    up_to: Floats


Sizing = Callable[[EveningView, Sales], Levels]
"""Levels of all pairs, by what is seen and what pairs sell."""


class LevelRule:
    """A policy by levels, which are set anew every `REFRESH_DAYS`.

    Attributes:
        name: short name in tables.
    """

    def __init__(self, name: str, sizing: Sizing) -> None:
        self.name = name
        self._sizing = sizing
        self._set: tuple[int, Sales, Levels] | None = None

    def decide(self, seen: EveningView) -> Decision:
        """What moves and what is ordered the day after."""
        if self._set is None or not 0 <= seen.day - self._set[0] < REFRESH_DAYS:
            sales = recent_sales(seen)
            self._set = seen.day, sales, self._sizing(seen, sales)
        _, sales, levels = self._set
        return Decision(
            _replenishment(seen, sales, levels),
            PlannedMoves.none(),
            _purchases(seen, sales, levels),
        )


@dataclass(frozen=True)
class DoNothing:
    """Nothing moves and nothing is ordered."""

    name: str = "do_nothing"

    def decide(self, seen: EveningView) -> Decision:  # noqa: ARG002  # whatever is seen
        """Nothing."""
        return Decision.none()


def weeks_of_cover(weeks: float = COVER_WEEKS) -> LevelRule:
    """Hold some weeks of sales at every pair, and at every echelon beyond its lead time."""

    def sizing(seen: EveningView, sales: Sales) -> Levels:
        fed = seen.masters.supply >= 0
        supply_days = np.where(fed, 0.0, review_days(seen.masters) + lead_days(seen.masters))
        up_to = np.ceil(sales.mean * (supply_days + WEEK * weeks))
        return Levels(up_to - 1, up_to)

    return LevelRule("weeks_of_cover", sizing)


def reorder_point(service: float = SERVICE) -> LevelRule:
    """Order at mean sales plus safety stock over lead time and review, up to a review more.

    Args:
        service: chance of no stock-out that it aims at.
    """

    def sizing(seen: EveningView, sales: Sales) -> Levels:
        review = review_days(seen.masters)
        window = lead_days(seen.masters) + review
        reorder = set_reorder_points(sales.mean * window, sales.variance * window, service)
        return Levels(np.floor(reorder), np.ceil(reorder + sales.mean * review))

    return LevelRule("reorder_point", sizing)


def min_max(holding_rate_per_year: float) -> LevelRule:
    """Order by the best (s, S), given `LINE_COST` an order, margins and holding cost.

    Args:
        holding_rate_per_year: cost of keeping a unit, as a share of its cost.
    """

    def sizing(seen: EveningView, sales: Sales) -> Levels:
        masters = seen.masters
        review = review_days(masters)
        window = lead_days(masters) + review
        sold = np.flatnonzero(sales.mean > LEAST_SALES)
        rate = holding_rate_per_year / DAYS_PER_YEAR * masters.cost
        found = find_min_max_levels(
            (sales.mean * review)[sold],
            (sales.variance * review)[sold],
            (sales.mean * window)[sold],
            (sales.variance * window)[sold],
            holding=(rate * review)[sold],
            shortage=np.maximum(masters.list_price - masters.cost, rate)[sold],
            fixed=np.where(masters.supply >= 0, *LINE_COST)[sold],
        )
        levels = Levels(np.full(masters.size, -1.0), np.zeros(masters.size))
        levels.reorder[sold], levels.up_to[sold] = found.reorder_point, found.order_up_to
        return levels

    return LevelRule("min_max", sizing)


def review_days(masters: ScenarioMasters) -> Floats:
    """Days between two chances to order of each pair."""
    ships = np.maximum(masters.lane_ships[masters.lane].sum(axis=1), 1)
    return np.where(masters.supply >= 0, WEEK / ships, WEEK)


def lead_days(masters: ScenarioMasters) -> Floats:
    """Days from order to shelf; for a supplier-fed pair, those below it are added."""
    fed = masters.supply >= 0
    own = np.where(fed, masters.lane_days[masters.lane], masters.lead[OWN])
    below = (own + review_days(masters))[fed]
    members = np.bincount(masters.echelon[fed], minlength=masters.size)
    total = np.bincount(masters.echelon[fed], below, minlength=masters.size)
    return np.where(fed, own, own + total / np.maximum(members, 1))


def recent_sales(seen: EveningView) -> Sales:
    """What pairs sold a day, closed days included, over the days on which they were on sale."""
    masters, last = seen.masters, seen.day + 1
    first = max(0, last - WINDOW)
    sold = seen.sold[first:last].astype(np.float64)
    days = np.clip(last - np.maximum(masters.launch, first), 0, None)
    divisor = np.maximum(days, 1)
    mean = sold.sum(axis=0) / divisor
    variance = np.square(sold).sum(axis=0) / divisor - mean**2
    there = (~seen.empty[first:last] | (sold > 0)).sum(axis=0)
    mean, variance = _of_new(seen, (days >= NEW_DAYS) & (there >= NEW_DAYS), mean, variance)
    gone = masters.exit <= seen.day
    mean, variance = np.where(gone, 0.0, mean), np.where(gone, 0.0, variance)
    fed = masters.supply >= 0

    def echelon(values: Floats) -> Floats:
        total = np.bincount(masters.echelon[fed], values[fed], minlength=masters.size)
        return np.where(fed, values, total)

    return Sales(echelon(mean), echelon(variance))


def _of_new(
    seen: EveningView, known: Bools, mean: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Take for new pairs what they sold before day 0, or what others at their node sell."""
    masters, before = seen.masters, seen.masters.usual_sales
    like_mean, like_variance = (
        _mean_of(masters.category_group, known, values, _mean_of(masters.location, known, values))
        for values in (mean, variance)
    )
    like_mean = np.where(np.isnan(before), like_mean, before)
    like_variance = np.where(np.isnan(before), like_variance, before)
    return np.where(known, mean, like_mean), np.where(known, variance, like_variance)


def _mean_of(group: Ints, known: Bools, values: Floats, otherwise: Floats | float = 0.0) -> Floats:
    """The mean over the known pairs of each pair's group, or `otherwise` where none is known."""
    count = np.bincount(group[known], minlength=group.max() + 1)[group]
    total = np.bincount(group[known], values[known], minlength=group.max() + 1)[group]
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _replenishment(seen: EveningView, sales: Sales, levels: Levels) -> PlannedMoves:
    """Cases up to the level, but at most what is shown and what sells until the exit."""
    masters = seen.masters
    position = seen.on_hand + seen.in_transit
    up_to = levels.up_to + masters.presentation
    reorder = levels.reorder + masters.presentation
    up_to = np.minimum(up_to, np.minimum(masters.shelf_max, _left(seen, sales)))
    cases = -(-(up_to - position) // masters.pack)
    fitting = (masters.shelf_max - position) // masters.pack
    want = np.minimum(cases, fitting).astype(np.int64) * masters.pack
    due = masters.replenished(seen.day) & (position <= np.minimum(reorder, up_to - 1))
    near = masters.launch <= seen.day + FIRST_DELIVERY
    return fair_shares(np.where(due & near & (masters.supply >= 0), want, 0), seen)


def _purchases(seen: EveningView, sales: Sales, levels: Levels) -> PlannedOrders:
    masters = seen.masters
    fed = masters.supply >= 0
    own = seen.on_hand + seen.in_transit + seen.on_order
    position = np.bincount(masters.echelon, own, minlength=masters.size)
    shown = np.bincount(
        masters.echelon, np.where(fed, masters.presentation, 0), minlength=masters.size
    )
    up_to = np.minimum(levels.up_to + shown, _left(seen, sales))
    short = up_to - position
    lead = masters.lead[OWN]
    starts = masters.launch - lead - BUYING_AHEAD
    called = ~fed & (masters.supplier_weekday == seen.ships_on) & (starts <= seen.day)
    called &= (masters.announced <= seen.day) & (masters.exit > seen.day + lead)
    called &= (short > 0) & (position <= levels.reorder + shown)
    lots = np.ceil(np.maximum(short, masters.minimum) / masters.multiple)
    units = lots.astype(np.int64) * masters.multiple
    pair = np.flatnonzero(called)
    return PlannedOrders.of_own(pair, units[pair])


def _left(seen: EveningView, sales: Sales) -> Floats:
    """The most units worth having once the exit is near: what still sells until then."""
    days = seen.masters.exit - seen.day
    return np.where(days <= RUN_DOWN, np.ceil(sales.mean * days), NEVER)
