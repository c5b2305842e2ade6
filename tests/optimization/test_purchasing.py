import calendar
import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from positioning_instances import AS_OF, ECONOMICS, items
from scipy import stats

from governance.kinds import KINDS
from optimization.feasibility import find_purchase_problems
from optimization.purchasing import list_budget_rooms, plan_purchases, select_purchase_items
from quality_checks.contracts import (
    CONTRACTS,
    BreakPrices,
    BudgetRooms,
    CapacityRooms,
    PurchasingRules,
    find_frame,
)

NOT_TOMORROW = "1101111"
"""Orders are placed on a Wednesday."""
NO_BREAKS = pl.DataFrame(schema=find_frame(BreakPrices).schema)
NO_BUDGETS = pl.DataFrame(schema=find_frame(BudgetRooms).schema)


def item(**changes):
    row = {
        "sku": "K",
        "destination": "DC",
        "region": "R",
        "supplier": "V",
        "department": "D",
        "status": "active",
        "inventory_position": 20,
        "order_up_to": 50,
        "value_level": 50,
        "level_binding": "value",
        "demand_mean": 40.0,
        "demand_variance": 40.0,
        "sold_before": 0,
        "open_demand_mean": 40.0,
        "open_demand_variance": 40.0,
        "open_life_mean": None,
        "open_life_variance": None,
        "protection_days": 20.0,
        "daily_demand": 2.0,
        "unit_price": 10.0,
        "underage_cost": 15.0,
        "overage_cost": 1.0,
        "surplus_step": 0.2,
        "surplus_most": 6.0,
        "minimum_order_quantity": 1,
        "order_multiple": 1,
        "stranded_units": 0,
        "lead_time_mean": 12.5,
        "lead_time_sd": 0.0,
        "yield_mean": 1.0,
        "yield_sd": 0.0,
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": None,
        "minimum_order_value": None,
        **changes,
    }
    numbers = dict.fromkeys(
        ("open_life_mean", "open_life_variance", "minimum_order_value"), pl.Float64
    )
    return pl.DataFrame(
        row, schema_overrides={"inventory_position": pl.Int64, "valid_to": pl.Date, **numbers}
    )


def unit_worth(k):
    """Of the k-th unit of the item: margin 15, 1 if left over, above 50 its keeping besides."""
    return 16 * stats.poisson.sf(k - 1, 40) - 1 - min(max(k - 50, 0) * 0.2, 6)


def falling_breaks(rng, frame):
    """One or two breaks for half of the items."""
    some = frame.filter(pl.Series(rng.random(frame.height) < 0.5))
    first = some.select(
        "sku", "supplier", from_quantity=pl.col("order_up_to") // 2 + 1,
        unit_price=pl.col("unit_price") * 0.95,
    )  # fmt: skip
    second = first.select(
        "sku", "supplier", pl.col("from_quantity") * 3, pl.col("unit_price") * 0.9
    )
    return pl.concat([first, second]).sort("sku", "supplier", "from_quantity")


def draw_rooms(rng, frame):
    """What every supplier has in all, by weeks of eight, and of half of the items."""
    first = AS_OF + dt.timedelta(days=1)
    weeks = pl.DataFrame({"week": [first + dt.timedelta(days=7 * n) for n in range(8)]})
    in_all = frame.select("supplier").unique(maintain_order=True).join(weeks, how="cross")
    in_all = in_all.with_columns(room=pl.Series(rng.integers(0, 400, in_all.height)))
    every = frame.select("supplier", "sku").join(in_all, on="supplier")
    half = frame.filter(pl.Series(rng.random(frame.height) < 0.5)).select("supplier", "sku")
    of_one = half.join(weeks, how="cross").with_columns(
        room=pl.Series(rng.integers(0, 90, half.height * 8))
    )
    named = ["supplier", "sku", "stated_sku", "stated_category", "week", "room"]
    return pl.concat(
        [
            every.with_columns(stated_sku=pl.lit("*"), stated_category=pl.lit("*")).select(named),
            of_one.with_columns(stated_sku="sku", stated_category=pl.lit("*")).select(named),
        ]
    )


