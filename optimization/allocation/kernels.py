"""Compiled loops of the priced allocation: what pairs want at prices, and packs put into a plan.

A line is bought in segments: the first is as many packs as make the best average worth of a line
that bears its fixed cost and its least size, each further one is a pack. The segments of a pair
fall in worth a unit: they are the upper concave envelope of its value. Taking them in the order of
worth is therefore optimal for the relaxation in which the last segment of a group may be cut.

All of it stands in one module: a compiled function that is kept on disk does not notice that one
which it calls has changed in another file.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
ShortFloats = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]


NEAR = 0.8
"""Share of a group's last worth above which its units are expected to run out again."""


GIVERS = 3
"""Pairs of a group that are asked in vain to give before its exchanges end."""


class Market(NamedTuple):
    """Pairs that may take packs, by group: the pairs that draw on one item of one DC.

    Attributes:
        group_start: first pair of each group, then the number of pairs, shape (groups + 1,).
        free: units of each group that every pair of it may take, shape (groups,).
        fence: further units that only this pair may take, shape (pairs,).
        ladder_start: first pack of each pair, then the number of packs, shape (pairs + 1,).
        ladder: worth of each pack less its own cost, currency, never increasing within a pair.
        pack: units in a pack, shape (pairs,).
        first: fewest packs of a line, at least 1, shape (pairs,).
        line_cost: cost of a line whatever its size, currency, shape (pairs,).
        limit: the shared limit of each kind that a pair draws on, -1 for none, (pairs, kinds).
        use: what a unit draws on the limit of each kind, in its measure, shape (groups, kinds).
        by_line: what a line draws on it, shape (kinds,).
        capacity: what each shared limit allows, in its measure, shape (limits,).
    """

    group_start: IntArray
    free: IntArray
    fence: ShortInts
    ladder_start: IntArray
    ladder: ShortFloats
    pack: ShortInts
    first: ShortInts
    line_cost: ShortFloats
    limit: ShortInts
    use: FloatArray
    by_line: FloatArray
    capacity: FloatArray


class Left(NamedTuple):
    """What a plan has sent, and what it leaves; every array is changed in place.

    Attributes:
        sent: packs of each pair, shape (pairs,).
        free, fence, capacity: what is left of the fields of `Market`.
    """

    sent: ShortInts
    free: IntArray
    fence: ShortInts
    capacity: FloatArray


class Ask(NamedTuple):
    """What is asked for, at prices.

    Attributes:
        most: packs that a pair may have in all, shape (pairs,).
        bonus: added to the worth of a unit, currency: above every worth where units count before
            money, else 0.
        price: of each shared limit, currency a measure, shape (limits,).
    """

    most: ShortInts
    bonus: float
    price: FloatArray


class Segments(NamedTuple):
    """Segments of one group: pair, worth a unit less its price, units, units beyond its fence."""

    owner: IntArray
    slope: FloatArray
    length: FloatArray
    outside: FloatArray


class Offers(NamedTuple):
    """Segments not sent yet: group, pair, packs, and worth as a multiple of the price.

    The price is that of the units, to their group and on the limits, and of a line that is begun.
    """

    group: ShortInts
    pair: ShortInts
    packs: ShortInts
    ratio: ShortFloats


@compiled
def _price_of(market: Market, price: FloatArray, group: int, pair: int) -> tuple[float, float]:
    """Price of a unit and of a line on the shared limits of a pair."""
    unit, line = 0.0, 0.0
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            unit += price[limit] * market.use[group, kind]
            line += price[limit] * market.by_line[kind]
    return unit, line


