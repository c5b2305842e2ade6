"""Moves between price zones for the rest of a season: worked out by hand, limits, and a check."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from open_demand_columns import with_open_demand

from governance import load_planning_policy
from optimization.explanation.season_moves import explain_season_moves
from optimization.explanation.steps import rows_of
from optimization.feasibility import find_season_move_problems, find_transfer_problems
from optimization.markdown import plan_markdowns
from optimization.season_moves import plan_season_moves
from optimization.season_moves.lines import select_apart
from quality_checks.contracts import (
    CONTRACTS,
    SEASON_WORTH,
    LineRules,
    MarkdownRules,
    TransferRules,
)

PROJECT = Path(__file__).parents[2]
FIRST = dt.date(2026, 1, 5)
PRICES = MarkdownRules(ladder=[0.2, 0.5], price_zones="region", least_days_between_steps=14)
LINES = LineRules()
"""Lines cost nothing and need gain nothing."""
MONDAY = 0
NO_MOVES = CONTRACTS["transfers_plan"].empty().drop("business_date")
NO_ROOMS = pl.DataFrame(schema={"department": pl.String, "room": pl.Float64})


def zone(name, stock, *, sku="a", price=100.0):
    """An item that sells at 100, is worth 20 if left, and whose sales do not follow its price."""
    return {
        "sku": sku, "zone": name, "region": name, "department": "d", "family": sku,
        "season_end": FIRST + dt.timedelta(days=6), "leaves": True, "stock": stock,
        "list_price": 100.0, "price": price, "floor_price": 0.0, "unit_cost": 40.0,
        "salvage": 20.0, "keeping_cost": 0.0, "return_rate": 0.0, "resalable_share": 1.0,
        "return_cost": 0.0, "slope": -1e-9, "slope_sd": 0.0, "locked_weeks": 0, "planned_on": None,
        "planned_price": None, "cautions": "",
    }  # fmt: skip


def store(location, name, held, *, sku="a", **changes):
    """A store that holds units of which it needs none, in frames `movers` and `season_places`."""
    row = {
        "sku": sku, "location": location, "region": name, "inventory_position": held,
        "available": held, "order_up_to": 0, "presentation_min": 0, "shelf_max": None,
        "receiving_room": None, "recently_moved": False, "demand_mean": 0.0,
        "demand_variance": 0.0, "protection_days": 7.0, "underage_cost": 15.0,
        "overage_cost": 1.0, "clearance": True, "volume": 2.0,
    }  # fmt: skip
    return row | changes


def way(origin="A", destination="B", **changes):
    row = {
        "origin": origin, "destination": destination, "transit_days": 1, "fixed_cost": 0.0,
        "unit_cost": 1.0, "capacity": None, "volume_capacity": None, "order_weekdays": "1111111",
        "allowed": True,
    }  # fmt: skip
    types = {"capacity": pl.Int64, "volume_capacity": pl.Float64}
    return pl.DataFrame({**row, **changes}, schema_overrides=types)


NOWHERE = way().clear()


class Night:
    """A surplus in zone a, demand in zone b, and what a night makes of it."""

    def __init__(  # noqa: PLR0913  # a small world
        self,
        *,
        stock=(10, 0),
        demand=(0.0, 200.0),
        slope=-1e-9,
        lanes=None,
        stores=(),
        rooms=None,
        moved=NO_MOVES,
        rules=None,
        line_rules=LINES,
        min_gain=0.0,
    ):
        self.items = pl.DataFrame(
            [zone("a", stock[0]), zone("b", stock[1])],
            schema_overrides={"planned_on": pl.Date, "planned_price": pl.Float64},
        ).with_columns(slope=pl.lit(slope))
        self.weeks = pl.DataFrame(
            {
                "sku": "a", "zone": ["a", "b"], "week": 0, "mean": demand, "variance": demand,
                "base_price": 100.0,
            }
        )  # fmt: skip
        named = {"A": store("A", "a", stock[0]), "B": store("B", "b", stock[1])}
        named |= {row["location"]: row for row in stores}
        rows = list(named.values())
        whole = ("shelf_max", "receiving_room", "inventory_position", "available")
        self.movers = with_open_demand(
            pl.DataFrame(rows, schema_overrides=dict.fromkeys(whole, pl.Int64))
        )
        sold = dict(zip("ab", demand, strict=True))
        self.places = pl.DataFrame(
            {
                "sku": [row["sku"] for row in rows],
                "location": [row["location"] for row in rows],
                "zone": [row["region"] for row in rows],
                "leaves": True,
                "owned": [row["inventory_position"] for row in rows],
                "daily": [
                    sold[row["region"]] / sum(row["region"] == other["region"] for other in rows)
                    for row in rows
                ],
            }
        )
        self.lanes = way() if lanes is None else lanes
        none = pl.lit(None, pl.Int64)
        self.rooms = self.movers.select(
            "location", outbound_room=none, handling_room=none,
            receiving_litres=pl.lit(None, pl.Float64),
        ).unique(maintain_order=True) if rooms is None else rooms  # fmt: skip
        self.moved, self.line_rules, self.min_gain = moved, line_rules, min_gain
        self.rules = rules or TransferRules(keep_size_runs=False)
        self.plan = plan_season_moves(
            self.items,
            self.weeks,
            self.places,
            self.find_zone_lanes(),
            moved,
            self.movers,
            self.lanes,
            self.rooms,
            weekday=MONDAY,
            min_gain=min_gain,
            rules=self.rules,
            line_rules=line_rules,
            price_rules=PRICES,
            first_day=FIRST,
        )

    def find_zone_lanes(self):
        home = dict(zip(self.places["location"], self.places["zone"], strict=True))
        rows = [
            (home[o], home[d], cost)
            for o, d, cost in self.lanes.select("origin", "destination", "unit_cost").rows()
        ]
        schema = {"origin_zone": pl.String, "zone": pl.String, "unit_cost": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row").unique(
            ["origin_zone", "zone"], keep="first", maintain_order=True
        )

    def of_zone(self, name):
        return self.plan.zones.row(by_predicate=pl.col("zone") == name, named=True)

    def price(self):
        """Options and markdowns of zone a, once the goods have moved."""
        net = self.plan.zones.select("sku", "zone", "net_units")
        stocked = (
            self.items.join(net, on=["sku", "zone"], maintain_order="left")
            .with_columns(stock=pl.col("stock") + pl.col("net_units"))
            .drop("net_units")
        )
        made = plan_markdowns(
            stocked, self.weeks, self.plan.zones, NO_ROOMS, PRICES, first_day=FIRST
        )
        return made.options.filter(zone="a"), made.markdowns.filter(zone="a")

    def find_problems(self, *, lines=None, zones=None):
        lines = self.plan.lines if lines is None else lines
        every = pl.concat([self.moved.select(lines.columns), lines])
        of_moves = find_season_move_problems(
            every,
            self.plan.zones if zones is None else zones,
            self.items,
            self.weeks,
            self.places,
            self.movers,
            self.lanes,
            min_gain=self.min_gain,
            least_units=self.rules.least_units,
            line_rules=self.line_rules,
            price_rules=PRICES,
        )
        of_limits = find_transfer_problems(
            every,
            self.movers,
            self.lanes,
            weekday=MONDAY,
            min_gain=self.min_gain,
            least_units=self.rules.least_units,
            keep_size_runs=self.rules.keep_size_runs,
            line_rules=self.line_rules,
            places=self.rooms,
        )
        return [*of_moves["check"], *of_limits["check"]]


def test_a_surplus_goes_to_the_stronger_zone_and_adds_up():
    # Nobody buys in zone a, where ten are worth 20 each; in zone b each sells for 100.
    night = Night(lanes=way(fixed_cost=50.0))
    line = night.plan.lines.row(0, named=True)
    assert (line["origin"], line["destination"], line["quantity"]) == ("A", "B", 10)
    assert line["value_gained"] == pytest.approx(1000.0)
    assert line["value_lost"] == pytest.approx(200.0)
    assert line["moving_cost"] == pytest.approx(60.0)
    assert line["reason"] == SEASON_WORTH
    assert line["gain_chance"] == pytest.approx(1.0)
    here, there = night.of_zone("a"), night.of_zone("b")
    assert (here["net_units"], there["net_units"]) == (-10, 10)
    assert (here["worth_before"], here["worth_after"]) == (pytest.approx(200.0), 0.0)
    assert (there["worth_before"], there["worth_after"]) == (0.0, pytest.approx(1000.0))
    assert here["gain"] == pytest.approx(740.0)
    assert (here["wanted_zone"], here["wanted_units"], here["limit"]) == ("b", 10, None)
    assert night.find_problems() == []


def test_a_lane_too_dear_leaves_the_goods_to_a_markdown():
    # At 100 two are asked for in zone a, and at 50 all ten sell: 500. Ten in zone b bring 100 each.
    cheap = Night(demand=(2.0, 200.0), slope=-4.0, lanes=way(unit_cost=10.0))
    assert cheap.plan.lines["quantity"].to_list() == [10]
    assert cheap.of_zone("a")["step_price"] == 50.0
    dear = Night(demand=(2.0, 200.0), slope=-4.0, lanes=way(unit_cost=75.0))
    assert dear.plan.lines.is_empty()
    assert (dear.of_zone("a")["wanted_zone"], dear.of_zone("a")["limit"]) == (None, None)
    options, markdowns = dear.price()
    assert markdowns["new_price"].to_list() == [50.0]
    assert "transfer" not in options["option"].to_list()


def test_goods_move_as_far_as_limits_allow_and_the_rest_is_marked_down():
    # Half of them go; five at 50 bring 250, five at 100 bring no more than the two that are asked.
    night = Night(demand=(2.0, 200.0), slope=-4.0, lanes=way(unit_cost=1.0, capacity=5))
    line = night.plan.lines.row(0, named=True)
    assert (line["quantity"], line["binding"]) == (5, "lane_capacity")
    here = night.of_zone("a")
    assert (here["net_units"], here["wanted_units"], here["limit"]) == (-5, 10, "lane_capacity")
    assert here["step_price"] == 50.0
    assert night.find_problems() == []
    options, markdowns = night.price()
    assert markdowns["quantity"].to_list() == [5]
    assert markdowns["new_price"].item() < 100.0
    move = options.row(by_predicate=pl.col("option") == "transfer", named=True)
    assert (move["moved"], move["moved_to"]) == (5, "b")
    assert move["verdict"] == "chosen, in part: lane_capacity is used up"
    assert move["worth_unmoved"] == pytest.approx(500.0, abs=1.0)
    assert move["worth"] == pytest.approx(move["worth_unmoved"] + here["gain"])


def test_a_markdown_waits_where_the_goods_move_instead():
    # Eight go; the two that stay sell at 100 about as well as at 80.
    stores = [store("A", "a", 10, available=8)]
    night = Night(demand=(6.0, 200.0), slope=-3.0, stores=stores)
    assert night.of_zone("a")["step_price"] is not None
    assert night.plan.lines["quantity"].to_list() == [8]
    assert night.plan.lines["binding"].to_list() == ["sender_need"]
    options, markdowns = night.price()
    assert markdowns.is_empty()
    told = {
        row["new_price"]: row["verdict"] for row in options.filter(option="markdown").to_dicts()
    }
    assert told[night.of_zone("a")["step_price"]] == "the goods move instead"


FULL = pl.DataFrame(
    {"location": ["A", "B"], "outbound_room": [0, None], "handling_room": [None, None],
     "receiving_litres": [None, None]},
    schema={"location": pl.String, "outbound_room": pl.Int64, "handling_room": pl.Int64,
            "receiving_litres": pl.Float64},
)  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "words", "changes"),
    [
        ("no_lane", "no lane leads there", {"lanes": NOWHERE}),
        ("lane_days", "no lane there ships on the day", {"lanes": way(order_weekdays="0111111")}),
        ("outbound_capacity", "outbound_capacity is used up", {"rooms": FULL}),
        ("receiver_room", "receivers have no room, or cover for long enough",
         {"stores": [store("B", "b", 0, shelf_max=0)]}),
        ("sender_need", "senders keep what they need, or their units are not there to send",
         {"stores": [store("A", "a", 10, available=0)]}),
        ("trip_gain", "no trip gains its costs and the least gain",
         {"lanes": way(fixed_cost=900.0)}),
        ("trip_gain", "no trip gains its costs and the least gain",
         {"rules": TransferRules(least_units=11, keep_size_runs=False)}),
    ],
)  # fmt: skip
def test_what_keeps_goods_from_moving_is_named(limit, words, changes):
    night = Night(**changes)
    assert night.plan.lines.is_empty()
    here = night.of_zone("a")
    assert (here["wanted_zone"], here["wanted_units"], here["limit"]) == ("b", 10, limit)
    options, _ = night.price()
    move = options.row(by_predicate=pl.col("option") == "transfer", named=True)
    assert move["verdict"] == words
    assert move["worth"] == pytest.approx(move["worth_unmoved"] + here["wanted_gain"])


def test_what_tonights_transfers_took_is_not_used_again():
    # Another item fills the lane but for three units, and has paid for the trip.
    gone = {"sku": "z", "origin": "A", "destination": "B", "quantity": 4, "reason": "clearance"}
    line = Night().plan.lines.with_columns(
        **{name: pl.lit(value) for name, value in gone.items()}, moving_cost=pl.lit(54.0)
    )
    night = Night(lanes=way(capacity=7, fixed_cost=50.0), moved=line)
    found = night.plan.lines.row(0, named=True)
    assert (found["quantity"], found["moving_cost"]) == (3, pytest.approx(3.0))
    # An item whose units are already on their way there is not sent on, nor back.
    same = line.with_columns(sku=pl.lit("a"), origin=pl.lit("B"), destination=pl.lit("A"))
    assert Night(moved=same).plan.lines.is_empty()


def test_units_go_to_the_places_that_sell_them():
    # B and C sell 30 each, and C holds three. To B a unit goes while it sells in one of 80 cases,
    # as 80 more than its 20 must pay for the lane: 2.2 deviations above 60 are 77, half of it here.
    stores = [store("B", "b", 0), store("C", "b", 0, shelf_max=3)]
    lanes = pl.concat([way(), way(destination="C")])
    night = Night(stock=(60, 0), demand=(0.0, 60.0), stores=stores, lanes=lanes)
    sent = dict(night.plan.lines.select("destination", "quantity").iter_rows())
    assert sent["C"] == 3
    assert 37 <= sent["B"] <= 40
    assert night.find_problems() == []


def move_between_three(stock, demand, lanes, **shelf_max):
    """SeasonMoves of an item in zones a, b and c with a store each, by zone, and its options."""
    names = "abc"
    items = pl.DataFrame(
        [zone(name, units) for name, units in zip(names, stock, strict=True)],
        schema_overrides={"planned_on": pl.Date, "planned_price": pl.Float64},
    )
    weeks = pl.DataFrame(
        {"sku": "a", "zone": [*names], "week": 0, "mean": demand, "variance": demand,
         "base_price": 100.0}
    )  # fmt: skip
    rows = [
        store(name.upper(), name, units, shelf_max=shelf_max.get(name))
        for name, units in zip(names, stock, strict=True)
    ]
    movers = with_open_demand(
        pl.DataFrame(rows, schema_overrides={"shelf_max": pl.Int64, "receiving_room": pl.Int64})
    )
    places = pl.DataFrame(
        {"sku": "a", "location": [*names.upper()], "zone": [*names], "leaves": True,
         "owned": stock, "daily": demand}
    )  # fmt: skip
    zone_lanes = lanes.select(
        origin_zone=pl.col("origin").str.to_lowercase(),
        zone=pl.col("destination").str.to_lowercase(),
        unit_cost="unit_cost",
    )
    none = pl.lit(None, pl.Int64)
    rooms = movers.select("location", outbound_room=none, handling_room=none,
                          receiving_litres=pl.lit(None, pl.Float64))  # fmt: skip
    plan = plan_season_moves(
        items, weeks, places, zone_lanes, NO_MOVES, movers, lanes, rooms,
        weekday=MONDAY, min_gain=0.0, rules=TransferRules(keep_size_runs=False),
        line_rules=LINES, price_rules=PRICES, first_day=FIRST,
    )  # fmt: skip
    left = items.with_columns(stock=pl.col("stock") + plan.zones["net_units"])
    made = plan_markdowns(left, weeks, plan.zones, NO_ROOMS, PRICES, first_day=FIRST)
    options = made.options.filter(option="transfer").rows_by_key("zone", named=True, unique=True)
    return plan.zones.rows_by_key("zone", named=True, unique=True), options


def test_an_option_names_the_zone_that_units_leave_for_where_the_best_one_is_full():
    lanes = pl.concat([way(), way(destination="C", unit_cost=2.0)])
    zones, options = move_between_three([10, 0, 0], [0.0, 200.0, 100.0], lanes, b=0)
    here = zones["a"]
    assert (here["wanted_zone"], here["moved_to"], here["net_units"]) == ("b", "c", -10)
    assert here["limit"] is not None, "the move that gains most was not made"
    assert (options["a"]["moved_to"], options["a"]["moved"]) == ("c", 10)


def test_a_zone_sends_or_takes_in_a_night_and_the_other_way_is_named():
    """c makes most of what b has, and b more of what a has than a does."""
    lanes = pl.concat([way(), way(origin="B", destination="C")])
    demand = [0.0, 32.0, 200.0]
    zones, _ = move_between_three([10, 30, 0], demand, lanes)
    assert [zones[name]["net_units"] for name in "abc"] == [-10, 10, 0]
    assert (zones["b"]["wanted_zone"], zones["b"]["limit"]) == ("c", "zone_takes")
    zones, options = move_between_three([10, 40, 0], demand, lanes)
    assert zones["b"]["net_units"] < 0
    assert (zones["a"]["wanted_zone"], zones["a"]["limit"]) == ("b", "zone_sends")
    assert options["a"]["verdict"] == "the other zone sends units elsewhere tonight"


SEASON_FAULTS = {
    "zone_units": {"zones": pl.col("net_units") - 1},
    "zone_worth": {"zones": pl.col("worth_after") + 30.0},
    "zone_stock": {"zones": pl.col("stock") + 999},
    "zone_gain": {"zones": pl.col("gain") * 100},
    "stated_value": {"lines": pl.col("value_gained") + 1.0},
    "lane_capacity": {"lines": pl.col("quantity") + 60},
    "sender_available": {"lines": pl.col("quantity") + 60},
    "moving_cost": {"lines": pl.col("moving_cost") + 1.0},
}


@pytest.mark.parametrize("fault", SEASON_FAULTS)
def test_faults_of_moves_are_found(fault):
    night = Night(lanes=way(capacity=50))
    ((name, change),) = SEASON_FAULTS[fault].items()
    frame = getattr(night.plan, name).with_columns(change)
    assert night.find_problems() == []
    assert fault in night.find_problems(**{name: frame})


@pytest.mark.parametrize("capacity", [995, 1003, 1010])
def test_many_units_that_go_to_an_empty_zone_are_no_fault(capacity):
    """Beyond 200 units worth is planned on a coarser grid, and the taker's was nothing before."""
    night = Night(stock=(3000, 0), demand=(0.0, 1000.0), lanes=way(capacity=capacity))
    assert night.plan.lines["quantity"].sum() > 900
    assert night.find_problems() == []


