import dataclasses
import datetime as dt

import polars as pl
import pytest
from positioning_instances import ECONOMICS

from optimization.economics import Economics
from optimization.targets import order_up_to
from quality_checks.contracts import CONTRACTS

# A unit left over loses its whole cost, so that overage is unit_cost.
ALL_LOST = Economics(
    holding_rate_per_year=0.0,
    markdown_loss_share=1.0,
    service_floor={"A": 0.98, "B": 0.0},
    service_ceiling=0.995,
    holding_horizon_days=365,
)


def pair(**changes):
    row = {
        "sku": "K",
        "location": "S",
        "region": "R",
        "echelon": False,
        "status": "active",
        "service_class": "B",
        "presentation_min": 0,
        "shelf_max": None,
        "protection_days": 7.0,
        "demand_mean": 5.0,
        "demand_variance": 5.0,
        "unit_cost": 10.0,
        "unit_price": 20.0,
    }
    return pl.DataFrame({**row, **changes}, schema_overrides={"shelf_max": pl.Int64})


def level(economics=ALL_LOST, **changes):
    line = order_up_to(pair(**changes), economics).lines.row(0, named=True)
    return line["order_up_to"], line["binding"]


def test_newsvendor_levels():
    # Critical ratio 1/2: the median of a Poisson of 5 is 5. Ratio 9/10: F(7) = .867, F(8) = .932.
    assert level() == (5, "value")
    assert level(unit_price=100.0) == (8, "value")
    # stockpyl documents 56 for holding cost .18, stock-out cost .70 and a Poisson of 50.
    stockpyl = {"unit_cost": 0.18, "unit_price": 0.88, "demand_mean": 50.0}
    assert level(demand_variance=50.0, **stockpyl) == (56, "value")
    # Geometric with mean 3: P(D <= k) = 1 - .75^(k + 1), at least .9 from k = 8.
    assert level(demand_mean=3.0, demand_variance=12.0, unit_price=100.0) == (8, "value")


def test_what_sets_the_level():
    # F(9) = .968, F(10) = .986 for a Poisson of 5.
    assert level(service_class="A") == (10, "service_floor")
    assert level(presentation_min=7) == (7, "presentation_min")
    assert level(presentation_min=5) == (5, "value")
    assert level(shelf_max=3) == (3, "shelf_max")
    assert level(shelf_max=3, presentation_min=6) == (3, "shelf_max")
    for status in ("blocked", "delisted", "exited"):
        assert level(status=status, presentation_min=7) == (0, "not_replenished")


def test_a_sale_that_earns_nothing_holds_no_more_than_the_shelf_needs():
    assert level(unit_price=10.0, service_class="A") == (0, "value")
    assert level(unit_price=9.0, service_class="A", presentation_min=2) == (2, "presentation_min")
    line = order_up_to(pair(unit_price=9.0), ALL_LOST).lines.row(0, named=True)
    assert line["underage_cost"] == 0
    assert line["service_level"] == 0


def test_levels_stay_finite_where_leftovers_cost_nothing():
    free = dataclasses.replace(ALL_LOST, markdown_loss_share=0.0)
    # F(11) = .9945, F(12) = .998.
    assert level(free) == (12, "value")


def test_lines_meet_the_contract():
    lines, left_out = order_up_to(pair(demand_variance=9.0), ALL_LOST)
    dated = lines.with_columns(business_date=dt.date(2026, 1, 1))
    line = CONTRACTS["targets"].conform(dated).row(0, named=True)
    assert line["demand_sd"] == 3
    assert line["service_level"] == 0.5
    assert line["overage_cost"] == 10
    assert left_out.is_empty()


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("demand_mean", "no_forecast"),
        ("protection_days", "no_lead_time"),
        ("unit_cost", "no_unit_cost"),
        ("unit_price", "no_unit_price"),
    ],
)
def test_what_is_missing_is_not_zero(column, problem):
    known = pair(location="T")
    missing = pair().with_columns(pl.lit(None, dtype=pl.Float64).alias(column))
    lines, left_out = order_up_to(pl.concat([known, missing]), ALL_LOST)
    assert lines["location"].to_list() == ["T"]
    assert left_out.rows() == [("K", "S", problem)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service_class": "Z"}, "service_floor: no floor for the classes Z"),
        ({"unit_cost": -1.0}, "unit_cost of sku K, location S is -1.0"),
        ({"demand_mean": float("nan")}, "demand_mean of sku K, location S is nan"),
        ({"presentation_min": 1.5}, "presentation_min of sku K, location S is 1.5"),
        ({"status": None}, "status of sku K, location S is None"),
    ],
)
def test_bad_input_is_named(changes, words):
    with pytest.raises(ValueError, match=words):
        order_up_to(pair(**changes), ALL_LOST)


def test_absent_columns_and_double_keys_are_named():
    with pytest.raises(ValueError, match="pairs: lacks the columns status, unit_cost"):
        order_up_to(pair().drop("status", "unit_cost"), ALL_LOST)
    with pytest.raises(ValueError, match="pairs: sku K, location S comes more than once"):
        order_up_to(pl.concat([pair(), pair()]), ALL_LOST)


def test_no_pairs_give_no_levels():
    lines, left_out = order_up_to(pair().clear(), ECONOMICS)
    assert lines.is_empty()
    assert left_out.is_empty()
