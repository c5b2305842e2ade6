"""Packs valued by compiled recursions against the same sums of scipy's probabilities."""

import numpy as np
import pytest

from optimization.value.pack_ladders import Keeping, build_pack_ladders
from optimization.value.stock_value import StockValue


@pytest.fixture
def drawn():
    rng = np.random.default_rng(3)
    n = 300
    mean = rng.gamma(0.5, 300, n) * rng.choice([0.0, 0.01, 1, 20], n)
    variance = mean * rng.choice([0.5, 1, 1.5, 4, 200], n)
    value = StockValue(
        mean,
        variance,
        rng.uniform(0, 30, n),
        rng.uniform(0, 3, n),
        rng.choice([0.0, 0.1, 2.0], n),
        rng.uniform(0, 5, n),
        (mean * rng.choice([0.0, 0.3], n)).astype(int),
        (mean * 1.2).astype(int),
    )
    kept = rng.choice([-2.0, 0.0, 5.0], n)
    keeping = Keeping(kept, (kept >= 0).astype(float), mean * 3, variance * 3)
    return {
        "value": value,
        "keeping": keeping,
        "weight": rng.choice([1.0, 1.5], n),
        "unit_cost": rng.uniform(0, 0.5, n),
        "position": (mean * rng.uniform(-0.1, 1.2, n)).astype(int) - 1,
        "pack": rng.integers(1, 7, n),
        "packs": rng.integers(0, 6, n),
    }


def test_every_pack_is_worth_what_it_gains_less_what_it_costs_and_forgoes(drawn):
    start, ladder = build_pack_ladders(**drawn)
    assert (np.diff(start) == drawn["packs"]).all()
    pair = np.repeat(np.arange(len(drawn["pack"])), drawn["packs"])
    pack = drawn["pack"][pair]
    stock = drawn["position"][pair] + (np.arange(len(pair)) - start[pair]) * pack
    gain = drawn["weight"][pair] * drawn["value"].gain(pair, stock, pack)
    cost = drawn["unit_cost"][pair] * pack + drawn["keeping"].forgone(pair, stock, pack)
    assert ladder == pytest.approx(gain - cost, abs=2e-5)
    assert gain.max() > 100


def test_worth_never_increases_within_a_pair(drawn):
    start, ladder = build_pack_ladders(**drawn)
    within = np.setdiff1d(np.arange(1, len(ladder)), start)
    assert (ladder[within] <= ladder[within - 1]).all()


def test_a_unit_kept_forgoes_only_what_the_location_would_not_sell():
    keeping = Keeping(np.array([10.0]), np.ones(1), np.array([4.0]), np.array([4.0]))
    units = np.arange(1, 12)
    one = np.zeros(len(units), dtype=int)
    forgone = keeping.forgone(one, units - 1, np.ones_like(units))
    assert forgone[0] == pytest.approx(10 * np.exp(-4))
    assert (np.diff(forgone) > 0).all()
    assert forgone[-1] == pytest.approx(10, abs=0.1)
    # Without a next supply every unit sent is a unit less.
    lost = Keeping(np.array([-3.0]), np.zeros(1), np.zeros(1), np.zeros(1))
    assert lost.forgone(one, units - 1, units).tolist() == (-3.0 * units).tolist()
