"""What shipping a line costs from each node, later, or never: figures worked out by hand."""

import datetime as dt

import polars as pl
import pytest

from optimization.feasibility import find_sourcing_overlaps
from optimization.order_costs import (
    NodeFacts,
    find_standing_refusals,
    list_collection_lanes,
    list_node_stock,
    net_capacities,
    price_lines,
    price_options,
)
from optimization.sourcing import compare_choices
from quality_checks.contracts import (
    CollectionLanes,
    LineRefusals,
    LineRules,
    SourcingRules,
    find_frame,
)

DAY = dt.date(2026, 3, 2)
RULES = SourcingRules(
    split_penalty=2.0, late_cost=10.0, unserved_cost=30.0, least_resourcing_gain=1.5
)
HANDS = LineRules(labour_cost_per_hour=36.0, dc_pick_seconds=100.0, store_pick_seconds=200.0)
NO_RECEIPTS = pl.DataFrame(
    schema={
        "sku": pl.String,
        "location": pl.String,
        "due_on": pl.Date,
        "units": pl.Int64,
        "chance": pl.Float64,
    }
)

REFUSED = {"order_id": pl.String, "line": pl.Int64, "location": pl.String}


def after(days):
    return DAY + dt.timedelta(days=days)


def line(**changes):
    """A line of 12 margin, by its volume a kilogram."""
    row = {
        "order_id": "O",
        "line": 1,
        "sku": "K",
        "quantity": 1,
        "region": "south",
        "promised_on": after(2),
        "allocated_to": None,
        "allocated_on": None,
        "has_left": False,
        "choosable": True,
        "movable": True,
        "unit_price": 20.0,
        "unit_cost": 8.0,
        "volume": 5.0,
        "weight": 0.4,
    }
    return {**row, **changes}


def lines(*rows):
    schema = {"allocated_to": pl.String, "allocated_on": pl.Date, "weight": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=schema)


def facts(available=(5, 5), nodes="AB", life=(0.0, None), silent="", refused=()):
    """A, a store in the north, and B, a DC in the south, whose units nobody else asks for."""
    kinds, regions = {"A": "store", "B": "dc"}, {"A": "north", "B": "south"}
    days = [
        {
            "location": n,
            "kind": kinds[n],
            "origin_region": regions[n],
            "ship_on": after(d),
            "is_stated": n not in silent,
        }
        for n in nodes
        for d in (0, 1)
    ]
    rates = pl.DataFrame(
        [
            ("fast", "north", "south", 9.0, 1.0, 1),
            ("slow", "north", "south", 4.0, 0.5, 2),
            ("slow", "south", "south", 3.0, 0.4, 1),
        ],
        schema=("carrier", "origin_region", "region", "parcel_cost", "kg_cost", "transit_days"),
        orient="row",
    )
    pairs = pl.DataFrame({"sku": "K", "location": ["A", "B"], "available": available}).with_columns(
        inventory_position=pl.lit(3),
        sold_before=pl.lit(0),
        open_demand_mean=pl.lit(0.0),
        open_demand_variance=pl.lit(0.0),
        underage_cost=pl.lit(10.0),
        overage_cost=pl.lit(0.0),
        surplus_step=pl.lit(0.0),
        surplus_most=pl.lit(0.0),
        value_level=pl.lit(9),
        open_life_mean=pl.Series(life, dtype=pl.Float64),
        open_life_variance=pl.Series(life, dtype=pl.Float64),
    )
    return NodeFacts(
        days=pl.DataFrame(days),
        rates=rates,
        lanes=pl.DataFrame(schema=find_frame(CollectionLanes).schema),
        kept=pairs.select("sku", "location"),
        pairs=pairs,
        refusal=pl.DataFrame({"location": ["A"], "chance": [0.2]}),
        refused=pl.DataFrame(list(refused), schema=REFUSED, orient="row"),
        late=pl.DataFrame({"location": ["A"], "days_late": [1], "chance": [0.1]}),
        exit_loss_share=0.5,
    )


