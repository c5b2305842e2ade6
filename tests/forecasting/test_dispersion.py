"""What the locations of a sku share, from errors drawn with a known common factor."""

import numpy as np
import pytest

from forecasting.distribution.dispersion import (
    DEFAULT_COMMON_VARIATION,
    estimate_common_variation,
    estimate_dispersion,
)

SKUS, PLACES, STRETCHES = 200, 6, 8
SKU = np.repeat(np.arange(SKUS), PLACES)


def errors(*, common, own, seed=3):
    """Sums of stretches whose mean runs from a twentieth of a unit to hundreds."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.uniform(-3, 6, (SKUS * PLACES, 1))) * np.ones(STRETCHES)
    season = rng.gamma(1 / common, common, (SKUS, STRETCHES))[SKU] if common else 1.0
    place = rng.gamma(1 / own, own, mean.shape)
    demand = rng.poisson(mean * season * place)
    variance = mean + ((1 + common) * (1 + own) - 1) * mean**2
    return demand - mean, mean, variance


@pytest.mark.parametrize("common", [0.0, 0.05, 0.3])
def test_the_common_factor_is_found_whatever_the_volume(common):
    assert estimate_common_variation(*errors(common=common, own=0.2), SKU) == pytest.approx(
        common, abs=0.01 + 0.15 * common
    )


def test_a_sku_at_one_place_shares_with_nobody():
    assert estimate_common_variation(*errors(common=0.3, own=0.2), np.arange(SKUS * PLACES)) is None


def test_locations_share_no_more_than_the_days_of_a_pair_do():
    rng = np.random.default_rng(8)
    pairs, days = 40, 182
    level = np.full((pairs, days), 3.0)
    # Days without any tie: the little that locations seem to share is chance.
    demand = rng.poisson(level).astype(float)
    found = estimate_dispersion(
        demand, level, np.ones_like(level), level[:, 0], np.repeat(np.arange(8), 5)
    )
    assert (found.common_variation <= found.correlation * (1 / 3 + found.alpha) + 1e-12).all()
    assert found.common_variation.max() < 0.02


def test_without_a_history_to_measure_it_is_assumed():
    level = np.full((2, 10), 3.0)
    found = estimate_dispersion(level, level, np.ones_like(level), level[:, 0], np.array([0, 0]))
    assert found.common_variation == pytest.approx([DEFAULT_COMMON_VARIATION] * 2)
