"""Our own exported proposals count until the ERP's document shows them: once, never twice."""

import shutil
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from simulated import LAST, exported, materialize, results, send_rows, warehouse_of

from quality_checks.contracts import CONTRACTS

NEXT = LAST + timedelta(days=1)
PAIR = ["sku", "location"]
CUSTOMERS = ["sourcing", "substitution"]
"""Kinds whose units go to customers."""
POSITION = [
    "plan_versions",
    "purchase_orders",
    "transfers",
    "acknowledgements",
    "receipts_ahead",
    "position",
]


@pytest.fixture(scope="module")
def day_after(moving, tmp_path_factory):
    """The planned retailer, with its position of the day after as no document has come."""
    root = shutil.copytree(moving, tmp_path_factory.mktemp("day_after") / "retailer")
    position(root)
    return root


@pytest.fixture
def root(day_after, tmp_path):
    return shutil.copytree(day_after, tmp_path / "retailer")


@pytest.fixture(scope="module")
def lines(moving):
    """Lines that bind units; a count binds none, and is not asked for again for other reasons."""
    left = warehouse_of(moving).read_until(CONTRACTS["export_lines"], LAST)
    return left.filter(pl.col("kind") != "stock_count")


def send(root, source, rows):
    """Land a file of the next date with the columns of its contract."""
    send_rows(root, source, rows, f"{NEXT}.parquet")


def position(root, business_date=NEXT):
    """The position of a date, recomputed from what has landed by now."""
    materialize(root, business_date, *POSITION)
    return warehouse_of(root).read(CONTRACTS["position"], business_date)


def units(lines, node):
    """Exported units by sku and node; a customer is none."""
    at_node = lines.filter(pl.col(node).is_not_null())
    if node == "destination":
        at_node = at_node.filter(~pl.col("kind").is_in(CUSTOMERS))
    return at_node.group_by("sku", location=node).agg(units=pl.col("quantity").sum()).sort(PAIR)


def proposed(rows, name):
    return rows.filter(pl.col(name) > 0).select(*PAIR, units=name)


def purchase_orders(lines):
    bought = lines.filter(kind="purchase_order")
    return bought.select(
        "sku",
        "destination",
        "supplier",
        po="idempotency_key",
        line=pl.lit(1),
        ordered_on=pl.lit(NEXT),
        requested_on="due_on",
        ordered_quantity="quantity",
        delivered_quantity=pl.lit(0),
        unit_price="unit_value",
        status=pl.lit("open"),
        proposal_ref="action_id",
    )


def transfers(lines):
    moved = lines.filter(pl.col("kind").is_in(["allocation", "transfer"]))
    return moved.select(
        "sku",
        "origin",
        "destination",
        transfer_id="idempotency_key",
        line=pl.lit(1),
        shipped_quantity="quantity",
        shipped_on=pl.lit(NEXT),
        expected_on="due_on",
        proposal_ref="action_id",
    )


def answers(lines):
    """Answers of the system that ships customers' orders: it does as it was asked."""
    return lines.filter(pl.col("kind").is_in(CUSTOMERS)).select(
        "idempotency_key",
        batch=pl.lit("1"),
        status=pl.lit("accepted"),
        acknowledged_on=pl.lit(NEXT),
    )


def test_the_plan_has_something_to_net(lines):
    assert set(lines["kind"]) == {"purchase_order", "allocation", "transfer", *CUSTOMERS}


def test_what_was_exported_yesterday_counts_today_and_did_not_count_yesterday(root, lines):
    yesterday = warehouse_of(root).read(CONTRACTS["position"], LAST)
    assert yesterday["proposed_inbound"].sum() == yesterday["proposed_outbound"].sum() == 0
    today = warehouse_of(root).read(CONTRACTS["position"], NEXT)
    assert_frame_equal(proposed(today, "proposed_inbound"), units(lines, "destination"))
    assert_frame_equal(proposed(today, "proposed_outbound"), units(lines, "origin"))
    assert_frame_equal(position(root), today)
    free = pl.sum_horizontal("reserved", "damaged", "proposed_outbound")
    expected = today.select((pl.col("on_hand") - free).clip(0)).to_series()
    assert (today["available"] == expected).all()


