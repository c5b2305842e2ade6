"""Kernels of price paths: what a week may sell, the recursion over weeks, and a walk along a path.

Stock is counted in nodes of `unit` units each. A week's demand is spread onto the nodes beside it
in proportion, which keeps its mean and makes the value between nodes a straight line.
"""

import math

import numpy as np

from compilation import compiled
from optimization.value import FloatArray, IntArray

_NEGLIGIBLE = 1e-15
"""Probability below which units far from the mode are left out."""

_BETTER_BY = 1e-9
"""What a lower price must be worth more: among equals the higher price stays."""


@compiled
def spread_demand(mean: float, variance: float, unit: int, mass: FloatArray) -> None:
    """Fill in the probability that a week's demand is at each node; the last holds all beyond.

    Args:
        mean: units.
        variance: units^2; up to the mean it is Poisson, beyond it negative binomial.
        unit: units of a node.
        mass: filled in, by node from 0.
    """
    mass[:] = 0.0
    if mean <= 0.0:
        mass[0] = 1.0
        return
    top = (len(mass) - 1) * unit
    shape = mean * mean / (variance - mean) if variance > mean * (1 + 1e-9) else np.inf
    middle = min(int(mean), top)
    at_middle = math.exp(_log_chance(middle, mean, shape))
    chance, units = at_middle, middle
    while units <= top and chance > _NEGLIGIBLE:
        _add_mass(units, chance, unit, mass)
        grows = mean if shape == np.inf else (units + shape) * mean / (shape + mean)
        units += 1
        chance *= grows / units
    chance, units = at_middle, middle
    while units > 0 and chance > _NEGLIGIBLE:
        grows = mean if shape == np.inf else (units - 1 + shape) * mean / (shape + mean)
        chance *= units / grows
        units -= 1
        _add_mass(units, chance, unit, mass)
    mass[-1] += max(0.0, 1.0 - mass.sum())


@compiled
def _log_chance(units: int, mean: float, shape: float) -> float:
    """Log of the probability of so many units."""
    if shape == np.inf:
        return units * math.log(mean) - mean - math.lgamma(units + 1.0)
    return (
        math.lgamma(units + shape)
        - math.lgamma(units + 1.0)
        - math.lgamma(shape)
        - shape * math.log1p(mean / shape)
        + units * math.log(mean / (shape + mean))
    )


@compiled
def _add_mass(units: int, chance: float, unit: int, mass: FloatArray) -> None:
    node = units // unit
    part = (units - node * unit) / unit
    mass[node] += chance * (1.0 - part)
    if part > 0.0:
        mass[node + 1] += chance * part


@compiled
def roll_back(  # noqa: PLR0913, PLR0917  # a season, and what is filled in
    mean: FloatArray,
    variance: FloatArray,
    chance: FloatArray,
    told: FloatArray,
    proceeds: FloatArray,
    keeping: FloatArray,
    salvage: float,
    unit: int,
    after_step: int,
    value: FloatArray,
    choice: IntArray,
    first: FloatArray,
) -> None:
    """Value every state of the season from its end, and choose prices on the way.

    In a state with a lock of 0 the price may fall to a later rung of the ladder, which locks it; a
    lock runs down by one a week. Who does not know the slope takes the rung that is worth most over
    all slopes; who knows it, the best for that one.

    Args:
        mean: of demand by slope, week and rung of the ladder, units.
        variance: of the same, units^2.
        chance: of each slope.
        told: chance that a week tells the slope to who did not know it, by week.
        proceeds: of a unit sold, by rung, currency.
        keeping: cost of a unit that is kept through a week, by week, currency.
        salvage: worth of a unit that is left at the end, currency.
        unit: units of a node.
        after_step: lock after a week in which the price fell.
        value: filled in, currency now, by lock, rung and node, before the slope is known.
        choice: filled in, rung where nothing locks it: by what is known (nothing first, then each
            slope), week, rung and node.
        first: filled in, what the first week is worth at a rung with the lock after it: by lock,
            rung and node.
    """
    slopes, weeks, rungs = mean.shape
    locks, nodes = value.shape[0], value.shape[2]
    unsure = np.empty((slopes, locks, rungs, nodes))
    for node in range(nodes):
        unsure[:, :, :, node] = salvage * unit * node
    known = unsure.copy()
    week_unsure, week_known = np.empty_like(unsure), np.empty_like(unsure)
    for at in range(weeks - 1, -1, -1):
        for slope in range(slopes):
            _value_slope(
                mean[slope, at], variance[slope, at], told[at], proceeds, keeping[at], unit,
                unsure[slope], known[slope], week_unsure[slope], week_known[slope],
            )  # fmt: skip
        _average(week_unsure, chance, first)
        _choose_rungs(first, week_unsure, after_step, unsure, choice[0, at])
        for slope in range(slopes):
            one = slice(slope, slope + 1)
            _choose_rungs(
                week_known[slope], week_known[one], after_step, known[one], choice[1 + slope, at]
            )
    _average(unsure, chance, value)


