"""Causes of exceptions out of the warehouse: an earlier plan, what it expected, and what moved."""

import io

import pytest
from landing_folder import at, day, put, sale
from rich.console import Console
from simulated import materialize

from inventory_assets.cli.causes import print_stock_causes
from inventory_assets.signals.causes import trace_stocks
from optimization.causes import explain_exceptions, find_wrong_sums
from quality_checks.contracts import CONTRACTS
from warehouse import find_tables_read

PLANNED, TODAY = 4, 7
QUERIES = ("plans_before", "offers", "explained_stocks", "explained_days", "explained_lines")
READS = set().union(*map(find_tables_read, QUERIES))
IN_SHOP = {"sku": "A", "location": "S1"}
AT_DC = {"sku": "A", "location": "DC1"}
POSITION = {"on_hand": 10, "reserved": 0, "damaged": 0}
TARGET = {
    "echelon": False, "order_up_to": 20, "inventory_position": 16, "protection_days": 4.0,
}  # fmt: skip
ACTION = {"sku": "A", "destination": "S1", "quantity": 4}
TRANSFER = {"transfer_id": "T1", "shipped_on": day(4), "expected_on": day(6)}
AHEAD = IN_SHOP | {
    "document_kind": "transfer", "document": "T1", "line": 1, "stated_on": day(6),
    "due_on": day(6), "units": 6, "expected_units": 6,
}  # fmt: skip


@pytest.fixture
def kept(shop):
    """What a plan of day 4 knew: 10 units of A in S1, 6 on their way, 4 to be sent."""
    put(shop, "exception_scope", TODAY, exception_id="e", side="short", **IN_SHOP)
    put(shop, "position", PLANNED, **IN_SHOP, **POSITION)
    put(shop, "targets", PLANNED, **IN_SHOP, **TARGET)
    put(shop, "receipts_ahead", PLANNED, **AHEAD)
    put(shop, "plan_versions", PLANNED, plan_version=2, current=True)
    return shop


def sell(shop, asked=2, sold=2, **more):
    """Units asked for and sold on each day, where 2 were forecast."""
    for number in range(PLANNED + 1, TODAY + 1):
        forecast = {"mean": 2.0, "variance": 2.0, "correlation": 0.0}
        put(shop, "forecast", PLANNED, **IN_SHOP, date=day(number), **forecast)
        known = {"sales": sold, "demand": float(asked), "closed": False}
        put(shop, "unconstrained", TODAY, **IN_SHOP, date=day(number), **known)
        paid = {"sales": sold, "own_sales": sold, "list_value": 10.0, "net_value": 10.0} | more
        put(shop, "demand_history", number, **IN_SHOP, **paid)
        shop.send("pos_sales", number, [sale(f"R{number}", number, sold)])


def send(shop, plan=4, exported=4, received=10, **more):
    """What the plan sent, and what arrived: the transfer under way, then what was exported."""
    if plan:
        put(shop, "allocation", PLANNED, **ACTION | {"quantity": plan})
    if exported:
        line = ACTION | {"kind": "allocation", "plan_version": 2, "quantity": exported}
        put(shop, "export_lines", PLANNED, **line)
    first, second = min(received, 6), received - min(received, 6)
    came = TRANSFER | {"shipped_quantity": 6, "received_quantity": first, "received_on": day(6)}
    rows = [came | more]
    if second:
        rows.append(
            came | {"transfer_id": "T2", "received_quantity": second, "shipped_quantity": 9}
        )
    shop.send("transfers", TODAY, rows)


def trace(shop, closing=None, **held):
    """Causes of the exception, by what the record of today says."""
    if closing is not None:
        put(shop, "position", TODAY, **IN_SHOP, **POSITION | {"on_hand": closing} | held)
    shop.load_all(TODAY)
    inputs = shop.inputs(TODAY, "exception_scope", *READS)
    scope = inputs.read("exception_scope")
    causes = trace_stocks(inputs, scope)
    assert find_wrong_sums(causes).is_empty()
    return dict(causes.select("cause", "units").iter_rows()), explain_exceptions(scope, causes)


def test_a_plan_that_came_true_explains_nothing(kept):
    sell(kept)
    send(kept)
    causes, shares = trace(kept, 14)
    assert causes == {"as_planned": 0.0}
    assert shares["cause"].to_list() == ["as_planned"]


def test_what_is_late_sold_and_stolen_has_its_share(kept):
    sell(kept, asked=4, sold=3)
    put(kept, "receipts_ahead", TODAY, **AHEAD)
    send(kept, received=6, received_quantity=None, received_on=None)
    # 10 less 9 that sold; what was exported never came, and one unit is gone.
    causes, shares = trace(kept, 0)
    materialize(kept.root, day(TODAY), "stock_causes", "exception_causes")
    stored = kept.warehouse.read(CONTRACTS["stock_causes"], day(TODAY))
    assert kept.warehouse.read(CONTRACTS["exception_causes"], day(TODAY)).height == shares.height
    assert causes == {
        "demand_level": -6.0, "late_receipt": -6.0, "not_shipped": -4.0, "unbooked": -1.0,
    }  # fmt: skip
    assert shares["rank"].sort().to_list() == [1, 2, 3, 4]
    assert shares["share"].sum() == pytest.approx(1)
    assert "transfer T1, due on 2025-09-07" in "".join(stored["words"])
    page = Console(file=io.StringIO(), width=200)
    print_stock_causes(kept.warehouse, "A", "S1", day(TODAY), page)
    said = page.file.getvalue()
    assert "Against the plan of 2025-09-05: 14.0 units expected, -3.0 there" in said
    assert "why less 35% Demand other than forecast, by nothing that is known took 6 units" in said