def options(*rows, **given):
    return price_options(lines(*rows), facts(**given), RULES, HANDS)


def term(found, node, days, name):
    return found.candidates.filter(location=node, ship_on=after(days))[name].item()


def test_each_term_of_each_node_and_day():
    found = options(line())
    parcels = found.parcels.select("location", "ship_on", "carrier", "arrives_on", "parcel_cost")
    assert parcels.rows() == [
        ("A", after(0), "slow", after(2), 4.0),
        # A day later only the dear carrier keeps the promise.
        ("A", after(1), "fast", after(2), 9.0),
        ("B", after(0), "slow", after(1), 3.0),
        ("B", after(1), "slow", after(2), 3.0),
    ]
    assert [term(found, "A", 0, name) for name in ("shipping_cost", "handling_cost")] == [0.5, 2.0]
    assert [term(found, "B", 0, name) for name in ("shipping_cost", "handling_cost")] == [0.4, 1.0]
    # Hands in vain; B asks 4.4 then, less than the 4.5 of A that need not be paid.
    assert term(found, "A", 0, "refusal_cost") == pytest.approx(0.2 * 2.0)
    assert term(found, "B", 0, "refusal_cost") == 0
    assert term(found, "A", 0, "late_cost") == pytest.approx(0.1 * 10)
    assert term(found, "B", 0, "late_cost") == 0
    # Nothing sells at A until the exit: half of the cost of a unit is lost there.
    assert term(found, "A", 0, "markdown_avoided") == pytest.approx(4.0)
    assert term(found, "B", 0, "markdown_avoided") == 0
    assert term(found, "A", 0, "gain_chance") == pytest.approx(0.8 * 0.9)


def test_where_no_other_node_has_the_item_a_refusal_leaves_the_line_unserved():
    found = options(line(), nodes="A")
    assert term(found, "A", 0, "refusal_cost") == pytest.approx(0.2 * (2.0 + 12.0 + 30.0))


def test_nodes_that_cannot_ship_are_told_and_are_no_way_out_of_a_refusal():
    """B has no rate, says nothing, or refused the line: its terms are told as far as known."""
    unserved = pytest.approx(0.2 * (2.0 + 12.0 + 30.0))
    rated = options(line())
    for given in ({"silent": "B"}, {"refused": [("O", 1, "B")]}):
        found = options(line(), **given)
        assert found.candidates.height == 4
        assert term(found, "A", 0, "refusal_cost") == unserved
        for name in ("shipping_cost", "handling_cost", "late_cost", "gain_chance"):
            assert term(found, "B", 0, name) == term(rated, "B", 0, name)
    known = facts()
    bare = known._replace(rates=known.rates.filter(origin_region="north"))
    found = price_options(lines(line()), bare, RULES, HANDS)
    assert found.candidates.height == 4
    assert term(found, "A", 0, "refusal_cost") == unserved
    assert term(found, "B", 0, "handling_cost") == 1.0
    for name in ("shipping_cost", "refusal_cost", "late_cost", "gain_chance"):
        assert term(found, "B", 0, name) is None
    # Nor is a node of whose stock nobody knows anything.
    blind = known._replace(pairs=known.pairs.filter(location="A"))
    found = price_options(lines(line()), blind, RULES, HANDS)
    assert term(found, "A", 0, "refusal_cost") == unserved
    assert found.candidates.height == 4
    # A refusal is of a line: another one of the same item is asked for there.
    other = options(line(line=2), refused=[("O", 1, "B")])
    assert not other.candidates["refused_before"].any()


def test_a_promise_is_put_off_to_a_day_that_a_node_keeps_which_has_not_refused_the_line():
    late = lines(line(promised_on=after(-3)))

    def due(**given):
        known = facts(**given)
        slow = known._replace(rates=known.rates.filter(carrier="slow"))
        return price_options(late, slow, RULES, HANDS).lines["due_on"].to_list()

    assert due() == [after(1)]
    assert due(silent="B") == due(refused=[("O", 1, "B")]) == [after(2)]