def planned(economics=ECONOMICS, **changes):
    plan = plan_purchases(item(**changes), NO_BREAKS, NO_BUDGETS, economics, as_of=AS_OF)
    return plan.lines, plan.left_out


def order(economics=ECONOMICS, **changes):
    return planned(economics, **changes)[0].row(0, named=True)


def test_the_chance_to_gain_regards_how_late_and_how_short_goods_come():
    # Of one unit in reach of demand: it gains if it is asked for, and if it comes in time.
    likely = {"inventory_position": 49, "order_up_to": 50, "lead_time_mean": 10.0}
    sure = order(**likely)
    assert sure["quantity"] == 1
    assert sure["gain_chance"] == pytest.approx(stats.poisson.sf(49, 40), abs=1e-6)
    # Cover lasts for most of the window: a unit some days late is there when it is asked for.
    assert order(**likely, lead_time_sd=3.0)["gain_chance"] == sure["gain_chance"]
    # Of five likely days the last, 21.6, is after the end of the window of 20.
    late = order(**likely, lead_time_sd=8.0)
    assert late["gain_chance"] == pytest.approx(0.8 * sure["gain_chance"], rel=0.01)
    # Three of five likely deliveries of a unit bring none.
    short = order(**likely, yield_mean=0.9, yield_sd=0.2)
    assert short["gain_chance"] == pytest.approx(0.4 * sure["gain_chance"], rel=0.01)
    # Where no delivery is on record all is taken to come.
    assert order(**likely, yield_mean=None, yield_sd=None)["gain_chance"] == sure["gain_chance"]


def test_units_are_ordered_as_long_as_they_are_worth_something():
    got = order()
    # P(D >= 50) = .070 and P(D >= 51) = .053: the unit is worth 1 / 16 up to the 50th.
    assert unit_worth(50) > 0 > unit_worth(51)
    assert (got["quantity"], got["binding"], got["reason"]) == (30, "value", "below_target")
    # The order goes out on 1 April and takes 13 whole days.
    assert got["requested_on"] == dt.date(2026, 4, 14)
    assert got["urgency_days"] == 10
    CONTRACTS["purchase_plan"].conform(planned()[0].with_columns(business_date=AS_OF))


def test_what_the_order_states_is_what_chose_it():
    got = order()
    benefit = got["margin_kept"] - got["holding_cost"]
    assert benefit == pytest.approx(sum(unit_worth(k) for k in range(21, 51)))
    others = {n: sum(unit_worth(k) for k in range(21, 21 + n)) for n in (29, 31)}
    assert got["rejected"] == f"order of 29 worth {others[29]:.2f}"
    assert benefit >= max(others.values())


def test_demand_that_is_lost_before_the_order_comes_is_not_kept_by_it():
    # Of 40, ten are lost and all 20 units there are gone before the order comes.
    late = {"sold_before": 20, "open_demand_mean": 10.0, "open_demand_variance": 10.0}
    got = order(**late, value_level=35, order_up_to=35)
    assert got["quantity"] == 15
    sold = 10 - stats.poisson.sf(np.arange(15, 60), 10).sum()
    assert got["margin_kept"] == pytest.approx(15 * sold)
    assert got["holding_cost"] == pytest.approx(15 - sold)


def test_what_is_on_order_or_proposed_is_not_ordered_again():
    lines, left_out = planned(inventory_position=50)
    assert lines.is_empty()
    assert left_out.is_empty()


