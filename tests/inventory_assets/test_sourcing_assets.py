"""Customers' orders from files to a plan: what is looked at, what is decided, what it says."""

import shutil
from datetime import datetime, time, timedelta

import duckdb
import polars as pl
import pytest
from landing_folder import at, day
from simulated import LAST, materialize, open_warehouse, send_rows, warehouse_of

from quality_checks.checks import judge_collection, judge_order_currencies, judge_order_lines
from quality_checks.contracts import CONTRACTS

NOBODY = pl.DataFrame(schema={"order_id": pl.String, "order_line": pl.Int64, "origin": pl.String})


def order(name, **changes):
    row = {
        "order_id": name,
        "line": 1,
        "created": at(1),
        "promised_on": day(4),
        "sku": "A",
        "quantity": 3,
        "region": "north",
        "channel": "ecom",
        "status": "open",
    }
    return {**row, **changes}


PLACED = {"status": "allocated", "location": "S1"}


@pytest.fixture
def sells_online(shop):
    rate = {"carrier": "C", "origin_region": "north", "region": "north", "parcel_cost": 4.0}
    shop.send("shipping_rates", 1, [{**rate, "kg_cost": 1.0, "transit_days": 1}])
    shop.send("node_capacities", 1, [{"location": "S1", "date": day(2), "most_lines": 4}])
    return shop


def lines(shop, rows, pending=NOBODY):
    """The lines that sourcing looks at: order -> units, node, whether it may move, price."""
    found = customer_lines(shop, rows, pending)
    columns = ("quantity", "allocated_to", "movable", "unit_price")
    return {row["order_id"]: tuple(row[name] for name in columns) for row in found.to_dicts()}


def customer_lines(shop, rows, pending=NOBODY):
    """The frame `customer_lines`, of rows that came on day 1."""
    shop.send("online_orders", 1, rows)
    shop.load_all(1)
    return query_lines(shop, pending)


def query_lines(shop, pending=NOBODY, number=1):
    """The frame `customer_lines` of what is known on a day."""
    query, today = shop.warehouse.query, day(number)
    frames = {
        "pending": pending,
        "overtaken": shop.warehouse.overtaken("online_orders", today),
        "contradicting": query("contradicting_order_lines", today),
    }
    return query("customer_lines", today, frames=frames)


def test_lines_that_are_looked_at_and_those_that_are_left_alone(sells_online):
    found = lines(
        sells_online,
        [
            order("open"),
            order("priced", unit_price=7.5),
            order("part", shipped_units=2),
            order("left", shipped_units=3),
            order("cancelled", status="cancelled"),
            order("placed", **PLACED),
            order("picked", **PLACED, picked_at=at(1)),
            order("gone", status="shipped", location="S1", allocated_at=at(1), shipped_at=at(1)),
            order("long gone", status="shipped", location="S1", allocated_at=at(0)),
            order("collect", channel="click_and_collect", **PLACED),
            order("collect there", channel="click_and_collect", collect_at="S2"),
            order("collect nowhere", channel="click_and_collect", collect_at="S9"),
            order("none", quantity=0),
            order("strange", sku="UNKNOWN"),
        ],
    )
    assert found == {
        "open": (3, None, True, 10.0),
        "priced": (3, None, True, 7.5),
        "part": (1, None, True, 10.0),
        "placed": (3, "S1", True, 10.0),
        "picked": (3, "S1", False, 10.0),
        "gone": (3, "S1", False, 10.0),
        "collect": (3, "S1", False, 10.0),
        "collect there": (3, None, True, 10.0),
    }
    # What cannot be read is named, and delays nothing else.
    waiting = {(field, reason) for _, _, field, reason in sells_online.waiting("online_orders")}
    assert waiting == {
        ("quantity", "out_of_bounds"),
        ("sku", "unknown_key"),
        ("collect_at", "unknown_key"),
    }


