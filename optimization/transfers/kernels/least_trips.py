"""Trips that are too small to run are filled, with units of others where there is no room."""

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


@compiled
def _list_near_arcs(
    market: TransferMarket, flows: Flows, is_open: Flags, way: int, near: IntArray
) -> int:
    """Fill `near` with arcs that carry units on other lanes with an end in common; how many."""
    a, b, count = market.origin[way], market.destination[way], 0
    for other in range(len(is_open)):
        c, d = market.origin[other], market.destination[other]
        if is_open[other] and other != way and (c in (a, b) or d in (a, b)):
            for arc in range(market.lane_first[other], market.lane_first[other + 1]):
                if flows.moved[arc] > 0:
                    near[count] = arc
                    count += 1
    return count


@compiled
def _is_in_the_way(
    market: TransferMarket, flows: Flows, used: FloatArray, arc: int, other: int
) -> bool:
    """Whether one unit less on another arc leaves room for one more on an arc.

    It is of the same pair, and that has no more, or else it draws on a limit that is full.
    """
    a, b = market.sender[arc], market.receiver[arc]
    if flows.sent[a] >= market.spare[a]:
        return bool(market.sender[other] == a)
    if flows.got[b] >= market.want[b]:
        return bool(market.receiver[other] == b)
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            drawn = 1.0 if kind < IN_UNITS else market.volume[market.item[arc]]
            if used[row] + drawn > market.capacity[row] + SLACK:
                for like in range(market.limits.shape[1]):
                    if market.limits[market.lane[other], like] == row:
                        return True
                return False
    return False


class Filling(NamedTuple):
    """A trip that is filled, and others' units that may make room for its own.

    Attributes:
        units: units on each lane, shape (lanes,).
        near: arcs that carry units on other lanes with an end in common, shape (n,).
        back: arcs of which units were taken back, shape (most of them,).
    """

    units: IntArray
    near: IntArray
    back: IntArray


@compiled
def _give_back(
    market: TransferMarket, flows: Flows, used: FloatArray, filling: Filling, count: int
) -> None:
    """Move the first units that were taken back again."""
    for n in range(count):
        arc = filling.back[n]
        move_units(market, flows, used, arc, 1)
        filling.units[market.lane[arc]] += 1


@compiled
def _make_room(
    market: TransferMarket, flows: Flows, used: FloatArray, filling: Filling, arc: int
) -> tuple[int, float]:
    """Take back the units of least gain that keep a unit from an arc; how many, and their gain.

    They are of trips that have units to spare, or too few to run. Where these do not make room
    nothing is taken back, and the number is -1.
    """
    a, b = market.sender[arc], market.receiver[arc]
    count, lost = 0, 0.0
    if flows.got[a] > 0 or flows.sent[b] > 0:
        return -1, lost
    while (
        flows.sent[a] >= market.spare[a]
        or flows.got[b] >= market.want[b]
        or not fits_limits(market, used, arc)
    ):
        least, found = np.inf, -1
        if count < len(filling.back):
            for other in filling.near:
                spared = filling.units[market.lane[other]] != market.least_units
                if flows.moved[other] > 0 and spared:
                    gain = last_gain(market, flows, other)
                    if gain < least and _is_in_the_way(market, flows, used, arc, other):
                        least, found = gain, other
        if found < 0:
            _give_back(market, flows, used, filling, count)
            return -1, lost
        move_units(market, flows, used, found, -1)
        filling.units[market.lane[found]] -= 1
        filling.back[count], lost = found, lost + least
        count += 1
    return count, lost


@compiled
def _find_least_loss(
    market: TransferMarket, flows: Flows, used: FloatArray, filling: Filling, way: int
) -> int:
    """The arc of a lane on which one more unit loses least, with those taken back for it; or -1."""
    most, best = -np.inf, -1
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        # What is taken back hardly ever loses by itself: a unit gains no more than without.
        alone = next_gain(market, flows, arc)
        a, b = market.sender[arc], market.receiver[arc]
        has_units = flows.sent[a] < market.spare[a] and flows.got[b] < market.want[b]
        if has_units and alone <= most:
            continue
        count, lost = _make_room(market, flows, used, filling, arc)
        if count >= 0:
            gain = next_gain(market, flows, arc) - lost
            if gain > most:
                most, best = gain, arc
            _give_back(market, flows, used, filling, count)
    return best


@compiled
def drop_losing_units(market: TransferMarket, flows: Flows, used: FloatArray) -> None:
    """Take back units that lose and that their trip, which holds others since, no longer needs."""
    units = sum_lane_units(market, flows)
    for arc in range(len(market.lane)):
        way = market.lane[arc]
        while (
            flows.moved[arc] > 0
            and units[way] > market.least_units
            and last_gain(market, flows, arc) < -LEAST_GAIN
        ):
            move_units(market, flows, used, arc, -1)
            units[way] -= 1


@compiled
def fill_trips(
    market: TransferMarket, flows: Flows, is_open: Flags, used: FloatArray, taken_back: int
) -> None:
    """Fill trips up to their least size, the fullest first, with the units that lose least.

    Where there is no room for a unit, up to `taken_back` others make room.
    """
    units, back = sum_lane_units(market, flows), np.empty(taken_back, dtype=np.int64)
    near = np.empty(len(market.lane), dtype=np.int64)
    for listed in np.argsort(-units, kind="mergesort"):
        way = int(listed)
        while is_open[way] and 0 < units[way] < market.least_units:
            count = _list_near_arcs(market, flows, is_open, way, near)
            filling = Filling(units, near[:count], back)
            arc = _find_least_loss(market, flows, used, filling, way)
            if arc < 0:
                break
            _make_room(market, flows, used, filling, arc)
            move_units(market, flows, used, arc, 1)
            units[way] += 1
    drop_losing_units(market, flows, used)
