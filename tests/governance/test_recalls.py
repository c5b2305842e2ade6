"""Calling back what has left: who may, which lines, and what the next batch has of it."""

import json
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from pydantic import ValidationError

from governance.exchange.acknowledgements import apply, find_fallen
from governance.exchange.batch import BatchError, ManifestInputs
from governance.exchange.cancel_lines import select_cancel_lines, select_unanswered_recalls
from governance.exchange.export import (
    find_cancel_lines,
    find_lines,
    number_next_batch,
    read_batch,
    read_batches,
    write_batch,
)
from governance.exchange.open_proposals import (
    list_departed_lines,
    list_open_proposals,
    select_open_cancels,
    select_standing_lines,
    sum_open_units,
)
from governance.exchange.recalls import (
    LINE_RECALLED,
    RecallRefusedError,
    find_departed,
    read_recalls,
    recall_line,
)
from governance.kinds import KINDS
from governance.people import AccessDeniedError, Charge, Identity, change_identity, make_token
from governance.store import open_store
from quality_checks.checks import judge_cancel_lines
from quality_checks.contracts import CONTRACTS

A, B = "a" * 24, "b" * 24
AT = datetime(2026, 3, 3, 9)  # noqa: DTZ001  # local by contract
SAID = {"author": "ann", "role": "allocator", "reason": 'a wrong "level",\nby mistake'}
INPUTS = ManifestInputs(plan_hash="plan", input_hash="input", policy_hash="policy")
NO_CANCELS = CONTRACTS["cancel_lines"].empty()
NO_ORDERS = pl.DataFrame(schema=dict.fromkeys(("proposal_ref", "po", "status"), pl.String))
NO_MOVES = pl.DataFrame(schema={"proposal_ref": pl.String, "transfer_id": pl.String})


@pytest.fixture
def store():
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@pytest.fixture
def departed(export_lines, acknowledgements):
    """What has left and been heard of by digits; two lines left, the second to be said of."""

    def find(digits="a", *answers, orders=NO_ORDERS, kind="transfer"):
        lines = export_lines({"action_id": A, "kind": kind}, {"action_id": B, "batch": 2})
        about = pl.DataFrame({"action_id": [A, B], "region": "north", "category": "shirts"})
        return find_departed(
            digits, lines, acknowledgements(*answers), NO_CANCELS, orders, NO_MOVES, about
        )

    return find


def call_back(store, departed, *, token=None, **said):
    return recall_line(store, departed, {**SAID, **said}, token=token, at=AT)


def test_a_line_is_called_back_once_and_stands_in_the_chain(store, departed):
    recall = call_back(store, departed())
    assert call_back(store, departed(), author="ben", reason="again") is None
    assert read_recalls(store) == [recall]
    (payload,) = store.payloads(LINE_RECALLED)
    assert (payload["action_id"], payload["author"], payload["reason"]) == (
        A,
        "ann",
        SAID["reason"],
    )
    assert store.verify_chain() == []


REFUSED = {
    "accepted": "The ERP works on it as ERP7: a later plan proposes to change",
    "changed": "The ERP works on it as ERP7: a later plan",
    "rejected": "The ERP has rejected it: there is nothing to call back.",
}


@pytest.mark.parametrize("status", REFUSED)
def test_what_the_erp_has_answered_is_not_called_back(store, departed, status):
    answered = departed("b", {"action_id": B, "status": status, "erp_document": "ERP7"})
    with pytest.raises(RecallRefusedError, match=REFUSED[status]):
        call_back(store, answered)
    shown = pl.DataFrame({"proposal_ref": B, "po": "PO9", "status": ["open"]})
    with pytest.raises(RecallRefusedError, match="works on it as PO9"):
        call_back(store, departed("b", orders=shown))
    over = shown.with_columns(status=pl.lit("cancelled"))
    with pytest.raises(RecallRefusedError, match="has cancelled it: there is nothing"):
        call_back(store, departed("b", orders=over))
    assert store.payloads(LINE_RECALLED) == []


def test_what_has_not_left_is_not_called_back(departed):
    with pytest.raises(LookupError, match="'c' begins the id of no line that has left"):
        departed("c")
    with pytest.raises(LookupError, match="no line"):
        departed("")