@pytest.mark.parametrize(
    ("minimum", "multiple", "quantity", "binding"),
    [
        # The third dozen is worth something, and a fourth is not.
        (1, 12, 36, "value"),
        (1, 15, 30, "value"),
        (40, 1, 40, "minimum_order_quantity"),
        (40, 12, 48, "minimum_order_quantity"),
        (33, 12, 36, "value"),
    ],
)
def test_minimum_and_multiple(minimum, multiple, quantity, binding):
    third, fourth = (sum(unit_worth(k) for k in range(n, n + 12)) for n in (45, 57))
    assert third > 0 > fourth
    got = order(minimum_order_quantity=minimum, order_multiple=multiple)
    assert got["quantity"] == quantity
    assert got["packs"] * multiple == quantity
    assert got["binding"] == binding
    assert got["reason"] in KINDS["purchase_order"].reasons
    assert (got["forced_cost"] > 0) == (binding != "value")


def test_what_a_floor_forces_is_named_with_its_cost():
    got = order(order_up_to=56, level_binding="service_floor")
    assert (got["quantity"], got["binding"], got["reason"]) == (
        36, "service_floor", "service_floor"
    )  # fmt: skip
    assert got["forced_cost"] == pytest.approx(-sum(unit_worth(k) for k in range(51, 57)))
    free = sum(unit_worth(k) for k in range(21, 51))
    assert got["rejected"] == f"order of 30 worth {free:.2f}"


def test_a_shelf_cuts_the_order():
    got = order(order_up_to=44, level_binding="shelf_max", order_multiple=5)
    assert (got["quantity"], got["binding"]) == (20, "shelf_max")
    more = sum(unit_worth(k) for k in range(41, 51))
    assert got["forced_cost"] == pytest.approx(more)


def test_units_left_at_the_exit_lose_their_share():
    # Until the exit 44 are asked for, so that beyond some 44 a unit loses half of its price.
    life = {"open_life_mean": 44.0, "open_life_variance": 44.0}
    economics = ECONOMICS.model_copy(update={"exit_loss_share": 0.5})
    got = order(economics, **life)

    def worth(k):
        return unit_worth(k) - 5 * stats.poisson.cdf(k - 1, 44)

    assert got["quantity"] == sum(worth(k) > 0 for k in range(21, 60))
    assert got["margin_kept"] - got["holding_cost"] == pytest.approx(
        sum(worth(k) for k in range(21, 21 + got["quantity"]))
    )


def test_a_minimum_that_does_not_pay_waits_and_says_so():
    lines, left_out = planned(minimum_order_quantity=5000)
    assert lines.is_empty()
    row = left_out.row(0, named=True)
    assert row["problem"] == "minimum_not_worth_holding"
    assert row["quantity"] == 5000
    assert row["holding_cost"] > row["margin_kept"] > 0
    # The same order is worth it where customers are owed as much.
    assert order(inventory_position=-4950, minimum_order_quantity=5000)["quantity"] == 5000


def life(mean, older=20):
    """What is asked for in the life of the goods, as a number that is all but certain."""
    return {"life_demand_mean": mean, "life_demand_variance": mean, "older_units": older}


