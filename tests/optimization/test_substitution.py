"""Which substitute is sent for a line that no node serves in time: figures worked out by hand."""

import itertools
from pathlib import Path

import polars as pl
import pytest
from test_order_costs import DAY, HANDS, NO_RECEIPTS, RULES, after, facts, line, lines

from governance import load_planning_policy
from optimization.feasibility import find_sourcing_problems, find_substitution_problems
from optimization.frames import SourcingFrames, SubstitutionFrames, cast_to_contract
from optimization.night import (
    SourcingInputs,
    list_unserved_lines,
    source_customer_orders,
    substitute_unserved_lines,
)
from optimization.order_costs import price_lines, price_options
from optimization.substitution import (
    SubstituteCosts,
    SubstituteRecords,
    choose_substitutes,
    price_substitutes,
    tabulate_substitutes,
    tabulate_substitution_options,
)
from quality_checks.contracts import SubstitutionPlan, SubstitutionRules

SHIPPED = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"
POLICY = SubstitutionRules(declined_cost=2.0, least_gain=1.0)
NODES = pl.DataFrame({"location": ["A", "B"], "region": ["north", "south"]})
NOBODY = pl.DataFrame(
    schema={
        "order_id": pl.String,
        "line": pl.Int64,
        "substitute": pl.String,
        "accepted": pl.Boolean,
    }
)


def chances(**found):
    rows = [
        {"sku": "K", "substitute": name, "closeness": "other_colour", "answers": 3,
         "like_answers": 9, "dearer_answers": 0, "equal_chance": chance, "price_slope": 2.0}
        for name, chance in found.items()
    ]  # fmt: skip
    return pl.DataFrame(rows)


def goods(*rows):
    columns = ("sku", "unit_price", "unit_cost", "volume", "weight")
    return pl.DataFrame(rows, schema=columns, orient="row")


def unserved(*names, otherwise=42.0, quantity=1, promised=2):
    """Lines of 12 margin each, of orders of their own."""
    rows = [line(order_id=name, quantity=quantity, promised_on=after(promised)) for name in names]
    return lines(*rows).with_columns(
        otherwise=pl.lit(otherwise), is_open=pl.lit(value=True), has_others=pl.lit(value=False)
    )


def stock(**units):
    """Units of items at B, each worth 3 there if kept."""
    pairs = facts(available=(0, 1)).pairs.filter(location="B").drop("sku", "available")
    each = pl.DataFrame({"sku": list(units), "available": list(units.values())})
    return each.join(
        pairs.with_columns(sold_before=pl.lit(0), value_level=pl.lit(1000)), how="cross"
    ).with_columns(
        inventory_position=pl.col("available"),
        open_demand_mean=pl.lit(1000.0),
        open_demand_variance=pl.lit(1000.0),
        underage_cost=pl.lit(3.0),
    )


CAPACITY = pl.DataFrame(
    {"location": "B", "ship_on": [after(0), after(1)], "most_lines": 9, "most_units": None},
    schema_overrides={"most_units": pl.Int64},
)


def choose(asked, known, held, **given):
    rules, answered = given.get("rules", POLICY), given.get("answered", NOBODY)
    capacity = given.get("capacity", CAPACITY)
    records = SubstituteRecords(asked, known, SOLD, answered)
    costs = SubstituteCosts(rules, RULES, HANDS, 4.0)
    nodes = facts(nodes="B")._replace(pairs=held, kept=held.select("sku", "location").unique())
    priced = price_substitutes(records, nodes, costs)
    choice = choose_substitutes(priced, held, capacity)
    plan = tabulate_substitutes(choice, NODES).with_columns(urgency_days=pl.lit(2.0))
    given = SubstitutionFrames(*records, priced.rows, held, capacity)
    return choice, cast_to_contract(plan, SubstitutionPlan), given


def problems(plan, given, rules=POLICY):
    found = find_substitution_problems(plan, given, rules, return_cost=4.0)
    return found["check"].to_list()


SOLD = goods(("X", 18.0, 9.0, 5.0, 0.4), ("Y", 25.0, 9.0, 5.0, 0.4))


