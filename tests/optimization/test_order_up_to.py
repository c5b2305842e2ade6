import datetime as dt

import numpy as np
import polars as pl
import pytest
from positioning_instances import ECONOMICS, QUIET
from scipy import stats

from optimization.levels.order_up_to import set_order_up_to
from quality_checks.contracts import CONTRACTS, Economics, ServiceFloor

# A unit left over loses its whole cost by the next delivery, so that overage is unit_cost.
ALL_LOST = Economics(
    holding_rate_per_year=365 / 7,
    markdown_loss_share=0.0,
    service_floor={
        "A": ServiceFloor(kind="cycle_service", at_least=0.98),
        "B": ServiceFloor(kind="cycle_service", at_least=0.0),
        "F": ServiceFloor(kind="fill_rate", at_least=0.9),
    },
    service_ceiling=0.995,
    holding_horizon_days=365,
    exit_loss_share=1.0,
    unmet_demand={"ecom": "waits"},
    backorder_cost_share=0.5,
)


def pair(**changes):
    row = {
        "sku": "K",
        "location": "S",
        "region": "R",
        "kind": "store",
        "echelon": False,
        "status": "active",
        "service_class": "B",
        "presentation_min": 0,
        "shelf_max": None,
        "protection_days": 7.0,
        "review_days": 7.0,
        "demand_mean": 5.0,
        "demand_variance": 5.0,
        "unit_cost": 10.0,
        "selling_price": 20.0,
        **QUIET,
        "lead_time_mean": 0.0,
        "lost": True,
        "inventory_position": 0,
    }
    units = {"shelf_max": pl.Int64, "open_life_mean": pl.Float64, "open_life_variance": pl.Float64}
    drained = pl.col("demand_mean") + pl.col("shortfall_mean")
    return pl.DataFrame({**row, **changes}, schema_overrides=units).with_columns(
        **{
            name: value
            for name, value in {
                "open_demand_mean": drained,
                "open_demand_variance": pl.col("demand_variance") + pl.col("shortfall_variance"),
            }.items()
            if name not in changes
        },
        # Nothing comes back: a sale earns its price less the cost.
        sale_margin=pl.col("selling_price") - pl.col("unit_cost"),
    )


def row(economics=ALL_LOST, **changes):
    return set_order_up_to(pair(**changes), economics).lines.row(0, named=True)


def level(economics=ALL_LOST, **changes):
    line = row(economics, **changes)
    return line["order_up_to"], line["binding"]


def test_newsvendor_levels():
    # Critical ratio 1/2: the median of a Poisson of 5 is 5. Ratio 9/10: F(7) = .867, F(8) = .932.
    assert level() == (5, "value")
    assert level(selling_price=100.0) == (8, "value")
    # stockpyl documents 56 for holding cost .18, stock-out cost .70 and a Poisson of 50.
    stockpyl = {"unit_cost": 0.18, "selling_price": 0.88, "demand_mean": 50.0}
    assert level(demand_variance=50.0, **stockpyl) == (56, "value")
    # Geometric with mean 3: P(D <= k) = 1 - .75^(k + 1), at least .9 from k = 8.
    assert level(demand_mean=3.0, demand_variance=12.0, selling_price=100.0) == (8, "value")


def test_holding_is_charged_until_the_next_delivery_not_for_the_whole_window():
    # Overage of a unit kept 3.5 of 7 days: ratio 10 / (10 + 5), F(5) = .616, F(6) = .762.
    assert level(review_days=3.5) == (6, "value")
    assert level(review_days=3.5, protection_days=30.0) == (6, "value")


def test_what_sets_the_level():
    # F(9) = .968, F(10) = .986 for a Poisson of 5.
    assert level(service_class="A") == (10, "service_floor")
    assert level(presentation_min=7) == (7, "presentation_min")
    assert level(presentation_min=5) == (5, "value")
    assert level(shelf_max=3) == (3, "shelf_max")
    for status in ("blocked", "delisted", "exited"):
        assert level(status=status, presentation_min=7) == (0, "not_replenished")


def test_a_shelf_too_small_for_its_presentation_minimum_wins_and_says_so():
    assert level(shelf_max=3, presentation_min=6) == (3, "shelf_max_below_presentation_min")
    assert row(shelf_max=3, presentation_min=6)["cautions"] == "presentation_above_shelf"
    assert row(lead_time_mean=400.0)["cautions"] == "lead_time_beyond_forecast"
    assert row(lead_time_mean=364.0)["cautions"] == ""
    unseen = {"lead_time_observed": False}
    assert row(**unseen)["cautions"] == "lead_time_not_observed"
    both = row(**unseen, shelf_max=3, presentation_min=6)["cautions"]
    assert both == "lead_time_not_observed;presentation_above_shelf"
    assert row()["cautions"] == ""