def test_what_no_document_shows_is_not_called_back(store, departed):
    """Whether a count is made, or an order changed, stands in no document that names the action."""
    for name in KINDS.keys() - {"purchase_order", "allocation", "transfer"}:
        with pytest.raises(RecallRefusedError, match=f"whether a {name} is done already"):
            call_back(store, departed(kind=name), role=KINDS[name].roles[0])
    assert store.payloads(LINE_RECALLED) == []
    assert call_back(store, departed(kind="purchase_order"), role="buyer")


def test_who_may_not_decide_the_kind_calls_nothing_back(store, departed):
    with pytest.raises(RecallRefusedError, match="finance decides nothing of transfer"):
        call_back(store, departed(), role="finance")
    with pytest.raises(ValidationError):
        call_back(store, departed(), reason=" ")
    with pytest.raises(ValidationError, match="the system's own"):
        call_back(store, departed(), author="policy")
    assert store.payloads(LINE_RECALLED) == []


def test_where_people_are_entered_it_takes_a_token_and_charge_of_the_region(store, departed):
    south = Charge(role="allocator", regions=("south",))
    north = Charge(role="allocator", kinds=("transfer",), regions=("north",))
    week = AT.date() + timedelta(days=7)
    charges = {"root": Charge(role="administrator"), "sue": south, "ann": north}
    tokens = {}
    for name, charge in charges.items():
        by = tokens.get("root")
        person = Identity(name=name, charges=(charge,))
        change_identity(store, person, token=by, reason="joins", at=AT)
        tokens[name] = make_token(store, name, expires_on=week, token=by, at=AT)
    for name, token in (("ann", None), ("ann", tokens["sue"]), ("sue", tokens["sue"])):
        with pytest.raises(AccessDeniedError):
            call_back(store, departed(), author=name, token=token)
    assert [said["what"] for said in store.payloads("access_denied")] == ["call back a line"] * 3
    assert call_back(store, departed(), token=tokens["ann"])
    (payload,) = store.payloads(LINE_RECALLED)
    assert payload["signed"]["name"] == "ann"


def of_batch(store, lines, handed_out=None, **place):
    none = CONTRACTS["cancel_lines"].empty()
    facts = {"business_date": date(2026, 3, 4), "plan_version": 2, "batch": 3, **place}
    return select_cancel_lines(
        read_recalls(store), lines, none if handed_out is None else handed_out, **facts
    )


@pytest.fixture
def cancels(store, departed, export_lines):
    call_back(store, departed())
    return of_batch(store, export_lines({"action_id": A}, {"action_id": B, "batch": 2}))


def test_the_next_batch_has_what_was_called_back_once(store, cancels, export_lines):
    (row,) = cancels.to_dicts()
    line = export_lines({"action_id": A}).row(0, named=True)
    assert (row["business_date"], row["batch"], row["plan_version"]) == (date(2026, 3, 4), 3, 2)
    assert row["cancels"] == line["idempotency_key"] != row["idempotency_key"]
    assert (row["cancelled_date"], row["cancelled_batch"]) == (line["business_date"], 1)
    assert all(row[name] == line[name] for name in ("sku", "origin", "destination", "quantity"))
    assert (row["author"], row["role"], row["recalled_at"]) == ("ann", "allocator", AT)
    assert of_batch(store, export_lines({"action_id": A}), cancels, batch=4).is_empty()


def test_what_the_erp_answers_between_recall_and_export_is_not_handed_over(
    store, departed, export_lines, acknowledgements
):
    call_back(store, departed())
    recalls = read_recalls(store)
    lines = export_lines({"action_id": A}, {"action_id": B})

    def unanswered(*answers, orders=NO_ORDERS):
        return select_unanswered_recalls(
            recalls, lines, acknowledgements(*answers), orders, NO_MOVES
        )

    of_other = {"action_id": B, "status": "accepted"}
    assert unanswered() == unanswered(of_other) == recalls
    for status in ("rejected", "accepted", "changed"):
        assert unanswered({"action_id": A, "status": status}) == []
    orders = pl.DataFrame({"proposal_ref": [None, A], "po": ["PO8", "PO9"]})
    assert unanswered(orders=orders) == []