def test_an_offer_costs_what_each_answer_costs_by_its_chance():
    choice, plan, given = choose(unserved("O"), chances(X=0.6), stock(X=1))
    (row,) = plan.to_dicts()
    # The customer pays 18, less than his 20: 9 of margin in place of 12.
    assert (row["unit_price"], row["margin_change"]) == (18.0, -3.0)
    # From B: 3 for the parcel, 0.4 for a kilogram, 1 in hands. The unit, worth 3 there, is there
    # again if he declines.
    assert row["cost"] == pytest.approx(0.6 * (4.4 + 3.0 + 3.0) + 0.4 * (42.0 + 2.0))
    assert (row["origin"], row["form"], row["binding"]) == ("B", "offer", "cost")
    assert row["rejected"] == "send X from B on 2026-03-03, worth 18.16"
    assert row["gain_chance"] == pytest.approx(0.6)
    assert problems(plan, given) == []
    assert choice.plan.bound == pytest.approx(choice.plan.cost)


def test_what_is_sent_unasked_costs_carriage_and_a_return_where_it_is_declined():
    rules = POLICY.model_copy(update={"send_from_chance": 0.6})
    _, plan, given = choose(unserved("O"), chances(X=0.6), stock(X=1), rules=rules)
    (row,) = plan.to_dicts()
    assert row["form"] == "send"
    assert row["cost"] == pytest.approx(4.4 + 0.6 * (3.0 + 3.0) + 0.4 * (42.0 + 4.0))
    assert problems(plan, given, rules) == []


@pytest.mark.parametrize(
    ("pays", "price", "change"), [("lower", 20.0, -1.0), ("substitute", 25.0, 4.0)]
)
def test_who_pays_the_difference_is_policy(pays, price, change):
    rules = POLICY.model_copy(update={"customer_pays": pays})
    _, plan, given = choose(unserved("O"), chances(Y=0.5), stock(Y=1), rules=rules)
    assert plan.select("unit_price", "margin_change").row(0) == (price, change)
    assert problems(plan, given, rules) == []


def test_the_chance_falls_with_what_it_costs_above_the_item_ordered():
    """25 in place of 20, at a slope of 2: odds of 1 become 1 to 1.25 squared."""
    rules = POLICY.model_copy(update={"customer_pays": "substitute"})
    _, plan, given = choose(unserved("O"), chances(X=0.5, Y=0.5), stock(Y=1), rules=rules)
    (row,) = plan.to_dicts()
    assert (row["equal_chance"], row["chance"]) == (0.5, pytest.approx(1 / (1 + 1.25**2)))
    assert row["cost"] == pytest.approx(
        row["chance"] * (4.4 - 4.0 + 3.0) + (1 - row["chance"]) * (42.0 + 2.0)
    )
    assert problems(plan, given, rules) == []
    assert "stated_acceptance" in problems(plan.with_columns(chance=pl.lit(0.5)), given, rules)


def test_lines_share_units_and_the_second_best_takes_the_other_item():
    """X is likelier taken by all, and B has one of it."""
    _, plan, given = choose(unserved("O", "P"), chances(X=0.6, Y=0.5), stock(X=1, Y=5))
    assert sorted(plan["sku"]) == ["X", "Y"]
    assert problems(plan, given) == []
    # Hands for one line a day: two days for two lines, none for a third.
    tight = CAPACITY.with_columns(most_lines=pl.lit(1))
    _, plan, given = choose(unserved("O", "P", "Q"), chances(X=0.6), stock(X=9), capacity=tight)
    assert plan["ship_on"].to_list() == [after(0), after(1)]
    assert problems(plan, given) == []


def test_nothing_is_sent_that_gains_too_little_or_was_answered():
    asked = unserved("O", otherwise=12.0)
    # 0.6 (12 - 10.4) - 0.4 * 2 = 0.16 is less than the least gain of 1.
    choice, plan, _ = choose(asked, chances(X=0.6), stock(X=1))
    assert plan.is_empty()
    assert tabulate_substitution_options(choice)["verdict"].unique().to_list() == ["dearer"]
    said = pl.DataFrame([("O", 1, "X", False)], schema=NOBODY.schema, orient="row")
    known = chances(X=0.9, Y=0.3)
    _, plan, _ = choose(unserved("O"), known, stock(X=1, Y=1), answered=said)
    assert plan["sku"].to_list() == ["Y"]
    taken = said.with_columns(accepted=pl.lit(value=True))
    _, plan, _ = choose(unserved("O"), known, stock(X=1, Y=1), answered=taken)
    assert plan.is_empty()


