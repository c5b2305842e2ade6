"""Paired differences over retailers and their confidence intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95


class Interval(NamedTuple):
    """A mean difference and its confidence interval, at the level `LEVEL`.

    Attributes:
        mean: over retailers.
        low, high: infinite where a single retailer says nothing of how they differ.
    """

    mean: float
    low: float
    high: float


def estimate_interval(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """Estimate how much more ours earns than theirs: Student's t over paired retailers.

    They are independent and both policies meet the same customers in each, so that the differences
    vary far less than the figures (common random numbers; Law, Simulation Modeling and Analysis,
    5th ed. 2015, section 10.2).

    Args:
        ours: a figure of a policy, one a retailer.
        theirs: the same of another, in the same order.

    Raises:
        ValueError: there are none, or not as many of one as of the other.
    """
    differences = np.subtract(np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float))
    if len(ours) != len(theirs) or not len(ours):
        raise ValueError(f"need as many retailers of both, got {len(ours)} and {len(theirs)}")
    mean = float(differences.mean())
    if len(differences) == 1:
        return Interval(mean, -np.inf, np.inf)
    error = float(stats.sem(differences))
    reach = error * float(stats.t.ppf((1 + LEVEL) / 2, len(differences) - 1))
    return Interval(mean, mean - reach, mean + reach)
