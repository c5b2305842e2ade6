"""Links of what has left outlive the version, and the date, that proposed it."""

import polars as pl
import pytest
from landing_folder import day

from governance.cases import CaseBook, follow_cases, load_playbooks, name_case
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS

CASE, OVER = name_case("X1"), name_case("X2")
EARLY, FIRST, HELD, GONE = (letter * 24 for letter in "abcd")


def write(shop, table, number, *rows):
    contract = CONTRACTS[table]
    schema = {name: kind for name, kind in contract.schema.items() if name != "business_date"}
    shop.warehouse.write(contract, day(number), pl.DataFrame(rows, schema=schema))


def seen(exception, state="open"):
    return {
        "exception_id": exception, "kind": "stock_out", "subject": "S1", "state": state,
        "first_seen_on": day(0), "last_seen_on": day(1), "trend": "steady", "item_locations": 1,
        "words": "S1 runs out.", "closed_by": "Units came." if state == "closed" else None,
    }  # fmt: skip


def link(action, exception="X1", **stated):
    return {
        "case_id": name_case(exception), "exception_id": exception, "playbook": "stock_out",
        "action_id": action, "sku": "A", "kind": "transfer", "benefit": 7.0, "part": "answer",
        **stated,
    }  # fmt: skip


def line(action, version=1):
    return {
        "batch": 1, "idempotency_key": action[:8], "action_id": action, "plan_version": version,
        "kind": "transfer", "sku": "A", "origin": "S2", "destination": "S1", "due_on": day(2),
        "quantity": 6, "unit_value": 4.0, "value": 24.0, "currency": "EUR",
    }  # fmt: skip


@pytest.fixture
def worked(shop):
    """Two dates of two cases, of which one is over; of the second date an action has left."""
    write(shop, "case_actions", 0, link(EARLY), link(GONE, "X2"))
    write(shop, "export_lines", 0, line(EARLY), line(GONE))
    write(shop, "exceptions", 1, seen("X1"), seen("X2", "closed"))
    write(shop, "case_actions", 1, link(FIRST), link(HELD), link(FIRST, "X2"))
    write(shop, "export_lines", 1, line(FIRST))
    return shop


def departed(shop, version):
    return shop.warehouse.query("departed_links", day(1), plan_version=version)


def test_a_version_keeps_what_left_before_it_and_nothing_of_its_own(worked):
    assert departed(worked, 1).select("case_id", "action_id", "left_on").rows() == [
        (CASE, EARLY, day(0))
    ]
    kept = departed(worked, 2)
    assert kept.select("case_id", "action_id", "left_on").rows() == sorted(
        [(CASE, EARLY, day(0)), (CASE, FIRST, day(1)), (OVER, FIRST, day(1))]
    )


def test_what_is_carried_on_in_the_slice_is_found_again(worked):
    kept = departed(worked, 2)
    made = kept.drop("business_date").to_dicts()
    write(worked, "case_actions", 1, *made, link("e" * 24))
    assert departed(worked, 2).equals(kept)
    write(worked, "case_actions", 1, *departed(worked, 3).drop("business_date").to_dicts())
    assert departed(worked, 3).equals(kept)


def follow(shop, number):
    """How cases stand on a date of which the plan proposes nothing, which is kept."""
    read, query = shop.warehouse.read, shop.warehouse.query
    date, empty = day(number), {name: CONTRACTS[name].empty() for name in CONTRACTS}
    book = CaseBook(
        business_date=date,
        exceptions=read(CONTRACTS["exceptions"], date),
        case_actions=read(CONTRACTS["case_actions"], date),
        proposals=empty["proposals"],
        routed=empty["routed"],
        decisions=empty["decisions"],
        earlier=query("cases_before", date),
        history=query("case_history", date),
    )
    cases = follow_cases(book, load_playbooks(PROJECT / "data" / "policies" / "playbooks.yaml"))
    shop.warehouse.write(CONTRACTS["cases"], date, cases.drop("business_date"))
    return cases.filter(case_id=CASE).row(0, named=True)


def test_a_case_knows_what_has_left_for_it_each_once_and_held(worked):
    """A version that needs no more keeps the links alone; once it is over, dates keep them."""
    write(worked, "case_actions", 1, *departed(worked, 2).drop("business_date").to_dicts())
    case = follow(worked, 1)
    assert (case["state"], case["actions"]) == ("acting", 0)
    assert (case["exported"], case["benefit_exported"]) == (2, 14.0)
    write(worked, "exceptions", 2, seen("X1", "closed"))
    case = follow(worked, 2)
    assert (case["state"], case["exported"]) == ("resolved", 2)
    case = follow(worked, 12)
    assert (case["state"], case["outcome"], case["exported"]) == ("measured", "held", 2)
    assert follow(worked, 12) == case
