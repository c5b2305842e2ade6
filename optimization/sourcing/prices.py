"""Prices of scarce units and hands, a bound that they prove, and the plan that they lead to.

Order o takes a set of parcels x_o at cost c_o(x_o); pair p gives its units in the order of their
values v_p1 <= v_p2 <= ...; row r, a node's lines or units of a day, has room for C_r. With prices
l_p of the units of pairs (of any sign) and m_r >= 0 of rows

    D(l, m) = sum_o min_x { c_o(x) + (what x draws, at prices l and m) }
              + sum_p sum_k min(0, v_pk - l_p) - sum_r m_r C_r

is never above the cheapest plan (Geoffrion, Lagrangean Relaxation for Integer Programming,
Mathematical Programming Study 2, 1974). D is concave, and what orders draw less what is given is a
subgradient of it. Prices first come near by steps of their own, which grow while a price keeps its
direction and shrink when it turns (Riedmiller and Braun, A Direct Adaptive Method for Faster
Backpropagation Learning: The RPROP Algorithm, ICNN 1993), as most depend on few others. Then they
climb together by steps as long as Polyak's (Minimization of Unsmooth
Functionals, USSR Computational Mathematics and Mathematical Physics 9, 1969), smoothed over steps
as Camerini, Fratta and Maffioli do (On Improving Relaxation Methods by Modified Gradient
Techniques, Mathematical Programming Study 3, 1975), each price on the scale of what asks for it.

From time to time orders take what is best for them at the prices, those first that lose most where
they do not get it. The cheapest such plan is then improved (`improvement`).
"""

from typing import NamedTuple

import numpy as np

from optimization.sourcing.improvement import improve_draft
from optimization.sourcing.kernels import (
    Prices,
    load_orders,
    make_draft,
    make_order_room,
    measure_regrets,
    plan_at_prices,
)
from optimization.sourcing.market import SourcingMarket, measure_worth
from optimization.value import FloatArray, IntArray

NEARING_STEPS = 60
"""Prices tried by steps of their own."""

FIRST_STEPS = (0.08, 0.008)
"""First steps of prices of units and of hands, as shares of what an unshipped line costs."""

LONGEST_STEPS = (0.24, 0.02)
"""Longest steps of their own, likewise."""

SHORTEST_STEP = 0.0004
"""Their shortest step, likewise."""

STEP_CHANGES = (1.1, 0.7)
"""Times by which a step grows where a price keeps its direction, and shrinks where it turns."""

STEPS = (160, 1_500)
"""Fewest and most prices tried, unless they settle before."""

LOADS = 150_000_000
"""Candidates that are looked at in all, between the fewest and the most prices."""

MANY_STEPS = 400
"""Steps from which on there is time for a long climb."""

PATIENCE = (10, 30)
"""Steps without a better bound after which steps are halved, in a short and in a long climb.

Where hands bind, the bound falls for long before it rises: shorter steps too soon stay 1 % below.
"""

UNIT_SCALE = (4.0, 2.0)
"""Times by which prices of units move faster than those of hands: each has few who ask for it.

Less in a long climb, which need not hurry.
"""

PLAN_EVERY = 65
"""Steps between plans made at the prices."""

CLOSE = 2e-4
"""Share of the cost by which a plan may lie above the bound and be good enough."""

SMALLEST_STEP = 0.003
"""Share of Polyak's step at which prices have settled."""

FARTHEST = 0.15
"""Share of the bound by which the cost that steps aim at may lie above it, at most."""

MEMORY = 0.6
"""Share of the step before in the direction of the next."""


class SourcedMarket(NamedTuple):
    """A plan, and how good it can be.

    Attributes:
        choice: candidate of each line, -1 where it is shipped from nowhere, shape (lines,).
        taken: units of each pair.
        used: lines or units of each row.
        cost: of the plan, currency.
        bound: no plan costs less, currency.
        unit_price: of each pair's units at the bound, currency.
        row_price: of each row's lines or units at the bound, currency.
    """

    choice: IntArray
    taken: IntArray
    used: FloatArray
    cost: float
    bound: float
    unit_price: FloatArray
    row_price: FloatArray


class _Ascent:
    """What prices tried so far led to: the best of them, their bound, and the cheapest plan."""

    def __init__(self, market: SourcingMarket, prices: Prices) -> None:
        self.market, self.best, self.bound = market, prices, -np.inf
        self.plan, self.least = make_draft(market), np.inf
        self.slope = Prices(np.empty_like(prices.unit), np.empty_like(prices.row))
        self._room = make_order_room(market)
        self._cost = np.empty(len(market.cost))
        self._choice = np.empty(len(market.units), dtype=np.int64)

    def look(self, prices: Prices) -> float:
        """The bound that prices prove; `slope` is then theirs."""
        value = load_orders(self.market, self._room, prices, self._cost, self._choice, self.slope)
        if value > self.bound:
            self.best, self.bound = prices, value
        return value

    def make_plan(self, prices: Prices) -> None:
        """Make a plan at the prices last looked at, and keep it if none was cheaper."""
        draft, turns = make_draft(self.market), _take_turns(self.market, self._cost, self._choice)
        cost = plan_at_prices(self.market, draft, self._room, prices, turns)
        if cost < self.least:
            self.plan, self.least = draft, cost


