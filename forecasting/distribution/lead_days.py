"""Days after which goods may come, as few equally likely ones."""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

FloatArray = npt.NDArray[np.float64]


def list_lead_days(mean: FloatArray, deviation: FloatArray, points: int) -> FloatArray:
    """List days of each lead time that are all equally likely, their mean kept.

    They are the middles of as many parts of a gamma law of that mean and deviation.

    Args:
        mean: of each lead time, days.
        deviation: standard deviation of the same, days; where it or the mean is 0 all are the mean.
        points: days of each.

    Returns:
        Days, [lead time, point], rising.
    """
    days = np.repeat(mean[:, None], points, axis=1)
    some = (mean > 0) & (deviation > 0)
    shape = (mean[some] / deviation[some])[:, None] ** 2
    found = gammaincinv(shape, (np.arange(points) + 0.5)[None, :] / points)
    days[some] = mean[some][:, None] * found / found.mean(axis=1, keepdims=True)
    return np.asarray(days)
