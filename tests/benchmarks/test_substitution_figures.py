"""The benchmark of substitution: what it prints is what a small night costs, recounted apart."""

from collections import Counter

import polars as pl
import pytest

from benchmarks import substitution
from benchmarks.sourcing_program import solve_program
from benchmarks.substitution_instances import build_customers, draw_night

SEED = 3
LINES = 20


@pytest.fixture(scope="module")
def told():
    return substitution.measure(LINES, SEED)


@pytest.fixture(scope="module")
def night():
    customers = build_customers(SEED)
    drawn = draw_night(customers, LINES, SEED)
    priced, choice = substitution._choose(customers, drawn, substitution._learn(customers))
    return drawn, priced, choice


def test_what_is_chosen_costs_what_it_says_and_keeps_units_and_hands(night):
    drawn, priced, choice = night
    chosen = choice.chosen.to_dicts()
    assert chosen
    served = {(row["order_id"], row["line"]) for row in chosen}
    assert len(served) == len(chosen)
    quantity = {(r["order_id"], r["line"]): r["quantity"] for r in priced.lines.to_dicts()}
    units, lines, hands = Counter(), Counter(), Counter()
    for row in chosen:
        number, at = quantity[row["order_id"], row["line"]], (row["location"], row["ship_on"])
        units[row["substitute"], row["location"]] += number
        lines[at] += 1
        hands[at] += number
    there = {(r["sku"], r["location"]): r["available"] for r in drawn.facts.pairs.to_dicts()}
    assert all(number <= there[pair] for pair, number in units.items())
    for room in drawn.capacities.to_dicts():
        at = (room["location"], room["ship_on"])
        assert room["most_lines"] is None or lines[at] <= room["most_lines"]
        assert room["most_units"] is None or hands[at] <= room["most_units"]
    # A line without a substitute costs what doing nothing does, less the least gain.
    least = priced.costs.rules.least_gain
    nothing = sum(
        max(row["otherwise"] - least, 0.0)
        for row in priced.lines.to_dicts()
        if (row["order_id"], row["line"]) not in served
    )
    taken = choice.chosen.select((pl.col("expected_cost") + pl.col("unit_value")).sum()).item()
    assert nothing + taken == pytest.approx(choice.plan.cost, abs=0.01)


def test_the_bound_and_the_optimum_lie_below_ours(night, told):
    drawn, priced, choice = night
    best, proven = solve_program(substitution._state_program(priced, drawn), 0.0, 60.0)
    assert proven == pytest.approx(best, rel=1e-3)
    assert choice.plan.bound <= best + 0.01
    assert best <= choice.plan.cost + 0.01
    assert told["gap_to_mip"] == pytest.approx(choice.plan.cost / best - 1, abs=2e-4)
    assert told["gap_to_bound"] == pytest.approx(choice.plan.cost / choice.plan.bound - 1, abs=1e-4)
    assert (told["chosen"], told["rows"]) == (choice.chosen.height, priced.rows.height)


def test_savings_are_paid_for_by_the_truth(told):
    saved = told["saved"]
    assert saved["no_substitutes"] == 0.0
    assert 0 < saved["ours"] <= saved["truth"] + 0.01
    assert told["points"]["true_price_slope"] > 0