@pytest.mark.parametrize(
    ("lives", "changes", "quantity", "binding"),
    [
        # Of 45 asked for in their life the 20 that are there before take 20.
        (life(45.0), {}, 25, "remaining_life"),
        (life(45.0), {"order_multiple": 12}, 24, "remaining_life"),
        # What comes after them takes none.
        (life(45.0, older=5), {}, 30, "value"),
        (life(99.0), {}, 30, "value"),
        # A floor, a break and a least value ask for more, which would not sell.
        (life(45.0), {"order_up_to": 56, "level_binding": "service_floor"}, 25, "remaining_life"),
        (life(53.0), {"order_up_to": 56, "level_binding": "service_floor"}, 33, "remaining_life"),
        # A shelf that holds less decides.
        (life(45.0), {"order_up_to": 44, "level_binding": "shelf_max"}, 24, "shelf_max"),
        (life(45.0), {"order_up_to": 48, "level_binding": "shelf_max"}, 25, "remaining_life"),
        # Customers who wait take from what comes.
        (life(20.0, older=-15), {"inventory_position": -15}, 35, "remaining_life"),
    ],
)
def test_an_order_sells_before_its_life_ends(lives, changes, quantity, binding):
    got = order(**lives, **changes)
    assert (got["quantity"], got["binding"]) == (quantity, binding)
    assert (got["reason"] == "remaining_life") == (binding == "remaining_life")
    assert got["reason"] in KINDS["purchase_order"].reasons
    # What would spoil is no better order that something else keeps from being placed.
    forced = "service_floor" in changes.values() or binding == "shelf_max"
    assert forced or got["forced_cost"] == 0
    frame = item(**lives, **changes)
    none = pl.DataFrame(schema={"department": pl.String, "spent": pl.Float64})
    found = find_purchase_problems(
        plan_of(frame).lines, frame, NO_BREAKS, none, PurchasingRules(), as_of=AS_OF,
        exit_loss_share=ECONOMICS.exit_loss_share,
    )  # fmt: skip
    assert found.rows() == []


@pytest.mark.parametrize("forced", [{"minimum_order_quantity": 40}, {"order_multiple": 40}])
def test_a_minimum_that_would_not_sell_in_its_life_waits_and_says_so(forced):
    assert order(**forced)["quantity"] == 40
    lines, left_out = planned(**life(45.0), **forced)
    assert lines.is_empty()
    row = left_out.row(0, named=True)
    assert (row["problem"], row["quantity"]) == ("remaining_life", 40)
    assert row["limit"] == "25 units that sell before their life ends"
    # Nobody asks for more of an item at its level.
    assert planned(**life(0.0), inventory_position=50)[1].is_empty()


def test_a_document_is_not_filled_with_what_would_not_sell_in_its_life():
    lives = pl.DataFrame({"sku": ["K", "L"], **life(52.0, older=[20, 50])})
    frame = two(AT_LEVEL, minimum_order_value=400.0).join(lives, on="sku")
    # Thirty-two at 10 and two at 20 would sell, which is less than 400.
    plan = plan_of(frame)
    assert plan.lines.is_empty()
    assert plan.left_out["problem"].to_list() == ["supplier_minimum_value"]
    (broken_off,) = plan_of(item(**life(45.0)), broken((36, 9.0))).lines["quantity"]
    assert broken_off == 25


def test_no_demand_asks_for_no_order():
    none = {"demand_mean": 0.0, "demand_variance": 0.0, "daily_demand": 0.0}
    asked = {"open_demand_mean": 0.0, "open_demand_variance": 0.0}
    lines, left_out = planned(**none, **asked)
    assert lines.is_empty()
    assert left_out.is_empty()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inventory_position": None}, "stock_unknown"),
        ({"status": "delisted"}, "not_replenished"),
        ({"valid_to": AS_OF}, "terms_not_valid"),
        ({"valid_from": AS_OF + dt.timedelta(days=2)}, "terms_not_valid"),
        ({"supplier_weekdays": NOT_TOMORROW}, "no_order_day"),
    ],
)
def test_what_cannot_be_ordered_is_told(changes, problem):
    lines, left_out = planned(**changes)
    assert lines.is_empty()
    assert left_out.select("sku", "destination", "supplier", "problem").rows() == [
        ("K", "DC", "V", problem)
    ]


def test_an_order_that_waits_for_its_day_says_on_which_it_is_taken():
    day = (AS_OF + dt.timedelta(days=1)).weekday()
    some = "".join("1" if i in {(day + 2) % 7, (day + 4) % 7} else "0" for i in range(7))
    _, left_out = planned(supplier_weekdays=some)
    names = sorted([(day + 2) % 7, (day + 4) % 7])
    assert left_out["limit"].to_list() == [
        "orders to V are taken on " + ", ".join(calendar.day_name[i] for i in names)
    ]
    # On its day it is ordered as ever, and what needs nothing waits for nothing.
    lines, left_out = planned(supplier_weekdays="1111111")
    assert lines.equals(planned()[0])
    assert left_out.is_empty()
    _, left_out = planned(supplier_weekdays=some, inventory_position=10_000)
    assert left_out.is_empty()


