"""Demand that stock can still serve, against stock that is played day by day."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.distribution import compute_expected_sales, compute_survival
from optimization.levels import find_arrival_service
from optimization.levels.open_demand import add_open_demand

FIRST = dt.date(2026, 4, 1)
KEYS = ["sku", "location"]


def pair(**changes):
    row = {
        "sku": "K",
        "location": "S",
        "wait_days": 0,
        "arrival_days": 2.0,
        "protection_days": 6.0,
        "lead_time_sd": 0.0,
        "lost": True,
        "daily": 2.0,
        "owned_units": 10,
        "shortfall_mean": 0.0,
        "shortfall_variance": 0.0,
        **changes,
    }
    demand = row["daily"] * row["protection_days"]
    return pl.DataFrame(
        {"demand_mean": demand, "demand_variance": demand, **row},
        schema_overrides={"owned_units": pl.Int64},
    )


def receipts(*rows):
    """Units by days from the first."""
    return pl.DataFrame(
        [("K", "S", FIRST + dt.timedelta(days=day), units) for day, units in rows],
        schema={"sku": pl.String, "location": pl.String, "due_on": pl.Date, "units": pl.Int64},
        orient="row",
    )


def asked(pairs, coming=None):
    """What pairs with Poisson demand ask of their stock."""

    def sum_demand(windows):
        known = windows.join(pairs.select(*KEYS, "daily"), on=KEYS, maintain_order="left")
        mean = pl.col("daily") * pl.col("days")
        return known.select(*KEYS, mean=mean, variance=mean)

    due = coming if coming is not None else receipts()
    return add_open_demand(pairs, due, sum_demand, first_day=FIRST)


def row(coming=None, **changes):
    return asked(pair(**changes), coming).row(0, named=True)


def test_an_empty_shelf_loses_what_is_asked_before_the_goods_come():
    got = row(owned_units=0)
    assert got["lost_before"] == pytest.approx(4.0)
    assert (got["sold_before"], got["open_demand_mean"]) == (0, pytest.approx(8.0))
    assert got["open_demand_variance"] == pytest.approx(8.0)
    assert got["stock_out_chance"] == 1.0


def test_a_full_shelf_loses_nothing_and_is_asked_for_the_whole_window():
    got = row(owned_units=100)
    assert got["lost_before"] == pytest.approx(0.0, abs=1e-9)
    assert (got["sold_before"], got["open_demand_mean"]) == (0, pytest.approx(12.0))
    assert got["open_demand_variance"] == pytest.approx(12.0)
    assert got["stock_out_chance"] == pytest.approx(0.0, abs=1e-9)


def test_what_is_left_of_a_few_units_is_weighed_by_its_chance():
    got = row(owned_units=3)
    sold = compute_expected_sales(4.0, 4.0, 3)
    assert got["lost_before"] == pytest.approx(4.0 - sold)
    assert got["sold_before"] + got["open_demand_mean"] == pytest.approx(sold + 8.0)
    # All three are gone with probability P(D >= 3) = 0.76: two of three are counted as sure.
    assert got["sold_before"] == int(3 * stats.poisson.sf(2, 4.0)) == 2


def test_customers_who_wait_are_not_lost():
    got = row(owned_units=0, lost=False)
    assert (got["lost_before"], got["sold_before"]) == (0.0, 0)
    assert got["open_demand_mean"] == pytest.approx(12.0)


def test_goods_that_come_after_those_of_the_next_order_are_no_cover():
    got = row(receipts((30, 50)), owned_units=50)
    assert got["inventory_position"] == 0
    assert got["open_demand_mean"] == pytest.approx(8.0)
    in_time = row(receipts((5, 50)), owned_units=50)
    assert in_time["inventory_position"] == 50
    # The goods of day 5 serve what comes after; before, tonight's can sell what three days ask.
    assert in_time["sold_before"] == 50
    assert in_time["open_demand_mean"] == pytest.approx(6.0)


def test_goods_that_come_before_are_carried_to_the_arrival():
    got = row(receipts((1, 5)), owned_units=5)
    # Two units of the first day are lost; of five, what the second leaves is there on the third.
    left = 5 - compute_expected_sales(2.0, 2.0, 5)
    assert got["lost_before"] == pytest.approx(4.0 - (5 - left))
    assert got["sold_before"] + got["open_demand_mean"] == pytest.approx(5 - left + 8.0)


def test_an_unknown_stock_leaves_all_demand_open():
    got = row(owned_units=None)
    assert got["inventory_position"] is None
    assert (got["open_demand_mean"], got["lost_before"]) == (pytest.approx(12.0), 0.0)
    assert got["stock_out_chance"] is None


def test_units_owed_to_customers_take_the_first_goods():
    got = row(receipts((1, 5)), owned_units=2)  # three are owed
    left = 2 - compute_expected_sales(2.0, 2.0, 2)
    assert got["inventory_position"] == 2
    assert got["sold_before"] + got["open_demand_mean"] == pytest.approx(2 - left + 8.0)


def played_chances(demand, opening, coming, arrival, most):
    """Chance by simulation that the k-th unit that is there on `arrival` sells by the end."""
    paths, days = demand.shape
    lost = np.zeros((most + 1, paths))
    for extra in range(most + 1):
        stock = np.full(paths, opening)
        for day in range(days):
            stock += coming.get(day, 0) + (extra if day == arrival else 0)
            lost[extra] += np.maximum(demand[:, day] - stock, 0)
            stock = np.maximum(stock - demand[:, day], 0)
    return (lost[:-1] - lost[1:]).mean(axis=1)


@pytest.mark.parametrize("seed", range(12))
def test_each_unit_sells_as_often_as_in_a_played_shelf(seed):
    rng = np.random.default_rng(seed)
    daily, arrival = rng.choice([0.3, 1.0, 4.0]), int(rng.integers(0, 5))
    days = arrival + int(rng.integers(2, 8))
    opening = int(rng.poisson(daily * days * rng.choice([0.0, 0.3, 1.0])))
    coming = {int(day): int(rng.poisson(daily * 2)) for day in rng.integers(0, days, 2)}
    owned = opening + sum(coming.values())
    got = row(
        receipts(*coming.items()),
        daily=float(daily),
        arrival_days=float(arrival),
        protection_days=float(days),
        owned_units=owned,
    )
    most = max(int(daily * days), 3)
    k = np.arange(1, most + 1) + got["inventory_position"] - got["sold_before"]
    stated = compute_survival(got["open_demand_mean"], got["open_demand_variance"], k)
    demand = rng.poisson(daily, (10_000, days))
    real = played_chances(demand, opening, coming, arrival, most)
    assert np.abs(stated - real).max() <= 0.12
    assert stated.sum() == pytest.approx(real.sum(), abs=0.05 * daily * days + 0.02)


OPTIMA = {(1, 4): (4.04, 9.82), (2, 19): (7.66, 20.89), (4, 9): (6.84, 16.58)}
"""Least cost a period of Poisson and geometric demand of mean 5, holding 1 (Zipkin 2008), by lead
time and penalty."""


def orders(stock, due, lead, service, variance):
    """Order of each item that leaves `service` in the period in which it arrives."""
    items = len(stock)
    names = [f"S{n:04}" for n in range(items)]
    frame = pl.DataFrame(
        {
            "sku": "K",
            "location": names,
            "wait_days": 0,
            "arrival_days": float(lead),
            "protection_days": lead + 1.0,
            "lead_time_sd": 0.0,
            "lost": True,
            "demand_mean": 5.0 * (lead + 1),
            "demand_variance": variance * (lead + 1.0),
            "shortfall_mean": 0.0,
            "shortfall_variance": 0.0,
            "owned_units": stock + due.sum(axis=0),
        }
    )
    coming = pl.concat(
        pl.DataFrame(
            {"sku": "K", "location": names, "due_on": FIRST + dt.timedelta(days=day), "units": row}
        )
        for day, row in enumerate(due)
    ).filter(pl.col("units") > 0)

    def sum_demand(windows):
        return windows.select(*KEYS, mean=5.0 * pl.col("days"), variance=variance * pl.col("days"))

    got = add_open_demand(frame, coming, sum_demand, first_day=FIRST)
    beyond = stats.poisson.ppf(service, got["open_demand_mean"].to_numpy())
    mean, spread = (got[f"open_demand_{name}"].to_numpy() for name in ("mean", "variance"))
    wide = spread > mean * (1 + 1e-9)
    beyond[wide] = stats.nbinom.ppf(
        service, mean[wide] ** 2 / (spread[wide] - mean[wide]), mean[wide] / spread[wide]
    )
    level = got["sold_before"].to_numpy() + beyond
    return np.maximum(level - got["inventory_position"].to_numpy(), 0).astype(np.int64)


@pytest.mark.parametrize(("lead", "penalty"), OPTIMA)
@pytest.mark.parametrize("geometric", [False, True])
def test_orders_by_the_open_demand_come_close_to_the_optimum_of_lost_sales(
    lead, penalty, geometric
):
    rng = np.random.default_rng(11)
    items, periods, warm = 400, 90, 20
    size = (periods, items)
    demand = rng.geometric(1 / 6, size) - 1 if geometric else rng.poisson(5, size)
    service = float(find_arrival_service(penalty / (penalty + 1), lead))
    stock, due = np.full(items, 5), np.zeros((lead, items), np.int64)
    cost = 0.0
    for period in range(periods):
        placed = orders(stock, due, lead, service, 30.0 if geometric else 5.0)
        stock = stock + due[0]
        due = np.vstack([due[1:], placed])
        sold = np.minimum(stock, demand[period])
        stock = stock - sold
        if period >= warm:
            cost += (stock + penalty * (demand[period] - sold)).mean()
    # A sample of 400 items over 70 periods has a standard error below 1 %.
    assert cost / (periods - warm) <= 1.04 * OPTIMA[lead, penalty][int(geometric)]


def test_a_pair_asks_the_same_alone_as_among_others_to_the_last_digit():
    rng = np.random.default_rng(16)
    rows = [
        pair(
            sku=f"K{number:02}",
            daily=float(rng.uniform(0.1, 60)),
            arrival_days=float(rng.uniform(1, 9)),
            protection_days=float(rng.uniform(9, 40)),
            owned_units=int(rng.integers(0, 900)),
            shortfall_mean=float(rng.uniform(0, 5)),
            shortfall_variance=float(rng.uniform(0, 50)),
        )
        for number in range(40)
    ]
    coming = pl.concat(
        receipts(
            *((int(day), int(rng.integers(1, 99))) for day in rng.permutation(30)[:6])
        ).with_columns(sku=pl.lit(f"K{number:02}"))
        for number in range(40)
    )
    among = asked(pl.concat(rows), coming)
    for number, one in enumerate(rows):
        alone = asked(one, coming.filter(sku=f"K{number:02}"))
        assert alone.equals(among.filter(sku=f"K{number:02}")), number