def test_fill_rate_floors_hold_and_no_less_stock_would_do():
    line = row(selling_price=10.01, service_class="F")
    short, shorter = (
        stats.poisson.sf(np.arange(line["order_up_to"] - n, 100), 5).sum() for n in (0, 1)
    )
    assert line["fill_rate"] == pytest.approx(1 - short / 5)
    assert 1 - shorter / 5 < 0.9 <= 1 - short / 5
    assert line["binding"] == "service_floor"
    # Demand between deliveries is the measure: half of the window's needs fewer units short.
    assert level(review_days=3.5, service_class="F", selling_price=10.01)[0] > line["order_up_to"]


def test_customers_who_wait_cost_a_share_of_the_price():
    line = row(kind="ecom", selling_price=40.0, lost=False)
    assert (line["underage_cost"], line["lost"]) == (20, False)
    assert line["order_up_to"] == 6  # ratio 2/3


def test_a_sale_that_earns_nothing_holds_no_more_than_the_shelf_needs():
    assert level(selling_price=10.0, service_class="A") == (0, "value")
    assert level(selling_price=9.0, service_class="A", presentation_min=2) == (
        2,
        "presentation_min",
    )
    line = row(selling_price=9.0)
    assert (line["underage_cost"], line["service_level"]) == (0, pytest.approx(np.exp(-5)))
    # Nor one whose margin goes into sending the unit.
    assert level(handling_cost=10.0) == (0, "value")
    # Margin 10 less 5 against 10: ratio 1/3.
    assert level(handling_cost=5.0) == (int(stats.poisson.ppf(1 / 3, 5)), "value")


def test_levels_stay_finite_where_leftovers_cost_nothing():
    free = ALL_LOST.model_copy(update={"holding_rate_per_year": 0.0})
    # F(11) = .9945, F(12) = .998.
    assert level(free) == (12, "value")


def test_short_shipments_raise_the_level():
    known = {"service_class": "A", "demand_mean": 40.0, "demand_variance": 40.0}
    line = row(**known, shortfall_mean=10.0, shortfall_variance=60.0)
    # A negative binomial of mean 50 and variance 100.
    assert line["order_up_to"] == stats.nbinom.ppf(0.98, 50, 0.5)
    assert line["order_up_to"] > row(**known)["order_up_to"] + 10
    assert (line["demand_mean"], line["shortfall_mean"]) == (40, 10)
    assert line["shortfall_sd"] == pytest.approx(60**0.5)


def test_the_end_of_the_range():
    going = {"run_down": True, "presentation_min": 9, "service_class": "A"}
    # A unit left over is kept the whole week and then lost: cost 10 + 10 against 20.
    assert level(**going, selling_price=30.0) == (5, "run_down")
    assert level(**going, selling_price=30.0, arrives_in_time=False) == (0, "run_down")
    # Units left would sell at cost: what they lose is the week alone.
    assert level(ALL_LOST.model_copy(update={"exit_loss_share": 0.0}), **going)[0] == 5
    assert level(**going, selling_price=30.0, shelf_max=2) == (2, "shelf_max")


def test_what_leaves_the_range_is_bought_by_value_and_not_for_a_floor():
    buys = {"echelon": True, "service_class": "A", "selling_price": 30.0}
    assert level(**buys)[1] == "service_floor"
    # A sale earns 20; a unit over costs 10, and 10 more where the rest of life does not sell it.
    window, life = stats.poisson(5), stats.poisson(7)
    worth = [
        20 * window.sf(k - 1) - 10 * window.cdf(k - 1) - 10 * life.cdf(k - 1) for k in range(1, 20)
    ]
    best = sum(value > 0 for value in worth)
    assert level(**buys, open_life_mean=7.0, open_life_variance=7.0) == (best, "value")
    without = level(**{**buys, "service_class": "B"})
    assert best < without[0]
    assert level(**buys, open_life_mean=90.0, open_life_variance=90.0) == without


def test_the_shelf_is_dressed_for_the_launch_and_not_before():
    coming = {"demand_mean": 0.0, "demand_variance": 0.0, "presentation_min": 4}
    assert level(**coming, launched=False) == (0, "before_launch")
    assert level(**coming) == (4, "presentation_min")