def test_which_refusals_stand():
    said = pl.DataFrame(
        [
            ("lost", 1, "A", "not_found", after(-9), False),
            ("broken", 1, "A", "damaged", after(-9), False),
            ("counted", 1, "A", "not_found", after(-9), True),
            ("busy", 1, "A", "refused", after(-1), False),
            ("was busy", 1, "A", "refused", after(-2), False),
            ("both", 1, "A", "refused", after(-2), False),
            ("both", 1, "A", "not_found", after(-3), False),
        ],
        schema=find_frame(LineRefusals).schema,
        orient="row",
    )
    stand = find_standing_refusals(said, first_day=DAY)
    assert stand.rows() == [(name, 1, "A") for name in ("both", "broken", "busy", "lost")]


def test_weight_is_charged_where_it_is_more_than_the_volume_and_volume_where_it_is_missing():
    assert term(options(line(weight=2.0)), "B", 0, "shipping_cost") == pytest.approx(0.8)
    assert term(options(line(weight=None)), "B", 0, "shipping_cost") == pytest.approx(0.4)


def test_a_promise_in_the_past_is_put_off_to_the_first_day_that_a_node_with_units_can_keep():
    found = options(line(promised_on=after(-3)), available=(5, 0))
    assert found.lines["due_on"].to_list() == [after(1)]
    assert term(found, "A", 0, "late_cost") == pytest.approx(1.0)
    assert options(line())
    assert options(line()).lines["due_on"].to_list() == [after(2)]


def price(*rows, receipts=NO_RECEIPTS, **given):
    found = options(*rows, **given)
    return price_lines(found, facts(**given), receipts, RULES, first_day=DAY)


def test_an_open_line_costs_its_margin_and_more_and_waits_for_a_receipt_in_time():
    alone = price(line())
    assert alone.select("open_cost", "wait_cost", "stay_cost").row(0) == (42.0, None, None)
    assert price(line(unit_price=None))["open_cost"].to_list() == [30.0]

    def receipt(days, units=5):
        row = ("K", "B", after(days), units, 0.9)
        return pl.DataFrame([row], schema=NO_RECEIPTS.schema, orient="row")

    # What comes today leaves tomorrow: 3.4 for carriage, 1 for hands, and it may not come.
    waits = price(line(), receipts=receipt(0))
    assert waits["wait_cost"].to_list() == pytest.approx([3.4 + 1.0 + 0.1 * 42.0])
    assert price(line(), receipts=receipt(1))["wait_cost"].to_list() == [None]
    assert price(line(quantity=6), receipts=receipt(0))["wait_cost"].to_list() == [None]


def test_an_allocated_line_costs_what_its_node_does_less_the_least_gain():
    stays = price(line(allocated_to="A"))
    cost = 0.5 + 4.0 + 2.0 + 0.4 + 1.0 - 4.0
    assert stays.select("stay_cost", "open_cost").row(0) == pytest.approx((cost, cost - 1.5))
    # Two in one parcel: taking one away saves no parcel.
    both = price(line(allocated_to="A"), line(line=2, allocated_to="A"))
    kilos = 0.5 + 2.0 + 1.0 - 4.0
    assert both["stay_cost"].to_list() == pytest.approx([kilos + 0.4] * 2)
    # A node without a row of capacity, or that refused it, cannot ship it: it counts as unserved.
    for given in ({"nodes": "B"}, {"silent": "A"}, {"refused": [("O", 1, "A")]}):
        gone = price(line(allocated_to="A"), **given)
        assert gone.select("stay_cost", "open_cost").row(0) == (None, 42.0)


def test_hands_that_are_busy_with_allocated_lines_are_taken_off():
    stated = pl.DataFrame(
        {
            "location": ["A", "A", "A", "B"],
            "date": [after(0), after(1), after(2), after(0)],
            "most_lines": [3, 3, 3, None],
            "most_units": [2, None, None, 9],
        }
    )
    staying = pl.DataFrame({"allocated_to": ["A", "A", "B"], "quantity": [1, 2, 4]})
    left = net_capacities(stated, staying, first_day=DAY, days=2)
    assert left.select("location", "ship_on", "most_lines", "most_units").rows() == [
        ("A", after(0), 1, 0),
        ("A", after(1), 3, None),
        ("B", after(0), None, 5),
    ]


