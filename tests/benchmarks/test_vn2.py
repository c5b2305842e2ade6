"""The VN2 game on a small retailer of the same form: timing, what is seen, and what is refused."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from benchmarks.vn2 import COSTS, LIKENESS, SHAPE, history_of, measure
from benchmarks.vn2_peers import MovingAverage
from benchmarks.vn2_policy import Planner
from forecasting.weekly.history import WeeklyHistory
from simulation.games.weekly_orders import State
from simulation.importers.vn2 import STATE_WEEK, read_vn2

BEFORE, AFTER, SERIES = 112, 8, 24
ROUNDS = 6


def write(folder, demand):
    weeks = [STATE_WEEK + dt.timedelta(weeks=k - BEFORE + 1) for k in range(demand.shape[1])]
    keys = {"Store": np.arange(SERIES) % 4, "Product": np.arange(SERIES)}
    master = pl.DataFrame(
        keys | {"ProductGroup": np.arange(SERIES) % 3, "Format": np.arange(SERIES) % 2}
    )
    master.write_parquet(folder / "master.parquet")
    sales = master.select("Store", "Product").join(pl.DataFrame({"week": weeks}), how="cross")
    sales.with_columns(
        sales=pl.Series(demand.ravel().astype(np.int32)), in_stock=pl.lit(value=True)
    ).write_parquet(folder / "sales_weekly.parquet")
    mean = demand[:, BEFORE - 52 : BEFORE].mean(axis=1)
    master.select("Store", "Product").with_columns(
        pl.Series("End Inventory", np.ceil(mean)),
        pl.lit(0).alias("In Transit W+1"),
        pl.Series("In Transit W+2", np.round(mean)),
    ).write_parquet(folder / "initial_state.parquet")
    return folder


@pytest.fixture(scope="module")
def demand():
    rng = np.random.default_rng(11)
    return rng.poisson(rng.gamma(2.0, 1.5, SERIES)[:, None] * np.ones(BEFORE + AFTER))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demand):
    return write(tmp_path_factory.mktemp("vn2"), demand)


@pytest.fixture(scope="module")
def result(folder):
    return measure(folder, STATE_WEEK, ROUNDS, 7)


def test_first_two_weeks_are_those_of_the_given_state(demand, result):
    """They are the same for every player, and worked out by hand from the files."""
    mean = demand[:, BEFORE - 52 : BEFORE].mean(axis=1)
    first, second = demand[:, BEFORE], demand[:, BEFORE + 1]
    left = np.maximum(np.ceil(mean) - first, 0)
    cost = 0.2 * left.sum() + np.maximum(first - np.ceil(mean), 0).sum()
    stock = left + np.round(mean)
    cost += 0.2 * np.maximum(stock - second, 0).sum() + np.maximum(second - stock, 0).sum()
    assert result["setup_cost"] == pytest.approx(cost, abs=0.06)
    for peer in result["peers"].values():
        assert peer["setup_cost"] == result["setup_cost"]


def test_cost_is_what_it_is_made_of(result):
    assert result["cost"] == pytest.approx(result["holding"] + result["shortage"], abs=0.11)
    assert result["cost"] < result["peers"]["moving average, 4 weeks"]["cost"]


def test_orders_alone_where_the_data_ends(tmp_path, demand, folder):
    """And they are those with which the game begins on the longer file."""
    short = write(tmp_path, demand[:, :BEFORE])
    alone = measure(short, STATE_WEEK, ROUNDS, 7)
    assert "cost" not in alone
    challenge = read_vn2(folder)
    planner = Planner(history_of(challenge), SHAPE, LIKENESS, COSTS, 7)
    units = planner(BEFORE - 1, State(challenge.on_hand, challenge.pipeline))
    assert [row[2] for row in alone["orders"]] == units.tolist()


def test_an_earlier_window_is_played_from_own_orders(folder):
    found = measure(folder, STATE_WEEK - dt.timedelta(weeks=8), ROUNDS, 7)
    assert found["cost"] > 0
    assert set(found["peers"]) == {
        "moving average, 4 weeks",
        "moving average, tuned cover",
        "boosted point forecast, tuned target",
    }


@pytest.mark.parametrize(
    ("weeks", "message"),
    [(1, "6 rounds need 8 weeks"), (-20, "94 are needed"), (0.5, "is no week of")],
)
def test_windows_that_cannot_be_played(folder, weeks, message):
    with pytest.raises(ValueError, match=message):
        measure(folder, STATE_WEEK + dt.timedelta(days=int(7 * weeks)), ROUNDS, 7)


def test_moving_average_of_steady_demand_orders_up_to_its_cover():
    """5 a week in every week: 20 in four weeks, less the 3 on hand and the 6 under way."""
    weeks = np.arange(104) % 52 + 1
    history = WeeklyHistory(np.full((1, 104), 5.0), weeks, {})
    state = State(np.array([3.0]), np.array([[2.0, 4.0]]))
    assert MovingAverage(history, 4.0)(103, state).tolist() == [11]
    assert MovingAverage(history, 3.5)(103, state).tolist() == [8]
