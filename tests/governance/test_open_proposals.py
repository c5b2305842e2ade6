import json
from datetime import date, timedelta

import polars as pl
import pytest

from governance.exchange.acknowledgements import apply
from governance.exchange.open_proposals import (
    list_open_proposals,
    list_pending_changes,
    list_pending_customer_lines,
    select_earlier_lines,
    select_lines_before,
    sum_open_units,
)
from quality_checks.contracts import CONTRACTS

TODAY = date(2026, 3, 3)
DOCUMENT = {"proposal_ref": pl.String, "document": pl.String, "sku": pl.String}
NO_CANCELS = CONTRACTS["cancel_lines"].empty()
NO_DOCUMENTS = pl.DataFrame(schema=DOCUMENT)

NOBODY = pl.DataFrame(schema={"order_id": pl.String, "line": pl.Int64, "substitute": pl.String})


def documents(*refs, named="D1", sku="SKU1"):
    """Lines of documents that refer to actions, the name of the document, and their item."""
    rows = {"proposal_ref": list(refs), "document": named, "sku": sku}
    return pl.DataFrame(rows, schema=DOCUMENT)


def before(lines, business_date=TODAY, plan_version=1, **_):
    """The lines that plans before one have handed out."""
    return select_lines_before(lines, business_date, plan_version)


@pytest.fixture
def still_open(acknowledgements):
    """Open units of lines as rows, on the day after they were exported."""

    def run(lines, acks=None, orders=NO_DOCUMENTS, transfers=NO_DOCUMENTS, **when):
        found = list_open_proposals(
            before(lines, **when),
            acknowledgements() if acks is None else acks,
            NO_CANCELS,
            orders.rename({"document": "po"}),
            transfers.rename({"document": "transfer_id"}),
            business_date=when.get("business_date", TODAY),
        )
        frame = sum_open_units(found)
        assert frame.columns == ["sku", "location", "kind", "inbound", "outbound"]
        return frame.rows()

    return run


A, B, C = "a" * 24, "b" * 24, "c" * 24
BOTH_ENDS = [("SKU1", "S1", "transfer", 0, 10), ("SKU1", "S2", "transfer", 10, 0)]


def test_movement_leaves_and_arrives(still_open, export_lines):
    assert still_open(export_lines({})) == BOTH_ENDS


def test_purchase_only_arrives(still_open, export_lines):
    lines = export_lines({"kind": "purchase_order", "quantity": 24})
    assert still_open(lines) == [("SKU1", "S2", "purchase_order", 24, 0)]


def test_lines_of_a_pair_add_up_by_kind(still_open, export_lines):
    lines = export_lines(
        {"action_id": A},
        {"action_id": B, "origin": "S3", "quantity": 5},
        {"action_id": C, "kind": "purchase_order", "destination": "S2", "quantity": 2},
    )
    assert still_open(lines) == [
        ("SKU1", "S1", "transfer", 0, 10),
        ("SKU1", "S2", "purchase_order", 2, 0),
        ("SKU1", "S2", "transfer", 15, 0),
        ("SKU1", "S3", "transfer", 0, 5),
    ]


def test_line_stops_counting_when_its_document_appears(still_open, export_lines):
    lines = export_lines(
        {"action_id": A}, {"action_id": B, "kind": "purchase_order", "quantity": 24}
    )
    order = [("SKU1", "S2", "purchase_order", 24, 0)]
    # Two lines of one document, and documents that are not ours.
    assert still_open(lines, transfers=documents(A, A, None, "other")) == order
    assert still_open(lines, orders=documents(B, None)) == BOTH_ENDS
    assert still_open(lines, orders=documents(B), transfers=documents(A)) == []


def test_line_stops_counting_when_the_document_that_the_erp_named_appears(
    still_open, export_lines, acknowledgements
):
    lines = export_lines({"action_id": A, "kind": "purchase_order", "quantity": 24})
    answer = acknowledgements({"action_id": A, "status": "accepted", "erp_document": "PO-4711"})
    counted = [("SKU1", "S2", "purchase_order", 24, 0)]
    assert still_open(lines, answer, orders=documents(None, named="PO-4712")) == counted
    assert still_open(lines, answer, orders=documents(None, named="PO-4711")) == []