@compiled
def _value_slope(  # noqa: PLR0913, PLR0917  # a week at a slope, and what is filled in
    mean: FloatArray,
    variance: FloatArray,
    told: float,
    proceeds: FloatArray,
    keeping: float,
    unit: int,
    unsure: FloatArray,
    known: FloatArray,
    week_unsure: FloatArray,
    week_known: FloatArray,
) -> None:
    """What a week and all after it are worth at a slope, while it is not known and once it is."""
    locks, rungs, nodes = unsure.shape
    mass = np.empty(nodes)
    for rung in range(rungs):
        spread_demand(mean[rung], variance[rung], unit, mass)
        for lock in range(locks):
            later = told * known[lock, rung] + (1.0 - told) * unsure[lock, rung]
            _value_week(mass, later, proceeds[rung], keeping, unit, week_unsure[lock, rung])
            _value_week(
                mass, known[lock, rung], proceeds[rung], keeping, unit, week_known[lock, rung]
            )


@compiled
def _average(of_slopes: FloatArray, chance: FloatArray, found: FloatArray) -> None:
    """Fill in the mean over slopes, by their chance."""
    found[:] = 0.0
    for slope in range(len(chance)):
        found += chance[slope] * of_slopes[slope]


@compiled
def _choose_rungs(
    judged: FloatArray, week: FloatArray, after_step: int, value: FloatArray, choice: IntArray
) -> None:
    """The best rung of every state of a week.

    Args:
        judged: what the week is worth at each rung to who chooses, by lock, rung and node.
        week: what it is worth at each slope.
        after_step: lock after a week in which the price fell.
        value: filled in, what the choice is worth at each slope.
        choice: filled in, rung by rung before it and node.
    """
    slopes, locks, rungs, nodes = week.shape
    for rung in range(rungs):
        for node in range(nodes):
            best, chosen, lock_then = judged[0, rung, node], rung, 0
            for lower in range(rung + 1, rungs):
                if judged[after_step, lower, node] > best + _BETTER_BY:
                    best, chosen, lock_then = judged[after_step, lower, node], lower, after_step
            choice[rung, node] = chosen
            for slope in range(slopes):
                value[slope, 0, rung, node] = week[slope, lock_then, chosen, node]
                for lock in range(1, locks):
                    value[slope, lock, rung, node] = week[slope, lock - 1, rung, node]


@compiled
def _value_week(  # noqa: PLR0913, PLR0917  # a week, and what is filled in
    mass: FloatArray,
    later: FloatArray,
    proceeds: float,
    keeping: float,
    unit: int,
    found: FloatArray,
) -> None:
    """What a stock is worth with this week's demand and all that follows, by node."""
    sold, below = 0.0, 0.0
    for node in range(len(found)):
        # E[min(D, node)] = sum of P(D > k) for k below node.
        if node > 0:
            below += mass[node - 1]
            sold += 1.0 - below
        total = (1.0 - below) * later[0]
        for demand in range(node):
            total += mass[demand] * later[node - demand]
        total += unit * (proceeds * sold - keeping * (node - sold / 2))
        found[node] = total


