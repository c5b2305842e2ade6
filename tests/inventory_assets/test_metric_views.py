"""Metrics of the read copy, each worked by hand on rows written for it in one shop."""

import json
import shutil

import duckdb
import pytest
from landing_folder import Retailer, at, day, put, record, sale

from quality_checks.contracts import VIEW_SCHEMA, VIEWS
from quality_checks.contracts.metric_views import METRICS

NOW = 100
FROM_DC = {"sku": "B", "fulfilment_location": "DC1"}
SUBMITTED = None
ORDER = {"created": at(95), "sku": "A", "quantity": 1, "channel": "ecom", "status": "shipped"}
STEP = {"state": "answered", "role": "planner", "answered_at": at(98), "answers": 1}
PAIR = {"category": "shirts", "unit_cost": 4.0}
NORTH, SOUTH = {"region": "north"}, {"region": "south"}


def send_movements(shop):
    """Records, sales, returns and goods that came, up to the day of the plan."""
    shop.send("stock", 0, [record(0, 10), record(0, 20, sku="B", location="DC1")])
    shop.send("stock", 40, [record(40, 2, sku="B", location="S2"), record(40, -3, location="S2")])
    # Of two records of a day the later part holds.
    shop.send("stock", 60, [record(60, 9)], part="a")
    shop.send("stock", 60, [record(60, 4)], part="b")
    at_south = {"sku": "B", "location": "S2", "fulfilment_location": "S2"}
    sales = [
        sale("before the period", 5, 3), sale("counts", 12, 5), sale("untold day", 15, 2),
        sale("from the DC", 30, 7, **FROM_DC), sale("before a record", 30, **at_south),
        sale("after it", 50, **at_south),
    ]  # fmt: skip
    shop.send("pos_sales", NOW, sales)
    shop.send("returns", NOW, [{"return_id": "R", "timestamp": at(20), "quantity": 1}])
    put(shop, "trading_days", 15, location="S1", region="north", status="missing", units=0)
    receipt = {"line": 1, "sku": "B", "location": "DC1", "po": "P", "po_line": 1, "rejected": 0}
    came = [{"receipt_id": "1", "timestamp": at(95), "received": 5}]
    came += [{"receipt_id": "2", "timestamp": at(99), "received": 0}]
    shop.send("receipts", NOW, [{**receipt, **row} for row in came])
    arrived = {"shipped_quantity": 4, "received_quantity": 4, "expected_on": day(9)}
    moved = [
        {"transfer_id": "in", **arrived, "shipped_on": day(8), "received_on": day(9)},
        {"transfer_id": "out", "origin": "S1", "destination": "S2", "shipped_quantity": 1,
         "shipped_on": day(99), "expected_on": day(101)},
        {"transfer_id": "new", "origin": "S1", "destination": "S2", **arrived,
         "shipped_on": day(88), "received_on": day(90)},
        {"transfer_id": "on", "sku": "B", "shipped_quantity": 1, "shipped_on": day(80),
         "expected_on": day(101)},
    ]  # fmt: skip
    shop.send("transfers", NOW, moved)


def send_orders(shop):
    """Orders of customers; nodes were asked for lines of the first two."""
    rows = [
        {"order_id": "o1", "line": 1, **NORTH, "promised_on": day(98), "shipped_at": at(98)},
        {"order_id": "o1", "line": 2, **NORTH, "promised_on": day(98), "shipped_at": at(99)},
        {"order_id": "o2", "line": 1, **SOUTH, "promised_on": day(100), "status": "open"},
        {"order_id": "o3", "line": 1, **SOUTH, "promised_on": day(99), "status": "cancelled"},
        {"order_id": "o4", "line": 1, **SOUTH, "promised_on": day(99)},
        {"order_id": "o5", "line": 1, **SOUTH, "promised_on": day(101), "status": "open"},
        {"order_id": "o6", "line": 1, **SOUTH, "promised_on": day(9), "shipped_at": at(8)},
    ]
    shop.send("online_orders", NOW, [{**ORDER, **row} for row in rows])
    asked = [
        (99, "o1", 1, 1.0, 3.0, 0.5),
        (99, "o1", 2, 1.0, 0.0, 0.5),
        (98, "o2", 1, 2.0, 4.0, 1.0),
        # A node refused it, and the line was asked for again two days later.
        (97, "o1", 1, 50.0, 3.0, 0.5),
    ]
    for number, order, line, shipping, parcel, handling in [*asked, (9, "o6", 1, 90.0, 9.0, 9.0)]:
        key = f"{number}.{order}.{line}"
        details = json.dumps({"order_id": order, "order_line": line})
        put(shop, "export_lines", number, idempotency_key=key, action_id=key, kind="sourcing",
            origin="S1", quantity=1, details=details)  # fmt: skip
        put(shop, "order_sourcing", number, order_id=order, order_line=line, origin="S1",
            quantity=1, shipping_cost=shipping, parcel_cost=parcel, handling_cost=handling,
            split_penalty=9.0)  # fmt: skip