def test_a_batch_of_cancel_lines_alone_is_a_batch(cancels, export_lines, tmp_path):
    folder = write_batch(export_lines(), INPUTS, tmp_path, cancels=cancels)
    assert {"cancel_lines.csv", "cancel_lines.parquet"} < {path.name for path in folder.iterdir()}
    manifest = json.loads((folder / "manifest.json").read_text())
    totals = {entry["name"]: entry for entry in manifest["files"]}["cancel_lines.csv"]
    assert (totals["kind"], totals["rows"], totals["quantity"]) == ("cancel_lines", 1, 10)
    assert (totals["value"], manifest["plan_versions"]) == ("50.00", [2])
    batch = read_batch(folder)
    assert batch.cancels.equals(cancels)
    assert batch.lines.is_empty()
    assert find_cancel_lines(tmp_path, cancels.clear()).equals(cancels)
    assert read_batches(tmp_path, date(2026, 3, 4)).is_empty()
    assert write_batch(export_lines(), INPUTS, tmp_path, cancels=cancels) == folder
    today = date(2026, 3, 4)
    assert number_next_batch(export_lines(), cancels, today) == 4
    assert number_next_batch(export_lines(), cancels, today + timedelta(days=1)) == 1


def test_lines_and_cancel_lines_leave_in_one_batch(cancels, export_lines, tmp_path):
    lines = export_lines({"action_id": B, "business_date": date(2026, 3, 4), "batch": 3})
    batch = read_batch(write_batch(lines, INPUTS, tmp_path, cancels=cancels))
    assert (len(batch.lines), len(batch.cancels)) == (1, 1)
    elsewhere = cancels.with_columns(batch=pl.lit(4, pl.Int64))
    with pytest.raises(ValueError, match="lines of one batch, not of 2"):
        write_batch(lines, INPUTS, tmp_path / "other", cancels=elsewhere)


def test_lines_and_cancel_lines_on_disk_are_found_each_by_what_is_booked_of_it(
    cancels, export_lines, tmp_path
):
    today = date(2026, 3, 4)
    lines = export_lines({"action_id": B, "business_date": today, "batch": 3})
    folder = write_batch(lines, INPUTS, tmp_path, cancels=cancels)
    alone = cancels.with_columns(pl.lit(4, pl.Int64).alias("batch"), idempotency_key=pl.lit("k"))
    write_batch(lines.clear(), INPUTS, tmp_path, cancels=alone)
    both = pl.concat([cancels, alone]).sort("idempotency_key")
    assert find_lines(tmp_path, lines.clear(), today).equals(lines)
    assert find_cancel_lines(tmp_path, alone).equals(both)
    assert find_lines(tmp_path, lines.clear(), today - timedelta(days=1)).is_empty()
    (folder / "cancel_lines.csv").write_bytes(b"damaged")
    # What is booked rests on no folder; what is not is in the damaged one.
    assert find_lines(tmp_path, lines, today).equals(lines)
    assert find_cancel_lines(tmp_path, both).equals(both)
    with pytest.raises(BatchError, match="sha256"):
        find_cancel_lines(tmp_path, alone)


def test_a_cancel_line_that_was_changed_on_disk_is_refused(cancels, export_lines, tmp_path):
    folder = write_batch(export_lines(), INPUTS, tmp_path, cancels=cancels)
    file = folder / "cancel_lines.csv"
    file.write_bytes(file.read_bytes().replace(b"SKU1", b"SKU2"))
    with pytest.raises(BatchError, match=r"cancel_lines\.csv: field sha256"):
        read_batch(folder)


def test_a_cancel_line_that_nobody_asked_for_is_named(cancels, export_lines):
    lines = export_lines({"action_id": A})
    key = cancels["cancels"][0]
    assert judge_cancel_lines(cancels, lines, {key}).passed
    for found in (
        judge_cancel_lines(cancels, lines, set()),
        judge_cancel_lines(cancels, lines.clear(), {key}),
    ):
        assert found.failing["cancels"].to_list() == [key]
        assert found.check.blocking


ANSWERS = [
    # Of the line, of its cancel line -> status and units that count.
    (None, None, "waiting", 10),
    (None, {"status": "accepted"}, "cancelled", 0),
    (None, {"status": "accepted", "quantity": 4}, "cancelled", 0),
    (None, {"status": "rejected"}, "waiting", 10),
    (None, {"status": "changed", "quantity": 4}, "waiting", 6),
    ({"status": "accepted"}, {"status": "changed", "quantity": 4}, "accepted", 6),
    (None, {"status": "changed"}, "waiting", 10),
    ({"status": "accepted"}, {"status": "rejected"}, "accepted", 10),
    ({"status": "accepted"}, {"status": "accepted"}, "cancelled", 0),
    ({"status": "changed", "quantity": 8}, {"status": "changed", "quantity": 4}, "changed", 4),
    ({"status": "rejected"}, {"status": "accepted"}, "rejected", 0),
]