@compiled
def walk_path(  # noqa: PLR0913, PLR0917  # a season, its choices, and what is filled in
    mean: FloatArray,
    variance: FloatArray,
    chance: FloatArray,
    told: FloatArray,
    choice: IntArray,
    forced: IntArray,
    stock: float,
    lock: int,
    unit: int,
    locks: int,
    after_step: int,
    at_rung: FloatArray,
    sold: FloatArray,
    left: FloatArray,
) -> None:
    """Follow the choices of prices from a stock at the price in force, and count by week.

    Args:
        mean: as of `roll_back`.
        variance: likewise.
        chance: likewise.
        told: likewise.
        choice: as it fills in.
        forced: rung that a week must take, by week; below 0 where it is free to follow `choice`.
        stock: units at the start.
        lock: weeks in which the price may not fall.
        unit: units of a node.
        locks: how many locks there are, 0 among them.
        after_step: as of `roll_back`.
        at_rung: filled in, probability of each rung by week.
        sold: filled in, units expected to be sold by week and rung.
        left: filled in, units expected to be left at the start of each week, and at the end.
    """
    slopes, weeks, rungs = mean.shape
    nodes = choice.shape[3]
    node = min(int(stock // unit), nodes - 1)
    part = stock / unit - node
    for slope in range(slopes):
        # Whether the slope is known, and the state: by lock, rung and node.
        state, chosen = np.zeros((2, locks, rungs, nodes)), np.empty((2, locks, rungs, nodes))
        state[0, lock, 0, node] = chance[slope] * (1.0 - part)
        if part > 0.0:
            state[0, lock, 0, node + 1] = chance[slope] * part
        for at in range(weeks):
            for known in range(2):
                left[at] += unit * _take_rungs(
                    state[known], choice[known * (1 + slope), at], forced[at], after_step,
                    chosen[known], at_rung[at],
                )  # fmt: skip
            _sell_week(
                mean[slope, at], variance[slope, at], told[at], unit, chosen, state, sold[at]
            )
        for node_left in range(nodes):
            left[weeks] += state[:, :, :, node_left].sum() * node_left * unit


@compiled
def _sell_week(  # noqa: PLR0913, PLR0917  # a week at a slope, and what is filled in
    mean: FloatArray,
    variance: FloatArray,
    told: float,
    unit: int,
    chosen: FloatArray,
    state: FloatArray,
    sold: FloatArray,
) -> None:
    """Move the stocks of a week on by what it sells, and let it tell the slope."""
    _, locks, rungs, nodes = chosen.shape
    mass, after = np.empty(nodes), np.empty(nodes)
    state[:] = 0.0
    for rung in range(rungs):
        if chosen[:, :, rung].sum() > 0.0:
            spread_demand(mean[rung], variance[rung], unit, mass)
            for known in range(2):
                for lock in range(locks):
                    after[:] = 0.0
                    sold[rung] += unit * _sell(mass, chosen[known, lock, rung], after)
                    learns = 1.0 if known else told
                    state[1, lock, rung] += learns * after
                    state[0, lock, rung] += (1.0 - learns) * after


@compiled
def _take_rungs(  # noqa: PLR0913, PLR0917  # a week, and what is filled in
    state: FloatArray,
    choice: IntArray,
    forced: int,
    after_step: int,
    chosen: FloatArray,
    at_rung: FloatArray,
) -> float:
    """Move the states of a week to the rungs that they take; nodes of stock expected in all."""
    locks, rungs, nodes = state.shape
    chosen[:] = 0.0
    stock = 0.0
    for lock in range(locks):
        for old in range(rungs):
            for node in range(nodes):
                chance = state[lock, old, node]
                if chance > 0.0:
                    new = old if lock > 0 else choice[old, node]
                    if forced >= 0:
                        new = max(forced, old)
                    left = after_step if new > old else max(lock - 1, 0)
                    chosen[left, new, node] += chance
                    at_rung[new] += chance
                    stock += chance * node
    return stock


@compiled
def _sell(mass: FloatArray, before: FloatArray, after: FloatArray) -> float:
    """Move stocks on by a week's demand; nodes expected to be sold."""
    total = 0.0
    for node in range(len(before)):
        chance = before[node]
        if chance <= 0.0:
            continue
        left = 1.0
        for demand in range(node):
            moved = chance * mass[demand]
            after[node - demand] += moved
            total += moved * demand
            left -= mass[demand]
        after[0] += chance * max(left, 0.0)
        total += chance * max(left, 0.0) * node
    return total
