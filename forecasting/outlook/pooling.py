"""Factors of groups, each as far from that of the wider group as its own figures bear out.

Credibility (Buehlmann and Straub 1970; Buehlmann and Gisler 2005, 4): a group's own factor r, of
variance V, beside that of the group above counts z = T / (T + V), T the variance between groups.
V is that of a ratio of sums over styles, which move by themselves, all sizes and colours of one
together: so it holds the noise of counts and what fashion does. T is what the factors stray beyond
it. Where groups differ by no more than noise, T is 0 and the wider group's factor stays.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.outlook.panel import BoolArray, FloatArray, IntArray

LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0
"""Bounds of what one step does to a factor."""

LEAST_STYLES = 3
"""Styles below which a group's variance is that of the other groups of its kind, and of its counts;
where no group has so many, the wider group's factor stays."""


@dataclass(frozen=True)
class Factors:
    """Factors of each item, by column.

    Attributes:
        factor: [item, column].
        variance: of what is not known of the factor, over its square, [item, column].
    """

    factor: FloatArray
    variance: FloatArray


def pool_factors(seen: FloatArray, due: FloatArray, groups: IntArray, style: IntArray) -> Factors:
    """Pool what was seen over what was due, from the widest kind of group down.

    Args:
        seen: units, [item, column].
        due: units without the factor, [item, column]; 0 where nothing is known.
        groups: of each item, the widest kind first, [kind, item].
        style: of each item; a style lies in one group of each kind.
    """
    styles = int(style.max(initial=-1)) + 1
    of = np.zeros((len(groups), styles), dtype=np.int64)
    of[:, style] = groups
    seen, due = _sums(style, seen, styles), _sums(style, due, styles)
    factor, variance = np.ones_like(due), np.zeros_like(due)
    for group in of:
        size = int(group.max(initial=-1)) + 1
        expected = due * factor
        total = _sums(group, expected, size)
        known = total > 0
        ratio = np.divide(_sums(group, seen, size), total, out=np.ones_like(total), where=known)
        noise = _noise(seen - ratio[group] * expected, expected, group, total)
        spread = _spread(ratio, noise, total, known)
        surely = known & (spread > 0)
        trust = np.divide(spread, spread + noise, out=np.zeros_like(noise), where=surely)
        step = np.clip(1 + trust * (ratio - 1), LEAST_FACTOR, MOST_FACTOR)
        factor = factor * step[group]
        left = np.multiply(trust, noise, out=np.full_like(noise, spread), where=np.isfinite(noise))
        variance = variance + left[group]
    return Factors(factor[style], variance[style])


def _noise(
    error: FloatArray, expected: FloatArray, group: IntArray, total: FloatArray
) -> FloatArray:
    """Variance of the ratio of each group and column.

    A style that makes up a column by itself has no error there and tells nothing of it: with n
    styles of one size the errors' squares are those of n - 1.
    """
    size = len(total)
    squares = _sums(group, expected**2, size)
    known = total > 0
    alone = np.divide(squares, total**2, out=np.ones_like(total), where=known)
    free = (squares * (1 - alone)).sum(axis=1)
    errors = _sums(group, error**2, size).sum(axis=1)
    noise = np.full(total.shape, np.inf)
    styles = np.divide(
        (total / alone).sum(axis=1), total.sum(axis=1), out=np.zeros(size), where=known.any(axis=1)
    )
    enough = styles >= LEAST_STYLES
    if not enough.any():
        return noise
    own = np.divide(errors, free, out=np.zeros(size), where=free > 0)
    of_one = np.where(enough, own, np.maximum(own, errors[enough].sum() / free[enough].sum()))
    of_counts = np.where(enough, 0.0, 1.0)[:, None] * total
    np.divide(of_one[:, None] * squares + of_counts, total**2, out=noise, where=known)
    return noise


def _spread(ratio: FloatArray, noise: FloatArray, total: FloatArray, known: BoolArray) -> float:
    """Variance between the groups of a kind, beyond noise, all columns together."""
    sure = known & np.isfinite(noise)
    if not sure.any():
        return 0.0
    weight = np.where(sure, total, 0.0)
    beyond = (ratio - 1) ** 2 - np.where(sure, noise, 0.0)
    return max(0.0, float((weight * beyond).sum() / weight.sum()))


def _sums(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    sums = np.zeros((size, values.shape[1]))
    np.add.at(sums, group, values)
    return sums