def test_what_people_did_not_release_and_a_limit_kept_back_are_told_apart(kept):
    sell(kept)
    put(kept, "unserved", PLANNED, **IN_SHOP, reason="limit_full", limit="receiving_capacity")
    send(kept, plan=3, exported=0, received=6)
    causes, _ = trace(kept, 10)
    assert causes == {"allocation_cut": -1.0, "not_released": -3.0}


def test_what_was_called_back_was_not_released(kept):
    sell(kept)
    line = ACTION | {"kind": "allocation", "plan_version": 2, "idempotency_key": "k"}
    put(kept, "export_lines", PLANNED, **line)
    put(kept, "cancel_lines", PLANNED, idempotency_key="cancel-k", cancels="k")
    said = {"idempotency_key": "cancel-k", "batch": 1, "status": "accepted"}
    kept.send("acknowledgements", 5, [said | {"acknowledged_on": day(5)}])
    send(kept, exported=0, received=6)
    assert trace(kept, 10)[0] == {"not_released": -4.0}


def test_what_left_with_an_earlier_version_is_no_part_of_what_the_plan_sent(kept):
    # Version 1 handed out 6 units, which the transfer under way brings; the rest waits for people.
    sell(kept)
    line = ACTION | {"kind": "allocation", "plan_version": 1, "quantity": 6}
    put(kept, "export_lines", PLANNED, **line)
    send(kept, exported=0, received=6)
    causes, _ = trace(kept, 10)
    assert causes == {"not_released": -4.0}


def test_promotions_are_those_that_were_not_announced_or_that_the_till_knows_of(kept):
    sell(kept, asked=4, sold=4)
    send(kept)
    offer = {
        "promo_id": "P", "scope": "sku", "scope_value": "A", "region": "*", "channel": "*",
        "starts_on": day(5), "ends_on": day(6), "discount": 0.2,
    }  # fmt: skip
    kept.send("promotions", 5, [offer])
    causes, _ = trace(kept, 8)
    assert causes == {"unannounced_promotion": -4.0, "demand_level": -2.0}


def test_a_price_below_the_list_at_the_till_is_a_promotion_that_nobody_announced(kept):
    sell(kept, asked=4, sold=4, net_value=8.0)
    send(kept)
    assert trace(kept, 8)[0] == {"unannounced_promotion": -6.0}


def test_counts_corrections_damage_returns_and_moves_are_taken_from_the_books(kept):
    sell(kept)
    send(kept)
    kept.send(
        "stock_counts",
        6,
        [IN_SHOP | {"count_id": "C", "timestamp": at(6), "counted": 1, "reason": "cycle"}],
    )
    kept.send(
        "adjustments",
        6,
        [
            IN_SHOP | {"adjustment_id": "a", "timestamp": at(6), "quantity": -3, "reason": "count"},
        ],
    )
    kept.send(
        "adjustments",
        7,
        [
            IN_SHOP | {"adjustment_id": "b", "timestamp": at(7), "quantity": -1, "reason": "waste"},
        ],
    )
    kept.send(
        "returns",
        6,
        [
            {"return_id": "r", "timestamp": at(6), "quantity": 2},
            {"return_id": "s", "timestamp": at(6), "quantity": 1, "disposition": "damaged"},
        ],
    )
    kept.send(
        "transfers",
        5,
        [
            TRANSFER
            | {
                "transfer_id": "T9",
                "origin": "S1",
                "destination": "S2",
                "shipped_quantity": 5,
                "shipped_on": day(5),
            },
        ],
    )
    # One unit came back damaged, and one more became so.
    causes, _ = trace(kept, 14 - 3 - 1 + 3 - 5, damaged=2, reserved=1)
    assert causes == {
        "count_correction": -3.0, "adjustment": -1.0, "returns": 2.0, "transfer_out": -5.0,
        "damage": -1.0, "reserved": -1.0,
    }  # fmt: skip


def test_a_dc_that_has_nothing_is_traced_to_its_supplier(kept):
    """The DC's order of 30 was due the day on which the shop got nothing, and is not there."""
    sell(kept)
    put(kept, "unserved", PLANNED, **IN_SHOP, reason="dc_empty")
    put(kept, "targets", 0, **AT_DC, **TARGET | {"echelon": True, "protection_days": 30.0})
    order = AT_DC | {
        "document_kind": "purchase_order", "document": "PO", "line": 1, "supplier": "V1",
        "stated_on": day(3), "due_on": day(3), "units": 30, "expected_units": 30,
    }  # fmt: skip
    for number in (0, PLANNED):
        put(kept, "receipts_ahead", number, **order)
        put(kept, "position", number, **AT_DC, **POSITION | {"on_hand": 0})
    put(kept, "position", 0, **IN_SHOP, **POSITION)
    send(kept, plan=0, exported=0, received=6)
    causes, shares = trace(kept, 10)
    assert causes == {"late_receipt": -4.0}
    found = shares.row(0, named=True)
    assert (found["cause"], found["place"], found["share"]) == ("late_receipt", "DC1", 1.0)


def test_an_item_location_without_an_earlier_plan_is_not_explained(shop):
    put(shop, "exception_scope", TODAY, exception_id="e", side="short", **IN_SHOP)
    causes, shares = trace(shop, 3)
    assert causes == {}
    assert shares.select("cause", "share", "units").rows() == [("unknown", 1.0, 0.0)]


def test_nothing_is_explained_where_nothing_is_wrong(shop):
    causes, shares = trace(shop)
    assert causes == {}
    assert shares.is_empty()