@pytest.mark.parametrize(
    ("stores", "channel", "left_alone"),
    [
        (("S1", None), "ecom", []),
        (("S1", "S2"), "ecom", []),
        (("S1", None), "click_and_collect", [2]),
    ],
)
def test_what_is_collected_nobody_says_where_stays_with_the_oms_and_delays_nothing_else(
    sells_online, stores, channel, left_alone
):
    rows = [
        order("O", line=n, collect_at=store, channel=channel)
        for n, store in enumerate(stores, start=1)
    ]
    found = customer_lines(sells_online, rows)
    assert found.filter("place_unclear")["line"].to_list() == left_alone
    assert found.filter(~pl.col("movable"))["line"].to_list() == left_alone
    # The check names them.
    assert judge_collection(found).passed == (not left_alone)


def test_nothing_is_taken_from_nodes_that_never_tell_what_they_picked(sells_online):
    assert lines(sells_online, [order("placed", **PLACED)])["placed"][2] is False


def test_a_line_that_we_asked_a_node_for_is_left_alone_until_the_order_shows_it_there(
    sells_online,
):
    asked = pl.DataFrame(
        [("open", 1, "S2"), ("elsewhere", 1, "S2"), ("there", 1, "S1")],
        schema=NOBODY.schema,
        orient="row",
    )
    rows = [order("open"), order("elsewhere", **PLACED), order("there", **PLACED)]
    told = order("picked", **PLACED, picked_at=at(1))
    found = lines(sells_online, [*rows, told], asked)
    assert {name: row[2] for name, row in found.items()} == {
        "open": False,
        "elsewhere": False,
        "there": True,
        "picked": False,
    }


def test_a_line_for_which_the_customer_took_a_substitute_is_left_alone(sells_online):
    said = {"line": 1, "sku": "A", "substitute": "B", "quantity": 3, "offered_at": at(1)}
    answers = [
        {**said, "order_id": order_id, "outcome": outcome}
        for order_id, outcome in (("took", "accepted"), ("refused", "declined"))
    ]
    sells_online.send("substitution_outcomes", 1, answers)
    found = lines(sells_online, [order("took"), order("refused"), order("open")])
    assert {name: row[2] for name, row in found.items()} == {
        "took": False,
        "refused": True,
        "open": True,
    }


def test_a_line_of_which_a_newer_row_waits_is_left_alone_and_keeps_its_node_busy(sells_online):
    sells_online.send("online_orders", 0, [order("old"), order("placed", **PLACED), order("good")])
    sells_online.load("online_orders", 0)
    unread = [order("old", quantity=0), order("placed", **PLACED, quantity=0)]
    found = customer_lines(sells_online, unread)
    columns = ("order_id", "quantity", "allocated_to", "choosable", "movable")
    assert found.select(columns).rows() == [
        ("good", 3, None, True, True),
        ("old", 3, None, False, False),
        ("placed", 3, "S1", False, False),
    ]


def test_without_rates_and_capacities_nobody_asks(shop):
    assert lines(shop, [order("open")]) == {}


def test_the_same_line_twice_in_a_file_counts_once_and_is_named(sells_online):
    found = lines(sells_online, [order("twice"), order("twice", quantity=5)])
    assert found == {"twice": (3, None, True, 10.0)}
    waiting = [row[2:] for row in sells_online.waiting("online_orders")]
    assert waiting == [("order_id,line", "duplicate_key")]


RATE = {
    "carrier": "C", "origin_region": "north", "region": "north", "parcel_cost": 4.0, "kg_cost": 1.0,
    "transit_days": 1,
}  # fmt: skip


