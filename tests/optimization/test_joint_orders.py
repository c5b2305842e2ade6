"""Orders that share least values and budgets, against every choice there is."""

from itertools import product

import highspy
import numpy as np
import pytest

from optimization.purchasing.joint import OrderMarket, items, solve_orders
from optimization.purchasing.joint.limits import fit_limits
from optimization.purchasing.joint.prices import price_documents


def draw_market(seed, budgets):
    """Six items of two documents with least values, each with four options besides nothing."""
    rng = np.random.default_rng(seed)
    money = np.sort(rng.uniform(5, 60, (6, 4)), axis=1).round(2)
    # Benefits rise to somewhere and fall from there, not smoothly.
    benefit = 12 - 0.02 * (money - rng.uniform(5, 50, (6, 1))) ** 2 + rng.uniform(-6, 6, (6, 4))
    none = np.zeros((6, 1))
    document = np.array([0, 0, 0, 1, 1, 1])
    return OrderMarket(
        start=np.arange(0, 31, 5),
        money=np.hstack([none, money]).ravel(),
        benefit=np.hstack([none, benefit]).ravel(),
        document=document,
        limit=np.array([[0], [1]] * 3) if budgets else np.full((6, 1), -1),
        use=np.hstack([none, money]).reshape(-1, 1),
        floor=np.full(6, -1),
        least_value=rng.uniform(40, 160, 2),
        may_wait=np.array([True, True]),
        room=rng.uniform(20, 90, 2) if budgets else np.zeros(0),
    )


def worth_of(market, options):
    """What a choice is worth; None where it may not be."""
    money = np.array([market.money[option] for option in options])
    for document, least in enumerate(market.least_value):
        value = money[market.document == document].sum()
        if 0 < value < least:
            return None
    use = market.use[list(options)]
    for limit, room in enumerate(market.room):
        if use[market.limit == limit].sum() > room + 1e-9:
            return None
    return sum(market.benefit[option] for option in options)


def draw_capacities(seed):
    """The market with budgets, and what two suppliers can deliver of an item and in all."""
    rng, market = np.random.default_rng(seed), draw_market(seed, budgets=True)
    units = np.repeat(rng.uniform(0.5, 2.0, 6), 5)[:, None] * market.money[:, None]
    in_all, of_one = np.array([2, 2, 2, 3, 3, 3]), np.array([4, -1, -1, -1, -1, 5])
    return market._replace(
        limit=np.column_stack([market.limit, in_all, of_one]),
        use=np.hstack([market.use, units, units]),
        room=np.append(market.room, rng.uniform(10, 90, 4)),
    )


def find_optimum(market):
    every = product(*(range(market.start[i], market.start[i + 1]) for i in range(6)))
    return max(worth for options in every if (worth := worth_of(market, options)) is not None)


@pytest.mark.parametrize("seed", range(4))
def test_documents_are_filled_the_best_way_there_is(seed):
    market = draw_market(seed, budgets=False)
    choice = solve_orders(market)
    taken = np.where(choice.option >= 0, choice.option, market.start[:-1])
    assert worth_of(market, taken) == pytest.approx(choice.value)
    assert choice.value == pytest.approx(find_optimum(market))
    assert choice.bound >= choice.value


@pytest.mark.parametrize("seed", range(6))
def test_budgets_hold_and_no_choice_is_worth_more_than_that_of_few_documents(seed):
    market = draw_market(seed, budgets=True)
    choice = solve_orders(market)
    taken = np.where(choice.option >= 0, choice.option, market.start[:-1])
    assert worth_of(market, taken) == pytest.approx(choice.value)
    best = find_optimum(market)
    assert choice.value <= best + 1e-9 <= choice.bound + 1e-6
    # Two budgets of a line or two each, and two least values on top.
    assert choice.value == pytest.approx(best)


@pytest.mark.parametrize("seed", range(8))
def test_what_suppliers_can_deliver_holds_beside_budgets(seed):
    market = draw_capacities(seed)
    choice = solve_orders(market)
    taken = np.where(choice.option >= 0, choice.option, market.start[:-1])
    assert worth_of(market, taken) == pytest.approx(choice.value)
    best = find_optimum(market)
    assert choice.value <= best + 1e-9 <= choice.bound + 1e-6
    assert choice.value == pytest.approx(best)