@compiled
def _next_segment(
    market: Market, ask: Ask, pair: int, sent: int, line_price: float
) -> tuple[float, int]:
    """Worth of a pair's next segment before unit prices, currency, and its packs, 0 for none."""
    base, pack, most = market.ladder_start[pair], market.pack[pair], ask.most[pair]
    count = market.first[pair]
    if sent >= most or (sent == 0 and most < count):
        return 0.0, 0
    if sent > 0:
        return market.ladder[base + sent] + ask.bonus * pack, 1
    total = -line_price - market.line_cost[pair]
    for n in range(count):
        total += market.ladder[base + n] + ask.bonus * pack
    while count < most and (market.ladder[base + count] + ask.bonus * pack) * count > total:
        total += market.ladder[base + count] + ask.bonus * pack
        count += 1
    return total, count


@compiled
def _segments(  # noqa: PLR0913, PLR0917  # a group, and where its segments go
    market: Market, left: Left, ask: Ask, group: int, least: float, found: Segments
) -> int:
    """Fill `found` with the group's segments worth more than price and `least`; count them.

    Fenced units are listed from any worth above the price on.
    """
    count = 0
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        done, fence = left.sent[pair], float(left.fence[pair])
        if done >= ask.most[pair]:
            continue
        unit, line = _price_of(market, ask.price, group, pair)
        worth, packs = _next_segment(market, ask, pair, done, line)
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
def _run_out(
    slope: FloatArray, length: FloatArray, count: int, units: float
) -> tuple[float, float, float]:
    """Worth at which `units` run out, units worth more, and units worth just that.

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
def _draw(  # noqa: PLR0913, PLR0917  # who draws, and how much
    market: Market, usage: FloatArray, group: int, pair: int, units: float, lines: float
) -> None:
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            usage[limit] += units * market.use[group, kind] + lines * market.by_line[kind]


@compiled
def _room_for(market: Market) -> Segments:
    """Room for the segments of any one group."""
    packs = 0
    for group in range(len(market.free)):
        start, end = market.group_start[group], market.group_start[group + 1]
        packs = max(packs, market.ladder_start[end] - market.ladder_start[start])
    return Segments(np.empty(packs, np.int64), np.empty(packs), np.empty(packs), np.empty(packs))


@compiled
def answer_prices(
    market: Market, left: Left, ask: Ask, worth: FloatArray, usage: FloatArray
) -> float:
    """What all groups gain at prices by their best relaxed choice, currency.

    Replaces the `worth` at which each group's units run out, currency a unit, and `usage`, what
    they draw on each limit.
    """
    found, sorted_ = _room_for(market), _room_for(market)
    usage[:] = 0.0
    value = 0.0
    for group in range(len(market.free)):
        units = float(left.free[group])
        # Prices change little from trial to trial: segments far below the last worth are left
        # out, unless the units turn out not to run out without them.
        floor = NEAR * worth[group]
        count = _segments(market, left, ask, group, floor, found)
        total = found.outside[:count].sum()
        if floor > 0 and total <= units:
            count = _segments(market, left, ask, group, 0.0, found)
            total = found.outside[:count].sum()
        least, above, same = 0.0, total, 0.0
        if total > units:
            sorted_.slope[:count] = found.slope[:count]
            sorted_.length[:count] = found.outside[:count]
            least, above, same = _run_out(sorted_.slope, sorted_.length, count, units)
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
                    _draw(market, usage, group, pair, drawn, line)
                drawn, line = 0.0, 0.0
    return value


@compiled
def add_surplus(  # noqa: PLR0913, PLR0917  # the result is filled in place
    market: Market,
    left: Left,
    ask: Ask,
    worth: FloatArray,
    lane: ShortInts,
    surplus: FloatArray,
) -> None:
    """Add to the `surplus` of each lane what its pairs gain above the price of their units."""
    found = _room_for(market)
    for group in range(len(market.free)):
        for n in range(_segments(market, left, ask, group, 0.0, found)):
            over = found.slope[n] * found.length[n] - worth[group] * found.outside[n]
            surplus[lane[found.owner[n]]] += max(over, 0.0)


@compiled
def _shortage(market: Market, left: Left, group: int, pair: int, packs: int) -> int:
    """What has no room for so many packs more: -1 nothing, 0 the group's units, else 1 + kind."""
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
def _send(market: Market, left: Left, group: int, pair: int, packs: int) -> None:
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
def take_winners(market: Market, left: Left, ask: Ask, worth: FloatArray, over: float) -> int:
    """Send every segment worth more than `over` times its price; count pairs refused for room."""
    refused = 0
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            unit, line = _price_of(market, ask.price, group, pair)
            while True:
                gain, packs = _next_segment(market, ask, pair, left.sent[pair], line)
                toll = line if left.sent[pair] == 0 else 0.0
                paid = packs * market.pack[pair] * (unit + worth[group]) + toll
                if packs == 0 or gain + toll <= over * paid:
                    break
                if _shortage(market, left, group, pair, packs) >= 0:
                    refused += 1
                    break
                _send(market, left, group, pair, packs)
    return refused