def test_money_of_another_currency_is_named_and_never_read_as_own(sells_online):
    shop = sells_online
    found = customer_lines(
        shop,
        [
            order("own", unit_price=7.5, currency="EUR"),
            order("foreign", unit_price=7.5, currency="USD"),
            order("unpriced", currency="USD"),
            order("wrong", unit_price=7.5, currency="euro"),
        ],
    )
    prices = dict(found.select("order_id", "unit_price").iter_rows())
    assert prices == {"own": 7.5, "foreign": 10.0, "unpriced": 10.0}
    assert [row[2:] for row in shop.waiting("online_orders")] == [("currency", "out_of_bounds")]
    assert judge_order_currencies(found).failing["order_id"].to_list() == ["foreign"]

    shop.send("shipping_rates", 2, [RATE | {"carrier": "D", "currency": "CHF", "kg_cost": 0.1}])
    price = {"sku": "A", "location": "*", "valid_from": day(2), "price": 6.0}
    own = price | {"valid_from": day(1), "price": 8.0, "currency": "EUR"}
    shop.send("prices", 2, [own, price | {"currency": "CHF"}])
    shop.load_all(2)
    assert shop.known("shipping_rates", 2)["carrier"].to_list() == ["C"]
    assert shop.known("prices", 2)["price"].to_list() == [8.0]
    for source in ("shipping_rates", "prices"):
        assert [row[2:] for row in shop.waiting(source)] == [("currency", "unknown_key")]


def test_prices_and_rates_in_another_currency_are_left_out_where_masters_have_two(sells_online):
    """Intake knows only that some item has that currency."""
    shop = sells_online
    shop.send("products", 2, [{"sku": "C", "currency": "CHF"}])
    shop.send("shipping_rates", 2, [RATE | {"carrier": "D", "currency": "CHF", "kg_cost": 0.1}])
    price = {"location": "*", "valid_from": day(2), "price": 6.0, "currency": "CHF"}
    shop.send("prices", 2, [price | {"sku": "A"}, price | {"sku": "C"}])
    shop.load_all(2)
    assert shop.known("prices", 2)["sku"].to_list() == ["A", "C"]
    query = shop.warehouse.query
    assert query("carrier_rates", day(2))["carrier"].to_list() == ["C"]
    assert query("priced_entries", day(2))["sku"].to_list() == ["C"]
    window = {"first_day": day(2), "last_day": day(4)}
    assert query("offers", day(2), **window, whole_range=True).is_empty()
    chosen = {"sku_range": pl.DataFrame({"first_sku": ["A"], "last_sku": ["C"]})}
    assert query("announced_offers", day(2), frames=chosen, **window).is_empty()
    named = query("contradicting_masters", day(2)).filter(
        pl.col("problem").str.contains("has .* in CHF")
    )
    assert named["code"].to_list() == ["A", "north"]


def test_an_item_in_another_currency_than_most_is_named(shop):
    shop.send("products", 1, [{"sku": "C", "currency": "USD"}])
    shop.load_all(1)
    found = shop.warehouse.query("contradicting_masters", day(1))
    (row,) = found.filter(code="C").to_dicts()
    assert row["problem"].startswith("is priced in USD, and most items in EUR")


def test_what_changes_between_two_cycles_counts_as_it_was_told_last(sells_online):
    """Files of one day that come one after the other, as between two cycles."""
    shop = sells_online
    before = [order(name) for name in ("same", "cancelled", "less", "moved", "parts", "twice")]
    assert len(customer_lines(shop, before)) == len(before)
    shop.send(
        "online_orders",
        1,
        [
            order("same"),
            order("cancelled", status="cancelled"),
            order("less", quantity=1),
            order("moved", region="south", promised_on=day(9)),
            order("parts", shipped_units=2),
            order("twice", status="cancelled"),
        ],
        part="noon",
    )
    shop.send("online_orders", 1, [order("twice", quantity=2)], part="pm")
    shop.load_all(1)
    found = query_lines(shop)
    columns = ("order_id", "quantity", "region", "promised_on")
    assert found.select(columns).rows() == [
        ("less", 1, "north", day(4)),
        ("moved", 3, "south", day(9)),
        ("parts", 1, "north", day(4)),
        ("same", 3, "north", day(4)),
        ("twice", 2, "north", day(4)),
    ]
    assert not shop.waiting("online_orders")


