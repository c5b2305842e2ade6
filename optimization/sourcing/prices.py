"""Prices of scarce units and hands, a bound that they prove, and the plan that they lead to.

Order o takes a set of parcels x_o at cost c_o(x_o); pair p gives its units in the order of their
values v_p1 <= v_p2 <= ...; row r, a node's lines or units of a day, has room for C_r. With prices
l_p of the units of pairs (of any sign) and m_r >= 0 of rows

    D(l, m) = sum_o min_x { c_o(x) + (what x draws, at prices l and m) }
              + sum_p sum_k min(0, v_pk - l_p) - sum_r m_r C_r

is never above the cheapest plan (Geoffrion, Lagrangean Relaxation for Integer Programming,
Mathematical Programming Study 2, 1974). D is concave, and what orders draw less what is given is a
subgradient of it. Prices climb along it by steps as long as Polyak's (Minimization of Unsmooth
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
    Draft,
    Prices,
    load_orders,
    make_draft,
    make_order_room,
    measure_regrets,
    plan_at_prices,
)
from optimization.sourcing.market import SourcingMarket
from optimization.value import FloatArray, IntArray

STEPS = (130, 1_500)
"""Fewest and most prices tried, unless they settle before."""

LOADS = 150_000_000
"""Candidates that are looked at in all, between the fewest and the most prices."""

MANY_STEPS = 400
"""Steps from which on there is time for a long climb."""

PATIENCE = (8, 30)
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

MEMORY = 0.8
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


def solve_market(market: SourcingMarket) -> SourcedMarket:
    """Find a plan of small cost, and a bound below which no plan's cost lies."""
    prices, bound, draft, cost = _climb(market)
    cost = improve_draft(market, draft, prices, cost, cost - bound)
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


def _climb(market: SourcingMarket) -> tuple[Prices, float, Draft, float]:
    """Climb the dual; its best prices and bound, the cheapest plan met, and its cost."""
    fewest, most = STEPS
    steps = min(max(fewest, LOADS // max(1, len(market.cost))), most)
    patience, unit_scale = PATIENCE[steps >= MANY_STEPS], UNIT_SCALE[steps >= MANY_STEPS]
    room, scale = make_order_room(market), _measure_scales(market, unit_scale)
    prices = _begin(market, scale, unit_scale)
    slope = Prices(np.empty_like(prices.unit), np.empty_like(prices.row))
    cost = np.empty(len(market.cost))
    choice = np.empty(len(market.units), dtype=np.int64)
    way = Prices(np.zeros_like(prices.unit), np.zeros_like(prices.row))
    best, bound, plan, least = prices, -np.inf, make_draft(market), np.inf
    reach, waited = 1.0, 0
    for step in range(steps):
        value = load_orders(market, room, prices, cost, choice, slope)
        if value > bound:
            best, bound, waited = prices, value, 0
        else:
            waited += 1
        if step % PLAN_EVERY == 0 or step == steps - 1:
            draft = make_draft(market)
            found = plan_at_prices(market, draft, room, prices, _take_turns(market, cost, choice))
            if found < least:
                plan, least = draft, found
        if waited >= patience:
            reach, waited, prices = reach / 2, 0, best
            way = Prices(np.zeros_like(way.unit), np.zeros_like(way.row))
            if reach < SMALLEST_STEP:
                break
            continue
        if least - bound <= CLOSE * abs(least):
            break
        way = Prices(*(g + MEMORY * w for g, w in zip(slope, way, strict=True)))
        long = sum(float((s * w * w).sum()) for s, w in zip(scale, way, strict=True))
        if long == 0.0:
            break
        length = reach * (min(least, bound + FARTHEST * abs(bound)) - value) / long
        moved = [p + length * s * w for p, s, w in zip(prices, scale, way, strict=True)]
        prices = Prices(moved[0], np.maximum(moved[1], 0.0))
    return best, bound, plan, least


def _take_turns(market: SourcingMarket, cost: FloatArray, choice: IntArray) -> IntArray:
    """Orders, those first that would lose most by going elsewhere; ties by their number."""
    regret = np.where(choice >= 0, measure_regrets(market, cost, choice), -np.inf)
    most = np.maximum.reduceat(regret, market.line_first[:-1])
    return np.argsort(-most, kind="stable")