@pytest.mark.parametrize(("of_line", "of_cancel", "status", "units"), ANSWERS)
def test_a_line_counts_until_the_erp_cancels_it(  # noqa: PLR0913, PLR0917  # a case and fixtures
    cancels, export_lines, acknowledgements, of_line, of_cancel, status, units
):
    lines = export_lines({"action_id": A}, {"action_id": B})
    key = {"action_id": A, "idempotency_key": cancels["idempotency_key"][0]}
    said = [] if of_line is None else [{"action_id": A, **of_line}]
    said += [] if of_cancel is None else [{**key, **of_cancel}]
    answers = acknowledgements(*said)
    found = apply(lines, answers, cancels).filter(action_id=A).row(0, named=True)
    assert (found["status"], found["open_units"]) == (status, units)
    no_orders = pl.DataFrame(schema=dict.fromkeys(("proposal_ref", "po", "sku"), pl.String))
    day = lines["business_date"][0] + timedelta(days=1)
    ours = list_open_proposals(
        *(lines, answers, cancels, no_orders, no_orders.rename({"po": "transfer_id"})),
        business_date=day,
    )
    open_units = dict(ours.select("action_id", "open_units").iter_rows())
    assert open_units == {B: 10} | ({A: units} if units else {})
    same = list_departed_lines(lines, answers, cancels, business_date=lines["business_date"][0])
    stands = status not in {"rejected", "cancelled"}
    assert (A in same["action_id"]) == stands
    assert (A in select_standing_lines(lines, answers, cancels)["action_id"]) == stands
    assert find_fallen(lines, answers, cancels) == (
        frozenset() if stands else {cancels["cancels"][0]}
    )


def test_an_answer_under_a_key_that_nobody_recalled_leaves_the_line_as_it_is(
    cancels, export_lines, acknowledgements
):
    lines = export_lines({"action_id": A}, {"action_id": B})
    other = lines.filter(action_id=B)["idempotency_key"][0]
    said = {"action_id": B, "idempotency_key": f"cancel-{other}", "status": "accepted"}
    found = apply(lines, acknowledgements(said), cancels).filter(action_id=B)
    assert found.select("status", "open_units").row(0) == ("waiting", 10)
    assert find_fallen(lines, acknowledgements(said), cancels) == frozenset()


def test_of_which_line_an_answer_is_told_by_the_table_and_not_by_the_key(
    cancels, export_lines, acknowledgements
):
    lines = export_lines({"action_id": A}, {"action_id": B})
    renamed = cancels.with_columns(idempotency_key=pl.lit("recall 7"))
    said = {"action_id": A, "idempotency_key": "recall 7", "status": "accepted"}
    found = apply(lines, acknowledgements(said), renamed)
    assert dict(found.select("action_id", "status").iter_rows()) == {A: "cancelled", B: "waiting"}


def test_a_cut_that_the_erp_cancels_in_part_still_calls_off_the_rest(
    cancels, export_lines, acknowledgements
):
    # As if cuts were called back, which no document of today shows.
    cut = export_lines({"action_id": A, "kind": "purchase_change", "quantity": 10})
    said = {
        "action_id": A, "idempotency_key": cancels["idempotency_key"][0], "status": "changed",
        "quantity": 4,
    }  # fmt: skip
    no_orders = pl.DataFrame(schema=dict.fromkeys(("proposal_ref", "po", "sku"), pl.String))
    ours = list_open_proposals(
        *(cut, acknowledgements(said), cancels, no_orders),
        no_orders.rename({"po": "transfer_id"}),
        business_date=cut["business_date"][0] + timedelta(days=1),
    )
    assert sum_open_units(ours)["inbound"].to_list() == [-6]


def test_an_answer_to_a_cancel_line_matters_while_its_line_may_come(cancels, acknowledgements):
    due, nothing = cancels["due_on"][0], acknowledgements()
    last = due + timedelta(days=14)
    assert select_open_cancels(cancels, nothing, last).equals(cancels)
    assert select_open_cancels(cancels, nothing, last + timedelta(days=1)).is_empty()
    for status, count in (("accepted", 1), ("rejected", 0)):
        of_line = acknowledgements({"action_id": A, "status": status})
        assert len(select_open_cancels(cancels, of_line, due)) == count
