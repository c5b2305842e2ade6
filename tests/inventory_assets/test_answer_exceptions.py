"""What another system answers otherwise, or not at all: from landed answers to exceptions."""

import shutil

import polars as pl
import pytest
from landing_folder import Retailer, at, day, put

from governance.exchange import list_answer_faults
from inventory_assets.inventory import read_open_proposals
from optimization.exceptions import settle_exceptions
from quality_checks.contracts import CONTRACTS, JudgedSignals, LateFeeds, find_frame

LEFT = 5
LINE = {"plan_version": 1, "batch": 1, "kind": "purchase_order", "sku": "A", "destination": "DC1",
        "supplier": "V1", "due_on": day(9), "quantity": 10, "unit_value": 4.0, "value": 40.0,
        "currency": "EUR"}  # fmt: skip
LINES = {
    "taken": {},
    "refused": {},
    "part": {},
    "delayed": {"destination": "S1"},
    "silent": {"destination": "S2"},
    "order": {"kind": "sourcing", "origin": "S1", "destination": "north", "quantity": 2,
              "supplier": None},
    "more": {"sku": "B"},
    "recalled": {"sku": "B"},
}  # fmt: skip
ANSWERS = [
    {"idempotency_key": "taken", "status": "accepted", "quantity": 10},
    {"idempotency_key": "refused", "status": "rejected", "erp_document": "PO7"},
    {"idempotency_key": "part", "status": "partly", "quantity": 4, "erp_document": "PO8"},
    {"idempotency_key": "delayed", "status": "late", "due_on": day(12)},
    {"idempotency_key": "order", "status": "rejected"},
    {"idempotency_key": "more", "status": "changed", "quantity": 12},
    {"idempotency_key": "called back", "status": "accepted"},
]
READS = ("acknowledgements", "plan_versions", "purchase_orders", "transfers")
EARLIER = ("export_lines", "cancel_lines")


@pytest.fixture(scope="module")
def answered(masters, tmp_path_factory):
    """Eight lines that left on day 5 and the answers that landed on day 6."""
    shop = Retailer(tmp_path_factory.mktemp("answered") / "shop")
    shutil.copytree(masters, shop.root)
    for name, line in LINES.items():
        row = {**LINE, **line}
        put(shop, "export_lines", LEFT, action_id=f"a {name}", idempotency_key=name, **row)
        put(shop, "proposals", LEFT, action_id=f"a {name}", quantity=row["quantity"], benefit=7.0)
    cancel = {name: LINE[name] for name in LINE if name not in ("unit_value", "batch")}
    put(shop, "cancel_lines", LEFT, **cancel, batch=2, idempotency_key="called back",
        cancels="recalled", cancelled_date=day(LEFT), cancelled_batch=1, action_id="a recalled",
        author="amy", role="planner", reason="not needed", recalled_at=at(LEFT))  # fmt: skip
    told = {"batch": "1", "acknowledged_on": day(6)}
    broken = [{"idempotency_key": "no units", "status": "partly"},
              {"idempotency_key": "no day", "status": "late"}]  # fmt: skip
    shop.send("acknowledgements", 6, [{**told, **answer} for answer in [*ANSWERS, *broken]])
    shop.load_all(6)
    for number in (6, 8, 11):
        put(shop, "plan_versions", number, plan_version=1, current=True)
        for place in ("DC1", "S1", "S2"):
            put(shop, "targets", number, sku="A", location=place, underage_cost=5.0,
                stock_out_chance=0.5)  # fmt: skip
    return shop


def list_faults(shop, number, answer_days=2):
    """Lines that are answered otherwise as of a day, where an answer may take some days."""
    inputs = shop.inputs(number, *READS, *EARLIER)
    return list_answer_faults(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        read_open_proposals(inputs),
        business_date=day(number),
        answer_days=answer_days,
    )


def test_what_comes_in_part_and_late_is_told_twice_and_until_its_own_day():
    left = {**LINE, "unit_value": 1.0, "value": 10.0, "plan_version": 1}
    keys = ("late part", "early part", "early refusal")
    lines = [{**dict.fromkeys(CONTRACTS["export_lines"].schema), **left, "business_date": day(LEFT),
              "idempotency_key": key, "action_id": key} for key in keys]  # fmt: skip
    said = {"batch": "1", "acknowledged_on": day(6)}
    answers = [
        {**said, "idempotency_key": keys[0], "status": "partly", "quantity": 6, "due_on": day(20)},
        {**said, "idempotency_key": keys[1], "status": "partly", "quantity": 6, "due_on": day(6)},
        {**said, "idempotency_key": keys[2], "status": "rejected", "due_on": day(6)},
    ]
    nothing = pl.DataFrame(schema={"idempotency_key": pl.String, "open_units": pl.Int64})

    def list_told(number):
        found = list_answer_faults(
            pl.DataFrame(lines, schema=CONTRACTS["export_lines"].schema),
            pl.DataFrame(answers, schema=CONTRACTS["acknowledgements"].schema),
            CONTRACTS["cancel_lines"].empty(),
            nothing,
            business_date=day(number),
            answer_days=None,
        )
        return found.select("idempotency_key", "answer", "units").rows()

    lack, refused = (keys[1], "fewer", 4), (keys[2], "rejected", 10)
    late = [(keys[0], "fewer", 4), (keys[0], "late", 6)]
    # All were due on day 9; the day that an answer names moves what comes alone.
    assert list_told(8) == [lack, refused, *late]
    assert list_told(12) == [late[1]]