def test_the_price_of_a_capacity_is_what_the_last_of_its_units_brings():
    # Three items of 30, 20 and 10 a unit, room for two units and money for all of them.
    market = OrderMarket(
        start=np.array([0, 2, 4, 6]),
        money=np.array([0.0, 10.0] * 3),
        benefit=np.array([0.0, 30.0, 0.0, 20.0, 0.0, 10.0]),
        document=np.arange(3),
        limit=np.array([[0, 1]] * 3),
        use=np.array([[0.0, 0.0], [10.0, 1.0]] * 3),
        floor=np.full(3, -1),
        least_value=np.zeros(3),
        may_wait=np.zeros(3, dtype=np.bool_),
        room=np.array([30.0, 1.5]),
    )
    choice = solve_orders(market)
    assert choice.option.tolist() == [1, 2, 4]
    assert choice.limit_price == pytest.approx([0.0, 20.0], abs=1e-6)
    assert choice.bound == pytest.approx(40.0, abs=1e-4)


def solve_by_highs(market):
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-7)):
        solver.setOptionValue(option, value)
    takes = [solver.addBinary(obj=float(benefit)) for benefit in market.benefit]
    leaves = [solver.addBinary(obj=0.0) for _ in market.least_value]
    item = np.repeat(np.arange(len(market.document)), np.diff(market.start))
    for number, document in enumerate(market.document):
        one = sum(takes[option] for option in np.flatnonzero(item == number))
        solver.addConstr(one == leaves[document])
    for of, limits, some in (
        (market.document[item], market.least_value, market.money > 0),
        (market.limit[item, 0], market.room, market.money > 0),
    ):
        for number, limit in enumerate(limits):
            options = np.flatnonzero((of == number) & some)
            money = sum(takes[option] * float(market.money[option]) for option in options)
            if limits is market.room:
                solver.addConstr(money <= float(limit))
            else:
                solver.addConstr(money >= leaves[number] * float(limit))
    solver.maximize()
    return solver.getInfo().objective_function_value


@pytest.mark.parametrize("seed", range(3))
def test_the_documents_that_leave_are_nearly_the_best_ones(seed):
    few = [draw_market(seed + 10 * part, budgets=True) for part in range(4)]
    market = OrderMarket(
        start=np.arange(0, 121, 5),
        money=np.concatenate([part.money for part in few]),
        benefit=np.concatenate([part.benefit for part in few]),
        document=np.concatenate([part.document + 2 * number for number, part in enumerate(few)]),
        limit=np.tile([[0], [1]], (12, 1)),
        use=np.concatenate([part.use for part in few]),
        floor=np.full(24, -1),
        least_value=np.concatenate([part.least_value for part in few]),
        may_wait=np.ones(8, dtype=np.bool_),
        room=np.sum([part.room for part in few], axis=0),
    )
    choice, best = solve_orders(market), solve_by_highs(market)
    assert 0.98 * best <= choice.value <= best + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_budgets_alone_bring_most_of_what_they_can(seed):
    market = draw_market(seed, budgets=True)._replace(least_value=np.zeros(2))
    choice = solve_orders(market)
    best = find_optimum(market)
    # Budgets hold a few lines each, so that one line that does not fit is a good part of them.
    assert 0.8 * best <= choice.value <= best + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_budgets_of_many_lines_bring_nearly_all_that_they_can(seed):
    few = [draw_market(seed + 10 * part, budgets=True) for part in range(40)]
    market = OrderMarket(
        start=np.arange(0, 1201, 5),
        money=np.concatenate([part.money for part in few]),
        benefit=np.concatenate([part.benefit for part in few]),
        document=np.arange(240),
        limit=np.tile([[0], [1]], (120, 1)),
        use=np.concatenate([part.use for part in few]),
        floor=np.full(240, -1),
        least_value=np.zeros(240),
        may_wait=np.ones(240, dtype=np.bool_),
        room=np.sum([part.room for part in few], axis=0),
    )
    choice = solve_orders(market)
    taken = np.where(choice.option >= 0, choice.option, market.start[:-1])
    assert worth_of(market, taken) == pytest.approx(choice.value)
    assert 0.995 * choice.bound <= choice.value <= choice.bound + 1e-6


def test_a_budget_s_price_is_what_the_last_of_its_money_brings():
    # Three items that bring 3, 2 and 1 for each of currency, and room for one and a half.
    market = OrderMarket(
        start=np.array([0, 2, 4, 6]),
        money=np.array([0.0, 10.0] * 3),
        benefit=np.array([0.0, 30.0, 0.0, 20.0, 0.0, 10.0]),
        document=np.arange(3),
        limit=np.zeros((3, 1), dtype=np.int64),
        use=np.array([[0.0], [10.0]] * 3),
        floor=np.full(3, -1),
        least_value=np.zeros(3),
        may_wait=np.zeros(3, dtype=np.bool_),
        room=np.array([15.0]),
    )
    choice = solve_orders(market)
    assert choice.option.tolist() == [1, 2, 4]
    assert choice.value == 30.0
    assert choice.limit_price[0] == pytest.approx(2.0, abs=1e-6)
    assert choice.bound == pytest.approx(40.0, abs=1e-4)


