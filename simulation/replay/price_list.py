"""The price list of a played retailer, what a policy makes of it, and what customers make of that.

A price that fell does not rise again before the season is over: what is put off keeps the price
that is in force until then.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from compilation import compiled
from simulation.replay.draws import PRICE_DRAW, draw_uniform
from simulation.replay.scenario import Counts, Floats, Ints, PriceEntries


def find_listed(entries: PriceEntries, day: int, list_price: Floats) -> Floats:
    """What is asked for a unit of each pair on a day: the lowest entry, else the list price."""
    listed = list_price.copy()
    running = (entries.start <= day) & (day <= entries.end)
    np.minimum.at(listed, entries.pair[running], entries.price[running])
    return listed


def lower_prices(
    entries: PriceEntries, pair: Ints, price: Floats, last: Ints, day: int
) -> PriceEntries:
    """The list with a lower price of pairs from a day on, until the last one of each."""
    every = np.ones(pair.size, dtype=np.int64)
    return entries.plus(PriceEntries(pair, day * every, last, price, (day - 1) * every))


def put_off_falls(entries: PriceEntries, pair: Ints, until: Ints, day: int) -> PriceEntries:
    """The list in which prices of pairs stay as they are before a day until another.

    Args:
        entries: the list.
        pair: pairs that are held.
        until: day on which each of them falls after all.
        day: first day of which anything may still be changed.
    """
    last = max(int(pairs.max(initial=-1)) for pairs in (entries.pair, pair))
    held_until = np.zeros(last + 1, dtype=np.int64)
    held_until[pair] = until
    until_of = held_until[entries.pair]
    coming = (entries.start >= day) & (entries.start < until_of)
    runs_out = (entries.start < day) & (entries.end >= day) & (entries.end < until_of - 1)
    moved = replace(
        entries,
        start=np.where(coming, until_of, entries.start),
        end=np.where(runs_out, until_of - 1, entries.end),
    )
    return moved.take(moved.start <= moved.end)


@compiled
def draw_answer(
    seed: np.uint64, day: int, wanted: Counts, rate: npt.NDArray[np.float32], factor: Floats
) -> Counts:
    """Draw what is wanted where the mean of each pair is `factor` times that of what was drawn.

    Of fewer customers each of those drawn stays by a chance of its own; more are added to them by
    one draw of a Poisson distribution. So a lower price never has fewer customers on the same day.

    Args:
        seed: of the scenario.
        day: of which it is.
        wanted: units drawn at a mean of `rate`.
        rate: units.
        factor: of each pair; 1 leaves it as it was drawn.
    """
    answer = wanted.copy()
    for pair in range(len(wanted)):
        if factor[pair] < 1:
            for unit in range(wanted[pair]):
                if draw_uniform(seed, day, pair, PRICE_DRAW + 1 + unit) >= factor[pair]:
                    answer[pair] -= 1
        elif factor[pair] > 1 and rate[pair] > 0:
            left = draw_uniform(seed, day, pair, PRICE_DRAW)
            mean = rate[pair] * (factor[pair] - 1)
            chance = np.exp(-mean)
            more = 0
            while left >= chance and more < 4 * mean + 50:
                left -= chance
                more += 1
                chance *= mean / more
            answer[pair] += more
    return answer
