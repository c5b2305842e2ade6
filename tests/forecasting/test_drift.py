"""Drift of inputs: known numbers, detection, and false alarms by simulation."""

import math

import numpy as np
import polars as pl
import pytest

from forecasting.lifecycle.input_drift import FeatureReference, measure_input_drift, reference


def drift_of(then, now):
    return measure_input_drift(reference(pl.DataFrame({"x": then})), pl.DataFrame({"x": now})).row(
        0, named=True
    )


def test_psi_by_hand():
    # 50 / 50 becomes 80 / 20: 0.3 ln 1.6 + 0.3 ln 2.5.
    found = drift_of([0] * 500 + [1] * 500, [0] * 800 + [1] * 200)
    assert found["psi"] == pytest.approx(0.3 * math.log(1.6) + 0.3 * math.log(2.5))
    assert found["drifted"]


def test_the_missing_are_a_bin_and_nan_is_missing():
    # 10 % missing becomes 30 %; the only value's share goes from 90 % to 70 %.
    then = [None] * 100 + [5.0] * 900
    now = [None] * 200 + [float("nan")] * 100 + [5.0] * 700
    found = drift_of(then, now)
    assert (found["missing_then"], found["missing_now"]) == (0.1, 0.3)
    assert found["psi"] == pytest.approx(0.2 * math.log(3) - 0.2 * math.log(7 / 9))


def test_equal_distributions_have_psi_zero():
    values = np.random.default_rng(0).gamma(2.0, size=1000)
    assert drift_of(values, values[::-1].copy())["psi"] == 0


def test_bins_have_equal_shares_and_frequent_values_their_own():
    spread, counts, constant = reference(
        pl.DataFrame(
            {
                "spread": np.arange(1000.0),
                "counts": [0] * 700 + [1] * 200 + list(range(2, 102)),
                "constant": [3] * 1000,
                "name": ["text"] * 1000,
            }
        )
    )
    assert spread.shares == pytest.approx([0.1] * 10)
    assert 0.7 in counts.shares
    assert 0.2 in counts.shares
    assert constant.shares == (0, 1, 0)


@pytest.mark.parametrize("now", [[2] * 300, [4] * 300, [None] * 300])
def test_a_constant_that_changes_is_seen(now):
    assert drift_of([3] * 300, pl.Series(now, dtype=pl.Int64))["drifted"]
    assert not drift_of([3] * 300, [3] * 300)["drifted"]


def test_a_flag_that_is_nearly_always_set_is_watched():
    assert drift_of([True] * 950 + [False] * 50, [True] * 600 + [False] * 400)["drifted"]


def test_a_feature_never_seen_comes_alive():
    then = pl.Series([None] * 300, dtype=pl.Float64)
    found = drift_of(then, [1.0] * 300)
    assert (found["missing_then"], found["missing_now"], found["drifted"]) == (1.0, 0.0, True)


def test_a_reference_survives_its_json():
    features = pl.DataFrame({"x": np.random.default_rng(1).normal(size=500) ** 3})
    (made,) = reference(features)
    read = FeatureReference.model_validate_json(made.model_dump_json())
    assert read == made
    assert measure_input_drift((read,), features)["psi"].to_list() == [0.0]


def test_small_frames_do_not_cry_wolf_and_large_ones_see_shifts():
    rng = np.random.default_rng(2)
    names = [f"f{n:02d}" for n in range(20)]

    def drawn(rows, shift=0.0):
        return pl.DataFrame({name: rng.normal(shift, 1, rows) for name in names})

    known = reference(drawn(2000))
    alarms = [measure_input_drift(known, drawn(40))["drifted"].any() for _ in range(100)]
    plain = [(measure_input_drift(known, drawn(40))["psi"] > 0.25).any() for _ in range(20)]
    assert np.mean(alarms) <= 0.1
    # The textbook limit alone would report something on nearly every night.
    assert np.mean(plain) > 0.9
    # A shift by d standard deviations has psi d^2 before binning.
    assert not measure_input_drift(known, drawn(4000, 0.3))["drifted"].any()
    assert measure_input_drift(known, drawn(4000, 0.8))["drifted"].all()


def test_the_most_drifted_comes_first():
    known = reference(pl.DataFrame({name: np.arange(500.0) for name in "bac"}))
    now = pl.DataFrame({"a": np.arange(500.0), "b": np.arange(500.0), "c": np.arange(500.0) + 400})
    assert measure_input_drift(known, now)["feature"].to_list() == ["c", "a", "b"]


def test_inputs_that_cannot_be_compared_are_refused():
    known = reference(pl.DataFrame({"x": [1.0], "y": [1.0]}))
    with pytest.raises(ValueError, match="features lack y"):
        measure_input_drift(known, pl.DataFrame({"x": [1.0]}))
    with pytest.raises(ValueError, match="no rows to compare"):
        measure_input_drift(
            known, pl.DataFrame({"x": [], "y": []}, schema={"x": pl.Int64, "y": pl.Int64})
        )
    with pytest.raises(ValueError, match="x has an infinite value"):
        reference(pl.DataFrame({"x": [math.inf]}))
    with pytest.raises(ValueError, match="no rows to take"):
        reference(pl.DataFrame({"x": []}))