@compiled
def _fitting(  # noqa: PLR0913, PLR0917  # the pair and its plan
    market: Market, left: Left, ask: Ask, group: int, pair: int, line: float
) -> tuple[float, int]:
    """Worth and packs of a pair's next segment, cut down to what has room; 0 packs for none."""
    gain, packs = _next_segment(market, ask, pair, left.sent[pair], line)
    base, pack = market.ladder_start[pair], market.pack[pair]
    while packs > 0 and _shortage(market, left, group, pair, packs) >= 0:
        if left.sent[pair] > 0 or packs <= market.first[pair]:
            return 0.0, 0
        packs -= 1
        gain -= market.ladder[base + packs] + ask.bonus * pack
    return gain, packs


@compiled
def _empty_offers(count: int) -> Offers:
    return Offers(
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.float32),
    )


@compiled
def list_offers(market: Market, left: Left, ask: Ask, worth: FloatArray, under: float) -> Offers:
    """Segments that have room now and are worth more than `under` times their price.

    Pair by pair, the worth of a pair's offers falling.
    """
    count = 0
    offers = _empty_offers(1024)
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            done = left.sent[pair]
            if done >= ask.most[pair] or left.free[group] + left.fence[pair] < market.pack[pair]:
                continue
            unit, line = _price_of(market, ask.price, group, pair)
            gain, packs = _fitting(market, left, ask, group, pair, line)
            while packs > 0:
                toll = line if done == 0 else 0.0
                paid = packs * market.pack[pair] * (unit + worth[group]) + toll
                if gain + toll <= under * paid:
                    break
                if count == len(offers.pair):
                    longer = _empty_offers(2 * count)
                    longer.group[:count] = offers.group
                    longer.pair[:count] = offers.pair
                    longer.packs[:count] = offers.packs
                    longer.ratio[:count] = offers.ratio
                    offers = longer
                offers.group[count] = group
                offers.pair[count] = pair
                offers.packs[count] = packs
                offers.ratio[count] = (gain + toll) / paid if paid > 0 else np.inf
                count += 1
                done += packs
                gain, packs = _next_segment(market, ask, pair, done, line)
    return Offers(
        offers.group[:count], offers.pair[:count], offers.packs[:count], offers.ratio[:count]
    )


@compiled
def take_in_order(market: Market, left: Left, offers: Offers, order: IntArray) -> int:
    """Send offers in order while everything has room, none of a pair after one refused."""
    taken = 0
    shut = np.zeros(len(market.pack), dtype=np.bool_)
    for n in order:
        group, pair, packs = offers.group[n], offers.pair[n], offers.packs[n]
        if shut[pair] or _shortage(market, left, group, pair, packs) >= 0:
            shut[pair] = True
        else:
            _send(market, left, group, pair, packs)
            taken += 1
    return taken


@compiled
def give_back(market: Market, left: Left, kept: ShortInts, shut: npt.NDArray[np.bool_]) -> None:
    """Take back what pairs that are `shut` were sent beyond `kept` packs."""
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            if shut[pair] and left.sent[pair] > kept[pair]:
                _send(market, left, group, pair, kept[pair] - left.sent[pair])


