"""The benchmark of sourcing: what it prints is what a small night costs, recounted apart."""

import itertools
from collections import Counter

import polars as pl
import pytest
from scipy import stats

from benchmarks.sourcing import measure, ship_greedily
from benchmarks.sourcing_instances import SPLIT_PENALTY, draw_night
from benchmarks.sourcing_program import solve_program
from optimization.sourcing import source_orders

SEED = 3
ORDERS = 40
OWN = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost")


@pytest.fixture(scope="module")
def night():
    return draw_night(ORDERS, SEED)


@pytest.fixture(scope="module")
def plan(night):
    return source_orders(night, split_penalty=SPLIT_PENALTY)


@pytest.fixture(scope="module")
def best(night):
    return solve_program(night, SPLIT_PENALTY, 60.0)


def value_unit(stock, nth):
    """Worth of the nth unit that a pair gives, its last one first."""
    unit = stock["inventory_position"] - nth
    mean, variance = stock["open_demand_mean"], stock["open_demand_variance"]
    asked = unit - stock["sold_before"] - 1
    if mean > 0 and variance > mean:
        chance = stats.nbinom.sf(asked, mean**2 / (variance - mean), mean / variance)
    else:
        chance = stats.poisson.sf(asked, mean)
    above = max(unit - stock["value_level"], 0)
    surplus = min(above * stock["surplus_step"], stock["surplus_most"])
    short, over = stock["underage_cost"], stock["overage_cost"]
    return (short + over) * chance - over - surplus


class Till:
    """Adds up what a choice of candidates costs, line by line."""

    def __init__(self, night):
        self.lines = {(r["order_id"], r["line"]): r for r in night.lines.to_dicts()}
        self.stock = {(r["sku"], r["location"]): r for r in night.stock.to_dicts()}
        self.parcels = {
            (r["order_id"], r["location"], r["ship_on"]): r for r in night.parcels.to_dicts()
        }
        self.room = {(r["location"], r["ship_on"]): r for r in night.capacities.to_dicts()}
        self.candidates = {key: {} for key in self.lines}
        for r in night.candidates.to_dicts():
            self.candidates[r["order_id"], r["line"]][r["location"], r["ship_on"]] = r
        self.worth = {}

    def list_in_time(self, line):
        """Candidates of a line that come by its promise, and None for none."""
        at = self.lines[line]
        found = [
            key
            for key in self.candidates[line]
            if self.parcels[at["order_id"], *key]["arrives_on"] <= at["promised_on"]
            and (at["sku"], key[0]) in self.stock
        ]
        return [None, *found]

    def count(self, choices):
        """Cost of node and day, or None, by line; None where units or hands do not reach."""
        taken, lines, units, parcels, total = Counter(), Counter(), Counter(), {}, 0.0
        for line, chosen in choices.items():
            at = self.lines[line]
            if chosen is None:
                waits = [at["open_cost"], at["wait_cost"]]
                total += min(cost for cost in waits if cost is not None)
                continue
            candidate, pair = self.candidates[line][chosen], (at["sku"], chosen[0])
            for _ in range(at["quantity"]):
                total += self.value(pair, taken[pair])
                taken[pair] += 1
            lines[chosen] += 1
            units[chosen] += at["quantity"]
            total += sum(candidate[name] for name in OWN) - candidate["markdown_avoided"]
            parcels.setdefault(at["order_id"], set()).add(chosen)
        for order, sent in parcels.items():
            total += sum(self.parcels[order, *one]["parcel_cost"] for one in sent)
            total += SPLIT_PENALTY * (len(sent) - 1)
        short = any(number > self.stock[pair]["available"] for pair, number in taken.items())
        full = any(
            number > limit
            for at, of_line, of_units in ((at, lines[at], units[at]) for at in lines)
            for number, limit in (
                (of_line, self.room[at]["most_lines"]), (of_units, self.room[at]["most_units"]),
            )
            if limit is not None
        )  # fmt: skip
        return None if short or full else total

    def value(self, pair, nth):
        if (pair, nth) not in self.worth:
            self.worth[pair, nth] = value_unit(self.stock[pair], nth)
        return self.worth[pair, nth]


def read_choices(plan):
    return {
        (r["order_id"], r["line"]): (r["location"], r["ship_on"])
        if r["decision"] == "ship"
        else None
        for r in plan.lines.sort("order_id", "line").to_dicts()
    }


def test_the_plan_costs_what_it_says_and_keeps_units_and_hands(night, plan):
    assert Till(night).count(read_choices(plan)) == pytest.approx(plan.cost, abs=0.01)


def test_the_bound_and_the_optimum_lie_below_ours_and_ours_below_plain_greedy(night, plan, best):
    optimum, proven = best
    assert proven == pytest.approx(optimum, rel=1e-3)
    assert plan.bound <= optimum + 0.01
    assert optimum <= plan.cost + 0.01
    assert plan.cost < ship_greedily(night)


def test_figures_are_those_of_the_night(night, plan, best):
    told = measure(ORDERS, SEED)
    assert told["cost"] == pytest.approx(plan.cost, abs=0.06)
    assert told["gap_to_bound"] == pytest.approx(plan.cost / plan.bound - 1, abs=1e-4)
    assert told["gap_to_mip"] == pytest.approx(plan.cost / best[0] - 1, abs=2e-4)
    assert told["greedy_gap"] == pytest.approx(ship_greedily(night) / plan.bound - 1, abs=1e-4)
    decided = plan.lines["decision"].to_list()
    assert told["ship"] == pytest.approx(decided.count("ship") / len(decided), abs=1e-4)
    assert told["ship"] + told["wait"] + told["open"] == pytest.approx(1.0, abs=2e-4)
    assert (told["problems"], told["lines"]) == (0, night.lines.height)


def test_highs_finds_what_trying_all_finds():
    small = draw_night(3, SEED)
    # Hands of a node for one line a day, so that lines are in each other's way.
    tight = small._replace(capacities=small.capacities.with_columns(most_lines=pl.lit(1)))
    till = Till(tight)
    lines = list(till.lines)
    ways = [till.list_in_time(line) for line in lines]
    costs = (till.count(dict(zip(lines, way, strict=True))) for way in itertools.product(*ways))
    least = min(cost for cost in costs if cost is not None)
    assert solve_program(tight, SPLIT_PENALTY, 30.0)[0] == pytest.approx(least, abs=0.01)