def test_the_margin_of_an_order_is_net_of_returns_at_the_supplier_s_price():
    keys = {"sku": ["K"], "location": ["DC"]}
    back = {"return_rate": 0.1, "resalable_share": 0.5, "return_cost": 2.0, "selling_price": 25.0}
    windows = pl.DataFrame({**keys, "supplier": "M", **back})
    levels = dict.fromkeys(("overage_cost", "surplus_step", "surplus_most"), 1.0)
    targets = pl.DataFrame(
        {**keys, **levels, "value_level": 5, "order_up_to": 5, "binding": "value"}
    )
    terms = pl.DataFrame({**keys, "supplier": "V", "supplier_price": 10.0})
    got = select_purchase_items(windows, targets, terms).row(0, named=True)
    # A sale earns 0.9 (25 - 10) - 0.1 (0.5 x 10 + 2).
    assert got["underage_cost"] == pytest.approx(12.8)
    assert (got["supplier"], got["unit_price"], got["destination"]) == ("V", 10.0, "DC")


def test_terms_hold_on_their_first_and_last_day():
    day = AS_OF + dt.timedelta(days=1)
    assert order(valid_from=day, valid_to=day)["quantity"] == 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"unit_price": -1.0},
            "purchase_items: unit_price of sku K, destination DC, supplier V is -1.0",
        ),
        ({"order_multiple": 0}, "order_multiple of sku K, destination DC, supplier V is 0"),
        ({"order_up_to": None}, "order_up_to of sku K, destination DC, supplier V is None"),
    ],
)
def test_bad_items_are_named(changes, words):
    with pytest.raises(ValueError, match=words):
        planned(**changes)


def two(second, **both):
    """The item, and another of the same supplier."""
    return pl.concat([item(**both), item(**both, sku="L", **second)], how="vertical_relaxed")


def plan_of(frame, breaks=NO_BREAKS, rooms=NO_BUDGETS):
    return plan_purchases(frame, breaks, rooms, ECONOMICS, as_of=AS_OF)


AT_LEVEL = {"inventory_position": 50, "unit_price": 20.0, "surplus_step": 0.01}


def test_a_document_is_filled_where_that_costs_least():
    # Thirty of the first come to 300. Ten more of it lose 18; five of another that is at its
    # level, at twice the price, lose little, as they are sold in the days after.
    plan = plan_of(two(AT_LEVEL, minimum_order_value=400.0))
    got = plan.lines.select("sku", "quantity", "own_packs", "binding", "reason").rows()
    filled = "supplier_minimum_value"
    assert got == [("K", 30, 30, "value", "below_target"), ("L", 5, 0, filled, filled)]
    assert plan.lines["document"].unique().to_list() == ["2026-04-01/V/DC"]
    assert plan.lines["document_value"].to_list() == [400.0, 400.0]
    first, second = plan.lines["forced_cost"].to_list()
    assert first == 0.0
    assert 0.0 < second < 18.0
    assert 0.0 <= plan.gap < 0.01


def test_nothing_is_added_to_a_document_that_is_worth_enough():
    plan = plan_of(two(AT_LEVEL, minimum_order_value=300.0))
    assert plan.lines.select("sku", "quantity").rows() == [("K", 30)]