def test_a_line_that_contradicts_itself_is_named_and_left_to_the_oms(sells_online):
    shop = sells_online
    counted = order("counts up", shipped_units=1)
    first = [counted, order("each parcel", shipped_units=2), order("cut", shipped_units=2)]
    shop.send("online_orders", 1, first)
    shop.send("locations", 2, [{"location": "S2", "closed_on": day(3)}])
    shop.send(
        "online_orders",
        2,
        [
            order("counts up", shipped_units=2),
            order("each parcel", shipped_units=1),
            order("cut", shipped_units=2, quantity=1),
            order("nobody's", status="allocated"),
            order("placed", **PLACED),
            order("closing", channel="click_and_collect", collect_at="S2"),
            order("stays", channel="click_and_collect", collect_at="S1"),
        ],
    )
    for number in (1, 2):
        shop.load_all(number)
    found = shop.warehouse.query("contradicting_order_lines", day(2))
    assert dict(found.select("order_id", "problem").iter_rows()) == {
        "closing": f"to be collected at S2, which closes on {day(3)}",
        "cut": "2 units have left of 1",
        "each parcel": "1 units have left, where 2 had before",
        "nobody's": "allocated, and no node is named",
    }
    assert judge_order_lines(found).failing.height == found.height
    left = query_lines(shop, number=2).filter("choosable")
    assert dict(left.select("order_id", "quantity").iter_rows()) == {
        "counts up": 1,
        "placed": 3,
        "stays": 3,
    }
    # On the day before nothing of it was known.
    assert query_lines(shop).height == len(first)


def contradictions(shop, number):
    """What is wrong with lines of orders, as of a day."""
    found = shop.warehouse.query("contradicting_order_lines", day(number))
    return dict(found.select("order_id", "problem").iter_rows())


def test_a_line_without_its_shipped_units_is_named_where_some_had_left(sells_online):
    shop = sells_online
    shop.send("online_orders", 1, [order("some", shipped_units=2), order("none", shipped_units=0)])
    shop.send("online_orders", 2, [order("some"), order("none")])
    for number in (1, 2):
        shop.load_all(number)
    said = "nobody says how many units have left, where 2 had before"
    assert contradictions(shop, 2) == {"some": said}


def test_a_file_that_told_too_much_counts_no_more_once_it_is_sent_again(sells_online):
    shop = sells_online
    shop.send("online_orders", 1, [order("mended", shipped_units=2)])
    shop.load_all(1)
    shop.send("online_orders", 2, [order("mended", shipped_units=1)])
    shop.load_all(2)
    said = {"mended": "1 units have left, where 2 had before"}
    assert contradictions(shop, 2) == said
    shop.send("online_orders", 1, [order("mended", shipped_units=1)])
    shop.load_all(3)
    assert contradictions(shop, 3) == {}
    # The day before did not know it.
    assert contradictions(shop, 2) == said


def test_a_line_that_contradicts_itself_keeps_the_hands_of_its_node_busy(sells_online):
    shop = sells_online
    shop.send("online_orders", 1, [order("fewer", **PLACED, shipped_units=2)])
    shop.load_all(1)
    shop.send("online_orders", 2, [order("fewer", **PLACED, shipped_units=1)])
    shop.load_all(2)
    (held,) = query_lines(shop, number=2).to_dicts()
    assert (held["allocated_to"], held["quantity"]) == ("S1", 2)
    assert (held["choosable"], held["movable"]) == (False, False)


def test_a_line_that_goes_to_another_node_between_two_cycles_is_that_node_s(sells_online):
    placed = order("moved", **PLACED, allocated_at=at(1))
    assert (
        lines(sells_online, [placed, order("told", **PLACED, picked_at=at(1))])["moved"][1] == "S1"
    )
    again = placed | {"location": "S2", "allocated_at": at(1, 15)}
    sells_online.send("online_orders", 1, [again], part="noon")
    sells_online.load_all(1)
    (now,) = query_lines(sells_online).filter(order_id="moved").to_dicts()
    assert (now["allocated_to"], now["movable"]) == ("S2", True)


def test_an_order_may_be_stamped_by_a_clock_that_is_ahead(sells_online):
    """A clock of another time zone: its day is the next one, and the order is open all the same."""
    found = lines(sells_online, [order("ahead", created=at(2, 1)), order("behind", created=at(0))])
    assert set(found) == {"ahead", "behind"}
    zoned = sells_online.path("online_orders", 2)
    text = sells_online.path("online_orders", 1).read_text()
    zoned.write_text(text.replace("T12:00:00", "T12:00:00+02:00").replace("behind", "zoned"))
    sells_online.load("online_orders", 2)
    assert [row[2:] for row in sells_online.waiting("online_orders")] == [("created", "wrong_type")]