@pytest.mark.parametrize(
    ("given", "ours", "same"),
    [
        ({}, 4.4, 0),
        # B has no units: nothing is cheaper than where it is.
        ({"available": (5, 0)}, 7.9, 1),
        # A avoids a loss of 4 and would be ours, too, had it not refused the line.
        ({"life": (0.0, None)}, 3.9, 1),
        ({"life": (0.0, None), "refused": [("O", 1, "A")]}, 4.4, 0),
    ],
)
def test_another_choice_is_costed_as_it_stands_beside_ours(given, ours, same):
    """A asks 0.5 and 4 for carriage, 2 for hands, and 1.4 for what may go wrong; B 3.4 and 1."""
    known = {"life": (None, None), **given}
    nodes = facts(**known)
    days = nodes.days.select(
        "location",
        "ship_on",
        most_lines=pl.lit(None, pl.Int64),
        most_units=pl.lit(None, pl.Int64),
    )
    (row,) = compare_choices(
        options(line(allocated_to="A"), **known), nodes.pairs, days, split_penalty=2.0
    ).to_dicts()
    theirs = 3.9 if "life" in given else 7.9
    assert (row["oms_cost"], row["our_cost"]) == pytest.approx((theirs, ours))
    assert row["saved"] == pytest.approx(theirs - ours)
    assert (row["location"], row["lines"], row["uncosted_lines"]) == ("A", 1, 0)
    assert row["same_lines"] == same


def test_what_the_other_chose_without_a_row_of_capacity_is_not_costed():
    nodes = facts(silent="A")
    days = nodes.days.filter("is_stated").select(
        "location",
        "ship_on",
        most_lines=pl.lit(None, pl.Int64),
        most_units=pl.lit(None, pl.Int64),
    )
    asked = options(line(allocated_to="A"), silent="A")
    (row,) = compare_choices(asked, nodes.pairs, days, split_penalty=2.0).to_dicts()
    assert (row["lines"], row["uncosted_lines"], row["saved"]) == (0, 1, 0.0)


def collected(*rows, trip=0.0, paid_on=None, ships="1111111", only=False, **given):
    """Lines that are collected at A, to which B, two days away, sends by a lane."""
    way = ("B", "A", 1, trip, paid_on, 0.3, ships)
    known = facts(**given)
    known = known._replace(
        lanes=pl.DataFrame([way], schema=known.lanes.schema, orient="row"),
        days=known.days.with_columns(only_hands_over=pl.lit(only) & (pl.col("location") == "A")),
    )
    return price_options(lines(*rows), known, RULES, HANDS), known


COLLECTED = {"collect_at": "A", "quantity": 2, "promised_on": after(1)}


def test_what_is_collected_is_taken_off_the_shelf_of_its_store_or_comes_by_a_lane():
    found, _ = collected(line(**COLLECTED), trip=7.0)
    parcels = found.parcels.select("location", "ship_on", "carrier", "arrives_on", "parcel_cost")
    assert parcels.rows() == [
        ("A", after(0), "shelf", after(0), 0.0),
        ("A", after(1), "shelf", after(1), 0.0),
        ("B", after(0), "lane", after(1), 7.0),
        ("B", after(1), "lane", after(2), 7.0),
    ]
    assert [term(found, n, 0, "shipping_cost") for n in "AB"] == [0.0, 0.6]
    assert [term(found, n, 0, "handling_cost") for n in "AB"] == [2.0, 1.0]
    # Without the shelf, B asks 7.6 for carriage and 1 for hands; hands of A are in vain, too.
    assert term(found, "A", 0, "refusal_cost") == pytest.approx(0.2 * (2.0 + 8.6))
    # It may leave a day late, and then still comes by its promise.
    assert term(found, "A", 0, "late_cost") == 0
    assert term(found, "A", 1, "late_cost") == pytest.approx(0.1 * 10)


