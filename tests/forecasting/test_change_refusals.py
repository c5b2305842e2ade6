"""How often suppliers refuse is learned from their answers, and else as policy has it."""

import polars as pl
import pytest

from forecasting.supply import estimate_refusals


def estimate(rows, prior=0.1):
    schema = {"supplier": pl.String, "refused": pl.Boolean}
    found = estimate_refusals(pl.DataFrame(rows, schema=schema, orient="row"), prior=prior)
    return dict(found.iter_rows())


def test_without_answers_policy_says_how_often():
    assert estimate([]) == {None: 0.1}
    assert estimate([("V", None)]) == {None: 0.1}


def test_many_answers_count_for_themselves_and_few_lean_on_those_of_all():
    answers = [("OFTEN", True)] * 80 + [("OFTEN", False)] * 20 + [("NEVER", False)] * 100
    found = estimate([*answers, ("ONCE", True)])
    assert found["OFTEN"] == pytest.approx(0.8, abs=0.03)
    assert found["NEVER"] == pytest.approx(0.02, abs=0.02)
    assert found[None] == pytest.approx(81 / 201, abs=0.01)
    # One yes or no moves it by a sixth of the way.
    assert found["ONCE"] == pytest.approx(found[None] + (1 - found[None]) / 6)
