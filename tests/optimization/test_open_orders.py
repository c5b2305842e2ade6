"""Open order lines are valued over paths of demand, and changed only where that pays."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from optimization.feasibility import find_line_action_problems, find_moved_line_problems
from optimization.open_orders import OpenOrders, choice, plan_open_orders, take_up
from optimization.open_orders.capacities import keep_what_fits
from optimization.open_orders.splits import (
    choose_units,
    cost_parts,
    cost_parts_on_paths,
    find_sizes,
    join_stretches,
)
from optimization.paths import list_ends
from optimization.paths.courses import ItemCosts, cost_courses, place_units
from optimization.paths.demand_paths import PATHS, DemandPaths, draw_paths
from optimization.paths.needs import find_needs
from quality_checks.checks import judge_alternatives
from quality_checks.contracts import (
    ALTERNATIVES,
    CapacityRooms,
    Economics,
    MemberStock,
    OpenOrderRules,
    ServiceFloor,
    find_frame,
)

AS_OF = dt.date(2026, 3, 1)
FIRST = dt.date(2026, 3, 2)
RULES = OpenOrderRules(
    frozen_days=5,
    most_pull_in_days=14,
    most_push_out_days=28,
    change_fee=10.0,
    least_change_gain=5.0,
)
ECONOMICS = Economics(
    holding_rate_per_year=0.2,
    markdown_loss_share=0.0,
    exit_loss_share=0.5,
    service_ceiling=0.99,
    holding_horizon_days=182,
    service_floor={"A": ServiceFloor(kind="fill_rate", at_least=0.9)},
)
NO_ROOMS = find_frame(CapacityRooms).empty()
NOBODY = find_frame(MemberStock).empty()
DAYS = 42.0
A_DAY = 2.0


def an_item(sku="S", **own):
    return {
        "sku": sku,
        "destination": "D",
        "inventory_position": 100,
        "order_up_to": 100,
        "value_level": 100,
        "protection_days": DAYS,
        "daily_demand": A_DAY,
        "underage_cost": 6.0,
        "unit_cost": 4.0,
        "unit_price": 4.0,
        "surplus_step": 0.02,
        "surplus_most": 2.0,
        "lost": True,
        "run_down": False,
        "open_demand_mean": 80.0,
        "open_life_mean": None,
    } | own


def a_leaver(stock):
    """An item that leaves the range with its interval: what is left loses half of its price."""
    return an_item(
        inventory_position=stock,
        run_down=True,
        value_level=0,
        order_up_to=0,
        surplus_step=0.0,
        surplus_most=0.0,
    )


def a_line(number=1, **own):
    return {
        "document_kind": "purchase_order",
        "document": f"P{number}",
        "line": 1,
        "region": "R",
        "sku": "S",
        "destination": "D",
        "supplier": "V",
        "due_on": FIRST + dt.timedelta(days=20),
        "units": 60,
        "chance": 1.0,
        "share": 1.0,
        "expected_units": 60,
        "order_multiple": 10,
        "minimum_order_quantity": 20,
        "unit_price": 4.0,
        "changeable": True,
        "refusal_chance": 0.0,
        "expedite_fee": None,
        "expedite_days_saved": None,
    } | own


def review(items, lines, *, arrivals=None, rules=RULES, ordered=(), members=NOBODY, rooms=NO_ROOMS):  # noqa: PLR0913  # what a night knows
    """The plan of some lines, each coming on its day unless `arrivals` names others."""
    lines = pl.DataFrame(lines, infer_schema_length=None).with_columns(
        pl.col("expedite_fee").cast(pl.Float64), pl.col("expedite_days_saved").cast(pl.Int64)
    )
    items = pl.DataFrame(items, infer_schema_length=None).with_columns(
        pl.col("open_life_mean").cast(pl.Float64)
    )
    key = ["document_kind", "document", "line"]
    came = arrivals or {}
    rows = [
        {**dict(zip(key, row[:3], strict=True)), "point": point, "due_on": day}
        for row in lines.select(*key, "due_on").iter_rows()
        for point, day in enumerate(came.get(row[1], [row[3]]), start=1)
    ]
    ends = list_ends(DAYS)
    demand = items.select("sku", "destination", "protection_days", "daily_demand").join(
        pl.DataFrame({"end": ends}), how="cross"
    )
    demand = demand.with_columns(days=pl.min_horizontal("end", "protection_days")).with_columns(
        mean=pl.col("days") * pl.col("daily_demand"),
        variance=pl.col("days") * pl.col("daily_demand") * 1.5,
    )
    due = lines.group_by("sku", location="destination", due_on="due_on").agg(
        units=pl.col("expected_units").sum()
    )
    schema = {"sku": pl.String, "location": pl.String, "due_on": pl.Date, "units": pl.Int64}
    chances = lines.select(
        *key,
        stated_on="due_on",
        late_chance=pl.lit(0.5),
        late_week_chance=pl.lit(0.1),
        short_chance=pl.lit(None, pl.Float64),
    )
    plan = plan_open_orders(
        OpenOrders(
            lines=lines,
            chances=chances,
            arrivals=pl.DataFrame(rows),
            items=items,
            demand=demand,
            members=members,
            receipts=due,
            ordered=pl.DataFrame(list(ordered), schema=schema, orient="row"),
            rooms=rooms,
        ),
        rules,
        ECONOMICS,
        as_of=AS_OF,
    )
    sped = plan.expedites.with_columns(form=pl.lit("expedite"), rest_on=pl.lit(None, pl.Date))
    for actions in (plan.changes, sped):
        assert find_line_action_problems(actions, lines, rules, as_of=AS_OF).is_empty()
    return plan


def test_goods_within_a_stretch_serve_the_part_of_it_that_is_left():
    ends = np.array([[1.0, 2.0, 9.0]])
    day = lambda at: place_units(ends, np.array([at]), np.array([14.0])).tolist()[0]  # noqa: E731  # a short name for three cases
    assert day(1.0) == [0, 14, 0, 0]
    assert day(4.0) == [0, 0, 10, 4]
    assert day(9.0) == [0, 0, 0, 14]


def plain_cost(demand, ends, receipts, costs, factor):
    """The cost of one course on one path, as the module states it, day by day."""
    stock, node, short, kept, begins = costs["opening"], costs["held"], 0.0, 0.0, 0.0
    for asked, need, end, came in zip(*demand, ends, receipts, strict=False):
        stock += came
        node += came
        there = max(stock, 0.0)
        sent = min(need, max(node, 0.0))
        short += need - sent
        stock -= asked if costs["waits"] else asked - (need - sent)
        node -= need if costs["waits"] else sent
        kept += (end - begins) * (there + max(stock, 0.0)) / 2
        begins = end
    left = max(stock + receipts[-1], 0.0)
    surplus = sum(
        min(k * costs["step"], costs["most"]) for k in range(1, int(left - costs["level"]) + 1)
    )
    unsold = max(left - factor * costs["rest"], 0.0)
    return [costs["short"] * short, costs["keeping"] * kept, surplus + costs["exit"] * unsold]


@pytest.mark.parametrize("waits", [False, True])
def test_a_course_costs_what_its_days_cost(waits):
    rng = np.random.default_rng(5)
    stretches = 6
    units = rng.integers(0, 9, (1, PATHS, stretches)).astype(float)
    ends = np.array([[1.0, 2.0, 3.0, 10.0, 17.0, 17.0]])
    factor = rng.gamma(4, 0.25, (1, PATHS))
    needed = np.floor(units * rng.random(units.shape))
    paths = DemandPaths(pl.DataFrame({"sku": ["S"]}), ends, units, needed, factor, np.zeros(1))
    told = {
        "opening": 3.0, "held": 1.0, "short": 5.0, "keeping": 0.2, "level": 2.0, "step": 0.3,
        "most": 1.0, "exit": 1.5, "rest": 4.0, "waits": waits,
    }  # fmt: skip
    one = {name: np.array([float(value)]) for name, value in told.items()}
    costs = ItemCosts(
        one["opening"], one["held"], one["short"], one["keeping"], one["level"], one["step"],
        one["most"], one["exit"], one["rest"], np.array([waits]),
    )  # fmt: skip
    receipts = np.array([0.0, 4.0, 0.0, 9.0, 0.0, 0.0, 5.0])
    found = cost_courses(paths, costs, np.array([0]), receipts[None, :])
    expected = np.mean(
        [
            plain_cost((units[0, path], needed[0, path]), ends[0], receipts, told, factor[0, path])
            for path in range(PATHS)
        ],
        axis=0,
    )
    assert found[0] == pytest.approx(expected)


def test_what_members_cannot_serve_themselves_is_asked_of_the_node():
    """Three places ask for the same; one has nothing, one more than it will ever sell, one ten."""
    items = pl.DataFrame({"sku": ["A", "B"], "destination": ["D", "D"], "item": [0, 1]})
    members = pl.DataFrame(
        {
            "sku": ["A"] * 3, "destination": ["D"] * 3, "location": ["s1", "s2", "s3"],
            "share": [0.3] * 3, "units": [0, 999, 10],
        }
    )  # fmt: skip
    units = np.full((2, 1, 20), 10.0)
    needed, owned = find_needs(items, units, members)
    # The node's own tenth and the first place ask from the start, the third once its ten are gone.
    assert owned.tolist() == [1009.0, 0.0]
    assert needed[0, 0, 0] == pytest.approx(4.0, abs=0.05)
    assert needed[0, 0, -1] == pytest.approx(7.0, abs=0.05)
    assert needed[0].sum() == pytest.approx(200 * 0.4 + 200 * 0.3 - 10, abs=0.5)
    # Poisson demand of 9 for 10 units lacks a unit and a bit, as its distribution has it.
    short = sum(max(k - 10, 0) * poisson.pmf(k, 9) for k in range(99))
    assert needed[0, 0, :3].sum() == pytest.approx(30 * 0.4 + short, abs=0.1)
    assert (needed[1] == units[1]).all()


def test_stock_at_one_place_serves_no_other_ones_customers():
    """Seventy units last all the days of a pool; the place that asks for all of it has none."""
    late = {"P1": [FIRST + dt.timedelta(days=40)]}
    item = an_item(inventory_position=130)
    line = a_line(due_on=FIRST + dt.timedelta(days=10))
    pool = review([item], [line], arrivals=late).risks["margin_at_risk"].item()
    apart = pl.DataFrame(
        {
            "sku": ["S"] * 2, "destination": ["D"] * 2, "location": ["full", "bare"],
            "share": [0.0, 1.0], "units": [70, 0],
        }
    )  # fmt: skip
    found = review([item], [line], arrivals=late, members=apart).risks["margin_at_risk"].item()
    assert pool < 100
    # Of sixty two days sell four: two a day, at a margin of six.
    assert found == pytest.approx((60 - 4) * 6, rel=0.1)


def test_paths_have_the_mean_and_the_variance_of_demand():
    ends = list_ends(DAYS)
    items = pl.DataFrame({"sku": ["A", "B"], "destination": ["D", "D"]})
    days = np.array(ends)
    mean = 5.0 * days
    # A fifth of the level is common to all days.
    variance = 2.0 * mean + 0.04 * mean**2
    demand = items.join(
        pl.DataFrame({"days": days, "mean": mean, "variance": variance}), how="cross"
    )
    paths = draw_paths(items, demand, NOBODY, seed=1)
    total = paths.units.sum(axis=2)
    assert total.mean(axis=1) == pytest.approx(mean[-1], rel=0.03)
    assert total.var(axis=1) == pytest.approx(variance[-1], rel=0.35)
    assert paths.units[:, :, :28].sum(axis=2).mean(axis=1) == pytest.approx(mean[27], rel=0.03)
    # No other item moves the paths of one.
    alone = draw_paths(items[:1], demand.filter(sku="A"), NOBODY, seed=1)
    assert (alone.units[0] == paths.units[0]).all()


def test_a_line_that_comes_after_the_shelf_is_empty_is_pulled_in():
    # Ten units last for five days, the line comes on the 21st.
    plan = review([an_item(inventory_position=70)], [a_line()])
    (row,) = plan.changes.rows(named=True)
    assert (row["form"], row["reason"]) == ("pull_in", "due_too_late")
    # The days until then cost most, so it is asked for as soon as policy lets it.
    assert row["due_on"] == FIRST + dt.timedelta(days=6)
    assert row["binding"] == "days_asked_for"
    assert row["margin_kept"] == pytest.approx(
        6.0 * (row["lost_as_is"] - row["lost_then"]), abs=0.01
    )
    assert row["margin_kept"] > 90
    assert row["gain_chance"] > 0.95
    assert row["urgency_days"] == pytest.approx(5.0)


def test_what_the_supplier_may_refuse_gains_by_the_chance_that_it_agrees():
    sure, unsure = (
        review([an_item(inventory_position=70)], [a_line(refusal_chance=chance)]).changes.row(
            0, named=True
        )
        for chance in (0.0, 0.25)
    )
    assert unsure["margin_kept"] == pytest.approx(0.75 * sure["margin_kept"], rel=1e-6)
    assert unsure["gain_chance"] == pytest.approx(0.75 * sure["gain_chance"])
    assert (unsure["fee"], unsure["due_on"]) == (sure["fee"], sure["due_on"])
    # What asking costs is no longer earned where hardly any supplier agrees.
    never = review([an_item(inventory_position=70)], [a_line(refusal_chance=0.95)])
    assert never.changes.is_empty()


def test_what_gains_too_little_is_left_alone():
    dear = RULES.model_copy(update={"least_change_gain": 10_000.0})
    plan = review([an_item(inventory_position=70)], [a_line()], rules=dear)
    assert plan.changes.is_empty()
    assert plan.risks.height == 1


@pytest.mark.parametrize(
    "own",
    [{"changeable": False}, {"due_on": FIRST + dt.timedelta(days=4)}],
    ids=["answer awaited", "frozen"],
)
def test_some_lines_are_left_alone(own):
    plan = review([an_item(inventory_position=60)], [a_line(**own)])
    assert plan.changes.is_empty()


def test_a_line_that_comes_after_the_item_has_left_is_cancelled():
    leaves = a_leaver(90)
    late = a_line(due_on=FIRST + dt.timedelta(days=60))
    (row,) = review([leaves], [late]).changes.rows(named=True)
    assert (row["form"], row["quantity"], row["left_units"]) == ("cancel", 60, 0)
    assert row["urgency_days"] is None
    # Each unit would have lost half of its price.
    assert row["holding_cost"] == pytest.approx(-0.5 * 4.0 * 60, rel=0.2)
    assert row["margin_given_up"] == 0


def test_a_line_is_cut_to_whole_multiples_and_no_further_than_the_minimum():
    leaves = a_leaver(150)
    (row,) = review([leaves], [a_line()]).changes.rows(named=True)
    # About 84 units sell of the 90 there, so hardly any of the line is needed.
    assert row["form"] in {"cut", "cancel"}
    some = a_leaver(110)
    (row,) = review([some], [a_line()]).changes.rows(named=True)
    assert row["form"] == "cut"
    assert row["left_units"] % 10 == 0
    assert 20 <= row["left_units"] < 60
    least = review([some], [a_line(minimum_order_quantity=50)]).changes.rows(named=True)
    assert all(row["left_units"] in {0, 50} for row in least)


def test_a_line_that_is_needed_later_is_pushed_out():
    # 300 units last for 30 of 42 days, and the line comes on the seventh.
    item = an_item(
        inventory_position=450, daily_demand=10.0, unit_cost=60.0, order_up_to=900, value_level=900
    )
    early = {"due_on": FIRST + dt.timedelta(days=6), "units": 150, "expected_units": 150}
    (row,) = review([item], [a_line(**early)]).changes.rows(named=True)
    assert (row["form"], row["reason"]) == ("push_out", "needed_later")
    assert 10 <= (row["due_on"] - row["stated_on"]).days <= 24
    assert row["holding_cost"] < -30
    assert row["margin_given_up"] < 15


DEAR = {"daily_demand": 10.0, "unit_cost": 60.0, "order_up_to": 900, "value_level": 900}
"""An item of which a unit costs 3 cents a day to keep."""


def test_a_part_of_a_line_is_asked_for_sooner_where_all_of_it_would_lie():
    # A hundred units last for ten days; the line of six hundred comes on the 26th.
    item = an_item(inventory_position=700, **DEAR)
    line = a_line(due_on=FIRST + dt.timedelta(days=25), units=600, expected_units=600)
    plan = review([item], [line])
    (row,) = plan.changes.rows(named=True)
    assert (row["form"], row["reason"]) == ("split", "due_too_late")
    assert (row["rest_on"], row["open_units"], row["left_units"]) == (line["due_on"], 600, 600)
    assert row["fee"] == 20.0
    # It sells for the days by which the part comes sooner, and some more for luck.
    days = (row["stated_on"] - row["due_on"]).days
    assert 10 * (days - 4) <= row["quantity"] <= 10 * (days + 6)
    whole = review([item], [line | {"minimum_order_quantity": 310}])
    (pulled,) = whole.changes.rows(named=True)
    assert pulled["form"] == "pull_in"
    saved = pulled["holding_cost"] - row["holding_cost"]
    assert saved > 50
    gains = dict(plan.alternatives.select("alternative", "gain").iter_rows())
    assert gains["split"] > gains["pull_in"] + 30


def test_one_line_of_an_item_may_be_split_and_another_not():
    item = an_item(inventory_position=760, **DEAR)
    many = a_line(due_on=FIRST + dt.timedelta(days=25), units=600, expected_units=600)
    few = a_line(2, due_on=FIRST + dt.timedelta(days=25), minimum_order_quantity=60)
    changes = review([item], [many, few]).changes
    # Once a part of the first is there the second is needed later.
    assert changes["form"].to_list() == ["split", "push_out"]
    assert changes["rest_on"].to_list() == [many["due_on"], None]


def test_a_part_that_is_needed_later_is_pushed_out_and_the_rest_comes_on_its_day():
    # Nothing is there; of six hundred on the seventh day half lasts for weeks.
    item = an_item(inventory_position=600, **DEAR | {"order_up_to": 600, "value_level": 600})
    line = a_line(due_on=FIRST + dt.timedelta(days=6), units=600, expected_units=600)
    rules = RULES.model_copy(update={"most_pull_in_days": 0})
    (row,) = review([item], [line], rules=rules).changes.rows(named=True)
    assert (row["form"], row["reason"]) == ("split", "needed_later")
    assert row["due_on"] > row["rest_on"] == line["due_on"]
    assert row["urgency_days"] is None
    assert row["holding_cost"] < -20
    # What stays covers demand until the rest comes.
    days = (row["due_on"] - row["rest_on"]).days
    assert 600 - row["quantity"] >= 10 * days
    assert review([item], [line | {"minimum_order_quantity": 310}], rules=rules).changes.is_empty()


def room(units, week, sku="S", stated="*"):
    """What the supplier can still deliver of an item in a week that begins so many days on."""
    schema = find_frame(CapacityRooms).schema
    row = ("V", sku, stated, "*", FIRST + dt.timedelta(days=week), units)
    return pl.DataFrame([row], schema=schema, orient="row")


def test_a_line_is_moved_into_no_week_in_which_its_supplier_cannot_deliver_it():
    item, line = an_item(inventory_position=70), a_line(minimum_order_quantity=60)
    (free,) = review([item], [line]).changes.rows(named=True)
    assert (free["due_on"] - FIRST).days == 6
    # It is asked for as soon as the weeks allow in which there is room for all of it.
    full = pl.concat([room(59, 1), room(60, 8)])
    (row,) = review([item], [line], rooms=full).changes.rows(named=True)
    assert (row["form"], (row["due_on"] - FIRST).days) == ("pull_in", 8)
    said = {"binding": "supplier_capacity", "capacity_missing": 1,
            "capacity_limit": "what V can deliver in all in the week of 2026-03-03"}  # fmt: skip
    assert {name: row[name] for name in said} == said
    told = ("binding", "capacity_limit", "capacity_missing")
    assert tuple(free[name] for name in told) == ("days_asked_for", None, None)
    # A part of it finds room sooner, where that gains more than the second delivery costs.
    large = a_line(units=600, expected_units=600)
    thirsty = an_item(inventory_position=610, daily_demand=10.0)
    parted = pl.concat([room(120, 1), room(0, 8), room(0, 15)])
    (row,) = review([thirsty], [large], rooms=parted).changes.rows(named=True)
    assert (row["form"], row["quantity"]) == ("split", 120)
    assert row["binding"] == "supplier_capacity"
    (wanted,) = review([thirsty], [large]).changes.rows(named=True)
    assert row["capacity_missing"] == wanted["quantity"] - 120 > 0
    # A line that cannot be split in the room that there is says so, too.
    few = pl.concat([room(9, -1), room(9, 6), room(9, 13)])
    sooner = RULES.model_copy(update={"most_push_out_days": 0})
    none = weighed(review([thirsty], [large], rooms=few, arrivals=LATE, rules=sooner))
    assert none["split"]["verdict"] == "supplier_capacity"
    assert none["split"]["capacity_missing"] > 0
    # The week in which it is expected has it already.
    own = review([item], [line | {"due_on": FIRST + dt.timedelta(days=11)}], rooms=room(0, 5))
    assert own.changes["form"].to_list() == ["pull_in"]
    none = pl.concat([room(0, week) for week in (1, 8, 13)])
    plan = review([item], [line], rooms=none, arrivals=LATE)
    assert plan.changes.is_empty()
    told = weighed(plan)["pull_in"]
    assert told["verdict"] == "supplier_capacity"
    assert told["capacity_limit"].startswith("what V can deliver in all in the week of")
    assert told["capacity_missing"] == 60
    # Where nothing keeps it, no capacity is named.
    assert weighed(plan)["cut"]["capacity_limit"] is None


@pytest.mark.parametrize("overdue", [5, 40, 400])
def test_an_overdue_line_that_no_week_has_room_for_keeps_no_other_one_back(overdue):
    # Sped up, it would come in the first week, in which its supplier can deliver none of it.
    late = a_line(
        due_on=FIRST - dt.timedelta(days=overdue), expedite_fee=1.0, expedite_days_saved=10
    )
    later = a_line(2, due_on=FIRST + dt.timedelta(days=20))
    arrivals = {"P1": [FIRST + dt.timedelta(days=day) for day in (30, 40, 41)]}
    arrivals["P2"] = [later["due_on"]] * 3
    plan = review([an_item(inventory_position=70)], [late, later], arrivals=arrivals,
                  rooms=room(0, 0))  # fmt: skip
    assert plan.expedites.is_empty()
    assert weighed(plan)["expedite"]["verdict"] == "supplier_capacity"
    assert plan.changes["po"].to_list() == ["P2"]
    free = review([an_item(inventory_position=70)], [late, later], arrivals=arrivals)
    assert free.expedites["due_on"].to_list() == [FIRST]


def test_lines_share_what_their_supplier_can_deliver_and_who_gains_most_comes_first():
    items = [an_item(sku, inventory_position=70) for sku in ("S", "T")]
    items[1]["underage_cost"] = 9.0
    whole = {"minimum_order_quantity": 60}
    lines = [a_line(1, **whole), a_line(2, sku="T", **whole)]
    both = pl.concat([room(100, week, sku) for week in (1, 8, 15) for sku in ("S", "T")])
    plan = review(items, lines, rooms=both)
    purchases = pl.DataFrame(
        schema={"supplier": pl.String, "sku": pl.String, "quantity": pl.Int64,
                "requested_on": pl.Date}
    )  # fmt: skip
    asked = plan.changes.sort("sku").select("sku", "form", "quantity", "due_on").rows()
    assert asked[1] == ("T", "pull_in", 60, FIRST + dt.timedelta(days=6))
    # Of the week in which that comes forty are left, and the other line goes where there is room.
    assert asked[0] == ("S", "pull_in", 60, FIRST + dt.timedelta(days=8))
    frame = pl.DataFrame(lines)
    assert find_moved_line_problems(plan.changes, frame, purchases, both).is_empty()
    # What the check finds where both are moved as if each were alone.
    alone = review(items, lines).changes
    found = find_moved_line_problems(alone, frame, purchases, both)
    assert found["check"].unique().to_list() == ["supplier_capacity"]
    # Orders of tonight have their place in it, too.
    tonight = pl.DataFrame(
        {"supplier": ["V"], "sku": ["S"], "quantity": [41],
         "requested_on": [FIRST + dt.timedelta(days=3)]}
    )  # fmt: skip
    one = plan.changes.filter(sku="T")
    assert find_moved_line_problems(one, frame, purchases, both).is_empty()
    assert find_moved_line_problems(one, frame, tonight, both).height == 1
    left = take_up(both, tonight)
    assert left.filter(week=FIRST + dt.timedelta(days=1))["room"].to_list() == [59, 59]


def keep_one_by_one(asked, rooms):
    """What is kept and left, by hand: each line after the other over every room."""
    left = {row[:-1]: row[-1] for row in rooms.iter_rows()}
    kept = []
    for place, line in enumerate(asked.iter_rows(named=True)):
        drawn = {
            key[2:5]
            for key in left
            if key[:2] == (line["supplier"], line["sku"])
            and 0 <= (line["asked_on"] - key[4]).days <= 6
            and not 0 <= (line["due_on"] - key[4]).days <= 6
        }
        held = [key for key in left if key[0] == line["supplier"] and key[2:5] in drawn]
        if all(line["units"] <= left[key] for key in held):
            kept.append(place)
            left |= {key: left[key] - line["units"] for key in held}
    return kept, left


def test_lines_that_fit_are_kept_as_one_would_by_hand():
    rng = np.random.default_rng(5)
    shared, dropped = set(), 0
    for _ in range(60):
        stated = {
            (supplier, scope, "*", FIRST + dt.timedelta(days=int(first))): int(rng.integers(0, 60))
            for supplier in ("V", "W")
            for scope in ("*", "S", "T")
            for first in rng.choice(20, 2, replace=False)
        }
        rows = [
            (key[0], sku, *key[1:], units)
            for key, units in stated.items()
            for sku in "ST"
            if key[1] in ("*", sku)
        ]
        rooms = pl.DataFrame(rows, schema=find_frame(CapacityRooms).schema, orient="row")
        days = rng.integers(0, 26, (12, 2))
        asked = pl.DataFrame(
            {
                "supplier": rng.choice(["V", "W"], 12),
                "sku": rng.choice(["S", "T", "U"], 12),
                "due_on": [FIRST + dt.timedelta(days=int(day)) for day in days[:, 0]],
                "asked_on": [FIRST + dt.timedelta(days=int(day)) for day in days[:, 1]],
                "units": rng.integers(0, 40, 12),
            }
        )
        kept, left = keep_what_fits(asked, rooms)
        by_hand, rest = keep_one_by_one(asked, rooms)
        assert kept.tolist() == by_hand
        assert {row[:-1]: row[-1] for row in left.iter_rows()} == rest
        dropped += asked.height - len(by_hand)
        shared.add(len(by_hand))
    assert dropped > 0
    assert len(shared) > 1


@pytest.fixture
def spread(monkeypatch):
    """Lines that may come on several days, as they are weighed."""
    seen = []
    weigh = choice.list_alternatives

    def keep(lines, *others):
        seen.append(lines)
        return weigh(lines, *others)

    monkeypatch.setattr(choice, "list_alternatives", keep)
    days = {"P1": [FIRST + dt.timedelta(days=day) for day in (18, 25, 33, 60)]}
    line = a_line(due_on=FIRST + dt.timedelta(days=25), units=600, chance=0.9, expected_units=540)
    review([an_item(inventory_position=640, **DEAR)], [line], arrivals=days)
    return seen[0]


def test_parts_cost_what_the_whole_line_costs_where_one_of_them_is_nothing(spread):
    every = spread.every
    for days in (-9.0, 12.0):
        moved_on = np.maximum(spread.arrivals + days, 0.0)
        joint = join_stretches(spread, every, moved_on)
        assert joint.sum() == pytest.approx(1.0)
        assert joint.sum(axis=1) == pytest.approx(spread.now)
        whole = spread.expect(spread.by_stretch, spread.weigh(moved_on, every), every)
        for units, cost in ((0.0, spread.as_is), (600.0, whole)):
            found = cost_parts(spread, every, joint, np.array([units]))
            assert found == pytest.approx(cost)
            paths = cost_parts_on_paths(spread, every, joint, np.array([units]))
            assert paths.mean(axis=1) == pytest.approx(cost)


def test_the_part_that_is_moved_is_the_best_of_all_that_may_be(spread):
    sizes, every = find_sizes(spread), spread.every
    for days in (-9.0, 12.0):
        joint = join_stretches(spread, every, np.maximum(spread.arrivals + days, 0.0))
        units = np.arange(20.0, 590.0, 10.0)
        costs = [
            cost_parts(spread, every, joint, np.array([some])).sum().round(9) for some in units
        ]
        assert choose_units(spread, every, joint, sizes).item() == units[np.argmin(costs)]


def test_a_line_that_cannot_be_pulled_in_is_sped_up_where_its_fee_pays():
    soon = FIRST + dt.timedelta(days=4)
    offer = {"expedite_fee": 20.0, "expedite_days_saved": 3}
    # Ten units last for a day; all that comes sells.
    item = an_item(inventory_position=460, daily_demand=10.0, underage_cost=9.0)
    many = {"due_on": soon, "units": 450, "expected_units": 450}
    plan = review([item], [a_line(**many, **offer)])
    assert plan.changes.is_empty()
    (row,) = plan.expedites.rows(named=True)
    assert row["due_on"] == FIRST + dt.timedelta(days=1)
    assert row["fee"] == 20.0
    assert row["margin_kept"] > 100
    dear = review([item], [a_line(**many, **offer | {"expedite_fee": 9999.0})])
    assert dear.expedites.is_empty()


def test_the_second_line_of_an_item_is_weighed_with_the_first_one_moved():
    lines = [a_line(1), a_line(2, due_on=FIRST + dt.timedelta(days=25))]
    alone = review([an_item(inventory_position=70)], lines[:1]).changes
    both = review([an_item(inventory_position=130)], lines).changes
    first, second = both.filter(po="P1"), both.filter(po="P2")
    assert first["form"].to_list() == ["pull_in"]
    assert alone["form"].to_list() == ["pull_in"]
    # Once the first one is there the second one is hardly missed.
    assert second["lost_as_is"].to_list() in ([], second["lost_as_is"].clip(0, 5).to_list())


def test_what_is_ordered_tonight_counts():
    short = an_item(inventory_position=70)
    ordered = [("S", "D", FIRST + dt.timedelta(days=3), 500)]
    assert review([short], [a_line()]).changes["form"].to_list() == ["pull_in"]
    assert "pull_in" not in review([short], [a_line()], ordered=ordered).changes["form"].to_list()


SHORT_LINE = {"units": 100, "share": 0.8, "expected_units": 80, "order_multiple": 10}
SAME_IN_FULL = {
    "units": 80,
    "expected_units": 80,
    "order_multiple": 8,
    "minimum_order_quantity": 16,
}


@pytest.mark.parametrize("position", [40, 140, 300])
def test_a_line_of_which_a_share_comes_is_weighed_as_that_share_of_it(position):
    """Risks, all that is weighed and what is done are those of a line of the units that come."""
    days = {f"P{one}": [FIRST + dt.timedelta(days=20 + late) for late in (0, 9)] for one in (1, 2)}
    offer = {"expedite_fee": 1.0, "expedite_days_saved": 6}

    def play(line):
        both = [a_line(one, **line, **offer) for one in (1, 2)]
        return review([an_item(inventory_position=position)], both, arrivals=days)

    part, full = play(SHORT_LINE), play(SAME_IN_FULL)
    for name in ("margin_at_risk", "margin_at_risk_together", "margin_if_never"):
        assert part.risks[name].to_list() == pytest.approx(full.risks[name].to_list()), name
    key = ["document", "alternative"]
    one, other = (plan.alternatives.sort(key) for plan in (part, full))
    for name in ("gain", "gain_chance"):
        assert one[name].to_list() == pytest.approx(other[name].to_list()), name
    assert one["verdict"].to_list() == other["verdict"].to_list()
    # Asked of the supplier are units of the order.
    left = (one["left_units"] * 0.8).to_list()
    assert left == pytest.approx(other["left_units"].to_list())


def test_what_is_ordered_tonight_for_want_of_a_share_is_no_surplus():
    """The level nets 80 of 100 and orders 20: the line is not cut for what was just ordered."""
    soon = FIRST + dt.timedelta(days=10)
    line = SHORT_LINE | {"due_on": soon, "order_multiple": 1}
    plan = review([a_leaver(90)], [a_line(**line)], ordered=[("S", "D", soon, 20)])
    assert plan.changes.select("form", "left_units").rows() == [("pull_in", 100)]


def weighed(plan, number=1):
    """What was weighed for a line, by alternative."""
    of_line = plan.alternatives.filter(document=f"P{number}")
    assert sorted(of_line["alternative"]) == sorted(ALTERNATIVES)
    assert of_line["verdict"].to_list().count("taken") == 1
    assert judge_alternatives(plan.alternatives, plan.risks, RULES.least_change_gain).passed
    return {row["alternative"]: row for row in of_line.iter_rows(named=True)}


LATE = {"P1": [FIRST + dt.timedelta(days=day) for day in (20, 30, 40)]}


def test_a_line_at_risk_has_its_price_for_all_that_can_be_done():
    offer = {"expedite_fee": 20.0, "expedite_days_saved": 3}
    plan = review([an_item(inventory_position=70)], [a_line(**offer)], arrivals=LATE)
    rows = weighed(plan)
    (change,) = plan.changes.rows(named=True)
    taken = rows["pull_in"]
    assert taken["verdict"] == "taken"
    assert (taken["due_on"], taken["fee"]) == (change["due_on"], change["fee"])
    assert taken["gain_chance"] == change["gain_chance"]
    gain = change["margin_kept"] - change["holding_cost"] - change["fee"]
    assert taken["gain"] == pytest.approx(gain)
    # Three days sooner gain less than fourteen, at twice the fee; what comes is still worth having.
    assert 0 < rows["expedite"]["gain"] < taken["gain"]
    assert rows["expedite"]["fee"] == 20.0
    assert rows["expedite"]["due_on"] == FIRST + dt.timedelta(days=17)
    assert 0 < rows["expedite"]["gain_chance"] <= 1
    # The gain of what is not done is what is gained where it is the only thing to do.
    alone = review([an_item(inventory_position=70)], [a_line(**offer)], arrivals=LATE,
                   rules=RULES.model_copy(update={"most_pull_in_days": 0}))  # fmt: skip
    (sped,) = alone.expedites.rows(named=True)
    assert rows["expedite"]["gain"] == pytest.approx(
        sped["margin_kept"] - sped["holding_cost"] - sped["fee"]
    )
    assert rows["expedite"]["gain_chance"] == pytest.approx(sped["gain_chance"])
    assert weighed(alone)["pull_in"]["verdict"] == "most_days"
    verdicts = {name: row["verdict"] for name, row in rows.items()}
    assert verdicts.items() >= {"push_out": "no_benefit", "cancel": "no_benefit"}.items()
    assert verdicts.items() >= {"expedite": "dearer", "accept": "dearer"}.items()
    assert (rows["accept"]["gain"], rows["accept"]["left_units"]) == (0.0, 60)


@pytest.mark.parametrize(
    ("own", "verdicts"),
    [
        (
            {"changeable": False},
            dict.fromkeys(("pull_in", "push_out", "cut", "cancel", "expedite"), "not_changeable"),
        ),
        (
            {"due_on": FIRST + dt.timedelta(days=4)},
            dict.fromkeys(("pull_in", "push_out", "cut", "cancel"), "frozen")
            | {"expedite": "no_terms"},
        ),
        # On the first day after the frozen ones nothing comes sooner, and all else may be asked.
        (
            {"due_on": FIRST + dt.timedelta(days=5)},
            {"pull_in": "frozen", "push_out": "no_benefit", "cancel": "no_benefit"},
        ),
    ],
    ids=["answer awaited", "frozen", "first free day"],
)
def test_a_line_that_is_accepted_says_why_nothing_is_done(own, verdicts):
    late = {"P1": [FIRST + dt.timedelta(days=day) for day in (5, 20, 30)]}
    plan = review([an_item(inventory_position=70)], [a_line(**own)], arrivals=late)
    rows = weighed(plan)
    assert rows["accept"]["verdict"] == "taken"
    assert verdicts.items() <= {name: row["verdict"] for name, row in rows.items()}.items()
    refused = [row for row in rows.values() if row["verdict"] not in {"taken", "no_benefit"}]
    assert all(row["gain"] is None and row["due_on"] is None for row in refused)


def test_what_gains_less_than_policy_asks_is_named_so():
    dear = RULES.model_copy(update={"least_change_gain": 10_000.0})
    plan = review([an_item(inventory_position=70)], [a_line()], arrivals=LATE, rules=dear)
    rows = {row["alternative"]: row for row in plan.alternatives.iter_rows(named=True)}
    assert rows["accept"]["verdict"] == "taken"
    assert rows["pull_in"]["verdict"] == "least_gain"
    assert rows["pull_in"]["gain"] > 90
    assert judge_alternatives(plan.alternatives, plan.risks, 10_000.0).passed
    # Under a policy that asks for less the best was not taken.
    assert not judge_alternatives(plan.alternatives, plan.risks, 5.0).passed


def test_the_second_line_of_an_item_has_its_prices_with_the_first_one_moved():
    lines = [a_line(1), a_line(2, due_on=FIRST + dt.timedelta(days=25))]
    late = LATE | {"P2": [FIRST + dt.timedelta(days=day) for day in (25, 35, 41)]}
    plan = review([an_item(inventory_position=130)], lines, arrivals=late)
    assert weighed(plan)["pull_in"]["verdict"] == "taken"
    second = review([an_item(inventory_position=130)], lines, arrivals=late,
                    rules=RULES.model_copy(update={"least_change_gain": 10_000.0}))  # fmt: skip
    alone = second.alternatives.filter(document="P2", alternative="pull_in")["gain"].item()
    assert weighed(plan, 2)["pull_in"]["gain"] < alone - 1


def test_a_line_at_no_risk_is_stated_where_it_is_changed():
    leaves = a_leaver(90)
    due = FIRST + dt.timedelta(days=60)
    plan = review([leaves], [a_line(due_on=due)])
    assert plan.risks["margin_at_risk"].to_list() == [0.0]
    assert weighed(plan)["cancel"]["verdict"] == "taken"


def test_the_check_names_a_line_at_risk_without_its_best_alternative():
    plan = review([an_item(inventory_position=70)], [a_line()], arrivals=LATE)
    lost = plan.alternatives.filter(pl.col("verdict") != "taken")
    twice = plan.alternatives.with_columns(verdict=pl.lit("taken"))
    worse = plan.alternatives.with_columns(
        verdict=pl.when(alternative="cancel").then(pl.lit("taken")).otherwise(pl.lit("dearer"))
    )
    for wrong in (lost, twice, worse, plan.alternatives.clear()):
        outcome = judge_alternatives(wrong, plan.risks, 5.0)
        assert outcome.failing["document"].to_list() == ["P1"]


def test_margin_is_at_risk_where_a_line_may_be_late():
    item = an_item(inventory_position=100)
    in_time = review([item], [a_line()]).risks
    late = {"P1": [FIRST + dt.timedelta(days=day) for day in (20, 30, 40)]}
    may_be_late = review([item], [a_line()], arrivals=late).risks
    never = review([item], [a_line(chance=0.0, expected_units=0)]).risks
    assert in_time["margin_at_risk"][0] == 0
    assert 0 < may_be_late["margin_at_risk"][0] < may_be_late["margin_if_never"][0]
    assert never["margin_at_risk"][0] == pytest.approx(never["margin_if_never"][0])
    early = {"P1": [FIRST + dt.timedelta(days=day) for day in (2, 10, 20)]}
    assert review([item], [a_line()], arrivals=early).risks["margin_at_risk"][0] == 0


TWO_DAYS = [FIRST + dt.timedelta(days=day) for day in (4, 24)]
"""Half the time a line comes on its day, half the time twenty days later."""


def two_lines(**second):
    """What two lines put at risk of which each would do: alone and together, [line, figure]."""
    lines = [a_line(1, due_on=TWO_DAYS[0]), a_line(2, due_on=TWO_DAYS[0], **second)]
    arrivals = {"P1": TWO_DAYS, "P2": TWO_DAYS}
    risks = review([an_item(inventory_position=130)], lines, arrivals=arrivals).risks
    return risks.select("margin_at_risk", "margin_at_risk_together").to_numpy()


def test_a_single_line_loses_together_what_it_loses_alone():
    late = {"P1": [FIRST + dt.timedelta(days=day) for day in (20, 30, 40)]}
    for own in ({}, {"chance": 0.5, "expected_units": 30}):
        (row,) = review([an_item()], [a_line(**own)], arrivals=late).risks.rows(named=True)
        assert row["margin_at_risk"] > 10
        assert row["margin_at_risk_together"] == pytest.approx(row["margin_at_risk"])


def test_lines_that_are_late_together_lose_what_none_of_them_loses_alone():
    risks = two_lines()
    assert risks[:, 0].max() < 5
    # Ten units last for five days: half the time two a day are short for twenty, at a margin of 6.
    assert risks[:, 1].sum() == pytest.approx(0.5 * 2 * 19.5 * 6, rel=0.1)


def test_lines_of_two_suppliers_are_not_late_together():
    risks = two_lines(supplier="W")
    assert risks[:, 1] == pytest.approx(risks[:, 0])


def test_what_is_lost_together_is_shared_out_by_what_each_line_loses_alone():
    late = {"P1": TWO_DAYS, "P2": [TWO_DAYS[1]] * 2}
    lines = [a_line(1, due_on=TWO_DAYS[0]), a_line(2, due_on=TWO_DAYS[1])]
    alone, together = (
        review([an_item(inventory_position=130)], lines, arrivals=late)
        .risks.select("margin_at_risk", "margin_at_risk_together")
        .to_numpy()
        .T
    )
    assert alone[0] > 50
    assert alone[1] == 0
    assert together == pytest.approx([together.sum(), 0])


def test_a_line_of_an_item_without_a_level_has_no_price():
    plan = review([an_item()], [a_line(1), a_line(2, sku="UNKNOWN")])
    priced = dict(plan.risks.select("document", "margin_at_risk").iter_rows())
    assert priced["P2"] is None
    assert priced["P1"] is not None


def test_nothing_open_is_nothing_to_do():
    plan = review([an_item()], [a_line(sku="UNKNOWN")])
    assert plan.changes.is_empty()
    assert plan.expedites.is_empty()


FAULTS = {
    "duplicate": lambda rows: pl.concat([rows, rows]),
    "unknown_line": lambda rows: rows.with_columns(po=pl.lit("P9")),
    "frozen": lambda rows: rows.with_columns(stated_on=pl.lit(FIRST), due_on=pl.lit(FIRST)),
    "moved_too_far": lambda rows: rows.with_columns(
        due_on=pl.col("stated_on") + pl.duration(days=1)
    ),
    "too_soon": lambda rows: rows.with_columns(due_on=pl.lit(AS_OF)),
    "units_of_line": lambda rows: rows.with_columns(quantity=pl.lit(7, pl.Int64)),
    "part_of_line": lambda rows: rows.with_columns(
        form=pl.lit("split"), rest_on="stated_on", quantity=pl.lit(45, pl.Int64)
    ),
    "rest_of_line": lambda rows: rows.with_columns(rest_on="stated_on"),
    "stated_refusal": lambda rows: rows.with_columns(refusal_chance=pl.lit(0.2)),
    "stated_fee": lambda rows: rows.with_columns(fee=pl.lit(0.0)),
    "stated_benefit": lambda rows: rows.with_columns(margin_kept=pl.col("margin_kept") + 1),
    "least_gain": lambda rows: rows.with_columns(
        margin_kept=pl.lit(0.0), lost_then=pl.col("lost_as_is")
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_supplier_cannot_be_asked_for_is_found(fault):
    rows = review([an_item(inventory_position=70)], [a_line()]).changes
    lines = pl.DataFrame([a_line()]).with_columns(
        pl.col("expedite_fee").cast(pl.Float64), pl.col("expedite_days_saved").cast(pl.Int64)
    )
    found = find_line_action_problems(FAULTS[fault](rows), lines, RULES, as_of=AS_OF)
    assert fault in found["check"].to_list()


def test_a_line_that_waits_for_an_answer_may_not_be_asked_about():
    rows = review([an_item(inventory_position=70)], [a_line()]).changes
    lines = pl.DataFrame([a_line(changeable=False)]).with_columns(
        pl.col("expedite_fee").cast(pl.Float64), pl.col("expedite_days_saved").cast(pl.Int64)
    )
    found = find_line_action_problems(rows, lines, RULES, as_of=AS_OF)
    assert found["check"].to_list() == ["not_changeable"]


def test_the_days_stated_are_the_quantiles_of_the_arrival():
    days = [FIRST + dt.timedelta(days=day) for day in range(10, 25)]
    (row,) = review([an_item()], [a_line()], arrivals={"P1": days}).risks.rows(named=True)
    # Of fifteen equally likely days the middles of the 2nd, the 8th and the 14th part.
    assert [row["due_p10"], row["due_p50"], row["due_p90"]] == [days[1], days[7], days[13]]
