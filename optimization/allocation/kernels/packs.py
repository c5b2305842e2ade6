"""Packs sent and taken back, each only where units and limits have room."""

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.allocation.kernels.market import (
    AllocationMarket,
    Ask,
    FloatArray,
    Left,
    ShortInts,
)
from optimization.allocation.kernels.segments import next_segment, price_pair


@compiled
def find_shortage(market: AllocationMarket, left: Left, group: int, pair: int, packs: int) -> int:
    """Find what has no room for more packs: -1 nothing, 0 the group's units, else 1 + kind."""
    units = packs * market.pack[pair]
    if units - min(left.fence[pair], units) > left.free[group]:
        return 0
    begun = 1.0 if left.sent[pair] == 0 else 0.0
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            drawn = units * market.use[group, kind] + begun * market.by_line[kind]
            if drawn > left.capacity[limit]:
                return kind + 1
    return -1


@compiled
def send_packs(market: AllocationMarket, left: Left, group: int, pair: int, packs: int) -> None:
    """Send packs to a pair, or take them back where `packs` is negative, fenced units last."""
    units = packs * market.pack[pair]
    held = market.fence[pair] - left.fence[pair]
    if units >= 0:
        fenced = min(left.fence[pair], units)
    else:
        fenced = min(0, units + left.sent[pair] * market.pack[pair] - held)
    begun = 1.0 if left.sent[pair] == 0 else -1.0 if left.sent[pair] + packs == 0 else 0.0
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            left.capacity[limit] -= units * market.use[group, kind] + begun * market.by_line[kind]
    left.fence[pair] -= fenced
    left.free[group] -= units - fenced
    left.sent[pair] += packs


@compiled
def fit_next_segment(  # noqa: PLR0913, PLR0917  # the pair and its plan
    market: AllocationMarket, left: Left, ask: Ask, group: int, pair: int, line: float
) -> tuple[float, int]:
    """Worth and packs of a pair's next segment, cut to what has room; 0 packs for none."""
    gain, packs = next_segment(market, ask, pair, left.sent[pair], line)
    base, pack = market.ladder_start[pair], market.pack[pair]
    while packs > 0 and find_shortage(market, left, group, pair, packs) >= 0:
        if left.sent[pair] > 0 or packs <= market.first[pair]:
            return 0.0, 0
        packs -= 1
        gain -= market.ladder[base + packs] + ask.bonus * pack
    return gain, packs


@compiled
def take_winners(
    market: AllocationMarket, left: Left, ask: Ask, worth: FloatArray, over: float
) -> int:
    """Send every segment worth more than `over` times its price; count pairs refused for room."""
    refused = 0
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            unit, line = price_pair(market, ask.price, group, pair)
            while True:
                gain, packs = next_segment(market, ask, pair, left.sent[pair], line)
                toll = line if left.sent[pair] == 0 else 0.0
                paid = packs * market.pack[pair] * (unit + worth[group]) + toll
                if packs == 0 or gain + toll <= over * paid:
                    break
                if find_shortage(market, left, group, pair, packs) >= 0:
                    refused += 1
                    break
                send_packs(market, left, group, pair, packs)
    return refused


@compiled
def take_back_packs(
    market: AllocationMarket, left: Left, kept: ShortInts, shut: npt.NDArray[np.bool_]
) -> None:
    """Take back what pairs that are `shut` were sent beyond `kept` packs."""
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            if shut[pair] and left.sent[pair] > kept[pair]:
                send_packs(market, left, group, pair, kept[pair] - left.sent[pair])


@compiled
def sum_pair_gains(market: AllocationMarket, sent: ShortInts, gains: FloatArray) -> None:
    """Fill `gains` with the worth of what each pair is sent, less the cost of its line."""
    for pair in range(len(sent)):
        start = market.ladder_start[pair]
        gains[pair] = -market.line_cost[pair] if sent[pair] > 0 else 0.0
        for n in range(start, start + sent[pair]):
            gains[pair] += market.ladder[n]


@compiled
def name_shortages(
    market: AllocationMarket, left: Left, most: ShortInts, shortage: ShortInts
) -> None:
    """Fill `shortage` with what keeps each pair from its next pack, as `find_shortage` says it."""
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            shortage[pair] = -1
            if left.sent[pair] < most[pair]:
                packs = 1 if left.sent[pair] > 0 else market.first[pair]
                shortage[pair] = find_shortage(market, left, group, pair, packs)
