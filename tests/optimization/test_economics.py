import math

import pytest

from quality_checks.contracts import Economics, ServiceFloor

GOOD = {
    "holding_rate_per_year": 0.2,
    "markdown_loss_share": 0.1,
    "service_floor": {"A": ServiceFloor(kind="fill_rate", at_least=0.95)},
    "service_ceiling": 0.99,
    "holding_horizon_days": 365,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holding_rate_per_year", -0.1),
        ("holding_rate_per_year", math.nan),
        ("markdown_loss_share", 1.5),
        ("exit_loss_share", 1.1),
        ("backorder_cost_share", -0.1),
        ("service_ceiling", 1.0),
        ("service_ceiling", 0.0),
        ("holding_horizon_days", -1),
        ("holding_horizon_days", 0),
        ("holding_horizon_days", math.inf),
    ],
)
def test_a_value_without_meaning_is_refused_by_name(field, value):
    Economics(**GOOD)
    with pytest.raises(ValueError, match=rf"(?s){field}.*input_value={value}[,\]]"):
        Economics(**{**GOOD, field: value})


@pytest.mark.parametrize("at_least", [1.0, 1.5, -0.1, math.nan])
def test_a_floor_that_no_stock_reaches_is_refused(at_least):
    ServiceFloor(kind="fill_rate", at_least=0.0)
    with pytest.raises(ValueError, match=rf"(?s)at_least.*input_value={at_least}[,\]]"):
        ServiceFloor(kind="fill_rate", at_least=at_least)


def test_a_kept_unit_costs_its_holding_and_its_share_of_the_markdown_to_come():
    economics = Economics(**{**GOOD, "holding_rate_per_year": 0.73, "holding_horizon_days": 50})
    assert economics.keeping_rate_per_day == pytest.approx(0.002 + 0.002)
