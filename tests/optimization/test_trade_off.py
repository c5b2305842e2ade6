"""The trade-off curve by class, against sums of scipy and a simulated shelf."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from positioning_instances import ECONOMICS, pairs
from scipy import stats

from optimization.levels.order_up_to import set_order_up_to
from optimization.levels.trade_off import LADDER, build_trade_off, sum_classes
from quality_checks.contracts import CONTRACTS


def planned(rows):
    targets = set_order_up_to(rows, ECONOMICS).lines
    masters = rows.select(
        "sku", "location", "unit_cost", "review_days", "presentation_min", "shelf_max"
    )
    return targets.join(masters, on=["sku", "location"])


@pytest.fixture(scope="module")
def rows():
    return pairs(np.random.default_rng(4), stores=20, skus=15)


def test_more_service_takes_more_stock_and_loses_less(rows):
    got = build_trade_off([sum_classes(planned(rows), ECONOMICS)])
    CONTRACTS["trade_off"].conform(got.with_columns(business_date=dt.date(2026, 1, 1)))
    assert got.height == 3 * (len(LADDER) + 1)
    for name in ("A", "B", "C"):
        steps = got.filter(pl.col("service_class") == name, pl.col("aim") != "plan").sort(
            pl.col("aim").cast(pl.Float64)
        )
        assert (steps["stock_value"].diff().drop_nulls() > 0).all()
        assert (steps["keeping_cost"].diff().drop_nulls() > 0).all()
        assert (steps["shortage_cost"].diff().drop_nulls() < 0).all()
        assert (steps["fill_rate"].diff().drop_nulls() > 0).all()
    # Shelves that are too small keep a class below what is aimed for, none else does.
    roomy = planned(rows.with_columns(shelf_max=pl.lit(None, pl.Int64)))
    free = build_trade_off([sum_classes(roomy, ECONOMICS)]).filter(pl.col("aim") == "0.95")
    assert (free["fill_rate"] >= 0.95).all()


def test_parts_add_up_to_the_whole(rows):
    frame = planned(rows)
    halves = [frame.filter(pl.col("sku") < "K00007"), frame.filter(pl.col("sku") >= "K00007")]
    whole = build_trade_off([sum_classes(frame, ECONOMICS)])
    parts = build_trade_off([sum_classes(half, ECONOMICS) for half in halves])
    assert parts.drop("fill_rate", "stock_value", "keeping_cost", "shortage_cost").equals(
        whole.drop("fill_rate", "stock_value", "keeping_cost", "shortage_cost")
    )
    for name in ("fill_rate", "stock_value", "keeping_cost", "shortage_cost"):
        assert parts[name].to_list() == pytest.approx(whole[name].to_list())


def test_the_row_of_the_plan_by_hand(rows):
    frame = planned(rows.filter(status="active")).head(1)
    row = frame.row(0, named=True)
    assert row["demand_sd"] ** 2 > row["demand_mean"] > 0
    size = row["demand_mean"] ** 2 / (row["demand_sd"] ** 2 - row["demand_mean"])
    demand = np.arange(2000)
    mass = stats.nbinom.pmf(demand, size, row["demand_mean"] / row["demand_sd"] ** 2)
    short = mass @ np.maximum(demand - row["order_up_to"], 0)
    left = mass @ np.maximum(row["order_up_to"] - demand, 0)
    cycle = row["demand_mean"] * row["review_days"] / row["protection_days"]
    got = build_trade_off([sum_classes(frame, ECONOMICS)]).row(
        by_predicate=pl.col("aim") == "plan", named=True
    )
    value = (left + cycle / 2) * row["unit_cost"]
    assert got["stock_value"] == pytest.approx(value)
    rate = 365 * ECONOMICS.keeping_rate_per_day
    assert got["keeping_cost"] == pytest.approx(value * rate)
    assert got["fill_rate"] == pytest.approx(1 - short / cycle)
    lost = 365 / row["review_days"] * short
    assert got["shortage_cost"] == pytest.approx(lost * row["underage_cost"])


@pytest.mark.parametrize("lead", [0, 2])
def test_a_shelf_that_is_played_holds_and_serves_what_the_curve_says(lead):
    """Daily demand, orders every fourth day, unmet demand lost."""
    mean = 3.0 * (4 + lead)
    row = pairs(np.random.default_rng(4), stores=1, skus=1).with_columns(
        demand_mean=pl.lit(mean), demand_variance=pl.lit(mean), protection_days=pl.lit(4.0 + lead),
        review_days=pl.lit(4.0), lead_time_mean=pl.lit(float(lead)), cycle_days=pl.lit(4.0),
        presentation_min=pl.lit(0), shelf_max=pl.lit(None, pl.Int64), status=pl.lit("active"),
        unit_cost=pl.lit(1.0), sale_margin=pl.lit(1.0),
    )  # fmt: skip
    got = build_trade_off([sum_classes(planned(row), ECONOMICS)]).filter(pl.col("aim") == "0.95")
    units = np.arange(99)
    level = next(s for s in units if 1 - stats.poisson.sf(units[s:], mean).sum() / 12 >= 0.95)
    demand = np.random.default_rng(8).poisson(3.0, 200_000)
    stock, coming, held, served = float(level), 0.0, 0.0, 0.0
    for day, asked in enumerate(demand):
        if day % 4 == lead:
            stock, coming = stock + coming, 0.0
        if day % 4 == 0:
            coming = level - stock
            if lead == 0:
                stock, coming = float(level), 0.0
        sold = min(stock, asked)
        held += stock - sold / 2
        stock -= sold
        served += sold
    share = served / demand.sum()
    assert got["fill_rate"][0] == pytest.approx(share, abs=0.003 if lead == 0 else 0.01)
    assert got["stock_value"][0] == pytest.approx(held / len(demand), rel=0.06)
