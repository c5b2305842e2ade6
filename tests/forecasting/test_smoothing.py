"""Compiled smoothing against statsforecast, series by series."""

import numpy as np
import pytest
from statsforecast.models import TSB, SimpleExponentialSmoothing

from forecasting.baseline.smoothing import exponential_smoothing, smoothed_rates

MODELS = [
    (lambda demand: exponential_smoothing(demand, 0.1), SimpleExponentialSmoothing(alpha=0.1)),
    (lambda demand: smoothed_rates(demand, 0.1, 0.05), TSB(alpha_d=0.1, alpha_p=0.05)),
]


@pytest.mark.parametrize(("ours", "library"), MODELS)
def test_levels_are_those_of_the_library_on_the_known_days(ours, library):
    rng = np.random.default_rng(1)
    demand = rng.poisson(0.4, (60, 90)) * rng.uniform(0.5, 2, (60, 90))
    demand[rng.random(demand.shape) < 0.2] = np.nan
    demand[0] = 0.0
    demand[1, :60] = 0.0
    demand[2, 1:] = np.nan
    demand[2, 0] = 3.0
    found = ours(demand)
    for series, level, fitted in zip(demand, *found, strict=True):
        known = np.isfinite(series)
        theirs = library.forecast(series[known], h=1, fitted=True)
        assert level == pytest.approx(theirs["mean"][0], abs=1e-12)
        assert fitted[known][1:] == pytest.approx(theirs["fitted"][1:], abs=1e-12, nan_ok=True)
        assert np.isnan(fitted[~known]).all()
        assert np.isnan(fitted[known][0])