def test_what_is_left_of_a_budget_serves_floors():
    # The first brings its worth at 10; its floor asks for 14, and the second's for 9.
    market = OrderMarket(
        start=np.array([0, 3, 5]),
        money=np.array([0.0, 10.0, 14.0, 0.0, 9.0]),
        benefit=np.array([0.0, 5.0, 4.0, 0.0, -1.0]),
        document=np.arange(2),
        limit=np.zeros((2, 1), dtype=np.int64),
        use=np.array([[0.0], [10.0], [14.0], [0.0], [9.0]]),
        floor=np.array([2, 4]),
        least_value=np.zeros(2),
        may_wait=np.zeros(2, dtype=np.bool_),
        room=np.array([20.0]),
    )
    choice = solve_orders(market)
    # Of the ten left the second takes nine, which lose less for the money.
    assert choice.option.tolist() == [1, 4]
    assert choice.value == 5.0
    assert solve_orders(market._replace(room=np.array([23.0]))).option.tolist() == [2, 4]


def test_of_whole_choices_the_one_that_gains_most_is_kept_whatever_room_it_leaves(
    monkeypatch,
):
    for most in ("_LEAST_STATES", "_MOST_STATES"):
        monkeypatch.setattr(items, most, 1)
    money = np.array([0.0, 5.0, 10.0])
    market = OrderMarket(
        start=np.array([0, 3]),
        money=money,
        benefit=np.array([0.0, 5.0, 9.0]),
        document=np.array([0]),
        limit=np.array([[0]]),
        use=money.reshape(-1, 1),
        floor=np.array([-1]),
        least_value=np.zeros(1),
        may_wait=np.array([True]),
        room=np.array([10.0]),
    )
    # At this price five units of money that are left are said to be worth five more.
    price = np.ones(1)
    chosen = items.decide_items(market, price_documents(market, price), price, 0.0)
    assert chosen is not None
    assert chosen.tolist() == [2]


def test_another_line_makes_up_for_one_that_a_budget_cuts():
    # An order of at least 100: the first budget has room for 60 of the 80 that it asks for.
    market = OrderMarket(
        start=np.array([0, 3, 6]),
        money=np.array([0.0, 40.0, 80.0, 0.0, 20.0, 60.0]),
        benefit=np.array([0.0, 10.0, 18.0, 0.0, 6.0, 5.0]),
        document=np.array([0, 0]),
        limit=np.array([[0], [1]]),
        use=np.array([[0.0], [40.0], [80.0], [0.0], [20.0], [60.0]]),
        floor=np.array([-1, -1]),
        least_value=np.array([100.0]),
        may_wait=np.array([True]),
        room=np.array([60.0, 100.0]),
    )
    asked = np.array([2, 4])
    fitted = fit_limits(market, asked, asked, np.array([0.2, 0.0]), np.array([0.0]))
    assert fitted.tolist() == [1, 5]
    # Where the second one has no room either, the order waits.
    tight = market._replace(room=np.array([60.0, 30.0]))
    waits = fit_limits(tight, asked, asked, np.array([0.2, 0.0]), np.array([0.0]))
    assert waits.tolist() == [-1, -1]


def test_a_step_and_what_makes_up_for_it_share_what_a_capacity_has_left():
    # A budget of 60 cuts the first line from 80 to 40, and the second makes up for it by 6 units:
    # beside them the capacity of 9 has room for the 40 of 2 units, not for the better ones of 4.
    units = np.array([0.0, 2.0, 4.0, 5.0, 0.0, 2.0, 6.0])
    money = np.array([0.0, 40.0, 40.0, 80.0, 0.0, 30.0, 80.0])
    budget = np.where(np.arange(7) < 4, money, 0.0)
    market = OrderMarket(
        start=np.array([0, 4, 7]),
        money=money,
        benefit=np.array([0.0, 6.0, 11.0, 3.0, 0.0, 9.0, 17.0]),
        document=np.array([0, 0]),
        limit=np.array([[0, 1], [-1, 1]]),
        use=np.column_stack([budget, units]),
        floor=np.array([-1, -1]),
        least_value=np.array([100.0]),
        may_wait=np.array([True]),
        room=np.array([60.0, 9.0]),
    )
    asked = np.array([3, 5])
    fitted = fit_limits(market, asked, asked, np.array([0.2, 0.0]), np.array([0.0]))
    assert fitted.tolist() == [1, 6]
