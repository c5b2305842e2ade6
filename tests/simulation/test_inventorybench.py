"""The game by hand, the bound by a linear program, what a policy sees, and all of it at once."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import optimize

from benchmarks.inventorybench import measure
from simulation.games.inventorybench import (
    Briefing,
    Instance,
    PeriodOutcome,
    play_instance,
    read_instances,
    score_hindsight,
)
from simulation.games.ordering_policies import AdaptiveBaseStock, BaseStock, RolloutPolicy

SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
DATA = SHARED / "inventorybench"
LOST = np.inf


def game(demand, lead, profit=4.0, promised=0, setting="lead_time_0"):
    told = Briefing(np.array([5.0, 5.0, 6.0, 4.0, 5.0]), promised, profit, 1.0, len(demand))
    name = f"synthetic_trajectory/{setting}/one"
    return Instance(name, told, np.array(demand, dtype=float), np.array(lead, dtype=float))


class Scripted:
    """Orders what it is told and keeps what it saw."""

    def __init__(self, orders):
        self.orders, self.saw = iter(orders), []

    def order(self, on_hand, last):
        self.saw.append((on_hand, last))
        return next(self.orders)


def test_a_game_by_hand():
    policy = Scripted([5, 3, 4, 9])
    score = play_instance(game([2, 4, 6, 1], [0, LOST, 1, 0]), lambda _: policy)
    # 5 come and 2 sell, 3 left; 3 sell, 1 is lost; nothing comes, 6 lost; 4 + 9 come, 1 sells.
    assert score == pytest.approx((4 * (2 + 3 + 0 + 1) - (3 + 0 + 0 + 12)) / (4 * 13))
    assert policy.saw == [
        (0, None),
        (3, PeriodOutcome(2, 5)),
        (0, PeriodOutcome(4, 0)),
        (0, PeriodOutcome(6, 0)),
    ]


def test_a_loss_scores_nothing():
    assert play_instance(game([1, 1], [0, 0]), lambda _: Scripted([100, 0])) == 0


def test_a_negative_order_is_refused():
    with pytest.raises(ValueError, match="period 2"):
        play_instance(game([1, 1], [0, 0]), lambda _: Scripted([0, -1]))


def best_in_hindsight(instance):
    """Largest reward by linear program over orders, sales and stock of each period."""
    periods, told = len(instance.demand), instance.briefing
    orders, sales, stock = np.arange(3 * periods).reshape(3, periods)
    balance = np.zeros((periods, 3 * periods))
    for period in range(periods):
        balance[period, sales[period]] = balance[period, stock[period]] = 1
        if period:
            balance[period, stock[period - 1]] = -1
        for placed in range(period + 1):
            if placed + instance.lead_time[placed] == period:
                balance[period, orders[placed]] = -1
    cost = np.zeros(3 * periods)
    cost[sales], cost[stock] = -told.profit, told.holding_cost
    bounds = [(0, None)] * periods + [(0, d) for d in instance.demand] + [(0, None)] * periods
    return -optimize.linprog(cost, A_eq=balance, b_eq=np.zeros(periods), bounds=bounds).fun


@pytest.mark.parametrize("seed", range(6))
def test_hindsight_is_the_optimum_of_a_linear_program(seed):
    rng = np.random.default_rng(seed)
    lead = rng.choice([1, 2, 3, LOST], 15)
    instance = game(rng.integers(0, 50, 15), lead, rng.choice([1.0, 2.5, 4.0]))
    bound = best_in_hindsight(instance) / (instance.briefing.profit * instance.demand.sum())
    assert score_hindsight(instance) == pytest.approx(bound)


@pytest.mark.parametrize("lead", [0, 2])
def test_ours_comes_close_to_hindsight_on_steady_demand(lead):
    steady = game([5.0] * 30, [lead] * 30, 19.0, lead)
    score = play_instance(steady, lambda told: RolloutPolicy(told, 1))
    assert score > 0.9 * score_hindsight(steady)


def rows(name, demand, lead):
    """Rows of the file for one instance."""
    history = {"split": "train", "demand": [5.0, 7.0, 4.0, 6.0, 5.0], "lead_time": None}
    played = {"split": "test", "demand": demand, "lead_time": lead}
    frames = [
        pl.DataFrame(part, schema_overrides={"lead_time": pl.Float64}).with_columns(
            instance=pl.lit(name),
            period=pl.int_range(1, pl.len() + 1),
            profit=pl.lit(4.0 if part is played else None, pl.Float64),
            holding_cost=pl.lit(1.0 if part is played else None, pl.Float64),
        )
        for part in (played, history)
    ]
    return pl.concat(frames)


def write(folder, *frames):
    pl.concat(frames).write_parquet(folder / "instances.parquet")
    return folder


def test_the_benchmark_on_two_instances(tmp_path):
    rng = np.random.default_rng(1)
    demand = rng.poisson(5, 20).astype(float)
    leads = rng.choice([1.0, 2.0, 3.0, LOST], 20)
    write(
        tmp_path,
        rows("real_trajectory/lead_time_4/a", demand, [4.0] * 20),
        rows("synthetic_trajectory/lead_time_stochastic/b", demand, leads),
    )
    found = measure(tmp_path, seed=1)
    assert found["instances"] == 2
    family, setting = found["by_family"], found["by_lead_time"]
    assert found["mean"] == pytest.approx(sum(family.values()) / 2)
    assert family["real_trajectory"] == setting["lead_time_4"]
    real = read_instances(tmp_path)[0]
    for brief, name in (
        (BaseStock, "base stock on the history"),
        (AdaptiveBaseStock, "adaptive capped base stock"),
    ):
        by_family = found["peers"][name]["by_family"]
        assert by_family["real_trajectory"] == play_instance(real, brief)
    assert found["mean"] <= found["hindsight"]["mean"]
    again = measure(tmp_path, seed=1)
    assert again | {"seconds": 0} == found | {"seconds": 0}


def test_bad_instances_are_named(tmp_path):
    good = rows("real_trajectory/lead_time_0/a", [1.0, 2.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="'odd'"):
        read_instances(write(tmp_path, good.with_columns(instance=pl.lit("odd"))))
    with pytest.raises(ValueError, match="lacks values"):
        read_instances(write(tmp_path, good.with_columns(profit=pl.lit(None, pl.Float64))))
    with pytest.raises(ValueError, match="lacks rows"):
        read_instances(write(tmp_path, good.filter(pl.col("split") == "test")))
    changing = pl.when(pl.col("period") > 1).then(5.0).otherwise(pl.col("profit"))
    with pytest.raises(ValueError, match="changes profit"):
        read_instances(write(tmp_path, good.with_columns(profit=changing)))
    with pytest.raises(FileNotFoundError):
        read_instances(tmp_path / "nowhere")


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no InventoryBench at {DATA}")
def test_real_instances():
    instances = read_instances(DATA)
    assert len({instance.name for instance in instances}) == len(instances)
    for instance in instances:
        assert len(instance.briefing.history) == 5
        assert len(instance.demand) == {"real_trajectory": 47}.get(instance.family, 50)
        assert 0 < score_hindsight(instance) <= 1
    chosen = [one for one in instances if one.family == "real_trajectory"][::10]
    ours = np.mean([play_instance(one, lambda told: RolloutPolicy(told, 1)) for one in chosen])
    assert ours > np.mean([play_instance(one, BaseStock) for one in chosen])