def test_a_line_that_is_added_to_an_order_counts_until_the_order_has_its_item(
    still_open, export_lines, acknowledgements
):
    lines = export_lines({"action_id": A, "kind": "purchase_order", "quantity": 24})
    answer = acknowledgements({"action_id": A, "status": "accepted", "erp_document": "PO-4711"})
    counted = [("SKU1", "S2", "purchase_order", 24, 0)]
    before = documents(None, named="PO-4711", sku="SKU2")
    assert still_open(lines, answer, orders=before) == counted
    after = pl.concat([before, documents(None, named="PO-4711")])
    assert still_open(lines, answer, orders=after) == []


@pytest.mark.parametrize(
    ("ack", "units"),
    [
        ({"status": "accepted"}, 10),
        ({"status": "accepted", "erp_document": "PO7"}, 10),
        ({"status": "changed", "quantity": 6}, 6),
        ({"status": "changed", "quantity": None}, 10),
        ({"status": "changed", "quantity": 0}, 0),
        ({"status": "rejected"}, 0),
        ({"status": "rejected", "quantity": 10}, 0),
    ],
)
def test_acknowledged_units_count(still_open, export_lines, acknowledgements, ack, units):
    acks = acknowledgements({"action_id": A, **ack})
    rows = still_open(export_lines({}), acks)
    assert sum(row[3] for row in rows) == sum(row[4] for row in rows) == units
    # An acknowledged line does not count beside its document either.
    assert still_open(export_lines({}), acks, transfers=documents(A)) == []


@pytest.mark.parametrize(
    ("business_date", "plan_version", "counts"),
    [
        (date(2026, 3, 2), 1, False),  # the plan that exported it, run again
        (date(2026, 3, 2), 2, True),  # the next version of the same day
        (date(2026, 3, 3), 1, True),
        (date(2026, 3, 1), 9, False),  # an earlier day, run again
    ],
)
def test_plan_never_nets_itself(still_open, export_lines, business_date, plan_version, counts):
    rows = still_open(export_lines({}), business_date=business_date, plan_version=plan_version)
    assert bool(rows) is counts


def test_line_without_document_expires(still_open, export_lines):
    lines = export_lines({"due_on": date(2026, 3, 5)})
    assert still_open(lines, business_date=date(2026, 3, 19)) == BOTH_ENDS
    assert still_open(lines, business_date=date(2026, 3, 20)) == []


def test_kinds_that_move_no_stock_do_not_count(still_open, export_lines):
    lines = export_lines(
        {"action_id": A, "kind": "expedite"},
        {"action_id": B, "kind": "markdown"},
        {"action_id": C, "kind": "stock_count"},
    )
    assert still_open(lines) == []


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("sourcing", [("SKU1", "S1", "sourcing", 0, 10)]),
        ("substitution", [("SKU1", "S1", "substitution", 0, 10)]),
        ("purchase_change", [("SKU1", "S2", "purchase_change", -10, 0)]),  # a cut
    ],
)
def test_units_that_the_answer_shows_count_until_it_comes(
    still_open, export_lines, acknowledgements, kind, rows
):
    lines = export_lines({"kind": kind})
    assert still_open(lines) == rows
    for status in ("accepted", "changed", "rejected"):
        assert still_open(lines, acknowledgements({"action_id": A, "status": status})) == []


def test_a_moved_date_moves_no_units(still_open, export_lines):
    own = '{"po":"PO1","po_line":2,"form":"pull_in"}'
    assert still_open(export_lines({"kind": "purchase_change", "details": own})) == []


def test_a_form_that_the_kind_does_not_have_is_refused(still_open, export_lines):
    own = '{"po":"PO1","po_line":2,"form":"forget"}'
    with pytest.raises(ValueError, match="purchase_change: 'forget' is not a form; known: pull_in"):
        still_open(export_lines({"kind": "purchase_change", "details": own}))


def test_lines_of_earlier_versions_are_those_of_the_date_with_lower_numbers(export_lines, day):
    lines = export_lines(
        {"action_id": A, "kind": "purchase_order", "quantity": 24},
        {"action_id": B, "kind": "expedite", "quantity": 2},
        {"action_id": C},
        {"action_id": "d" * 24, "kind": "purchase_order", "plan_version": 2},
        {"action_id": "e" * 24, "kind": "purchase_order", "business_date": date(2026, 3, 1)},
    )
    assert sorted(select_earlier_lines(lines, day, 2)["action_id"]) == [A, B, C]
    assert select_earlier_lines(lines, day, 1).is_empty()


def test_nothing_exported(still_open, export_lines):
    assert still_open(export_lines()) == []


