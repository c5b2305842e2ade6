"""What groups gain at given prices where the last segment of each may be cut."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.allocation.kernels.market import (
    AllocationMarket,
    Ask,
    FloatArray,
    IntArray,
    Left,
    ShortInts,
)
from optimization.allocation.kernels.segments import next_segment, price_pair

NEAR = 0.8
"""Share of a group's last worth above which its units are expected to run out again."""


class Segments(NamedTuple):
    """Segments of one group: pair, worth per unit less its price, units, units beyond its fence."""

    owner: IntArray
    slope: FloatArray
    length: FloatArray
    outside: FloatArray


@compiled
def _list_segments(  # noqa: PLR0913, PLR0917  # a group, and where its segments go
    market: AllocationMarket, left: Left, ask: Ask, group: int, least: float, found: Segments
) -> int:
    """Fill `found` with the group's segments worth more than price and `least`; count them.

    Fenced units are listed from any worth above the price on.
    """
    count = 0
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        done, fence = left.sent[pair], float(left.fence[pair])
        if done >= ask.most[pair]:
            continue
        unit, line = price_pair(market, ask.price, group, pair)
        worth, packs = next_segment(market, ask, pair, done, line)
        units, pack = float(packs * market.pack[pair]), float(market.pack[pair])
        at = market.ladder_start[pair] + done + packs
        end = market.ladder_start[pair] + ask.most[pair]
        while packs > 0 and worth > (unit + (least if fence <= 0 else 0.0)) * units:
            found.owner[count] = pair
            found.slope[count] = worth / units - unit
            found.length[count] = units
            found.outside[count] = max(units - fence, 0.0)
            fence = max(fence - units, 0.0)
            count += 1
            if at == end:
                break
            worth, units = market.ladder[at] + ask.bonus * pack, pack
            at += 1
    return count


@compiled
def _find_run_out(
    slope: FloatArray, length: FloatArray, count: int, units: float
) -> tuple[float, float, float]:
    """Find the worth at which `units` run out, the units worth more, and the units worth just that.

    Hoare's selection, by weight: the first `count` of `slope` and `length` are reordered. The
    worth is 0 where the units do not run out.
    """
    low, high, above = 0, count, 0.0
    while low < high:
        a, b, c = slope[low], slope[(low + high) // 2], slope[high - 1]
        pivot = max(min(a, b), min(max(a, b), c))
        left, at, right = low, low, high
        more, same = 0.0, 0.0
        while at < right:
            if slope[at] > pivot:
                more += length[at]
                slope[at], slope[left] = slope[left], slope[at]
                length[at], length[left] = length[left], length[at]
                left += 1
                at += 1
            elif slope[at] < pivot:
                right -= 1
                slope[at], slope[right] = slope[right], slope[at]
                length[at], length[right] = length[right], length[at]
            else:
                same += length[at]
                at += 1
        if above + more > units:
            high = left
        elif above + more + same > units:
            return pivot, above + more, same
        else:
            above += more + same
            low = right
    return 0.0, above, 0.0


@compiled
def _draw_on_limits(  # noqa: PLR0913, PLR0917  # who draws, and how much
    market: AllocationMarket, usage: FloatArray, group: int, pair: int, units: float, lines: float
) -> None:
    """Add what units and lines of a pair draw on its limits to `usage`."""
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            usage[limit] += units * market.use[group, kind] + lines * market.by_line[kind]


@compiled
def _make_room(market: AllocationMarket) -> Segments:
    """Make room for the segments of any one group."""
    packs = 0
    for group in range(len(market.free)):
        start, end = market.group_start[group], market.group_start[group + 1]
        packs = max(packs, market.ladder_start[end] - market.ladder_start[start])
    return Segments(np.empty(packs, np.int64), np.empty(packs), np.empty(packs), np.empty(packs))


@compiled
def answer_prices(
    market: AllocationMarket, left: Left, ask: Ask, worth: FloatArray, usage: FloatArray
) -> float:
    """Find what all groups gain at prices by their best relaxed choice, currency.

    Replaces the `worth` at which each group's units run out, currency a unit, and `usage`, what
    they draw on each limit.
    """
    found, sorted_ = _make_room(market), _make_room(market)
    usage[:] = 0.0
    value = 0.0
    for group in range(len(market.free)):
        units = float(left.free[group])
        # Prices change little from trial to trial: segments far below the last worth are left
        # out, unless the units turn out not to run out without them.
        floor = NEAR * worth[group]
        count = _list_segments(market, left, ask, group, floor, found)
        total = found.outside[:count].sum()
        if floor > 0 and total <= units:
            count = _list_segments(market, left, ask, group, 0.0, found)
            total = found.outside[:count].sum()
        least, above, same = 0.0, total, 0.0
        if total > units:
            sorted_.slope[:count] = found.slope[:count]
            sorted_.length[:count] = found.outside[:count]
            least, above, same = _find_run_out(sorted_.slope, sorted_.length, count, units)
        worth[group] = least
        cut = (units - above) / same if same > 0 else 0.0
        drawn, line = 0.0, 0.0
        for n in range(count):
            pair, outside = found.owner[n], found.outside[n]
            share = 1.0 if found.slope[n] > least else cut if found.slope[n] == least else 0.0
            taken = found.length[n] - outside + share * outside
            value += found.slope[n] * taken
            if drawn == 0 and left.sent[pair] == 0:
                line = taken / found.length[n]
            drawn += taken
            if n + 1 == count or found.owner[n + 1] != pair:
                if drawn > 0:
                    _draw_on_limits(market, usage, group, pair, drawn, line)
                drawn, line = 0.0, 0.0
    return value


@compiled
def add_surplus(  # noqa: PLR0913, PLR0917  # the result is filled in place
    market: AllocationMarket,
    left: Left,
    ask: Ask,
    worth: FloatArray,
    lane: ShortInts,
    surplus: FloatArray,
) -> None:
    """Add to the `surplus` of each lane what its pairs gain above the price of their units."""
    found = _make_room(market)
    for group in range(len(market.free)):
        for n in range(_list_segments(market, left, ask, group, 0.0, found)):
            over = found.slope[n] * found.length[n] - worth[group] * found.outside[n]
            surplus[lane[found.owner[n]]] += max(over, 0.0)