def read_rows(shop, number):
    faults = list_faults(shop, number)
    return shop.warehouse.query("answer_signals", day(number), frames={"faults": faults})


def test_answers_are_told_apart_and_what_was_called_back_is_no_fault(answered):
    found = {row["idempotency_key"]: row for row in list_faults(answered, 6).to_dicts()}
    told = {name: (row["answer"], row["units"], row["brings"]) for name, row in found.items()}
    assert told == {
        "refused": ("rejected", 10, True),
        "part": ("fewer", 6, True),
        "delayed": ("late", 10, True),
        "order": ("rejected", 2, False),
        "more": ("more", 2, True),
    }
    # Two days have not passed on day 6; on day 8 they have.
    assert "silent" in list_faults(answered, 8)["idempotency_key"]
    assert "silent" not in list_faults(answered, 8, answer_days=None)["idempotency_key"]
    # What was due has passed for all but the delayed one; what is silent expires later.
    late = list_faults(answered, 11)
    assert late["idempotency_key"].to_list() == ["delayed", "silent"]


def test_a_part_without_units_and_a_delay_without_a_day_wait_in_quarantine(answered):
    waiting = answered.waiting("acknowledgements", 6)
    assert sorted(row for _, row, *_ in waiting) == [8, 9]
    said = answered.warehouse.waiting("acknowledgements", day(6))["message"]
    assert said.str.contains("part_has_units_and_late_a_day").all()


def test_netting_counts_what_was_confirmed_and_on_its_day(answered):
    open_lines = read_open_proposals(answered.inputs(6, *READS, *EARLIER))
    counted = {row["idempotency_key"]: row for row in open_lines.to_dicts()}
    assert "refused" not in counted
    assert counted["part"]["open_units"] == 4
    assert (counted["delayed"]["open_units"], counted["delayed"]["due_on"]) == (10, day(12))
    assert (counted["taken"]["open_units"], counted["taken"]["due_on"]) == (10, day(9))


def test_what_lacks_puts_margin_at_risk_and_what_brings_nothing_its_benefit(answered):
    rows = {row["subject"]: row for row in read_rows(answered, 8).to_dicts()}
    told = {
        subject: (row["kind"], row["side"], row["units_at_risk"], row["money_at_risk"])
        for subject, row in rows.items()
    }
    assert told == {
        # Ten units at 5.0 a unit short, which half of the time are missed.
        "rejected|purchase_order|DC1": ("answer_differs", "short", 10.0, 25.0),
        "fewer|purchase_order|DC1": ("answer_differs", "short", 6.0, 15.0),
        "late|purchase_order|S1": ("answer_differs", "short", 10.0, 25.0),
        "more|purchase_order|DC1": ("answer_differs", "over", 2.0, None),
        "rejected|sourcing|S1": ("answer_differs", "neither", 2.0, 7.0),
        "unanswered|purchase_order|S2": ("answer_missing", "short", 10.0, 25.0),
    }
    refused = rows["rejected|purchase_order|DC1"]
    assert (refused["document"], refused["supplier"], refused["category"]) == (
        "PO7",
        "V1",
        "shirts",
    )


def test_what_nobody_has_stated_is_missing_and_a_price_zone_is_of_its_region(answered):
    faults = list_faults(answered, 8)
    order = faults.filter(kind="sourcing").with_columns(
        action_id=pl.lit("proposed no more"), origin=pl.lit(None, pl.String)
    )
    (row,) = answered.warehouse.query("answer_signals", day(8), frames={"faults": order}).to_dicts()
    assert row["money_at_risk"] is None
    assert (row["location"], row["region"], row["channel"]) == ("north", "north", None)


def test_an_exception_opens_with_the_answer_and_closes_once_its_day_has_passed(answered):
    rules = answered.inputs(6).policy.exceptions
    quiet = find_frame(JudgedSignals).empty()
    before = CONTRACTS["exceptions"].empty()
    no_feeds = find_frame(LateFeeds).empty()
    states = {}
    for number in (6, 8, 11):
        rows = read_rows(answered, number)
        settled = settle_exceptions(quiet, rows, before, day(number), rules, (), no_feeds)
        before = settled.exceptions.with_columns(business_date=day(number))
        states[number] = {row["subject"]: row for row in before.to_dicts()}
    refused = "rejected|purchase_order|DC1"
    first, then, last = (states[number][refused] for number in (6, 8, 11))
    assert (first["state"], then["state"], last["state"]) == ("new", "open", "closed")
    assert first["exception_id"] == last["exception_id"]
    assert "answered rejected to purchase order for DC1: 1 item-location" in first["words"]
    assert first["money_at_risk"] == 25.0
    assert states[8]["unanswered|purchase_order|S2"]["state"] == "new"
    assert states[11]["late|purchase_order|S1"]["state"] == "open"
