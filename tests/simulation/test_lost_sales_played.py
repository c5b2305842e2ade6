"""The simulator against exact costs: a Markov chain and a dynamic program, written here."""

import numpy as np
import pytest
from scipy import sparse, stats

from optimization.levels import find_arrival_service
from simulation.games.lost_sales import (
    System,
    make_base_stock,
    make_fixed_service,
    play_system,
)

PERIODS = 400_000


def distribution(mean, variance):
    if variance == mean:
        return stats.poisson(mean)
    return stats.nbinom(mean**2 / (variance - mean), mean / variance)


def period_costs(demand, penalty, count):
    """Expected cost of a period that starts with 0, 1, ... units; holding cost 1."""
    left = np.concatenate([[0], np.cumsum(demand.cdf(np.arange(count - 1)))])
    return left + penalty * (demand.mean() - np.arange(count) + left)


def chain_cost(demand, lead_time, penalty, level, cap=None):
    """Mean cost of a (capped) base-stock level, from the stationary distribution of its chain.

    A state is the pipeline after ordering, next arrival first; stock is level less all of it, or
    less than that while a cap holds orders back, and so part of the state.
    """
    cap = level if cap is None else cap
    pmf = demand.pmf(np.arange(level + 1))
    start = (level, *[0] * lead_time)
    numbers, queue, rows = {start: 0}, [start], []
    while queue:
        state = queue.pop()
        stock, pipeline = state[0], state[1:]
        for sold in range(stock + 1):
            chance = pmf[sold] if sold < stock else 1 - pmf[:stock].sum()
            held = stock - sold + pipeline[0]
            order = min(level - held - sum(pipeline[1:]), cap)
            there = (held, *pipeline[1:], order)
            if there not in numbers:
                numbers[there] = len(numbers)
                queue.append(there)
            rows.append((numbers[state], numbers[there], chance))
    origin, end, chance = zip(*rows, strict=True)
    moves = sparse.csr_matrix((chance, (end, origin)), shape=(len(numbers), len(numbers)))
    shares = np.full(len(numbers), 1 / len(numbers))
    for _ in range(500):
        shares = (moves @ shares + shares) / 2  # half steps: a chain may be periodic
    stocks = [state[0] for state in numbers]
    return float(shares @ period_costs(demand, penalty, level + 1)[stocks])


def least_cost(demand, lead_time, penalty, most_stock, most_order):
    """Least mean cost for a lead time of one or two periods, by relative value iteration."""
    stocks = np.arange(most_stock + 1)
    left = np.array([demand.pmf(x - stocks) for x in stocks])  # [stock, left], but for stock-outs
    left[:, 0] = demand.sf(stocks - 1)
    costs = period_costs(demand, penalty, most_stock + 1)
    reach = np.minimum(stocks[:, None] + np.arange(most_order + 1), most_stock)
    value = np.zeros((most_stock + 1,) + (most_order + 1,) * (lead_time - 1))
    while True:
        after = np.tensordot(left, value[reach], axes=(1, 0))  # [stock, arrives next, the rest]
        better = after.min(axis=-1) + costs.reshape(-1, *[1] * (lead_time - 1))
        change = better - value
        if np.ptp(change) < 1e-6:
            return float(change.mean())
        value = (value + better) / 2
        value -= value.flat[0]


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
@pytest.mark.parametrize(("variance", "level"), [(2, 9), (6, 11)])
def test_base_stock_costs_are_those_of_the_chain(lead_time, variance, level):
    system = System(2, variance, lead_time, 1, 9)
    exact = chain_cost(distribution(2, variance), lead_time, 9, level)
    played = play_system(system, make_base_stock(level), system.demand(PERIODS, 7))
    assert played.cost == pytest.approx(exact, rel=5e-3)
    assert played.standard_error < 5e-3 * exact


def test_capped_costs_are_those_of_the_chain():
    system = System(2, 6, 2, 1, 9)
    exact = chain_cost(distribution(2, 6), 2, 9, level=10, cap=3)
    played = play_system(system, make_base_stock(10, cap=3), system.demand(PERIODS, 7))
    assert played.cost == pytest.approx(exact, rel=5e-3)
    assert abs(exact / chain_cost(distribution(2, 6), 2, 9, level=10) - 1) > 0.02


# Optima as published (Zipkin 2008), to their last digit.
@pytest.mark.parametrize(
    ("lead_time", "penalty", "variance", "published", "stock", "order"),
    [
        (1, 4, 5, 4.04, 30, 16),
        (1, 4, 30, 9.82, 60, 30),
        (2, 4, 5, 4.40, 30, 14),
        (2, 9, 5, 6.09, 32, 14),
    ],
)
def test_ours_costs_little_more_than_the_least(  # noqa: PLR0913, PLR0917
    lead_time, penalty, variance, published, stock, order
):
    demand = distribution(5, variance)
    least = least_cost(demand, lead_time, penalty, stock, order)
    assert least == pytest.approx(published, abs=0.0051)
    system = System(5, variance, lead_time, 1, penalty)
    ours = make_fixed_service(float(find_arrival_service(penalty / (penalty + 1), lead_time)))
    played = play_system(system, ours, system.demand(PERIODS, 7))
    assert -3 * played.standard_error < played.cost - least < 0.01 * least


def test_a_fixed_service_without_a_lead_time_is_the_newsvendor():
    system = System(5, 30, 0, 1, 9)
    demand, level = system.demand(PERIODS, 7), int(distribution(5, 30).ppf(0.9))
    newsvendor = play_system(system, make_base_stock(level), demand)
    assert play_system(system, make_fixed_service(0.9), demand) == newsvendor


def test_every_period_counts_stock_and_what_was_missed():
    # One unit a period with certainty is out of reach of the families; a large mean comes close.
    system = System(1e4, 1e4, 1, 1, 3)
    played = play_system(system, make_base_stock(30_000), system.demand(2_000, 7))
    assert played.on_hand == pytest.approx(1e4, rel=0.01)
    assert played.unmet == 0
    short = play_system(system, make_base_stock(10_000), system.demand(2_000, 7))
    assert short.unmet == pytest.approx(0.5, abs=0.01)
    assert short.cost == pytest.approx(3 * 5e3, rel=0.02)


def test_the_same_seed_gives_the_same_cost():
    system = System(5, 30, 2, 1, 9)
    rule = make_fixed_service(0.85)
    assert play_system(system, rule, system.demand(5_000, 3)) == play_system(
        system, rule, system.demand(5_000, 3)
    )


def test_too_few_periods_are_refused():
    system = System(5, 5, 1, 1, 9)
    with pytest.raises(ValueError, match="demand has 10 periods, fewer than 1100"):
        play_system(system, make_base_stock(9), system.demand(10, 1))