def test_a_gain_that_is_stated_too_high_is_found_beside_a_zone_that_is_worth_far_more():
    night = Night(stock=(10, 300), demand=(0.0, 305.0))
    more = pl.when(zone="b").then(pl.col("worth_after") + 140.0).otherwise("worth_after")
    zones = night.plan.zones.with_columns(worth_after=more)
    lines = night.plan.lines.with_columns(pl.col("value_gained") + 140.0)
    assert night.find_problems() == []
    assert night.find_problems(zones=zones, lines=lines) == ["zone_gain", "zone_worth"]


def test_many_trips_that_fall_short_are_dropped_as_if_one_by_one():
    names = ["sku", "origin", "destination", "quantity", "giver", "taker"]
    rows = [("a", "A", "B", 2, 0, 1), ("a", "A", "C", 3, 0, 1), ("b", "A", "B", 1, 2, 3),
            ("c", "A", "D", 1, 4, 5)]  # fmt: skip
    lines = pl.DataFrame(rows, schema=names, orient="row")
    poor = pl.DataFrame({"origin": "A", "destination": ["B", "C", "D"]})
    # What leaves with the first changes what the second gains; nothing of it is in the third.
    assert select_apart(poor, lines).rows() == [("A", "B"), ("A", "D")]


def test_lines_that_gain_too_little_are_found():
    night = Night()
    night.line_rules = LineRules(least_transfer_gain=5_000.0)
    night.min_gain = 5_000.0
    night.rules = TransferRules(least_units=11, keep_size_runs=False)
    assert {"least_gain", "min_gain", "least_trip"} <= set(night.find_problems())