def test_a_document_takes_the_place_of_its_proposal(root, lines):
    before = warehouse_of(root).read(CONTRACTS["position"], NEXT)
    send(root, "purchase_orders", purchase_orders(lines))
    send(root, "transfers", transfers(lines))
    send(root, "acknowledgements", answers(lines))
    after = position(root)
    assert after["proposed_inbound"].sum() == after["proposed_outbound"].sum() == 0
    bought = lines.filter(kind="purchase_order")
    orders = warehouse_of(root).read(CONTRACTS["receipts_ahead"], NEXT)
    orders = orders.filter(pl.col("document").is_in(bought["idempotency_key"].implode()))
    assert orders["units"].sum() == bought["quantity"].sum()
    assert after["on_order"].sum() - before["on_order"].sum() == orders["expected_units"].sum()
    # Of an order the share counts that its supplier delivers.
    short = orders.group_by(PAIR).agg(short=(pl.col("units") - pl.col("expected_units")).sum())
    less = pl.col("short").fill_null(0)
    coming = pl.sum_horizontal("in_transit", "on_order", "proposed_inbound")
    expected = before.join(short, on=PAIR, how="left", maintain_order="left")
    assert_frame_equal(
        after.select(*PAIR, coming=coming), expected.select(*PAIR, coming=coming - less)
    )


def test_a_document_that_is_done_does_not_bring_its_proposal_back(root, lines):
    before = warehouse_of(root).read(CONTRACTS["position"], NEXT)
    closed = transfers(lines).with_columns(
        received_quantity="shipped_quantity", received_on=pl.lit(NEXT)
    )
    send(root, "transfers", closed)
    cancelled = purchase_orders(lines).with_columns(status=pl.lit("cancelled"))
    send(root, "purchase_orders", cancelled)
    send(root, "acknowledgements", answers(lines))
    after = position(root)
    assert after["proposed_inbound"].sum() == after["proposed_outbound"].sum() == 0
    assert after["on_order"].sum() == before["on_order"].sum()


def test_a_rejected_line_stops_counting_and_a_changed_one_counts_as_changed(root, lines):
    bought = lines.filter(kind="purchase_order").sort("idempotency_key")
    keys = bought["idempotency_key"]
    assert len(keys) >= 3
    answers = pl.DataFrame(
        {
            "idempotency_key": keys[:3],
            "batch": ["1"] * 3,
            "status": ["rejected", "changed", "accepted"],
            "quantity": [None, 7, None],
            "acknowledged_on": [NEXT] * 3,
        },
        schema_overrides={"quantity": pl.Int64},
    )
    before = warehouse_of(root).read(CONTRACTS["position"], NEXT)["proposed_inbound"].sum()
    send(root, "acknowledgements", answers)
    first, second, *_ = bought["quantity"]
    assert position(root)["proposed_inbound"].sum() == before - first - (second - 7)


def test_a_line_that_no_document_ever_shows_is_given_up(root, lines):
    over = max(lines["due_on"]) + timedelta(days=15)
    later = position(root, over)
    assert later["proposed_inbound"].sum() == 0


def test_the_same_inputs_again_leave_the_plan_that_stands(moving, seen):
    assert "Nothing changed since run" in seen["said again"]
    assert len(warehouse_of(moving).read(CONTRACTS["plan_versions"], LAST)) == 1
    assert [path.name for path in (moving / "exports" / str(LAST)).iterdir()] == ["1"]


def test_a_second_run_gives_the_very_same_figures(root):
    before = results(root, digits=17)
    materialize(root, LAST, "targets")
    assert results(root, digits=17)["plans.targets"] == before["plans.targets"]


def test_new_files_make_a_new_version_that_nets_the_one_before(moving, replanned, lines):
    before = exported(moving)
    warehouse = warehouse_of(replanned)
    versions = warehouse.read(CONTRACTS["plan_versions"], LAST)
    assert versions.select("plan_version", "current").rows() == [(1, False), (2, True)]
    netted = warehouse.read(CONTRACTS["position"], LAST)
    assert_frame_equal(proposed(netted, "proposed_inbound"), units(lines, "destination"))
    assert_frame_equal(proposed(netted, "proposed_outbound"), units(lines, "origin"))
    after = exported(replanned)
    assert {name: after[name] for name in before} == before
    new = warehouse.read_until(CONTRACTS["export_lines"], LAST).filter(plan_version=2)
    assert set(new["batch"]) == {2}
    assert new.join(lines, on="action_id", how="semi").is_empty()
    assert {name for name in after if name not in before} == {
        # Customers' lines that have left are not asked for again.
        name.replace(f"{LAST}/1/", f"{LAST}/2/")
        for name in before
        if "/sourcing." not in name and "/substitutions." not in name
    }