REFUSES = {"line": 1, "sku": "A", "location": "S1", "refused_at": at(1)}


def refusals(shop, said, *sent):
    """What is known of refusals of day 1 on day 3: order -> reason, whether anything is new."""
    orders = sorted({row["order_id"] for row in said})
    shop.send("online_orders", 1, [order(name) for name in orders])
    shop.send("node_refusals", 1, [{**REFUSES, **row} for row in said])
    for source, row in sent:
        shop.send(source, 3, [row])
    shop.load_all(1)
    shop.load_all(3)
    found = shop.warehouse.query("line_refusals", day(3))
    return [tuple(row[n] for n in ("order_id", "reason", "seen_since")) for row in found.to_dicts()]


COUNTED = {"count_id": "C", "sku": "A", "location": "S1", "counted": 2, "reason": "cycle"}
RECEIVED = {
    "receipt_id": "R", "line": 1, "sku": "A", "location": "S1", "po": "P", "po_line": 1,
    "rejected": 0,
}  # fmt: skip
MOVED = {"transfer_id": "T", "shipped_quantity": 2, "received_quantity": 2}


@pytest.mark.parametrize(
    ("source", "row", "new"),
    [
        ("stock_counts", {**COUNTED, "timestamp": at(2)}, True),
        ("stock_counts", {**COUNTED, "timestamp": at(1, 8)}, False),
        ("stock_counts", {**COUNTED, "timestamp": at(2), "location": "S2"}, False),
        ("stock_counts", {**COUNTED, "timestamp": at(2), "sku": "B"}, False),
        ("receipts", {**RECEIVED, "timestamp": at(2), "received": 2}, True),
        ("receipts", {**RECEIVED, "timestamp": at(2), "received": 0}, False),
        ("transfers", {**MOVED, "received_on": day(2)}, True),
        # It may have come before the node looked for the item.
        ("transfers", {**MOVED, "received_on": day(1)}, False),
    ],
)
def test_a_count_or_units_of_the_item_after_a_refusal_are_new(sells_online, source, row, new):
    said = [{"order_id": "O", "reason": "not_found"}]
    assert refusals(sells_online, said, (source, row)) == [("O", "not_found", new)]


def test_a_line_that_the_oms_gave_the_node_anew_is_not_refused_by_it(sells_online):
    said = [{"order_id": name, "reason": "damaged"} for name in ("anew", "kept", "other")]
    sells_online.send(
        "online_orders",
        3,
        [
            order("anew", **PLACED, allocated_at=at(2)),
            order("kept", **PLACED, allocated_at=at(0)),
            order("other", status="allocated", location="S2", allocated_at=at(2)),
        ],
    )
    assert refusals(sells_online, said) == [
        ("anew", "damaged", True),
        ("kept", "damaged", False),
        ("other", "damaged", False),
    ]


def read(root, name):
    return warehouse_of(root).read(CONTRACTS[name], LAST)


def _join_rates(root, options, decided):
    """What the landed rate of each option's carrier asks for the line, and when it comes."""
    warehouse = warehouse_of(root)
    rates = warehouse.known("shipping_rates", LAST).select(
        "carrier", "origin_region", "region", "kg_cost", "transit_days", parcel_price="parcel_cost"
    )
    nodes = warehouse.known("locations", LAST).select("location", "kind", origin_region="region")
    items = warehouse.known("products", LAST).select("sku", "volume", "weight")
    # Carriers charge a kilogram for five litres at least.
    kg = pl.max_horizontal(pl.col("volume") / 5, "weight") * pl.col("quantity")
    return (
        options.join(
            decided.select("order_id", "line", "sku", "quantity", "region"),
            on=["order_id", "line"],
        )
        .join(items, on="sku")
        .join(nodes, on="location")
        .join(rates, on=["carrier", "origin_region", "region"])
        .with_columns(kg=kg, comes_on=pl.col("ship_on") + pl.duration(days="transit_days"))
    )


