"""Packs moved within a group to pairs that gain more by them."""

import numpy as np

from compilation import compiled
from optimization.allocation.kernels.market import AllocationMarket, Ask, Left, ShortInts
from optimization.allocation.kernels.packs import fit_next_segment, send_packs
from optimization.allocation.kernels.segments import price_pair

GIVERS = 3
"""Pairs of a group that are asked in vain to give before its exchanges end."""


@compiled
def _find_last(  # noqa: PLR0913, PLR0917  # the pair and its plan
    market: AllocationMarket, ask: Ask, kept: ShortInts, sent: ShortInts, pair: int, line: float
) -> tuple[float, int]:
    """What a pair can give up at once: its worth before unit prices, and its packs, 0 for none.

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
def _find_giver(  # noqa: PLR0913, PLR0917  # what a group has, and what it keeps
    market: AllocationMarket, left: Left, ask: Ask, kept: ShortInts, group: int, above: float
) -> tuple[int, int, float, float]:
    """Find the pair that loses least per unit, but more than `above`."""
    best, best_packs, best_loss, best_slope = -1, 0, 0.0, np.inf
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        unit, line = price_pair(market, ask.price, group, pair)
        worth, packs = _find_last(market, ask, kept, left.sent, pair, line)
        units = packs * market.pack[pair]
        if packs == 0:
            continue
        slope = worth / units - unit
        if above < slope < best_slope:
            best, best_packs, best_loss, best_slope = pair, packs, slope * units, slope
    return best, best_packs, best_loss, best_slope


@compiled
def _find_taker(
    market: AllocationMarket, left: Left, ask: Ask, group: int, least: float
) -> tuple[int, int, float]:
    """Find the pair that has room and gains most, more than `least`; -1 for none."""
    best, best_packs, best_gain = -1, 0, least
    for pair in range(market.group_start[group], market.group_start[group + 1]):
        unit, line = price_pair(market, ask.price, group, pair)
        worth, packs = fit_next_segment(market, left, ask, group, pair, line)
        gain = worth - unit * packs * market.pack[pair]
        if packs > 0 and gain > best_gain:
            best, best_packs, best_gain = pair, packs, gain
    return best, best_packs, best_gain


@compiled
def exchange_packs(
    market: AllocationMarket, left: Left, ask: Ask, kept: ShortInts, least: float
) -> int:
    """Move packs within each group to pairs that gain more by them at the prices; count the moves.

    `kept` packs of each pair stay. A move must gain more than `least`, currency.
    """
    moved = 0
    for group in range(len(market.free)):
        above, failed = -np.inf, 0
        while failed < GIVERS:
            giver, packs, loss, slope = _find_giver(market, left, ask, kept, group, above)
            if giver < 0:
                break
            send_packs(market, left, group, giver, -packs)
            taker, taken, _ = _find_taker(market, left, ask, group, loss + least)
            if taker < 0:
                send_packs(market, left, group, giver, packs)
                above, failed = slope, failed + 1
            else:
                send_packs(market, left, group, taker, taken)
                moved += 1
    return moved