def test_a_promise_that_is_broken_anyway_is_late_with_a_substitute_too():
    _, plan, given = choose(unserved("O", promised=0), chances(X=0.6), stock(X=1))
    assert plan.select("arrives_on", "late_cost").row(0) == (after(1), 10.0)
    assert problems(plan, given) == []
    # Where the item itself comes late, a substitute that is as late is none.
    comes = unserved("O", promised=0).with_columns(is_open=pl.lit(value=False))
    _, plan, _ = choose(comes, chances(X=0.6), stock(X=1))
    assert plan.is_empty()


def test_without_lines_or_substitutes_nothing_is_chosen():
    choice, plan, given = choose(unserved("O").clear(), chances(X=0.6), stock(X=1))
    assert plan.is_empty()
    assert problems(plan, given) == []
    choice, plan, given = choose(unserved("O"), chances(Z=0.6), stock(X=1))
    assert plan.is_empty()
    assert choice.considered.is_empty()


SUBSTITUTION_FAULTS = {
    "unserved_line": ({"quantity": 2}, {}),
    "no_substitute": ({"sku": "Y"}, {}),
    "stated_acceptance": ({"chance": 0.7}, {}),
    "price_of_substitute": ({"unit_price": 20.0}, {}),
    "asked_again": (
        {},
        {"answered": pl.DataFrame([("O", 1, "X", False)], schema=NOBODY.schema, orient="row")},
    ),
    "duplicate": ("twice", {}),
    "node_stock": ({}, {"stock": stock(X=0, Y=1)}),
    "node_capacity": ({}, {"capacities": CAPACITY.with_columns(most_lines=pl.lit(0))}),
    "node_closed": ({}, {"capacities": CAPACITY.clear()}),
    "no_candidate": ({"ship_on": after(9)}, {}),
    "promise": ({"arrives_on": after(9)}, {}),
    "stated_cost": ({"returned_value": 0.0}, {}),
    "least_gain": ({"cost": 41.5}, {}),
}
"""Check -> what is changed in a plan, and in what it was made from, so that it fires."""


@pytest.fixture(scope="module")
def offered():
    return choose(unserved("O"), chances(X=0.6), stock(X=1, Y=1))


@pytest.mark.parametrize("check", SUBSTITUTION_FAULTS)
def test_a_plan_that_cannot_be_carried_out_is_found_out(check, offered):
    _, plan, given = offered
    changes, other = SUBSTITUTION_FAULTS[check]
    broken = pl.concat([plan, plan]) if changes == "twice" else plan.with_columns(
        pl.lit(value).cast(plan.schema[name]).alias(name) for name, value in changes.items()
    )  # fmt: skip
    assert check in problems(broken, given._replace(**other))


def test_the_choice_is_the_cheapest_of_all_and_none_costs_less_than_the_bound():
    asked = unserved(*"OPQR").with_columns(otherwise=pl.Series([60.0, 30.0, 45.0, 20.0]))
    held = stock(X=1, Y=2)
    choice, plan, given = choose(asked, chances(X=0.6, Y=0.4), held)
    assert problems(plan, given) == []
    cheapest = given.candidates.group_by("order_id", "substitute").agg(
        pl.col("expected_cost").min()
    )
    # Each unit that is held is worth 3 there.
    cost = {(order, item): value + 3.0 for order, item, value in cheapest.iter_rows()}
    left = dict(zip(asked["order_id"], asked["otherwise"] - 1.0, strict=True))
    found = [
        sum(cost.get((order, item), left[order]) for order, item in zip("OPQR", items, strict=True))
        for items in itertools.product(("", "X", "Y"), repeat=4)
        if items.count("X") <= 1 and items.count("Y") <= 2
    ]
    assert choice.plan.cost == pytest.approx(min(found))
    assert choice.plan.bound <= choice.plan.cost + 1e-9