def test_a_document_that_is_not_worth_filling_waits_with_its_figures():
    plan = plan_of(two({"inventory_position": 45}, minimum_order_value=9000.0))
    assert plan.lines.is_empty()
    rows = plan.left_out.rows_by_key("sku", named=True, unique=True)
    assert {row["problem"] for row in rows.values()} == {"supplier_minimum_value"}
    # Thirty and five units at 10 are there of 9000.
    assert rows["K"]["missing_value"] == rows["L"]["missing_value"] == 8650.0
    assert rows["K"]["waiting_cost"] == pytest.approx(sum(unit_worth(k) for k in range(21, 51)))
    assert rows["K"]["limit"] == "least value 9000.0 of V"
    # Where customers are owed as much, it does not wait.
    owed = plan_of(two({}, inventory_position=-500, minimum_order_value=9000.0))
    assert owed.lines["quantity"].sum() >= 900


def broken(*rows):
    types = {"sku": pl.String, "supplier": pl.String, "from_quantity": pl.Int64}
    return pl.DataFrame(
        [("K", "V", *row) for row in rows], {**types, "unit_price": pl.Float64}, orient="row"
    )


@pytest.mark.parametrize(
    ("breaks", "quantity", "price", "saving"),
    [
        # Six more lose some 7 and save 36, twenty more lose more than the 25 they save.
        ([(36, 9.0)], 36, 9.0, 36.0),
        ([(50, 9.5)], 30, 10.0, 0.0),
        # Earned already: the price is paid, and what is wanted is ordered.
        ([(20, 9.0)], 30, 9.0, 20.0),
        ([(20, 9.0), (36, 8.0)], 36, 8.0, 72.0),
    ],
)
def test_a_break_is_earned_where_it_saves_more_than_it_costs(breaks, quantity, price, saving):
    got = plan_of(item(), broken(*breaks)).lines.row(0, named=True)
    assert (got["quantity"], got["unit_price"], got["list_price"]) == (quantity, price, 10.0)
    assert got["break_saving"] == pytest.approx(saving)
    assert got["binding"] == ("price_break" if quantity > 30 else "value")


def test_money_of_a_budget_goes_where_it_brings_most():
    # What is short of the first earns three times as much.
    dear = {"underage_cost": 5.0, "surplus_most": 2.0}
    rooms = pl.DataFrame({"department": ["D"], "month": ["2026-04"], "room": [320.0]})
    plan = plan_of(two(dear), rooms=rooms)
    got = plan.lines.rows_by_key("sku", named=True, unique=True)
    assert got["K"]["quantity"] + got["L"]["quantity"] == 32
    assert got["L"]["binding"] == "budget"
    assert got["L"]["quantity"] < got["L"]["own_packs"]
    assert got["L"]["forced_cost"] > 0
    # The next unit of either would bring about what the budget's price says.
    next_units = (unit_worth(20 + got["K"]["quantity"]), unit_worth(21 + got["K"]["quantity"]))
    assert next_units[1] / 10 <= got["K"]["limit_price"] + 1e-6 <= next_units[0] / 10 + 1e-6
    none = plan_of(two(dear), rooms=rooms.with_columns(room=0.0))
    assert none.lines.is_empty()
    told = none.left_out.select("problem", "limit").unique().rows()
    assert told == [("budget_full", "budget of D in 2026-04")]


WEEK = dt.date(2026, 4, 13)
"""The item takes 12.5 days: it is asked for on 14 April."""


def capacity(*rows):
    """Rooms of supplier V: the item, what they are stated of, the week and the units."""
    names = ("sku", "stated_sku", "stated_category", "week", "room")
    return pl.DataFrame(
        [("V", *row) for row in rows],
        dict(zip(("supplier", *names), find_frame(CapacityRooms).schema.values(), strict=True)),
        orient="row",
    )


def plan_within(frame, capacities, rooms=NO_BUDGETS):
    return plan_purchases(frame, NO_BREAKS, rooms, ECONOMICS, as_of=AS_OF, capacities=capacities)


def of_both(room, week=WEEK):
    return capacity(("K", "*", "*", week, room), ("L", "*", "*", week, room))


