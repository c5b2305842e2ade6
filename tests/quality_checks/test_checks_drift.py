"""Drift of inputs and errors as warnings."""

import polars as pl

from quality_checks.checks.drift import judge_input_drift, judge_residual_drift


def inputs(**psi):
    return pl.DataFrame(
        {
            "feature": list(psi),
            "psi": list(psi.values()),
            "missing_then": 0.0,
            "missing_now": 0.0,
            "limit": 0.25,
            "drifted": [value > 0.25 for value in psi.values()],
        }
    )


def residuals(*rows):
    return pl.DataFrame(rows, schema=["region", "category", "actual", "drifted"], orient="row")


def test_features_that_drifted_are_named_the_worst_first():
    found = judge_input_drift(inputs(price=0.3, weekday=0.0, rain=2.0, views=0.3, snow=0.4))
    assert found.failing["feature"].to_list() == ["rain", "snow", "price", "views"]
    assert found.message == "4 of 5 features drifted, most rain, snow, price"
    assert found.check.name == "input_drift"
    assert not found.check.blocking


def test_segments_that_drifted_are_named_the_largest_first():
    found = judge_residual_drift(
        residuals(
            ("north", "shoes", 10.0, True),
            ("north", "coats", 70.0, False),
            ("south", "coats", 20.0, True),
        )
    )
    assert found.failing.select("region", "category").rows() == [
        ("south", "coats"),
        ("north", "shoes"),
    ]
    assert found.message == "2 of 3 segments drifted, with 30% of the units sold"
    assert found.check.name == "residual_drift"
    assert not found.check.blocking


def test_nothing_drifted_passes():
    assert judge_input_drift(inputs(price=0.1)).passed
    assert judge_input_drift(inputs(price=0.1).clear()).passed
    assert judge_residual_drift(residuals(("north", "coats", 70.0, False))).passed
    assert judge_residual_drift(residuals(("north", "coats", 0.0, True)).clear()).passed


def test_a_segment_that_sold_nothing_still_counts():
    found = judge_residual_drift(residuals(("north", "coats", 0.0, True)))
    assert found.message == "1 of 1 segments drifted, with 0% of the units sold"