def test_a_late_line_that_gets_a_substitute_leaves_its_unit_to_another():
    """One unit of K is at A, from where nothing is there before the third day; X is at B."""
    k_facts = facts(available=(1, 0))
    held = pl.concat(
        [k_facts.pairs, stock(X=1).select(k_facts.pairs.columns)], how="vertical_relaxed"
    )
    known = k_facts._replace(
        rates=k_facts.rates.filter(pl.col("carrier") != "fast"),
        pairs=held.sort("sku", "location"),
        kept=held.select("sku", "location").unique(maintain_order=True),
    )
    orders = lines(line(order_id="O", promised_on=after(1)), line(order_id="P", unit_price=15.0))
    both = pl.concat([CAPACITY, CAPACITY.with_columns(location=pl.lit("A"))])
    options = price_options(orders, known, RULES, HANDS)
    priced = price_lines(options, known, NO_RECEIPTS, RULES, first_day=DAY)
    frames = SourcingFrames(priced, options.candidates, options.parcels, known.pairs, both)
    given = SourcingInputs(frames, options, priced, NODES, known, RULES.split_penalty)
    night = source_customer_orders(given, business_date=after(-1))
    assert night.lines["order_id"].to_list() == ["O"]
    policy = load_planning_policy(SHIPPED).model_copy(
        update={"substitution": POLICY, "sourcing": RULES, "lines": HANDS}
    )
    asked = list_unserved_lines(night, orders, policy)
    assert asked.select("order_id", "is_open").rows() == [("O", False), ("P", True)]
    said = pl.DataFrame([("P", 1, "X", False)], schema=NOBODY.schema, orient="row")
    records = SubstituteRecords(asked, chances(X=0.9), SOLD, said)
    found = substitute_unserved_lines(night, records, policy, business_date=after(-1))
    assert found.lines.select("order_id", "sku", "arrives_on").rows() == [("O", "X", after(1))]
    # What O costs late: A's carriage of 4.5, hands of 2, the unit's worth, and being late.
    assert found.lines["otherwise"][0] == pytest.approx(night.decisions["cost"][0] + 10.0)
    after_it = found.sourcing
    assert after_it.lines["order_id"].to_list() == ["P"]
    assert after_it.decisions["decision"].to_list() == ["substitute", "ship"]
    assert after_it.options["order_id"].unique().sort().to_list() == ["O", "P"]
    assert find_sourcing_problems(
        after_it.plan.lines, after_it.given.frames, split_penalty=RULES.split_penalty
    ).is_empty()


def test_a_line_that_waits_for_a_receipt_in_time_needs_no_substitute():
    """A has a unit, which comes dear and after the promise; B gets one that comes by it."""
    first = facts(available=(1, 0))
    dear = pl.when(pl.col("origin_region") == "north").then(20.0).otherwise("parcel_cost")
    known = first._replace(
        days=first.days.filter((pl.col("location") == "B") | (pl.col("ship_on") > DAY)),
        rates=first.rates.filter(pl.col("carrier") != "fast").with_columns(parcel_cost=dear),
    )
    orders = lines(line())
    coming = pl.DataFrame([("K", "B", DAY, 1, 0.95)], schema=NO_RECEIPTS.schema, orient="row")
    options = price_options(orders, known, RULES, HANDS)
    priced = price_lines(options, known, coming, RULES, first_day=DAY)
    both = pl.concat([CAPACITY, CAPACITY.with_columns(location=pl.lit("A"))])
    frames = SourcingFrames(priced, options.candidates, options.parcels, known.pairs, both)
    given = SourcingInputs(frames, options, priced, NODES, known, RULES.split_penalty)
    night = source_customer_orders(given, business_date=after(-1))
    told = night.decisions.select("decision", "promised_on", "due_on")
    assert told.rows() == [("wait", after(2), after(3))]
    policy = load_planning_policy(SHIPPED)
    assert list_unserved_lines(night, orders, policy).is_empty()


def test_a_policy_that_leaves_out_a_closeness_is_refused():
    with pytest.raises(ValueError, match=r"prior_acceptance: alike, other_colour.* is missing"):
        SubstitutionRules(prior_acceptance={"other": 0.1, "other_size": 0.2})
