"""Orders by rollout against the newsvendor, against known demand, and where nothing can come."""

import numpy as np
import pytest

from optimization.reference.rollout import Supply, choose_order, find_usual_lead_time

NOTHING_OUT = (np.array([], dtype=np.int64), np.array([]))


def certain(lead, longest=4):
    """Chances of a lead time that is certain."""
    return np.eye(longest + 2)[lead]


def order(paths, on_hand=0.0, *, chances=None, out=NOTHING_OUT, profit=4.0):
    chances = certain(0) if chances is None else chances
    return choose_order(
        paths, on_hand, Supply(*out, chances), np.random.default_rng(1),
        profit=profit, holding_cost=1.0,
    )  # fmt: skip


def newsvendor_reward(demand, quantity, profit):
    return profit * np.minimum(demand, quantity) - np.maximum(quantity - demand, 0)


@pytest.mark.parametrize("profit", [1.0, 4.0, 19.0])
def test_of_a_single_period_it_is_the_newsvendor(profit):
    demand = np.random.default_rng(2).gamma(4, 25, 1_000)
    found = order(demand[:, None], profit=profit)
    best = np.quantile(demand, profit / (profit + 1))
    reward = newsvendor_reward(demand, found, profit).mean()
    assert reward >= 0.995 * newsvendor_reward(demand, best, profit).mean()


def test_stock_on_hand_and_due_is_taken_off():
    demand = np.random.default_rng(3).normal(100, 20, (500, 6)).clip(0)
    empty = order(demand, chances=certain(1))
    stocked = order(demand, on_hand=170.0, chances=certain(1))
    due = order(demand, chances=certain(1), out=(np.array([1]), np.array([170.0])))
    assert stocked == pytest.approx(empty - 70, abs=25)
    assert due == pytest.approx(stocked, abs=25)


@pytest.mark.parametrize("lead", [0, 1, 3])
def test_known_demand_is_met_as_it_comes(lead):
    demand = np.array([40.0, 90.0, 10.0, 70.0, 120.0, 30.0, 60.0, 80.0])
    stock, due, orders = 0.0, np.zeros(20), []
    for period in range(len(demand)):
        placed = np.arange(max(period - lead, 0), period)
        out = (period - placed, np.array([float(orders[u]) for u in placed]))
        quantity = order(demand[None, period:], stock, chances=certain(lead), out=out)
        orders.append(quantity)
        due[period + lead] += quantity
        stock = max(stock + due[period] - demand[period], 0.0)
    wanted = np.append(demand[lead:], np.zeros(lead))
    assert orders == pytest.approx(wanted, abs=15)


def test_nothing_is_ordered_that_cannot_arrive():
    demand = np.full((10, 3), 100.0)
    assert order(demand, chances=certain(3)) == 0
    assert order(demand, chances=certain(5)) == 0  # never arrives


def test_orders_that_may_be_lost_are_larger():
    demand = np.random.default_rng(4).normal(100, 10, (500, 8)).clip(0)
    kept = order(demand, chances=certain(1), profit=19.0)
    risky = order(demand, chances=np.array([0, 0.6, 0, 0.4]), profit=19.0)
    assert risky > 1.2 * kept


def test_an_overdue_order_that_can_only_be_lost_counts_for_nothing():
    demand = np.full((20, 4), 50.0)
    out = (np.array([3]), np.array([500.0]))
    assert order(demand, chances=certain(0), out=out) == order(demand)


def test_same_input_same_order():
    demand = np.random.default_rng(5).gamma(2, 20, (100, 8))
    chances = np.array([0.1, 0.4, 0.3, 0.2])
    assert order(demand, chances=chances) == order(demand, chances=chances)


def test_the_usual_lead_time_is_of_orders_that_arrive():
    assert find_usual_lead_time(np.array([0.0, 0.2, 0.2, 0.1, 0.5])) == 2
    assert find_usual_lead_time(np.array([0.0, 0.0, 1.0])) == 0


@pytest.mark.parametrize(
    ("age", "chances", "message"),
    [
        ([0], [0.5, 0.5], "age"),
        ([2], [0.5, 0.5], "age"),
        ([1], [0.5, 0.2], "sum to 1"),
        ([1], [1.5, -0.5], "at least 0"),
    ],
)
def test_supply_that_cannot_be_is_refused(age, chances, message):
    with pytest.raises(ValueError, match=message):
        Supply(np.array(age), np.ones(len(age)), np.array(chances))


DEMAND, MOST_ORDER, MOST_STOCK = 2, 6, 20
UNRELIABLE = np.array([0.0, 0.2, 0.25, 0.24, 0.31])
"""Chances of lead times 0 to 3 and of an order that never arrives."""


def optimal_orders(profit):
    """Best order by stock and orders out of age 1, 2 and 3: relative value iteration."""
    shape = (MOST_STOCK + 1, *[MOST_ORDER + 1] * 3)
    stock, new, middle, old = np.indices(shape)
    still_out = 1 - np.concatenate([[0.0], UNRELIABLE[:3].cumsum()])
    due = UNRELIABLE[1:4] / still_out[1:4]
    futures = []
    for came in np.ndindex(2, 2, 2):
        chance = np.prod(np.where(came, due, 1 - due))
        held = stock + came[0] * new + came[1] * middle + came[2] * old
        reward = profit * np.minimum(held, DEMAND) - np.maximum(held - DEMAND, 0)
        left = np.clip(held - DEMAND, 0, MOST_STOCK)
        futures.append((chance, reward, left, new * (1 - came[0]), middle * (1 - came[1])))
    value = np.zeros(shape)
    for _ in range(60):
        worth = np.stack(
            [
                sum(c * (reward + value[left, q, a, b]) for c, reward, left, a, b in futures)
                for q in range(MOST_ORDER + 1)
            ]
        )
        value = worth.max(axis=0) - worth.max(axis=0)[0, 0, 0, 0]
    return worth.argmax(axis=0)


def play(decide, lead, profit):
    """Mean reward a period of constant demand; `decide` is given stock and orders out by age."""
    stock, total, due = 0, 0.0, np.zeros(len(lead) + 4, dtype=int)
    placed = []
    for period in range(len(lead)):
        out = {
            age: placed[period - age]
            for age in (1, 2, 3)
            if age <= period and not lead[period - age] < age
        }
        placed.append(decide(stock, out))
        if np.isfinite(lead[period]):
            due[period + int(lead[period])] += placed[-1]
        stock += due[period]
        total += profit * min(stock, DEMAND) - max(stock - DEMAND, 0)
        stock = max(stock - DEMAND, 0)
    return total / len(lead)


@pytest.mark.parametrize("profit", [1.0, 4.0])
def test_it_comes_close_to_the_optimum_under_lost_orders(profit):
    rng = np.random.default_rng(6)
    lead = rng.choice([0, 1, 2, 3, np.inf], 300, p=UNRELIABLE)
    best, paths = optimal_orders(profit), np.full((300, 12), float(DEMAND))

    def optimal(stock, out):
        ages = [out.get(age, 0) for age in (1, 2, 3)]
        return int(best[min(stock, MOST_STOCK), ages[0], ages[1], ages[2]])

    def ours(stock, out):
        age, quantity = np.array(list(out)), np.array(list(out.values()), dtype=float)
        supply = Supply(age.astype(np.int64), quantity, UNRELIABLE)
        return min(
            choose_order(paths, stock, supply, rng, profit=profit, holding_cost=1.0), MOST_ORDER
        )

    assert play(ours, lead, profit) > 0.93 * play(optimal, lead, profit)