def put_results(shop):
    """What earlier runs and that of the plan have computed."""
    put(shop, "plan_versions", NOW, plan_version=1, current=True)
    for sku, node, kind, units, region in [
        ("A", "S1", "store", 4, NORTH), ("B", "DC1", "dc", 20, NORTH),
        ("B", "S2", "store", 2, SOUTH), ("A", "S2", "store", 3, SOUTH),
        ("B", "S1", "store", 6, NORTH),
    ]:  # fmt: skip
        put(shop, "planning_pairs", NOW, sku=sku, location=node, kind=kind, on_hand=units, **PAIR,
            **region)  # fmt: skip
    for action, benefit in (("m1", 20.0), ("m2", 5.0)):
        put(shop, "proposals", 90, action_id=action, benefit=benefit)
    for number, action, sold, paid, gain in [
        (99, "m1", 5.0, 7.0, 3.0), (100, "m1", 10.0, 6.0, 15.0), (100, "m2", 0.0, None, -2.0),
    ]:  # fmt: skip
        put(shop, "price_outcomes", number, action_id=action, kind="markdown", sku="A", sold=sold,
            paid_price=paid, gain=gain)  # fmt: skip
    for action, value in (("d1", 100.0), ("d2", 50.0), ("d3", 10.0), ("d4", 7.0)):
        put(shop, "proposals", 97, action_id=action, value=value)
    steps = [("d1", {"author": "amy"}), ("d2", {"author": "amy"}), ("d3", {"author": "bob"})]
    steps += [
        ("d1", {"author": "cee", "role": "finance"}),
        ("d2", {"state": "waiting", "role": "x"}),
    ]
    steps += [("d4", {"author": "amy", "answered_at": at(8)})]
    for action, step in steps:
        put(shop, "decision_steps", 97, action_id=action, **{**STEP, **step})
    for action in ("d1", "d2"):
        put(shop, "case_actions", 97, action_id=action, case_id="c", exception_id="e1")
    for count, sku, region, on, recorded, counted in [
        ("1", "A", NORTH, 90, 5, 5), ("2", "B", NORTH, 91, 4, 1), ("3", "A", NORTH, 9, 9, 0),
        ("4", "A", SOUTH, 92, 0, 2),
    ]:  # fmt: skip
        put(shop, "judged_counts", NOW, count_id=count, sku=sku, counted_on=day(on),
            recorded=recorded, counted=counted, **region)  # fmt: skip
    for node, on, sold, demand in [
        ("S1", 99, 3, 4.0), ("S1", 98, None, None), ("S1", 97, 2, 2.0), ("S1", 9, 0, 9.0),
        ("S2", 99, 0, 0.0),
    ]:  # fmt: skip
        put(shop, "unconstrained", NOW, sku="A", location=node, date=day(on), sales=sold,
            demand=demand)  # fmt: skip
    for number, name, kind, state, since in [
        (50, "e1", "stock_out", "closed", 40), (60, "e2", "stock_out", "closed", 58),
        (5, "e0", "stock_out", "closed", 1), (99, "e3", "backlog", "open", 93),
        (100, "e3", "backlog", "open", 93),
    ]:  # fmt: skip
        put(shop, "exceptions", number, exception_id=name, kind=kind, state=state,
            first_seen_on=day(since))  # fmt: skip


@pytest.fixture(scope="module")
def metrics(masters, tmp_path_factory):
    """Reads views of a shop that has something for every metric but transfers."""
    shop = Retailer(tmp_path_factory.mktemp("metrics") / "shop")
    shutil.copytree(masters, shop.root)
    send_movements(shop)
    send_orders(shop)
    shop.load_all(NOW)
    put_results(shop)
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:

        def read(view):
            stated = VIEWS[view]
            frame = connection.sql(f"SELECT * FROM {VIEW_SCHEMA}.{view}").pl().sort(stated.key)
            stated.model.validate(frame)
            return frame.to_dicts()

        yield read


def test_turns_count_the_days_of_which_records_and_sales_are_known(metrics):
    north, south = metrics("stock_turns")
    # 5 less the one that came back, and 7 from the DC. Ten units stood for 50 days of the period,
    # one of them without sales, then four for 41; twenty at the DC for all 91.
    assert north["cost_of_sales"] == 4 * (5 - 1 + 7)
    assert north["stock_days"] == 4 * (10 * 49 + 4 * 41 + 20 * 91)
    assert north["turns"] == pytest.approx(365 * 44 / 9896)
    # Two units for 61 days; below zero is none, and no sale before a record counts.
    assert (south["cost_of_sales"], south["stock_days"]) == (4.0, 488.0)