def test_a_shipment_is_paid_on_the_day_on_which_it_goes_anyhow():
    found, _ = collected(line(**COLLECTED), trip=7.0, paid_on=after(0))
    by_lane = found.parcels.filter(carrier="lane").select("ship_on", "parcel_cost").rows()
    assert by_lane == [(after(0), 0.0), (after(1), 7.0)]


def test_a_node_whose_lane_does_not_ship_on_the_day_is_told_and_asked_for_nothing():
    # The second of March 2026 is a Monday.
    found, _ = collected(line(**COLLECTED), ships="0100000")
    assert found.candidates.height == 4
    assert term(found, "B", 0, "shipping_cost") is None
    assert term(found, "B", 1, "shipping_cost") == pytest.approx(0.6)


def test_a_store_that_ships_to_nobody_hands_over_what_is_collected_there():
    sent = line(order_id="P")
    found, _ = collected(line(**COLLECTED), sent, only=True)
    listed = found.candidates.group_by("order_id").agg(pl.col("location").unique().sort())
    assert dict(listed.iter_rows()) == {"O": ["A", "B"], "P": ["B"]}


@pytest.mark.parametrize(
    ("node", "days", "cost"),
    [
        # It lies on the shelf the day after it came: hands, refusals and the chance of none.
        ("A", 0, 2.0 + 0.2 * (2.0 + 1.6) + 0.1 * 54.0),
        ("A", 1, None),
        ("B", 0, None),
        ("B", -1, None),
    ],
)
def test_what_is_collected_waits_for_what_comes_to_its_store_or_by_the_lane_in_time(
    node, days, cost
):
    found, known = collected(line(**COLLECTED))
    row = ("K", node, after(days), 5, 0.9)
    receipts = pl.DataFrame([row], schema=NO_RECEIPTS.schema, orient="row")
    priced = price_lines(found, known, receipts, RULES, first_day=DAY)
    assert priced["wait_cost"].to_list() == ([None] if cost is None else [pytest.approx(cost)])


def test_what_of_an_order_is_collected_and_what_is_sent_go_in_parcels_of_their_own():
    """The carrier charges and chooses by what it takes alone; the lane takes the rest."""
    found, _ = collected(line(**COLLECTED), line(line=2), line(line=3, quantity=2), trip=7.0)
    first = found.parcels.filter(ship_on=after(0))
    columns = ("place", "location", "carrier", "arrives_on", "parcel_cost")
    assert first.select(columns).rows() == [
        ("", "A", "slow", after(2), 4.0),
        ("", "B", "slow", after(1), 3.0),
        ("A", "A", "shelf", after(0), 0.0),
        ("A", "B", "lane", after(1), 7.0),
    ]
    from_b = found.candidates.filter(location="B", ship_on=after(0)).sort("line")
    assert from_b["shipping_cost"].to_list() == pytest.approx([0.6, 0.4, 0.8])


def test_a_line_that_stays_alone_in_its_parcel_bears_it_whole():
    """Both are allocated to B, to two places: nobody shares the carrier's parcel, or the lane."""
    placed = {"allocated_to": "B"}
    there = [line(**COLLECTED, **placed), line(line=2, **placed), line(line=3, **placed)]

    def stays(*rows):
        found, known = collected(*rows, trip=7.0)
        priced = price_lines(found, known, NO_RECEIPTS, RULES, first_day=DAY)
        return dict(priced.select("line", "stay_cost").iter_rows())

    alone = stays(there[0])[1]
    assert stays(*there[:2])[1] == pytest.approx(alone)
    assert stays(*there[:2])[2] == pytest.approx(stays(*there)[2] + 3.0)