def test_what_a_supplier_can_deliver_goes_where_it_brings_most():
    # What is short of the first earns three times as much, and the supplier has 32 of both.
    dear = {"underage_cost": 5.0, "surplus_most": 2.0}
    plan = plan_within(two(dear), of_both(32))
    got = plan.lines.rows_by_key("sku", named=True, unique=True)
    assert got["K"]["quantity"] + got["L"]["quantity"] == 32
    cut = got["L"]
    assert (cut["binding"], cut["own_packs"] > cut["packs"]) == ("supplier_capacity", True)
    assert cut["capacity_limit"] == "what V can deliver in all in the week of 2026-04-13"
    assert cut["forced_cost"] > 0
    assert cut["limit_price"] == 0.0
    # One more unit of the first would bring about what the capacity's price says.
    worths = (unit_worth(20 + got["K"]["quantity"]), unit_worth(21 + got["K"]["quantity"]))
    assert worths[1] - 1e-6 <= got["K"]["capacity_price"] <= worths[0] + 1e-6
    none = plan_within(two(dear), of_both(0))
    assert none.lines.is_empty()
    told = none.left_out.select("problem", "limit").unique().rows()
    assert told == [("capacity_full", cut["capacity_limit"])]
    assert (none.left_out["waiting_cost"] > 0).all()


def test_a_capacity_is_of_its_week_and_what_nobody_states_is_no_limit():
    free = plan_of(two({})).lines
    for stated in (of_both(0, dt.date(2026, 4, 7)), of_both(0, dt.date(2026, 4, 15)), of_both(60)):
        lines = plan_within(two({}), stated).lines
        assert lines.equals(free)
    # The last and the first day of a week are in it.
    for week in (dt.date(2026, 4, 8), dt.date(2026, 4, 14)):
        assert plan_within(two({}), of_both(0, week)).lines.is_empty()


def test_every_capacity_that_has_the_day_holds():
    stated = capacity(
        ("K", "*", "*", WEEK, 40), ("L", "*", "*", WEEK, 40), ("K", "K", "*", WEEK, 7),
        # A week of the same scope that overlaps: both hold.
        ("L", "*", "*", dt.date(2026, 4, 10), 30), ("K", "*", "*", dt.date(2026, 4, 10), 30),
    )  # fmt: skip
    plan = plan_within(two({}), stated)
    got = plan.lines.rows_by_key("sku", named=True, unique=True)
    assert (got["K"]["quantity"], got["L"]["quantity"]) == (7, 23)
    assert got["K"]["capacity_limit"] == "what V can deliver of K in the week of 2026-04-13"
    assert got["L"]["capacity_limit"] == "what V can deliver in all in the week of 2026-04-10"


def test_a_document_that_a_capacity_keeps_below_its_least_value_waits():
    plan = plan_within(two({}, minimum_order_value=400.0), of_both(39))
    assert plan.lines.is_empty()
    assert plan.left_out["problem"].unique().to_list() == ["capacity_full"]
    kept = plan_within(two({}, minimum_order_value=400.0), of_both(40)).lines
    assert kept["document_value"].unique().to_list() == [400.0]


def test_a_line_with_a_budget_is_not_held_by_a_capacity_that_has_a_multiple_left():
    # An instance in which one more of either limit would bring nothing.
    rng = np.random.default_rng(44)
    frame = items(rng, 12)
    months = {"department": ["D0", "D1"], "month": ["2026-04"] * 2}
    rooms = pl.DataFrame({**months, "room": rng.uniform(0, 5e3, 2)})
    stated = draw_rooms(rng, frame)
    lines = plan_within(frame, stated, rooms).lines
    line = lines.row(by_predicate=pl.col("sku") == "K00006", named=True)
    of_item = stated.filter(
        sku=line["sku"], stated_sku=line["sku"], week=dt.date(2026, 4, 22)
    )  # fmt: skip
    left = of_item["room"].item() - line["quantity"]
    assert line["capacity_limit"].endswith("of K00006 in the week of 2026-04-22")
    assert left >= 2 * frame.filter(sku="K00006")["order_multiple"].item()
    assert line["packs"] < line["own_packs"]
    assert (line["limit_price"], line["capacity_price"]) == (0.0, 0.0)
    assert line["binding"] == "budget"