def test_status_of_each_line(export_lines, acknowledgements):
    lines = export_lines({"action_id": A}, {"action_id": B}, {"action_id": C})
    acks = acknowledgements(
        {"action_id": A, "status": "changed", "quantity": 6, "erp_document": "TO1"},
        {"action_id": B, "status": "rejected", "message": "item blocked"},
    )
    applied = apply(lines, acks, NO_CANCELS).sort("action_id")
    assert applied.select("status", "open_units", "erp_document", "message").rows() == [
        ("changed", 6, "TO1", None),
        ("rejected", 0, None, "item blocked"),
        ("waiting", 10, None, None),
    ]
    assert applied["quantity"].to_list() == [10, 10, 10]


def test_acknowledgement_of_nothing_we_sent_changes_nothing(export_lines, acknowledgements):
    acks = acknowledgements(
        {"action_id": A, "status": "accepted"}, {"action_id": "z" * 24, "status": "accepted"}
    )
    assert apply(export_lines({"action_id": A}), acks, NO_CANCELS)["status"].to_list() == [
        "accepted"
    ]


def test_key_acknowledged_twice_is_refused(export_lines, acknowledgements):
    ack = {"action_id": A, "status": "accepted"}
    with pytest.raises(pl.exceptions.ComputeError, match="1:1"):
        apply(export_lines({}), acknowledgements(ack, ack), NO_CANCELS)


@pytest.fixture
def pending(acknowledgements):
    """Order lines that are left alone, by exported lines."""

    def run(lines, acks=None, **when):
        return list_pending_changes(
            before(lines, **when),
            acknowledgements() if acks is None else acks,
            NO_CANCELS,
            business_date=when.get("business_date", TODAY),
            settled_days=14,
        ).rows()

    return run


def change(**own):
    """An exported change of line 2 of order P1."""
    details = {"po": "P1", "po_line": 2, "form": "pull_in"}
    return {"kind": "purchase_change", "details": json.dumps(details)} | own


def test_a_line_that_was_asked_about_is_left_alone(pending, export_lines):
    assert pending(export_lines(change())) == [("P1", 2)]
    sped_up = change(kind="expedite", details=json.dumps({"po": "P7", "po_line": 1}))
    assert pending(export_lines(change(), sped_up | {"action_id": B})) == [("P1", 2), ("P7", 1)]
    assert pending(export_lines({})) == []


def test_a_plan_does_not_wait_for_its_own_changes(pending, export_lines):
    lines = export_lines(change(business_date=TODAY, plan_version=1))
    assert pending(lines) == []
    assert pending(lines, plan_version=2) == [("P1", 2)]


def test_what_was_asked_long_ago_is_settled(pending, export_lines):
    lines = export_lines(change())
    assert pending(lines, business_date=TODAY + timedelta(days=13)) == [("P1", 2)]
    assert pending(lines, business_date=TODAY + timedelta(days=14)) == []


def test_a_rejected_change_is_settled(pending, export_lines, acknowledgements):
    lines = export_lines(change(action_id=A))
    for status, left in (("rejected", []), ("accepted", [("P1", 2)])):
        acks = acknowledgements({"action_id": A, "status": status})
        assert pending(lines, acks) == left


def test_a_customers_line_waits_until_the_action_is_rejected_or_long_past(
    export_lines, acknowledgements
):
    lines = export_lines({"action_id": A, "kind": "sourcing"}, {"action_id": B})

    def pending(acks, **when):
        day = when.get("business_date", TODAY)
        asked = list_pending_customer_lines(
            before(lines, **when), acks, NO_CANCELS, NOBODY, business_date=day
        )
        return asked.rows()

    mine = [("O1", 1, "S1")]
    assert pending(acknowledgements()) == mine
    for status, left in (("accepted", mine), ("changed", mine), ("rejected", [])):
        assert pending(acknowledgements({"action_id": A, "status": status})) == left
    due = lines["due_on"][0]
    for days, left in ((14, mine), (15, [])):
        assert pending(acknowledgements(), business_date=due + timedelta(days=days)) == left
    # A plan never counts what it exported itself.
    assert pending(acknowledgements(), business_date=lines["business_date"][0]) == []


def test_a_substitute_that_the_customer_declined_frees_his_line(export_lines, acknowledgements):
    lines = export_lines({"action_id": A, "kind": "substitution"})
    sku = lines["sku"][0]
    for name, left in (("OTHER", [("O1", 1, "S1")]), (sku, [])):
        said = pl.DataFrame([("O1", 1, name)], schema=NOBODY.schema, orient="row")
        asked = list_pending_customer_lines(
            lines, acknowledgements(), NO_CANCELS, said, business_date=TODAY
        )
        assert asked.rows() == left
