"""What is remembered of a training's inputs, and what is missed of them later."""

import numpy as np

from forecasting.global_model.features import COLUMN, SOURCES
from forecasting.lifecycle.input_drift import measure_input_drift, reference
from forecasting.lifecycle.training import MEANT_TO_MOVE, SOURCED, find_lost_sources, sample_inputs

LEADS, PAIRS = 14, 500


def values(seed, *, without=(), shift=0.0):
    """Feature rows; sources named in `without` feed nothing."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(1, 0.2, (PAIRS * LEADS, len(COLUMN))).astype(np.float32)
    for source in without:
        rows[:, [COLUMN[name] for name in SOURCES[source]]] = np.nan
    rows[:, [COLUMN[name] for name in SOURCED]] += shift
    return rows


def inputs(then, now):
    trained = sample_inputs(then, LEADS, seed=1)
    never = [name for name in SOURCED if trained[name].null_count() == trained.height]
    return measure_input_drift(reference(trained.drop(never)), sample_inputs(now, LEADS, seed=1))


def test_a_row_a_pair_without_what_moves_by_nature():
    seen = sample_inputs(values(1, without=["browsing"]), LEADS, seed=1)
    assert seen.height == PAIRS
    assert not set(seen.columns) & set(MEANT_TO_MOVE)
    assert set(SOURCED) < set(seen.columns)
    assert seen["rain_ahead"].unique().to_list() == [0.0]
    assert seen["cart_rate_28"].null_count() == PAIRS


def test_a_source_that_is_lost_is_named_and_one_that_moves_is_not():
    assert find_lost_sources(
        inputs(values(1), values(2, without=["browsing", "observed weather"]))
    ) == [
        "observed weather",
        "browsing",
    ]
    moved = inputs(values(1), values(2, shift=50.0))
    assert find_lost_sources(moved) == []
    assert not moved["drifted"].any()


def test_a_source_that_never_came_is_neither_lost_nor_drifted_when_it_comes():
    found = inputs(values(1, without=["returns"]), values(2))
    assert find_lost_sources(found) == []
    assert not found["drifted"].any()
    assert not set(found["feature"]) & set(SOURCES["returns"])
    still = inputs(values(1, without=["returns"]), values(2, without=["returns"]))
    assert find_lost_sources(still) == []
    assert find_lost_sources(measure_input_drift((), sample_inputs(values(1), LEADS, seed=1))) == []