def test_what_waits_for_a_line_that_a_capacity_cuts_waits_for_the_least_value():
    # Five of each are the 100 that the supplier asks for, and of the first it has none.
    frame = two({}, inventory_position=45, minimum_order_value=100.0)
    plan = plan_within(frame, capacity(("K", "K", "*", WEEK, 0)))
    assert plan.lines.is_empty()
    told = plan.left_out.select("sku", "problem", "limit", "missing_value", "limit_price").rows()
    of_first, of_other = told
    assert of_first[:2] == ("K", "capacity_full")
    assert of_other == ("L", "supplier_minimum_value", "least value 100.0 of V", 50.0, None)


def test_where_a_limit_cuts_a_line_another_one_fills_the_document():
    # The first is taken by 48, for 480 of a budget of 400. Thirty of the other are 300 of the 350
    # that the supplier asks for: five more are ordered than it is worth by itself.
    huge = {"minimum_order_quantity": 48, "unit_price": 10.0}
    frame = pl.concat(
        [item(minimum_order_value=350.0, **huge), item(minimum_order_value=350.0, sku="L")]
    )
    rooms = pl.DataFrame({"department": ["D"], "month": ["2026-04"], "room": [400.0]})
    for plan in (plan_of(frame, rooms=rooms), plan_within(frame, of_both(40))):
        got = plan.lines.select("sku", "quantity", "own_packs", "binding").rows()
        assert got == [("L", 35, 30, "supplier_minimum_value")]
        assert plan.left_out["sku"].to_list() == ["K"]


@settings(max_examples=6)
@given(
    seed=st.integers(0, 10**6),
    budgets=st.booleans(),
    cheaper=st.booleans(),
    limited=st.booleans(),
)
def test_any_plan_is_feasible_and_repeats(seed, budgets, cheaper, limited):
    rng = np.random.default_rng(seed)
    frame = items(rng, 30)
    lives = pl.Series(rng.random(30) < 0.5)
    left = frame["daily_demand"] * pl.Series(rng.uniform(5, 60, 30))
    frame = frame.with_columns(
        life_demand_mean=pl.when(lives).then(left),
        life_demand_variance=pl.when(lives).then(left * 2),
        older_units="inventory_position",
    )
    month = f"{AS_OF + dt.timedelta(days=1):%Y-%m}"
    stated = {f"D{n}": {month: float(rng.uniform(0, 2e4))} for n in range(2)} if budgets else {}
    rules = PurchasingRules(department_budget=stated)
    spent = pl.DataFrame({"department": ["D0", "D2"], "spent": [1e3, 5e3]})
    rooms = list_budget_rooms(rules, spent, AS_OF + dt.timedelta(days=1))
    breaks = falling_breaks(rng, frame) if cheaper else NO_BREAKS
    stated = draw_rooms(rng, frame) if limited else None
    plan = plan_purchases(frame, breaks, rooms, ECONOMICS, as_of=AS_OF, capacities=stated)
    found = find_purchase_problems(
        plan.lines,
        frame,
        breaks,
        spent,
        rules,
        as_of=AS_OF,
        exit_loss_share=ECONOMICS.exit_loss_share,
        capacities=stated,
    )
    assert found.rows() == []
    assert plan.value <= plan.bound + 1e-6
    again = plan_purchases(
        frame.reverse(),
        breaks.reverse(),
        rooms,
        ECONOMICS,
        as_of=AS_OF,
        capacities=None if stated is None else stated.reverse(),
    )
    assert again.lines.equals(plan.lines)
    assert again.left_out.equals(plan.left_out)
