import math

import pytest

from optimization.economics import Economics

GOOD = {
    "holding_rate_per_year": 0.2,
    "markdown_loss_share": 0.1,
    "service_floor": {"A": 0.95},
    "service_ceiling": 0.99,
    "holding_horizon_days": 365,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holding_rate_per_year", -0.1),
        ("holding_rate_per_year", math.nan),
        ("markdown_loss_share", 1.5),
        ("service_floor", {"A": 1.0}),
        ("service_floor", {"A": -0.1}),
        ("service_floor", {"A": 0.995}),
        ("service_ceiling", 1.0),
        ("service_ceiling", 0.0),
        ("holding_horizon_days", -1),
        ("holding_horizon_days", math.inf),
    ],
)
def test_a_value_without_meaning_is_refused_by_name(field, value):
    Economics(**GOOD)
    with pytest.raises(ValueError, match=field):
        Economics(**{**GOOD, field: value})
