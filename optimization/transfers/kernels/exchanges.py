"""Units change places on the open lanes wherever the plan gains by it."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows
from optimization.transfers.kernels.units import (
    SLACK,
    fits_limits,
    last_gain,
    move_units,
    next_gain,
    sum_lane_units,
)
from optimization.transfers.market import IN_UNITS, LEAST_GAIN, Flags, TransferMarket
from optimization.value import FloatArray, IntArray


class Additions(NamedTuple):
    """The best further unit of each of some lanes, as far as it is known.

    Attributes:
        lanes: numbers of the lanes.
        arc: arc of the unit, -1 where none fits and gains, shape (lanes,).
        gain: what it gains, currency, shape (lanes,).
        stale: lanes at whose ends something moved since, shape (lanes,).
    """

    lanes: IntArray
    arc: IntArray
    gain: FloatArray
    stale: Flags


@compiled
def _find_best_on_lane(
    market: TransferMarket, flows: Flows, used: FloatArray, way: int, barred: int
) -> tuple[int, float]:
    """The arc of a lane, not `barred`, whose next unit fits and gains most, and what it gains."""
    most, best = LEAST_GAIN, -1
    for kind in range(IN_UNITS):
        row = market.limits[way, kind]
        if row >= 0 and used[row] + 1.0 > market.capacity[row] + SLACK:
            return best, most
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if arc != barred:
            gain = next_gain(market, flows, arc)
            if gain > most and fits_limits(market, used, arc):
                most, best = gain, arc
    return best, most


@compiled
def _find_best_addition(
    market: TransferMarket, flows: Flows, used: FloatArray, known: Additions, barred: int
) -> tuple[int, float]:
    """The arc, not `barred`, whose next unit fits and gains most, and what it gains."""
    most, best = LEAST_GAIN, -1
    for way in known.lanes:
        if known.stale[way]:
            known.arc[way], known.gain[way] = _find_best_on_lane(market, flows, used, way, -1)
            known.stale[way] = False
        arc, gain = known.arc[way], known.gain[way]
        if arc >= 0 and arc == barred:
            arc, gain = _find_best_on_lane(market, flows, used, way, barred)
        if arc >= 0 and gain > most:
            most, best = gain, arc
    return best, most


@compiled
def _move_and_mark(  # noqa: PLR0913, PLR0917  # a step, and what it makes stale
    market: TransferMarket, flows: Flows, used: FloatArray, known: Additions, arc: int, units: int
) -> None:
    """Move further units on an arc, or fewer; only lanes of its two places are another's choice.

    A pair, and each limit, is of a lane or of a place at its end.
    """
    move_units(market, flows, used, arc, units)
    a, b = market.origin[market.lane[arc]], market.destination[market.lane[arc]]
    for way in known.lanes:
        c, d = market.origin[way], market.destination[way]
        if a in (c, d) or b in (c, d):
            known.stale[way] = True


@compiled
def exchange_units(market: TransferMarket, flows: Flows, is_open: Flags, used: FloatArray) -> bool:
    """Take one unit back wherever the one or two that then fit gain more; whether any did."""
    size = len(is_open)
    units, least = sum_lane_units(market, flows), market.least_units
    # A trip that is as small as may be keeps its size, and none of less is begun.
    lanes, arcs = np.flatnonzero(is_open & (units >= least - 1)), np.empty(size, dtype=np.int64)
    known = Additions(lanes, arcs, np.empty(size), np.ones(size, dtype=np.bool_))
    changed = False
    for listed in lanes:
        way = int(listed)
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            while flows.moved[arc] > 0:
                lost, held = last_gain(market, flows, arc), units[way] == least > 1
                _move_and_mark(market, flows, used, known, arc, -1)
                if held:
                    one, gain = _find_best_on_lane(market, flows, used, way, arc)
                else:
                    one, gain = _find_best_addition(market, flows, used, known, arc)
                if one < 0:
                    _move_and_mark(market, flows, used, known, arc, 1)
                    break
                _move_and_mark(market, flows, used, known, one, 1)
                two, more = _find_best_addition(market, flows, used, known, -1)
                if two >= 0:
                    _move_and_mark(market, flows, used, known, two, 1)
                    gain += more
                if gain > lost + LEAST_GAIN:
                    changed = True
                    units[way] -= 1
                    units[market.lane[one]] += 1
                    if two >= 0:
                        units[market.lane[two]] += 1
                    continue
                if two >= 0:
                    _move_and_mark(market, flows, used, known, two, -1)
                _move_and_mark(market, flows, used, known, one, -1)
                _move_and_mark(market, flows, used, known, arc, 1)
                break
    return changed