def test_places_that_are_filled_too_far_are_found():
    night = Night()
    night.movers = night.movers.with_columns(shelf_max=pl.lit(9, pl.Int64))
    assert "shelf_max" in night.find_problems()
    night.places = night.places.with_columns(leaves=pl.lit(value=False))
    night.movers = night.movers.with_columns(
        clearance=pl.lit(value=False), demand_mean=pl.lit(1.0), shelf_max=pl.lit(None, pl.Int64)
    )
    night.line_rules = LineRules(most_cover_days=14)
    assert "most_cover" in night.find_problems()


def test_moves_within_a_zone_are_found():
    night = Night()
    night.places = night.places.with_columns(zone=pl.lit("a"))
    assert {"within_a_zone", "zone_both_ways"} <= set(night.find_problems())


def test_a_move_is_explained_by_what_both_zones_make_of_it():
    night = Night(lanes=way(fixed_cost=50.0))
    line = night.plan.lines.with_columns(
        kind=pl.lit("transfer"), action_id=pl.lit("a" * 16), margin_kept="value_gained",
        margin_given_up="value_lost", holding_cost=pl.lit(0.0),
        benefit=pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost"),
    )  # fmt: skip
    policy = load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml")
    free = LineRules(labour_cost_per_hour=0.0)
    planned = SimpleNamespace(
        policy=policy.model_copy(update={"markdown": PRICES, "lines": free}),
        plans={"transfer": night.plan.lines},
        season_moves=night.plan.zones,
        lanes=night.lanes,
        pairs=night.movers.with_columns(price_zone="region"),
        lines=lambda _: line,
    )
    rows = rows_of(explain_season_moves(planned)).to_dicts()
    told = {row["name"]: row["value"] for row in rows}
    there = told["worth_there_after"] - told["worth_there_before"]
    here = told["worth_here_before"] - told["worth_here_after"]
    assert told["margin_kept"] == pytest.approx(there * told["quantity"] / told["net_there"])
    assert told["margin_given_up"] == pytest.approx(here * told["quantity"] / -told["net_here"])
    costs = told["lane_unit_cost"] * told["quantity"] + told["line_cost"] + told["fixed_share"]
    assert told["moving_cost"] == pytest.approx(costs)
    assert told["benefit"] == pytest.approx(there - here - costs)
    assert told["rejected_worth"] == 0.0


def test_unknown_stock_moves_nowhere_and_stops_nobody():
    stores = [store("A", "a", 10), store("X", "a", None)]
    night = Night(stores=stores, lanes=pl.concat([way(), way(origin="X")]))
    assert night.plan.lines.select("origin", "quantity").rows() == [("A", 10)]
    assert Night(stock=(0, 0)).plan.zones.is_empty()
