"""Figures of suppliers against what their order lines add up to."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks import judge_closures, judge_figures

COUNTS = {"lines": 4, "orders": 3}
FIGURE = {
    "supplier": "V1", "figure": "otif", "overall": 0.5, **COUNTS,
    "recent": 0.25, "recent_lines": 2, "recent_orders": 2,
    "before": None, "before_lines": 0, "before_orders": 0,
}  # fmt: skip
AGAIN = [
    {"supplier": "V1", "figure": "otif", "period": "all", "value": 0.5, **COUNTS},
    {
        "supplier": "V1", "figure": "otif", "period": "recent", "value": 0.25,
        "lines": 2, "orders": 2,
    },
]  # fmt: skip


def judge(**stated):
    schema = dict.fromkeys(("overall", "recent", "before"), pl.Float64)
    figures = pl.DataFrame([{**FIGURE, **stated}], schema_overrides=schema)
    return judge_figures(figures, pl.DataFrame(AGAIN))


def test_figures_that_add_up_pass():
    assert judge().passed
    assert judge(overall=0.5 + 1e-12).passed


@pytest.mark.parametrize(
    "stated",
    [
        {"overall": 0.51},
        {"overall": None},
        {"lines": 5},
        {"orders": 2},
        {"recent": 0.3},
        {"recent_lines": 1},
        {"before": 0.0},
        {"figure": "fill_rate"},
    ],
)
def test_a_figure_without_its_lines_is_found(stated):
    outcome = judge(**stated)
    assert not outcome.passed
    assert outcome.failing["supplier"].to_list()[0] == "V1"
    assert "differ from what their order lines add up to" in outcome.message


def test_closures_of_which_a_day_is_missing_or_too_early_are_named():
    first, last = dt.date(2026, 10, 1), dt.date(2026, 10, 8)
    days = {"A": (first, last), "B": (first, None), "C": (None, last), "D": (last, first)}
    days |= {"E": (None, None), "F": (first, dt.date(9999, 12, 31))}
    rows = [(name, *closed) for name, closed in days.items()]
    suppliers = pl.DataFrame(rows, schema=["supplier", "closed_from", "closed_to"], orient="row")
    outcome = judge_closures(suppliers)
    assert outcome.failing["supplier"].to_list() == ["B", "C", "D", "F"]
    assert judge_closures(suppliers.filter(supplier="A")).passed