def test_every_line_that_may_move_is_decided_once_at_what_carriers_and_hands_ask(planned):
    decided, sourced = read(planned, "order_decisions"), read(planned, "order_sourcing")
    options = read(planned, "sourcing_options")
    assert decided.height > 0
    orders = warehouse_of(planned).known("online_orders", LAST)
    looked_at = orders.filter(pl.col("status").is_in(["open", "allocated"]))
    assert decided.height == looked_at.height
    assert sourced.height == decided.filter(decision="ship").height
    told = _join_rates(planned, options, decided)
    assert told.height == options.height
    assert (told["shipping_cost"] - told["kg_cost"] * told["kg"]).abs().max() < 1e-9
    assert (told["arrives_on"] == told["comes_on"]).all()
    # The parcel of a line is paid once: for a line that others join it costs no more.
    alone = told.join(sourced, on="order_id", how="anti")
    assert (alone["parcel_cost"] == alone["parcel_price"]).all()
    hands = told.group_by("kind").agg(pl.col("handling_cost").unique()).sort("kind")
    assert hands["handling_cost"].list.len().to_list() == [1] * hands.height
    # A line that moves gains at least what policy asks for; one that stays is where it was.
    moved = decided.filter(pl.col("allocated_to").is_not_null(), decision="ship")
    assert ((moved["otherwise"] - moved["cost"]) >= 2.0 - 1e-9).all()
    assert (moved["allocated_to"] != moved["location"]).all()


SOURCED = (
    "order_sourcing", "order_decisions", "sourcing_options", "order_limit_prices",
    "sourcing_shadow", "substitution_plan", "substitution_options",
)  # fmt: skip


@pytest.fixture(scope="module")
def hindered(planned, tmp_path_factory):
    """The planned night again, in which a node has refused all it was asked for, another is silent.

    No carrier goes to the customers of one region.
    """
    root = shutil.copytree(planned, tmp_path_factory.mktemp("hindered") / "retailer")
    sourced, decided = read(root, "order_sourcing"), read(root, "order_decisions")
    by_lines = sourced["origin"].value_counts().sort("count", "origin")["origin"]
    refuser, silent = by_lines[-1], by_lines[0]
    served = sourced.filter(origin=refuser)["destination"]
    region = decided.filter(pl.col("region") != served[0])["region"].min()
    refused = sourced.filter(origin=refuser).select(
        "order_id", "sku", line="order_line", location="origin",
        refused_at=datetime.combine(LAST, time(22)), reason=pl.lit("not_found"),
    )  # fmt: skip
    send_rows(root, "node_refusals", refused, f"{LAST}_late.parquet")
    plan_inputs = warehouse_of(root)
    plan_inputs.load(root / "landing", "node_refusals", LAST)
    plan_inputs.close()
    with duckdb.connect(str(plan_inputs.path)) as connection:
        connection.execute("DELETE FROM landing.node_capacities WHERE location = ?", [silent])
        connection.execute("DELETE FROM landing.shipping_rates WHERE region = ?", [region])
    done = materialize(root, LAST, *SOURCED)
    checks = {(c.asset_key.path[-1], c.check_name): c.passed
              for c in done.get_asset_check_evaluations()}  # fmt: skip
    return root, refused, silent, region, checks