def solve_market(market: SourcingMarket) -> SourcedMarket:
    """Find a plan of small cost, and a bound below which no plan's cost lies."""
    steps = min(max(STEPS[0], LOADS // max(1, len(market.cost))), STEPS[1])
    is_long = steps >= MANY_STEPS
    scale = _measure_scales(market, UNIT_SCALE[is_long])
    search = _Ascent(market, _begin(market, scale, UNIT_SCALE[is_long]))
    _come_near(search)
    _climb(search, scale, steps - NEARING_STEPS, PATIENCE[is_long])
    prices, bound, draft = search.best, search.bound, search.plan
    cost = improve_draft(market, draft, prices, search.least, search.least - bound)
    return SourcedMarket(
        draft.choice, draft.taken, draft.used, cost, bound, prices.unit, prices.row
    )


def _begin(market: SourcingMarket, scale: Prices, unit_scale: float) -> Prices:
    """Prices to begin with: of a unit what it is worth after as many as are likely taken."""
    first, last = market.rung_first[:-1], market.rung_first[1:] - 1
    likely = np.floor(unit_scale / scale.unit).astype(np.int64)
    return Prices(market.rung[np.minimum(first + likely, last)], np.zeros(len(market.capacity)))


def _measure_scales(market: SourcingMarket, unit_scale: float) -> Prices:
    """By how much each price moves, before the length of the step: less, the more ask for it.

    Every line asks each of its candidates for an equal share of its units.
    """
    counts = np.diff(market.candidate_first)
    line = np.repeat(np.arange(len(counts)), counts)
    share = 1.0 / counts[line]
    units = market.units[line] * share
    asked = np.bincount(market.pair, units, len(market.rung_first) - 1)
    rows = np.zeros(len(market.capacity))
    for kind, drawn in enumerate((share, units)):
        row = market.rows[market.parcel, kind]
        rows += np.bincount(row[row >= 0], drawn[row >= 0], len(rows))
    return Prices(unit_scale / np.maximum(asked, 1.0), 1.0 / np.maximum(rows, 1.0))


def _come_near(search: _Ascent) -> None:
    """Let each price go by steps of its own, against what is left over or lacks of it."""
    worth = measure_worth(search.market)
    prices = Prices(*(p.copy() for p in search.best))
    steps = [np.full_like(p, f * worth) for p, f in zip(prices, FIRST_STEPS, strict=True)]
    before = [np.zeros_like(p) for p in prices]
    faster, slower = STEP_CHANGES
    for _ in range(NEARING_STEPS):
        search.look(prices)
        moved = []
        for n, (price, slope) in enumerate(zip(prices, search.slope, strict=True)):
            way = np.sign(slope)
            change = np.choose((way * before[n]).astype(np.int64) + 1, (slower, 1.0, faster))
            steps[n] = np.clip(steps[n] * change, SHORTEST_STEP * worth, LONGEST_STEPS[n] * worth)
            moved.append(price + way * steps[n])
            before[n] = way
        prices = Prices(moved[0], np.maximum(moved[1], 0.0))


def _climb(search: _Ascent, scale: Prices, steps: int, patience: int) -> None:
    """Climb from the best prices, all together, until they settle; then plan at the best."""
    prices = search.best
    still = Prices(*(np.zeros_like(p) for p in prices))
    way, reach, waited = still, 1.0, 0
    for step in range(steps):
        bound = search.bound
        value = search.look(prices)
        waited = 0 if value > bound else waited + 1
        if step % PLAN_EVERY == 0:
            search.make_plan(prices)
        if search.least - search.bound <= CLOSE * abs(search.least) or reach < SMALLEST_STEP:
            break
        if waited >= patience:
            reach, waited, prices, way = reach / 2, 0, search.best, still
            continue
        way = Prices(*(g + MEMORY * w for g, w in zip(search.slope, way, strict=True)))
        long = sum(float((s * w * w).sum()) for s, w in zip(scale, way, strict=True))
        if long == 0.0:
            break
        aim = min(search.least, search.bound + FARTHEST * abs(search.bound))
        length = reach * (aim - value) / long
        moved = [p + length * s * w for p, s, w in zip(prices, scale, way, strict=True)]
        prices = Prices(moved[0], np.maximum(moved[1], 0.0))
    search.look(search.best)
    search.make_plan(search.best)


def _take_turns(market: SourcingMarket, cost: FloatArray, choice: IntArray) -> IntArray:
    """Orders, those first that would lose most by going elsewhere; ties by their number."""
    regret = np.where(choice >= 0, measure_regrets(market, cost, choice), -np.inf)
    most = np.maximum.reduceat(regret, market.line_first[:-1])
    return np.argsort(-most, kind="stable")