def test_lines_meet_the_contract():
    lines, left_out = set_order_up_to(pair(demand_variance=9.0), ALL_LOST)
    dated = lines.with_columns(business_date=dt.date(2026, 1, 1))
    line = CONTRACTS["targets"].conform(dated).row(0, named=True)
    assert line["demand_sd"] == 3
    assert line["overage_cost"] == pytest.approx(10)
    assert line["service_level"] == pytest.approx(
        stats.nbinom.cdf(line["order_up_to"], 25 / 4, 5 / 9)
    )
    assert left_out.is_empty()


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("demand_mean", None, "no_forecast"),
        ("demand_mean", float("nan"), "bad_forecast"),
        ("protection_days", None, "no_lead_time"),
        ("protection_days", 0.0, "empty_window"),
        ("protection_days", float("inf"), "bad_lead_time"),
        ("lead_time_mean", -1.0, "bad_lead_time"),
        ("review_days", 0.0, "empty_window"),
        ("unit_cost", None, "no_unit_cost"),
        ("unit_cost", -1.0, "bad_unit_cost"),
        ("selling_price", None, "no_selling_price"),
        ("selling_price", float("inf"), "bad_selling_price"),
        ("handling_cost", None, "bad_handling_cost"),
        ("shortfall_mean", float("nan"), "bad_yield"),
        ("presentation_min", 1.5, "bad_presentation_min"),
        ("presentation_min", None, "bad_presentation_min"),
        ("shelf_max", -1, "bad_shelf_max"),
        ("service_class", "Z", "no_service_floor"),
    ],
)
def test_a_bad_pair_is_left_out_by_name_and_stops_no_other(column, value, problem):
    bad = pair(location="A").with_columns(pl.lit(value).alias(column))
    lines, left_out = set_order_up_to(
        pl.concat([bad, pair(location="B")], how="vertical_relaxed"), ALL_LOST
    )
    assert lines["location"].to_list() == ["B"]
    assert left_out.rows() == [("K", "A", problem)]


def test_zero_lead_time_and_free_goods_are_planned():
    assert level(lead_time_mean=0.0) == (5, "value")
    assert level(unit_cost=0.0) == (12, "value")


def test_what_no_pair_can_be_told_by_is_an_error():
    with pytest.raises(ValueError, match="windowed_pairs: lacks the columns status, unit_cost"):
        set_order_up_to(pair().drop("status", "unit_cost"), ALL_LOST)
    with pytest.raises(ValueError, match="windowed_pairs: sku K, location S comes more than once"):
        set_order_up_to(pl.concat([pair(), pair()]), ALL_LOST)
    with pytest.raises(ValueError, match="status of sku K, location S is None"):
        set_order_up_to(pair().with_columns(status=pl.lit(None, pl.String)), ALL_LOST)


def test_no_pairs_give_no_levels():
    lines, left_out = set_order_up_to(pair().clear(), ECONOMICS)
    assert lines.is_empty()
    assert left_out.is_empty()


def test_what_is_gone_before_the_goods_come_lies_below_the_level():
    line = row(sold_before=3, open_demand_mean=5.0, open_demand_variance=5.0)
    assert (line["value_level"], line["order_up_to"]) == (8, 8)
    assert line["service_level"] == pytest.approx(stats.poisson.cdf(5, 5))
    floor = row(sold_before=3, open_demand_mean=5.0, open_demand_variance=5.0, service_class="A")
    assert (floor["floor_level"], floor["binding"]) == (13, "service_floor")


@pytest.mark.parametrize("lead", [0.0, 7.0, 28.0])
def test_a_unit_is_worth_nothing_just_above_its_level(lead):
    line = row(lead_time_mean=lead, selling_price=60.0, handling_cost=1.0)
    level = line["value_level"]
    worth = [
        (line["underage_cost"] + line["overage_cost"]) * stats.poisson.sf(k - 1, 5)
        - line["overage_cost"] - 1.0
        for k in (level, level + 1)
    ]  # fmt: skip
    assert worth[0] >= -1e-9 > worth[1]


def test_units_above_the_level_cost_their_keeping_until_demand_reaches_them():
    line = row(unit_cost=14.0, selling_price=30.0)
    # A seventh of the cost a day, 5 / 7 units a day: 1.4 days for one.
    assert line["surplus_step"] == pytest.approx(14.0 / 7 * 7 / 5)
    assert line["surplus_most"] == pytest.approx(14.0 / 7 * 365)
    assert row(run_down=True)["surplus_step"] == 0