def test_every_node_that_keeps_an_item_is_listed_for_its_line_with_what_keeps_it_from_it(hindered):
    root, refused, silent, region, checks = hindered
    warehouse, decided = warehouse_of(root), read(root, "order_decisions")
    nodes = warehouse.known("locations", LAST).filter("ships_online").select("location")
    keeps = read(root, "planning_pairs").select("sku", "location").join(nodes, on="location")
    days = pl.DataFrame({"ship_on": [LAST + timedelta(days=1), LAST + timedelta(days=2)]})
    due = (
        decided.select("order_id", "line", "sku", "allocated_to")
        .join(keeps, on="sku")
        .filter(~pl.col("location").eq_missing(pl.col("allocated_to")))
        .join(days, how="cross")
    )
    options = read(root, "sourcing_options")
    key = ["order_id", "line", "location", "ship_on"]
    assert options.select(key).sort(key).rows() == due.select(key).sort(key).rows()
    told = options.join(decided.select("order_id", "line", "region"), on=["order_id", "line"])

    again = told.join(refused, on=["order_id", "line", "location"], how="semi")
    assert again["verdict"].unique().to_list() == ["refused_before"]
    assert again["cost"].null_count() < again.height
    rest = told.join(refused, on=["order_id", "line", "location"], how="anti")
    assert "refused_before" not in rest["verdict"]

    nowhere = rest.filter(region=region)
    assert nowhere["verdict"].unique().to_list() == ["parcel_unknown"]
    assert nowhere["cost"].null_count() == nowhere.height
    assert nowhere["handling_cost"].null_count() == 0
    assert "parcel_unknown" not in rest.filter(pl.col("region") != region)["verdict"]
    left = decided.filter(decision="open", region=region)
    assert set(left["reason"]) <= {"parcel_unknown", "refused_before"}
    assert "parcel_unknown" in left["reason"]

    mute = rest.filter(pl.col("region") != region, location=silent)
    assert "capacity_unknown" in mute["verdict"]
    assert set(mute["verdict"]) <= {"capacity_unknown", "after_promise", "stock_unknown"}
    sourced = read(root, "order_sourcing")
    assert silent not in sourced["origin"]
    # Lines that go elsewhere say how many nodes are not asked for them again.
    elsewhere = sourced.rename({"order_line": "line"}).join(
        refused, on=["order_id", "line"], how="semi"
    )
    assert elsewhere.height > 0
    assert elsewhere["refused_nodes"].to_list() == [1] * elsewhere.height
    assert sourced["refused_nodes"].sum() == elsewhere.height
    assert checks["order_sourcing", "feasible"]
    assert not checks["order_decisions", "nodes_state_capacity"]


def test_no_unit_is_promised_twice(planned):
    ends = ("origin", "sku", "quantity")
    plans = ("order_sourcing", "allocation", "transfers_plan")
    taken = pl.concat(read(planned, plan).select(ends) for plan in plans)
    free = read(planned, "planning_pairs").select("sku", "available", origin="location")
    left = (
        taken.group_by("origin", "sku")
        .agg(pl.col("quantity").sum())
        .join(free, on=["origin", "sku"], how="left")
    )
    assert (left["quantity"] <= left["available"]).all()


def test_the_shadow_has_every_line_that_was_allocated_on_the_day(planned):
    shadow = read(planned, "sourcing_shadow")
    orders = warehouse_of(planned).known("online_orders", LAST)
    placed = orders.filter(pl.col("allocated_at").dt.date() == LAST, status="allocated")
    assert shadow.select(pl.sum("lines") + pl.sum("uncosted_lines")).item() == placed.height
    costs = shadow["oms_cost"] - shadow["our_cost"]
    assert (costs - shadow["saved"]).abs().max() < 1e-9
    # The simulated OMS takes the node that sold, whatever it costs.
    assert shadow["saved"].sum() > 1
    assert shadow["same_lines"].sum() < shadow["lines"].sum()


def test_sourcing_leaves_as_a_file_and_is_explained(planned):
    with open_warehouse(planned) as connection:
        kinds = connection.sql("SELECT DISTINCT kind FROM exports.export_lines").fetchall()
        steps = connection.sql(
            "SELECT e.name, e.value FROM actions.explanations e JOIN actions.proposals p "
            "USING (action_id) WHERE p.kind = 'sourcing' AND e.name = 'benefit'"
        ).fetchall()
        outcomes = connection.sql(
            "SELECT passed FROM reporting.check_outcomes WHERE "
            "check_outcomes.check IN ('explained', 'feasible', 'not_promised_twice')"
        ).fetchall()
    assert ("sourcing",) in kinds
    assert len(steps) == read(planned, "order_sourcing").height
    assert all(passed for (passed,) in outcomes)
