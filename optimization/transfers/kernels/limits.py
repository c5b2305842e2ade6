"""Flows are made to keep the limits: units of least gain are taken back, others move."""

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows, Terms
from optimization.transfers.kernels.least_trips import fill_trips
from optimization.transfers.kernels.units import (
    fits_limits,
    last_gain,
    limit_charge,
    move_units,
    next_gain,
    passes_limit,
)
from optimization.transfers.market import LEAST_GAIN, TransferMarket
from optimization.value import FloatArray


@compiled
def _take_back(market: TransferMarket, flows: Flows, terms: Terms, used: FloatArray) -> None:
    """Take back the units of least gain at prices until every limit holds."""
    arcs = len(market.lane)
    gain, listed = np.empty(arcs), np.empty(arcs, dtype=np.int64)
    while True:
        count = 0
        for arc in range(arcs):
            if flows.moved[arc] > 0 and passes_limit(market, used, arc):
                gain[count] = last_gain(market, flows, arc) - limit_charge(market, terms, arc)
                listed[count] = arc
                count += 1
        if count == 0:
            break
        for n in np.argsort(gain[:count], kind="mergesort"):
            arc = listed[n]
            # What is left of an item is worth more than it was: it waits for the next round.
            worth = last_gain(market, flows, arc) - limit_charge(market, terms, arc)
            as_listed = worth <= gain[n] + LEAST_GAIN
            if as_listed and passes_limit(market, used, arc):
                move_units(market, flows, used, arc, -1)


@compiled
def keep_limits(
    market: TransferMarket, flows: Flows, terms: Terms, used: FloatArray, taken_back: int
) -> None:
    """Take back the units of least gain until every limit holds, then move all that gains.

    Both go by what units gain at prices of the limits, but whatever gains without them moves.

    Trips below their least size are filled up to it as far as that goes; where there is no room for
    a unit, up to `taken_back` others make room.
    """
    _take_back(market, flows, terms, used)
    arcs = len(market.lane)
    gain, listed = np.empty(arcs), np.empty(arcs, dtype=np.int64)
    moved = True
    while moved:
        count = 0
        for arc in range(arcs):
            if terms.is_open[market.lane[arc]] and fits_limits(market, used, arc):
                more = next_gain(market, flows, arc)
                if more > LEAST_GAIN:
                    gain[count], listed[count] = limit_charge(market, terms, arc) - more, arc
                    count += 1
        moved = False
        for n in np.argsort(gain[:count], kind="mergesort"):
            arc = listed[n]
            worth = next_gain(market, flows, arc) - limit_charge(market, terms, arc)
            if fits_limits(market, used, arc) and worth >= -gain[n] - LEAST_GAIN:
                move_units(market, flows, used, arc, 1)
                moved = True

    if market.least_units > 1:
        fill_trips(market, flows, terms.is_open, used, taken_back)
