"""Segments that compete for what is left, and their sending in a given order."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.allocation.kernels.market import (
    AllocationMarket,
    Ask,
    FloatArray,
    IntArray,
    Left,
    ShortFloats,
    ShortInts,
)
from optimization.allocation.kernels.packs import find_shortage, fit_next_segment, send_packs
from optimization.allocation.kernels.segments import next_segment, price_pair


class Offers(NamedTuple):
    """Segments that are not sent yet: group, pair, packs, and worth as a multiple of the price.

    The price is that of the units, to their group and on the limits, and of a line that is begun.
    """

    group: ShortInts
    pair: ShortInts
    packs: ShortInts
    ratio: ShortFloats


@compiled
def _make_offers(count: int) -> Offers:
    """Make room for a number of offers."""
    return Offers(
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.float32),
    )


@compiled
def list_offers(
    market: AllocationMarket, left: Left, ask: Ask, worth: FloatArray, under: float
) -> Offers:
    """Segments that have room now and are worth more than `under` times their price.

    Pair by pair, the worth of a pair's offers falling.
    """
    count = 0
    offers = _make_offers(1024)
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            done = left.sent[pair]
            if done >= ask.most[pair] or left.free[group] + left.fence[pair] < market.pack[pair]:
                continue
            unit, line = price_pair(market, ask.price, group, pair)
            gain, packs = fit_next_segment(market, left, ask, group, pair, line)
            before = np.inf
            while packs > 0:
                toll = line if done == 0 else 0.0
                paid = packs * market.pack[pair] * (unit + worth[group]) + toll
                if gain + toll <= under * paid:
                    break
                if count == len(offers.pair):
                    longer = _make_offers(2 * count)
                    longer.group[:count] = offers.group
                    longer.pair[:count] = offers.pair
                    longer.packs[:count] = offers.packs
                    longer.ratio[:count] = offers.ratio
                    offers = longer
                offers.group[count] = group
                offers.pair[count] = pair
                offers.packs[count] = packs
                # A first segment cut down to its room may be worth less a unit than the pack after
                # it, which yet cannot be sent before it.
                before = min(before, (gain + toll) / paid if paid > 0 else np.inf)
                offers.ratio[count] = before
                count += 1
                done += packs
                gain, packs = next_segment(market, ask, pair, done, line)
    return Offers(
        offers.group[:count], offers.pair[:count], offers.packs[:count], offers.ratio[:count]
    )


@compiled
def take_offers(market: AllocationMarket, left: Left, offers: Offers, order: IntArray) -> int:
    """Send offers in order while all limits have room, and none of a pair once one was refused."""
    taken = 0
    shut = np.zeros(len(market.pack), dtype=np.bool_)
    for n in order:
        group, pair, packs = offers.group[n], offers.pair[n], offers.packs[n]
        if shut[pair] or find_shortage(market, left, group, pair, packs) >= 0:
            shut[pair] = True
        else:
            send_packs(market, left, group, pair, packs)
            taken += 1
    return taken
