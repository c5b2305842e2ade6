"""Allocation under limits that items share, by prices of the limits, with an upper bound.

Pair i takes q_i units worth V_i(q_i): a concave sum, less the fixed cost of its line. Its group g,
the pairs that draw on one item of one DC, has A_g units, and limit r allows C_r of the sum of
a_ir q_i. With prices l_r >= 0 of the limits

    D(l) = sum_r l_r C_r
           + sum_g max { sum_i V_i(q_i) - sum_i sum_r l_r a_ir q_i : sum_i q_i <= A_g }

is never below the best plan (Geoffrion, Lagrangean Relaxation for Integer Programming, Mathematical
Programming Study 2, 1974). Each V_i is replaced by its concave envelope over whole packs, and the
last segment of a group may be cut; both raise D, so it stays a bound for packs, least lines and
fixed costs. A group is then solved by selecting its best segments. D is convex, and what the limits
allow less what the groups draw is a subgradient. Over many groups D is nearly smooth, so it is
minimised by L-BFGS-B (Byrd, Lu, Nocedal and Zhu, A Limited Memory Algorithm for Bound Constrained
Optimization, SIAM Journal on Scientific Computing 16, 1995).

The plan takes segments in the order of worth to price, each only if everything has room for it, and
gives what is left to whoever gains by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from optimization.allocation.kernels import (
    AllocationMarket,
    Ask,
    FloatArray,
    Left,
    ShortInts,
    add_surplus,
    answer_prices,
    exchange_packs,
    list_offers,
    name_shortages,
    sum_pair_gains,
    take_back_packs,
    take_offers,
    take_winners,
)

TRIALS = 60
"""Most prices tried in one search."""

TOLERANCE = 1e-8
"""Share of the bound by which a step must lower it to be followed by another."""

BANDS = (1.02, 1.2, 3.0)
"""Multiples of the price above which segments are sent without sorting, while all of them fit."""

NEAR = 0.9
"""Multiple of the price down to which segments compete for what winners leave."""


ROUNDS = 3
"""Most rounds of exchanges."""

WORTHWHILE = 1e-6
"""Share by which a round must better the plan to be followed by another."""

FULL = 1e-4
"""A limit that has a smaller share left than this is full, and keeps its price in exchanges."""

LEAST_GAIN = 1e-4
"""Currency that an exchange must gain, above what rounding can feign."""


class Stage(NamedTuple):
    """A class of units, served before the next.

    Attributes:
        most: packs that a pair may have in all once the class is served, shape (pairs,).
        by_units: as many units as there is room for, those worth most first; else by money.
    """

    most: ShortInts
    by_units: bool


class Shipments(NamedTuple):
    """Shipments, which the pairs of a lane share.

    Attributes:
        lane: lane of each pair, shape (pairs,).
        fixed_cost: of each lane, currency, shape (lanes,).
        least_units: fewest units of a shipment worth sending.
    """

    lane: ShortInts
    fixed_cost: FloatArray
    least_units: int


@dataclass(frozen=True)
class Priced:
    """Prices of one stage.

    Attributes:
        price: of each shared limit, currency a measure, shape (limits,).
        worth: of one more unit of each group, currency, shape (groups,).
        bound: no plan of the stage gains more, currency.
    """

    price: FloatArray
    worth: FloatArray
    bound: float


@dataclass(frozen=True)
class Solution:
    """A plan, and how good it can be.

    Attributes:
        left: packs sent, and what is left of units and limits.
        priced: prices of the stage that is decided by money.
        value: gain of the stages up to that one, currency, shipments paid.
        bound: no plan that serves the classes before it alike gains more, currency.
        shortages: for each stage what keeps a pair from more of it: -1 nothing that is full, 0 the
            group's units, else 1 + the kind of limit; shape (pairs,).
        closed: whether a pair's shipment was not worth its cost or least size, shape (pairs,).
    """

    left: Left
    priced: Priced
    value: float
    bound: float
    shortages: list[ShortInts]
    closed: npt.NDArray[np.bool_]


def solve_stages(
    market: AllocationMarket, stages: Sequence[Stage], shipments: Shipments
) -> Solution:
    """Serve the stages in turn; exactly one of them is decided by money, and opens shipments.

    A shipment that serves an earlier class is sent in any case. Another opens if what it carries
    gains at least its fixed cost and is no smaller than the least shipment. A later class rides on
    shipments that are open, and counts only packs that are worth nothing: what gains and was not
    sent had its reason.
    """
    left = Left(
        np.zeros(len(market.pack), dtype=np.int32),
        market.free.copy(),
        market.fence.copy(),
        market.capacity.copy(),
    )
    shortages, decided = [], False
    for stage in stages:
        if not stage.by_units:
            before = left
            left, priced, closed = _by_money(market, left, stage.most, shipments)
            value, bound = _figures(market, before, left, priced, stage, shipments)
            decided = True
            most = stage.most
        else:
            most = _at_no_worth(market, left, stage.most, shipments) if decided else stage.most
            left = _as_many_as_fit(market, left, most)
        shortage = np.empty(len(market.pack), dtype=np.int32)
        name_shortages(market, left, most, shortage)
        shortages.append(shortage)
    return Solution(left, priced, value, bound, shortages, closed)


def _as_many_as_fit(market: AllocationMarket, left: Left, most: ShortInts) -> Left:
    """Serve a class by units, all of it where all of it fits."""
    if not (most > left.sent).any():
        return left
    ladder = np.abs(market.ladder).max(initial=0.0) + market.line_cost.max(initial=0.0)
    ask = Ask(most, 2.0 * float(ladder) + 1.0, np.zeros(len(market.capacity)))
    all_of_it = _copy(left)
    if take_winners(market, all_of_it, ask, np.zeros(len(market.free)), 0.0) == 0:
        return all_of_it
    priced = find_prices(market, left, ask)
    return _filled(market, left, ask._replace(price=priced.price), priced.worth)


def _at_no_worth(
    market: AllocationMarket, left: Left, most: ShortInts, shipments: Shipments
) -> ShortInts:
    """Serve a class after money: only by open shipments, where the next pack is worth nothing."""
    more = most > left.sent
    following = (market.ladder_start[:-1] + left.sent)[more]
    more[more] = market.ladder[following] <= 0
    more &= _bound_to_ship(left, shipments)[shipments.lane]
    return np.where(more, most, left.sent).astype(np.int32)


def _by_money(
    market: AllocationMarket, left: Left, most: ShortInts, shipments: Shipments
) -> tuple[Left, Priced, npt.NDArray[np.bool_]]:
    """Serve what gains, and close shipments that do not."""
    ask = Ask(most, 0.0, np.zeros(len(market.capacity)))
    priced = find_prices(market, left, ask)
    ask = ask._replace(price=priced.price)
    before = left
    plan = _filled(market, before, ask, priced.worth)
    closed = np.zeros(len(market.pack), dtype=np.bool_)
    while True:
        failing = _failing(market, before, plan, shipments)[shipments.lane] & ~closed
        if not (failing & (plan.sent > before.sent)).any():
            break
        closed |= failing
        take_back_packs(market, plan, before.sent, closed)
        ask = ask._replace(most=np.where(closed, plan.sent, most).astype(np.int32))
        _fill_up(market, plan, ask, priced.worth)
    if closed.any():
        plan = _reopened(market, before, plan, most, shipments, closed)
    return plan, priced, closed


def _reopened(  # noqa: PLR0913, PLR0917  # a plan, and what it leaves closed
    market: AllocationMarket,
    before: Left,
    plan: Left,
    most: ShortInts,
    shipments: Shipments,
    closed: npt.NDArray[np.bool_],
) -> Left:
    """Open single shipments again that pay by what others leave; `closed` is changed in place."""
    # At one price for all units those go first that gain most by unit.
    even = np.ones(len(market.free))
    ask = Ask(
        np.where(closed, most, plan.sent).astype(np.int32), 0.0, np.zeros(len(market.capacity))
    )
    offers = list_offers(market, plan, ask, even, 0.0)
    could = plan._replace(sent=plan.sent.copy())
    np.add.at(could.sent, offers.pair, offers.packs)
    beyond = _lane_sums(_gains(market, could) - _gains(market, plan), shipments)
    pays = (_lane_sums(closed.astype(np.float64), shipments) > 0) & (beyond > shipments.fixed_cost)
    for lane in np.flatnonzero(pays)[np.argsort(-beyond[pays], kind="stable")]:
        mine, trial = shipments.lane == lane, _copy(plan)
        of_lane = ask._replace(most=np.where(mine, most, plan.sent).astype(np.int32))
        _fill_up(market, trial, of_lane, even)
        lacking = shipments.least_units - int((trial.sent * market.pack)[mine].sum())
        if lacking > 0:
            _add_least_losing(market, trial, of_lane, lacking)
        if not _failing(market, before, trial, shipments)[lane]:
            plan = trial
            closed &= ~mine
    return plan


def _add_least_losing(market: AllocationMarket, plan: Left, ask: Ask, units: int) -> None:
    """Send so many further units, those first that lose least by unit."""
    bonus = float(np.abs(market.ladder).max(initial=0.0) + market.line_cost.max(initial=0.0)) + 1.0
    offers = list_offers(market, plan, ask._replace(bonus=bonus), np.ones(len(market.free)), 0.0)
    order = np.argsort(-offers.ratio, kind="stable")
    sums = np.cumsum((offers.packs * market.pack[offers.pair])[order])
    take_offers(market, plan, offers, order[: int(np.searchsorted(sums, units)) + 1])


def find_prices(market: AllocationMarket, left: Left, ask: Ask) -> Priced:
    """Prices of the limits that make the bound least, as far as the search goes."""
    search = _Search(market, left, ask)
    price = np.zeros(len(market.capacity))
    if (search.usage_at(price) > left.capacity).any():
        price = search.minimise()
    return search.priced(price)


class _Search:
    """Prices tried on a market."""

    def __init__(self, market: AllocationMarket, left: Left, ask: Ask) -> None:
        self._market, self._left, self._ask = market, left, ask
        self._worth = np.zeros(len(market.free))
        self._usage = np.zeros(len(market.capacity))
        self._asked, self._gain = b"", 0.0

    def usage_at(self, price: FloatArray) -> FloatArray:
        """What the best relaxed choice draws on each limit at prices."""
        self._bound(price)
        return self._usage.copy()

    def priced(self, price: FloatArray) -> Priced:
        """The worths and the bound at prices."""
        bound = self._bound(price)
        return Priced(price, self._worth.copy(), bound)

    def minimise(self) -> FloatArray:
        """Follow the quasi-Newton path, starting from prices of zero.

        A change of price changes the use of a limit more where much is used and where a unit of it
        is worth little. Measured in units of sqrt(worth / use), the curvature is about one. The
        first step of the method has length one, so the scale also makes the slope that long.
        """
        capacity = self._left.capacity
        drawn = self.usage_at(np.zeros(len(capacity)))
        worth = self._gain / drawn.sum()
        scale = np.sqrt(worth / np.where(drawn > 0, drawn, np.inf))
        slope = np.maximum(drawn - capacity, 0.0) * scale
        unit = float(slope @ slope)
        scale *= unit**0.5

        def bound(trial: FloatArray) -> tuple[float, FloatArray]:
            value = self._bound(trial * scale)
            return value / unit, (capacity - self._usage) * scale / unit

        found = optimize.minimize(
            bound,
            np.zeros(len(capacity)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * len(capacity),
            options={"maxfun": TRIALS, "maxcor": 20, "ftol": TOLERANCE, "gtol": 0.0},
        )
        return np.asarray(found.x * scale)

    def _bound(self, price: FloatArray) -> float:
        """Bound at prices; worths and usage are those there until another trial."""
        if price.tobytes() != self._asked:
            ask = self._ask._replace(price=price)
            self._gain = answer_prices(self._market, self._left, ask, self._worth, self._usage)
            self._asked = price.tobytes()
        return self._gain + float(price @ self._left.capacity)


def _copy(left: Left) -> Left:
    return Left(left.sent.copy(), left.free.copy(), left.fence.copy(), left.capacity.copy())


def _filled(market: AllocationMarket, left: Left, ask: Ask, worth: FloatArray) -> Left:
    """A plan at prices; `left` stays as it is."""
    for over in BANDS:
        plan = _copy(left)
        if take_winners(market, plan, ask, worth, over) == 0:
            break
    else:
        plan = _copy(left)
    _take_offers(market, plan, ask, worth, NEAR)
    _fill_up(market, plan, ask, worth)
    return _improved(market, left, plan, ask, worth)


def _improved(
    market: AllocationMarket, before: Left, plan: Left, ask: Ask, worth: FloatArray
) -> Left:
    """Exchange packs within groups, and give what that frees to others, while the plan gains."""
    best = _worth(market, plan, ask)
    for _ in range(ROUNDS):
        trial = _copy(plan)
        # A limit that has room left should cost nothing: prices are a little off.
        full = trial.capacity < FULL * market.capacity
        price = np.where(full, ask.price, 0.0)
        if not exchange_packs(market, trial, ask._replace(price=price), before.sent, LEAST_GAIN):
            break
        _fill_up(market, trial, ask, worth)
        value = _worth(market, trial, ask)

        enough = best * (1 + WORTHWHILE)
        if value > best:
            plan, best = trial, value
        if value <= enough:
            break
    return plan


def _worth(market: AllocationMarket, plan: Left, ask: Ask) -> float:
    """What a plan is worth, with the bonus of its units, shipments apart."""
    bonus = ask.bonus * float((plan.sent * market.pack.astype(np.int64)).sum())
    return float(_gains(market, plan).sum()) + bonus


def _fill_up(market: AllocationMarket, plan: Left, ask: Ask, worth: FloatArray) -> None:
    """Send whatever still gains and fits, best by price first, until nothing does."""
    while _take_offers(market, plan, ask, worth, 0.0):
        pass


def _take_offers(
    market: AllocationMarket, plan: Left, ask: Ask, worth: FloatArray, under: float
) -> int:
    """Send in order what is worth more than `under` times its price, and count it."""
    offers = list_offers(market, plan, ask, worth, under)
    return take_offers(market, plan, offers, np.argsort(-offers.ratio, kind="stable"))


def _failing(
    market: AllocationMarket, before: Left, plan: Left, shipments: Shipments
) -> npt.NDArray[np.bool_]:
    """Lanes whose shipment gains less than it costs or is too small, and serves no class."""
    gain = _lane_sums(_gains(market, plan) - _gains(market, before), shipments)
    units = _lane_sums(plan.sent.astype(np.float64) * market.pack, shipments)
    return ~_bound_to_ship(before, shipments) & (
        (gain < shipments.fixed_cost) | (units < shipments.least_units)
    )


def _figures(  # noqa: PLR0913, PLR0917  # a stage before and after
    market: AllocationMarket,
    before: Left,
    after: Left,
    priced: Priced,
    stage: Stage,
    shipments: Shipments,
) -> tuple[float, float]:
    """The gain so far, and its bound.

    A shipment that is not bound to go can add no more than its surplus above the prices less its
    fixed cost, or nothing: what the dual value counts beyond that is taken off.
    """
    ships, must = _bound_to_ship(after, shipments), _bound_to_ship(before, shipments)
    fixed = shipments.fixed_cost
    surplus = np.zeros(len(fixed))
    ask = Ask(stage.most, 0.0, priced.price)
    add_surplus(market, before, ask, priced.worth, shipments.lane, surplus)
    given = float(_gains(market, before).sum() - fixed[must].sum())
    value = float(_gains(market, after).sum() - fixed[ships].sum())
    return value, given + priced.bound - float(np.minimum(fixed, surplus)[~must].sum())


def _bound_to_ship(left: Left, shipments: Shipments) -> npt.NDArray[np.bool_]:
    return _lane_sums(left.sent.astype(np.float64), shipments) > 0


def _lane_sums(values: FloatArray, shipments: Shipments) -> FloatArray:
    lanes = len(shipments.fixed_cost)
    return np.asarray(np.bincount(shipments.lane, weights=values, minlength=lanes))


def _gains(market: AllocationMarket, left: Left) -> FloatArray:
    gains = np.empty(len(market.pack))
    sum_pair_gains(market, left.sent, gains)
    return gains
