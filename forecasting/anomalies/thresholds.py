"""The score from which an exception opens, so that false alarms keep to their budget.

A false alarm is an excursion of a score above 0 that chance alone takes over the threshold. The
peaks of excursions of a sum with a drift downwards have an exponential tail (Siegmund, Sequential
Analysis, 1985, chapter VIII), and so have the upper parts of most distributions over a short range
(Pickands, Annals of Statistics 3, 1975). With r excursions a week over all subjects,

    r P(peak > h) = budget,    P(peak > h) = 0.3 exp(-(h - q70) / slope),

where the slope is read between the quantiles of 70 and 95 in 100 of the peaks of the recent past.
What was wrong in that past is in the last 5 in 100 and moves neither.

A budget above what the subjects can give asks for no score at all: many item-locations, and few
nodes or suppliers that are watched for a kind. The threshold stays at one usual deviation then, and
chance opens fewer than it may.
"""

import math
from statistics import NormalDist

import numpy as np

from forecasting.anomalies.panel import FloatArray
from forecasting.anomalies.scores import ALLOWANCE

_SHOULDER, _END = 0.7, 0.95
_LEAST_PEAKS = 40
"""Peaks below which the past says too little of its tail; then errors are taken to be normal."""

_LEAST_SCORE = 1.0
"""One usual deviation: as far off is an ordinary day of those above usual, of which 68 in 100 are
nearer, so that less is wrong with nothing, however many false alarms may be."""

_DAYS_A_WEEK = 7
_OVERSHOOT = 1.166
"""Mean by which a sum of normal errors passes its threshold, both ends (Siegmund)."""


def find_threshold(scores: FloatArray, budget: float, *, adds_up: bool) -> float:
    """Find the score that chance passes as often as the budget allows, one deviation at least.

    Args:
        scores: of days before, shape (n, days), at least 0.
        budget: false alarms a week, over all n; above 0.
        adds_up: whether scores are cumulative sums.
    """
    peaks = list_peaks(scores)
    if len(peaks) < _LEAST_PEAKS:
        found = _assume_normal(len(scores), budget, adds_up=adds_up)
    else:
        found = _read_tail(peaks, budget / _DAYS_A_WEEK * scores.shape[1])
    return max(found, _LEAST_SCORE)


def _read_tail(peaks: FloatArray, allowed: float) -> float:
    """The score that as many of the peaks would pass as are allowed, by the slope of their tail."""
    shoulder, end = np.quantile(peaks, [_SHOULDER, _END])
    slope = (end - shoulder) / math.log((1 - _SHOULDER) / (1 - _END))
    share = allowed / len(peaks)
    if share >= 1 - _SHOULDER:
        return float(np.quantile(peaks, max(1 - share, 0.0)))
    return float(shoulder + slope * math.log((1 - _SHOULDER) / share))


def list_peaks(scores: FloatArray) -> FloatArray:
    """The highest score of each excursion above 0, one that still goes on included.

    Args:
        scores: shape (n, days).
    """
    peaks: list[float] = []
    highest = np.zeros(len(scores))
    for day in scores.T:
        ended = (day == 0) & (highest > 0)
        peaks += highest[ended].tolist()
        highest = np.where(day > 0, np.maximum(highest, day), 0.0)
    peaks += highest[highest > 0].tolist()
    return np.array(peaks)


def _assume_normal(subjects: int, budget: float, *, adds_up: bool) -> float:
    """The same for independent normal errors: by days between alarms, or by a day's chance."""
    days = max(_DAYS_A_WEEK * subjects / budget, 2.0)
    if not adds_up:
        return NormalDist().inv_cdf(1 - 1 / days)
    # Siegmund: days = (exp(2 a b) - 2 a b - 1) / (2 a^2), b being threshold and overshoot.
    grown = 0.0
    for _ in range(50):
        grown = math.log(2 * ALLOWANCE**2 * days + grown + 1)
    return grown / (2 * ALLOWANCE) - _OVERSHOOT