def test_stock_is_as_old_as_its_last_receipt_and_its_last_sale(metrics):
    rows = {(row["region"], row["since"], row["age"]): row for row in metrics("stock_ageing")}
    assert {key: row["units"] for key, row in rows.items()} == {
        ("north", "last_receipt", "to_180"): 4,
        ("north", "last_receipt", "to_30"): 20,
        ("south", "last_receipt", "unknown"): 2,
        # It came ten days ago, so that it cannot have been left for longer.
        ("south", "last_receipt", "to_30"): 3,
        ("south", "last_sale", "to_30"): 3,
        # What has never sold at S1, whose sales are known for 95 days, has not for so long; half a
        # year of its receipts is not known.
        ("north", "last_receipt", "unknown"): 6,
        ("north", "last_sale", "to_180"): 6,
        # What a store sends on is no sale of it; what a DC does is.
        ("north", "last_sale", "to_90"): 4,
        ("north", "last_sale", "to_30"): 20,
        ("south", "last_sale", "to_60"): 2,
    }
    assert rows["north", "last_receipt", "to_30"]["value"] == 80.0


def test_markdowns_are_held_against_list_prices_and_their_promise(metrics):
    (row,) = metrics("markdown_results")
    assert (row["actions"], row["sold"], row["revenue"], row["list_value"]) == (
        2,
        10.0,
        60.0,
        100.0,
    )
    assert (row["price_share"], row["promised"], row["gained"]) == (0.6, 25.0, 13.0)


def test_an_order_costs_carriage_parcels_and_hands_and_no_penalty(metrics):
    north, south = metrics("fulfilment_costs")
    assert (north["orders"], north["lines"], north["cost"], north["order_cost"]) == (1, 2, 6.0, 6.0)
    assert (south["orders"], south["lines"], south["cost"]) == (1, 1, 7.0)


def test_promises_are_of_lines_that_were_due_and_not_cancelled(metrics):
    north, south = metrics("promises_kept")
    told = ("lines", "in_time", "late", "unknown", "kept_share")
    assert [north[name] for name in told] == [2, 1, 1, 0, 0.5]
    assert [south[name] for name in told] == [2, 0, 1, 1, 0.0]


def test_a_role_has_its_days_of_people_and_nobody_is_named(metrics):
    finance, planner = metrics("planner_days")
    told = ("day", "role", "people", "decisions", "value", "exceptions")
    assert [finance[name] for name in told] == [day(98), "finance", 1, 1, 100.0, 1]
    assert [planner[name] for name in told] == [day(98), "planner", 2, 3, 160.0, 1]
    assert not any(name in str((finance, planner)) for name in ("amy", "bob", "cee"))


def test_records_are_right_that_counts_found_so(metrics):
    north, south = metrics("record_accuracy")
    told = ("counts", "exact", "recorded", "counted", "units_off", "accuracy")
    assert [north[name] for name in told] == [2, 1, 9, 6, 3, 0.5]
    assert [south[name] for name in told] == [1, 0, 0, 2, 2, 0.0]


def test_service_leaves_out_days_without_sales_and_has_no_share_of_nothing(metrics):
    first, second = metrics("channel_service")
    assert (first["location"], first["asked"], first["served"]) == ("S1", 6.0, 5.0)
    assert first["served_share"] == pytest.approx(5 / 6)
    assert (second["location"], second["served_share"]) == ("S2", None)


def test_exceptions_have_the_days_until_they_closed(metrics):
    rows = {row["kind"]: row for row in metrics("exception_times")}
    told = ("closed", "median_days", "slow_days", "open", "oldest_days")
    assert [rows["stock_out"][name] for name in told] == [2, 6.0, pytest.approx(9.2), 0, None]
    assert [rows["backlog"][name] for name in told] == [0, None, None, 1, 7]
    assert [rows["all"][name] for name in told] == [2, 6.0, pytest.approx(9.2), 1, 7]


def test_key_metrics_are_ratios_of_sums(metrics):
    rows = sorted(metrics("key_metrics"), key=lambda row: row["place"])
    assert [row["metric"] for row in rows] == METRICS
    found = {row["metric"]: (row["value"], row["basis"]) for row in rows}
    assert found == {
        "stock_turns": (pytest.approx(365 * 48 / 10384), 2),
        "stock_received_long_ago": (0.0, 3),
        "stock_not_sold_lately": (24 / 140, 5),
        "markdown_price": (0.6, 2),
        "markdown_gain": (pytest.approx(13 / 25), 2),
        "fulfilment_cost": (6.5, 2),
        # Nothing was transferred: unknown, not zero.
        "transfer_yield": (None, 0),
        "transfer_return": (None, 0),
        "planner_decisions": (pytest.approx(4 / 3), 3),
        "record_accuracy": (pytest.approx(1 / 3), 3),
        "service": (pytest.approx(5 / 6), 2),
        "promises_kept": (pytest.approx(1 / 3), 3),
        "exception_days": (6.0, 2),
    }
    assert {row["view"] for row in rows} < VIEWS.keys()