@compiled
def pair_gains(market: Market, sent: ShortInts, gains: FloatArray) -> None:
    """Fill `gains` with the worth of what each pair is sent, less the cost of its line."""
    for pair in range(len(sent)):
        start = market.ladder_start[pair]
        gains[pair] = -market.line_cost[pair] if sent[pair] > 0 else 0.0
        for n in range(start, start + sent[pair]):
            gains[pair] += market.ladder[n]


@compiled
def name_shortages(market: Market, left: Left, most: ShortInts, shortage: ShortInts) -> None:
    """Fill `shortage` with what keeps each pair from its next pack, as `_find_shortage`."""
    for group in range(len(market.free)):
        for pair in range(market.group_start[group], market.group_start[group + 1]):
            shortage[pair] = -1
            if left.sent[pair] < most[pair]:
                packs = 1 if left.sent[pair] > 0 else market.first[pair]
                shortage[pair] = _shortage(market, left, group, pair, packs)


@compiled
def _last(  # noqa: PLR0913, PLR0917  # the pair and its plan
    market: Market, ask: Ask, kept: ShortInts, sent: ShortInts, pair: int, line: float
) -> tuple[float, int]:
    """Worth before unit prices and packs of what a pair can give up at once; 0 packs for none.

    A line is not cut below its fewest packs: then all of it goes, unless some of it is to be kept.
    """
    base, pack, done = market.ladder_start[pair], market.pack[pair], sent[pair]
    if done <= kept[pair]:
        return 0.0, 0
    if done > market.first[pair] or kept[pair] > 0:
        return market.ladder[base + done - 1] + ask.bonus * pack, 1
    worth = -market.line_cost[pair] - line
    for n in range(done):
        worth += market.ladder[base + n] + ask.bonus * pack
    return worth, done


@compiled
def _giver(  # noqa: PLR0913, PLR0917  # what a group has, and what it keeps
    market: Market, left: Left, ask: Ask, kept: ShortInts, group: int, above: float
) -> tuple[int, int, float, float]:
    """Pair that loses least by the unit, but more than `above`: pair, packs, loss, loss a unit."""
    best, best_packs, best_loss, best_slope = -1, 0, 0.0, np.inf
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        unit, line = _price_of(market, ask.price, group, pair)
        worth, packs = _last(market, ask, kept, left.sent, pair, line)
        units = packs * market.pack[pair]
        if packs == 0:
            continue
        slope = worth / units - unit
        if above < slope < best_slope:
            best, best_packs, best_loss, best_slope = pair, packs, slope * units, slope
    return best, best_packs, best_loss, best_slope


@compiled
def _taker(
    market: Market, left: Left, ask: Ask, group: int, least: float
) -> tuple[int, int, float]:
    """Pair that has room and gains most, more than `least`: pair, or -1, packs, gain."""
    best, best_packs, best_gain = -1, 0, least
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        unit, line = _price_of(market, ask.price, group, pair)
        worth, packs = _next_segment(market, ask, pair, left.sent[pair], line)
        gain = worth - unit * packs * market.pack[pair]
        if packs > 0 and gain > best_gain and _shortage(market, left, group, pair, packs) < 0:
            best, best_packs, best_gain = pair, packs, gain
    return best, best_packs, best_gain


@compiled
def exchange(market: Market, left: Left, ask: Ask, kept: ShortInts, least: float) -> int:
    """Within each group, move packs to a pair that gains more by them, by the prices; count it.

    `kept` packs of each pair stay. A move must gain more than `least`, currency.
    """
    moved = 0
    for group in range(len(market.free)):
        above, failed = -np.inf, 0
        while failed < GIVERS:
            giver, packs, loss, slope = _giver(market, left, ask, kept, group, above)
            if giver < 0:
                break
            _send(market, left, group, giver, -packs)
            taker, taken, _ = _taker(market, left, ask, group, loss + least)
            if taker < 0:
                _send(market, left, group, giver, packs)
                above, failed = slope, failed + 1
            else:
                _send(market, left, group, taker, taken)
                moved += 1
    return moved
