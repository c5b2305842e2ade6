"""Scores of readings: errors in usual deviations, and what of them adds up over days."""

import math
from typing import NamedTuple

import numpy as np

from forecasting.anomalies.panel import FloatArray

_PRIOR_DAYS = 7
"""Days of its own past that weigh as much as what holds for all subjects of a kind."""

_ONE_DEVIATION = 0.6827
"""Share of normal errors that lie within one deviation of their mean."""

ALLOWANCE = 0.5
"""Deviations a day that add up to nothing: half the shift of one that is looked for, as charts of
cumulative sums have it (Page, Biometrika 41, 1954)."""


class Usual(NamedTuple):
    """What is usual of each subject, by its errors on days before; both of shape (n,)."""

    middle: FloatArray
    width: FloatArray


def find_usual(errors: FloatArray, centre: float | None) -> Usual:
    """Find the middle and the width of errors on days before, drawn to those of the whole kind.

    Neither moves much for a share of days on which something was wrong: the middle is a median, the
    width holds 68 of 100 errors.

    Args:
        errors: shape (n, days), the last day the one that is judged, NaN where unknown.
        centre: what errors are about where nothing is known; their own median by default.
    """
    past = errors[:, :-1]
    known = np.isfinite(past)
    # On a first day peers are all that there is to compare with.
    pool = past[known] if known.any() else errors[np.isfinite(errors)]
    about = float(np.median(pool)) if centre is None else centre
    days = known.sum(axis=1)
    weight = days / (days + _PRIOR_DAYS)
    seen = [row[there] for row, there in zip(past, known, strict=True)]
    own = np.array([np.median(row) if row.size else about for row in seen])
    middle = weight * own + (1 - weight) * about
    # The side that is watched tells: days without anything at risk are far off to the other one.
    off = [(row - at)[row > at] for row, at in zip(seen, middle, strict=True)]
    whole = _find_width(np.concatenate(off) if known.any() else (pool - about)[pool > about])
    width = np.array([_find_width(row) if row.size else whole for row in off])
    return Usual(middle, np.sqrt(weight * width**2 + (1 - weight) * whole**2))


def _find_width(off: FloatArray) -> float:
    """The distance that holds as many errors as one deviation does; 1 where all are the same."""
    width = float(np.quantile(off, _ONE_DEVIATION)) if off.size else 0.0
    return width if width > 0 else 1.0


def score_errors(
    errors: FloatArray, usual: Usual, *, adds_up: bool, most: float = math.inf
) -> FloatArray:
    """Score each day: the error above usual, or the cumulative sum of what exceeds the allowance.

    A day of which nothing is known leaves the score as it was.

    Args:
        errors: shape (n, days).
        usual: of the subjects.
        adds_up: whether a small shift that lasts counts as much as a large one.
        most: where a sum stops, so that it falls as soon as what raised it is over.

    Returns:
        Shape (n, days), at least 0.
    """
    off = (errors - usual.middle[:, None]) / usual.width[:, None]
    scores = np.zeros_like(off)
    score = np.zeros(len(off))
    for day, known in enumerate(np.isfinite(off).T):
        raised = np.minimum(score + off[:, day] - ALLOWANCE, most) if adds_up else off[:, day]
        score = np.where(known, np.maximum(raised, 0.0), score)
        scores[:, day] = score
    return scores