LANE = {
    "origin": "B", "destination": "A", "transit_days": 1, "fixed_cost": 7.0, "unit_cost": 0.3,
    "capacity": 3, "volume_capacity": None, "order_weekdays": "1111111", "allowed": True,
}  # fmt: skip
MOVED = {"sku": pl.String, "origin": pl.String, "destination": pl.String, "quantity": pl.Int64}


@pytest.mark.parametrize(
    ("changes", "moved", "paid_on"),
    [
        ({}, [], [None]),
        # What goes anyhow costs no trip, on the day on which tonight's movements leave.
        ({}, [("K", "B", "A", 1)], [DAY]),
        ({}, [("K", "A", "B", 1)], [None]),
        ({"capacity": 2}, [], []),
        ({"capacity": None}, [], [None]),
        ({"volume_capacity": 14.0}, [], []),
        ({"volume_capacity": 15.0}, [], [None]),
        ({"allowed": False}, [], []),
        ({"destination": "C"}, [], []),
    ],
)
def test_lanes_to_where_lines_are_collected_have_room_for_all_of_them(changes, moved, paid_on):
    asked = lines(line(**COLLECTED), line(order_id="P", collect_at="A"), line(order_id="Q"))
    lanes = pl.DataFrame([LANE | changes], schema_overrides={"volume_capacity": pl.Float64})
    going = pl.DataFrame(moved, schema=MOVED, orient="row")
    found = list_collection_lanes(lanes, going, asked, first_day=DAY)
    assert found["paid_on"].to_list() == paid_on
    assert set(found["trip_cost"]) <= {7.0}


def stock(moved=(), freed=(), **pair):
    row = {
        "sku": "K", "location": "A", "on_hand": 9, "reserved": 2, "damaged": 1,
        "proposed_outbound": 1, "echelon": False, "inventory_position": 8, "sold_before": 0,
        "open_demand_mean": 1.0, "open_demand_variance": 1.0, "underage_cost": 1.0,
        "overage_cost": 0.0, "surplus_step": 0.0, "surplus_most": 0.0, "value_level": 1,
    }  # fmt: skip
    life = {"sku": "K", "location": "A", "open_life_mean": None, "open_life_sd": None}
    numbers = {"open_life_mean": pl.Float64, "open_life_sd": pl.Float64}
    ends = {"origin": pl.String, "destination": pl.String, "sku": pl.String, "quantity": pl.Int64}
    kept = {"sku": pl.String, "location": pl.String, "quantity": pl.Int64}
    found = list_node_stock(
        pl.DataFrame([{**row, **pair}], schema_overrides={"on_hand": pl.Int64}),
        pl.DataFrame([life], schema_overrides=numbers),
        pl.DataFrame(list(moved), schema=ends, orient="row"),
        pl.DataFrame(list(freed), schema=kept, orient="row"),
    )
    return found.select("available", "inventory_position").row(0)


def test_what_leaves_tonight_is_not_promised_and_what_comes_counts_for_value_only():
    assert stock() == (5, 8)
    assert stock([("A", "S", "K", 3), ("D", "A", "K", 4)]) == (2, 9)
    assert stock([("A", "S", "K", 9)]) == (0, -1)
    # Units of an echelon that move to its own members stay its own.
    assert stock([("A", "S", "K", 3)], echelon=True) == (2, 8)
    assert stock(freed=[("K", "A", 2)]) == (7, 10)
    assert stock(on_hand=None) == (None, 8)


def test_units_that_a_plan_and_a_customer_are_both_promised_are_told():
    def units(node, quantity):
        return pl.DataFrame({"origin": [node], "sku": ["K"], "quantity": [quantity]})

    pairs = pl.DataFrame({"sku": ["K", "K"], "location": ["A", "B"], "available": [5, 0]})
    assert find_sourcing_overlaps(units("A", 2), units("A", 3), pairs).is_empty()
    found = find_sourcing_overlaps(units("A", 3), units("A", 3), pairs)
    assert found["check"].to_list() == ["promised_twice"]
    # What movements promise twice by themselves is theirs to tell.
    assert find_sourcing_overlaps(units("A", 2), units("B", 3), pairs).is_empty()
