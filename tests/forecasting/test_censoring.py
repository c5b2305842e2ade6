"""Unconstrained demand against truths that the estimate does not see."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.history.censored_counts import demand_at_least
from forecasting.history.day_profile import measure_day_profile
from forecasting.history.unconstrain import unconstrain_demand
from quality_checks.contracts import CONTRACTS

MONDAY = dt.date(2024, 1, 1)
EVENING = (1 << 22) - (1 << 18)
"""Mask of the hours 18 to 21, a quarter of an even day from 6 to 22."""


def history(sales, out_of_stock, hours=None, *, closed=None, mask=None):
    days = len(sales)
    return pl.DataFrame(
        {
            "region": ["north"] * days,
            "sku": ["a"] * days,
            "location": ["s1"] * days,
            "date": pl.Series([MONDAY + dt.timedelta(days=i) for i in range(days)], dtype=pl.Date),
            "sales": pl.Series(sales, dtype=pl.Int64),
            "out_of_stock": pl.Series(out_of_stock, dtype=pl.Boolean),
            "stockout_hours": pl.Series(hours or [None] * days, dtype=pl.Int64),
            "stockout_mask": pl.Series(mask or [None] * days, dtype=pl.Int64),
            "closed": pl.Series(closed or [False] * days, dtype=pl.Boolean),
        }
    )


def of_sku(number, sales, out_of_stock):
    return history(sales, out_of_stock).with_columns(sku=pl.lit(f"sku{number:03d}"))


def drawn(rng, mean, shape, size):
    """Negative binomial demand; Poisson where the shape is None."""
    if shape is None:
        return rng.poisson(mean, size)
    return rng.negative_binomial(shape, shape / (shape + mean), size)


def many(rng, pairs, days, shape, stock):
    """Pairs of means around 5, each day with a stock of its own; truth and history."""
    means = rng.gamma(4, 5 / 4, pairs)
    demand = np.stack([drawn(rng, mean, shape, days) for mean in means])
    shelf = rng.poisson(stock, demand.shape)
    frames = [
        of_sku(i, np.minimum(d, c).tolist(), (d >= c).tolist())
        for i, (d, c) in enumerate(zip(demand, shelf, strict=True))
    ]
    return demand, pl.concat(frames)


def test_keeps_contract_and_never_falls_below_sales():
    sales = [3, 0, 5, None, 4, 9, 2]
    found = unconstrain_demand(history(sales, [False, True, True, False, False, True, False]))
    conformed = CONTRACTS["unconstrained"].conform(
        found.with_columns(business_date=pl.lit(dt.date(2024, 2, 1)))
    )
    assert conformed.height == 7
    known = conformed.drop_nulls("sales")
    assert (known["demand"] >= known["sales"]).all()
    assert conformed["censored"].to_list() == [False, True, True, False, False, True, False]


def test_days_in_stock_are_sales_and_unknown_or_closed_days_have_no_estimate():
    found = unconstrain_demand(
        history([3, None, 0, 0], [False, True, False, False], closed=[False, False, False, True])
    )
    assert found["demand"].to_list() == [3, None, 0, None]
    assert found["demand_sd"].to_list() == [0, None, 0, None]
    assert found["lost_share"].to_list() == [0, None, 0, 0]


def test_no_rows_give_no_rows():
    assert unconstrain_demand(history([], [])).is_empty()


@pytest.mark.parametrize("shape", [None, 2])
def test_the_close_alone_recovers_the_mean(shape):
    # Mean demand 5, 5 in stock every day. Sales alone say 4.1 or 3.4, days in stock less still.
    demand = drawn(np.random.default_rng(3), 5, shape, 7000)
    found = unconstrain_demand(history(np.minimum(demand, 5).tolist(), (demand >= 5).tolist()))
    assert found["demand"].mean() == pytest.approx(demand.mean(), rel=0.03)


def test_pairs_share_their_dispersion():
    # Eight weeks a pair are too few for a shape of its own.
    demand, frame = many(np.random.default_rng(5), 200, 56, 2, 6)
    found = unconstrain_demand(frame)["demand"].to_numpy().reshape(demand.shape)
    assert found.mean() == pytest.approx(demand.mean(), rel=0.02)
    sold = frame["sales"].to_numpy().reshape(demand.shape)
    error = np.abs(found.mean(axis=1) - demand.mean(axis=1)).mean()
    assert error < 0.6 * np.abs(sold.mean(axis=1) - demand.mean(axis=1)).mean()


def test_the_stated_uncertainty_is_that_of_the_errors():
    demand, frame = many(np.random.default_rng(6), 200, 56, 2, 6)
    found = unconstrain_demand(frame)
    cut = found["censored"].to_numpy()
    error = (demand.ravel() - found["demand"].to_numpy())[cut]
    stated = found["demand_sd"].to_numpy()[cut]
    assert (stated > 0).all()
    assert np.mean(error**2) == pytest.approx(np.mean(stated**2), rel=0.15)
    assert (found["demand_sd"].to_numpy()[~cut] == 0).all()


def even_day(persistence):
    """Sales come evenly from 6 to 22, and a day keeps its rate by the persistence."""
    share = [0.0] * 6 + [1 / 16] * 16 + [0.0] * 2
    profile = {"region": "*", "weekend": [w for w in (False, True) for _ in range(24)]}
    profile |= {"hour": [*range(24)] * 2, "share": share * 2, "persistence": persistence}
    return pl.DataFrame(profile)


def test_a_rush_that_empties_the_shelf_is_not_carried_on():
    # Customers come at a steady rate and now and then take many: negative binomial by the day,
    # but the morning says nothing of the evening.
    rng = np.random.default_rng(6)
    demand, sales, masks = [], [], []
    for _ in range(4000):
        moments = np.sort(6 + 16 * rng.random(rng.poisson(3)))
        taken = rng.logseries(0.8, len(moments))
        stock = rng.integers(4, 14)
        running = np.cumsum(taken)
        gone = np.flatnonzero(running >= stock)
        demand.append(int(taken.sum()))
        sales.append(int(min(taken.sum(), stock)))
        empty = math.ceil(moments[gone[0]]) if len(gone) else 22
        masks.append((1 << 22) - (1 << empty))
    shown = history(sales, [m > 0 for m in masks], mask=masks)
    passing, lasting = (
        unconstrain_demand(shown, even_day(p))["demand"].mean() for p in (0.02, 1.0)
    )
    truth = np.mean(demand)
    assert np.mean(sales) < 0.9 * truth
    assert lasting > 1.05 * truth
    # What the last customer did not get is lost to the record, hence low.
    assert passing == pytest.approx(truth, rel=0.12)


@pytest.mark.parametrize("shape", [None, 2])
def test_known_hours_recover_the_mean_of_stock_that_runs_out(shape):
    # Demand comes evenly from 6 to 22; the hours after that of the last unit are without stock.
    rng = np.random.default_rng(5)
    demand = drawn(rng, 8, shape, 4000)
    sales, masks = [], []
    for units in demand:
        moments = np.sort(6 + 16 * rng.random(units))
        stock = rng.integers(4, 14)
        sales.append(int(min(units, stock)))
        empty = math.ceil(moments[stock - 1]) if units >= stock else 22
        masks.append((1 << 22) - (1 << empty))
    found = unconstrain_demand(history(sales, [m > 0 for m in masks], mask=masks), even_day(1.0))
    assert np.mean(sales) < 7
    # The hour in which the last unit went counts as one with stock, hence a little low.
    assert found["demand"].mean() == pytest.approx(demand.mean(), rel=0.05)


def test_known_hours_recover_the_mean_whatever_the_hours():
    rng = np.random.default_rng(5)
    hours = np.where(rng.random(7000) < 0.5, rng.integers(1, 17, 7000), 0)
    sales = rng.poisson(8 * (1 - hours / 16))
    found = unconstrain_demand(history(sales.tolist(), (hours > 0).tolist(), hours.tolist()))[
        "demand"
    ]
    assert sales.mean() < 6.5
    assert found.mean() == pytest.approx(8, rel=0.01)
    # An hour of luck before the shelf ran empty is not multiplied by sixteen.
    assert found.max() < 30


def test_hours_weigh_by_the_profile_of_their_region_and_kind_of_day():
    # Weekdays sell all in the evening, weekends all in the morning.
    hourly = pl.DataFrame(
        {
            "region": "north",
            "location": "s1",
            "sku": "a",
            "date": [MONDAY + dt.timedelta(days=i) for i in range(7)],
            "hour": [19, 19, 19, 19, 19, 8, 8],
            "units": [1e7] * 7,
        }
    )
    frame = history([2] * 14, [False] * 12 + [True] * 2, mask=[None] * 12 + [EVENING] * 2)
    monday = history([2] * 15, [False] * 14 + [True], mask=[None] * 14 + [EVENING])
    profile = measure_day_profile(hourly)
    assert unconstrain_demand(frame, profile)["lost_share"][-1] == pytest.approx(0, abs=1e-3)
    assert unconstrain_demand(monday, profile)["lost_share"][-1] == pytest.approx(1, abs=1e-3)
    assert unconstrain_demand(monday)["lost_share"][-1] == pytest.approx(0.25)


def test_a_number_of_hours_counts_from_the_close():
    shares = pl.DataFrame(
        {
            "region": "*",
            "weekend": [w for w in (False, True) for _ in range(24)],
            "hour": [*range(24)] * 2,
            "share": ([0.0] * 9 + [0.1] * 6 + [0.05] * 4 + [0.2] + [0.0] * 4) * 2,
            "persistence": 1.0,
        }
    )
    found = unconstrain_demand(history([4] * 3, [False, True, True], hours=[None, 2, 24]), shares)
    assert found["lost_share"].to_list() == pytest.approx([0, 0.25, 1])


def test_a_pair_that_was_never_in_stock_keeps_what_its_sku_says_and_says_how_little():
    known = history([6, 4, 5, 5] * 7, [False] * 28)
    other = history([0] * 28, [True] * 28).with_columns(location=pl.lit("s2"))
    found = unconstrain_demand(pl.concat([known, other])).filter(pl.col("location") == "s2")
    assert found["demand"].mean() == pytest.approx(5, rel=0.25)
    assert (found["demand_sd"] > 0.6 * found["demand"]).all()


def test_nothing_known_at_all_is_no_zero():
    found = unconstrain_demand(history([0, 0], [True, True]))
    assert found["demand"].to_list() == [None, None]
    assert found["demand_sd"].to_list() == [None, None]


def test_weekdays_are_told_apart():
    # Saturdays sell 30, other days 2; the last Saturday runs empty at the open.
    sales = [2, 2, 2, 2, 2, 30, 2] * 12
    sales[-2] = 0
    hours = [0] * len(sales)
    hours[-2] = 16
    found = unconstrain_demand(history(sales, [h > 0 for h in hours], hours))["demand"]
    assert 20 < found[-2] < 32


def test_a_run_of_zeros_against_the_record_is_suspected():
    sales = np.random.default_rng(8).poisson(5, 84)
    sales[70:76] = 0
    found = unconstrain_demand(history(sales.tolist(), [False] * 84))
    assert np.flatnonzero(found["suspected"]).tolist() == [*range(70, 76)]
    assert found["censored"].to_list() == found["suspected"].to_list()
    assert found["demand"][70:76].mean() == pytest.approx(5, rel=0.15)
    assert (found["demand_sd"][70:76] > 2).all()
    assert found["lost_share"][70] is None


@pytest.mark.parametrize("mean", [0.05, 0.3, 2, 8])
def test_chance_is_hardly_ever_suspected(mean):
    rng = np.random.default_rng(9)
    frames = [of_sku(i, rng.poisson(mean, 112).tolist(), [False] * 112) for i in range(100)]
    assert unconstrain_demand(pl.concat(frames))["suspected"].mean() < 0.001


def test_demand_that_is_gone_for_months_is_believed():
    found = unconstrain_demand(history([5] * 60 + [0] * 90, [False] * 150))
    assert not found["suspected"].any()


def test_a_spike_does_not_lift_the_stockout_days():
    calm = [4, 6, 5] * 20
    spiky = [*calm[:30], 5000, *calm[31:]]
    out = [False] * 59 + [True]
    estimates = [unconstrain_demand(history(s, out))["demand"] for s in (calm, spiky)]
    assert estimates[1][30] == 5000
    assert estimates[1][-1] < 3 * estimates[0][-1]


def test_a_gap_and_a_closed_location_are_no_zeros():
    days = [5, 4, 6] * 30
    gap = [None if 20 <= i < 50 else s for i, s in enumerate(days)]
    closed = [60 <= i < 70 for i in range(90)]
    gone = [0 if c else s for s, c in zip(gap, closed, strict=True)]
    found = unconstrain_demand(history(gone, [False] * 89 + [True], closed=closed))
    assert not found["suspected"].any()
    assert found["demand"].null_count() == 40
    assert found["demand"][-1] > 6


def test_sales_in_a_day_said_to_be_empty_bound_demand_only():
    sales = [5] * 40 + [7]
    found = unconstrain_demand(
        history(sales, [False] * 40 + [True], mask=[None] * 40 + [2**24 - 1])
    )
    assert 7 <= found["demand"][-1] < 14


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sales", math.nan),
        ("sales", math.inf),
        ("sales", -1.0),
        ("stockout_hours", 25),
        ("stockout_hours", -1),
        ("stockout_mask", 2**24),
    ],
)
def test_a_bad_number_is_refused_by_name(column, value):
    frame = history([1, 2], [False, True])
    bad = frame.with_columns(pl.Series(column, [None, value]))
    with pytest.raises(ValueError, match=rf"{column} of .*a.*s1.*2024-01-02"):
        unconstrain_demand(bad)


def test_a_day_that_comes_twice_is_refused():
    frame = history([1, 2], [False, False])
    with pytest.raises(ValueError, match="sku a, location s1, date 2024-01-01 comes more than"):
        unconstrain_demand(pl.concat([frame, frame[:1]]))


@pytest.mark.parametrize(("mean", "shape"), [(0.3, 0.5), (5, 2), (40, 0.7), (5, 200)])
@pytest.mark.parametrize("sold", [0, 1, 5, 60])
def test_the_tail_of_the_negative_binomial(mean, shape, sold):
    k = np.arange(sold, 40_000)
    mass = stats.nbinom.pmf(k, shape, shape / (shape + mean))
    mass /= mass.sum()
    expected = (k * mass).sum()
    arrays = (np.array([float(sold)]), np.array([float(mean)]), np.array([float(shape)]))
    found, variance = demand_at_least(*arrays)
    assert found[0] == pytest.approx(expected, rel=1e-6)
    assert variance[0] == pytest.approx(((k - expected) ** 2 * mass).sum(), rel=1e-4)


def test_a_tail_beyond_all_numbers_stays_finite():
    found, variance = demand_at_least(np.array([5000.0]), np.array([2.0]), np.array([50.0]))
    assert 5000 <= found[0] < 5001
    assert 0 <= variance[0] < 5
