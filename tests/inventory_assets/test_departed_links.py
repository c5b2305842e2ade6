"""Links of what has left outlive the version, and the date, that proposed it."""

import shutil

import polars as pl
import pytest
from landing_folder import day, put
from simulated import LAST, PROJECT, materialize, plenish_here, warehouse_of

from governance.cases import CaseBook, follow_cases, load_playbooks, name_case
from quality_checks.contracts import CONTRACTS

CASE, OVER = name_case("X1"), name_case("X2")
EARLY, FIRST, HELD, GONE, COME = (letter * 24 for letter in "abcdf")


def write(shop, table, number, *rows):
    contract = CONTRACTS[table]
    frame = pl.DataFrame(rows, schema=contract.made_schema)
    shop.warehouse.write(contract, day(number), frame)


def seen(exception, state="open"):
    return {
        "exception_id": exception, "kind": "stock_out", "subject": "S1", "state": state,
        "first_seen_on": day(0), "last_seen_on": day(1), "trend": "steady", "item_locations": 1,
        "words": "S1 runs out.", "closed_by": "Units came." if state == "closed" else None,
    }  # fmt: skip


def link(action, exception="X1", **stated):
    return {
        "case_id": name_case(exception), "exception_id": exception,
        "exception": "stock_out", "playbook": "stock_out",
        "action_id": action, "sku": "A", "kind": "transfer", "benefit": 7.0, "part": "answer",
        **stated,
    }  # fmt: skip


def line(action, version=1, due=2):
    return {
        "batch": 1, "idempotency_key": action[:8], "action_id": action, "plan_version": version,
        "kind": "transfer", "sku": "A", "origin": "S2", "destination": "S1", "due_on": day(due),
        "quantity": 6, "unit_value": 4.0, "value": 24.0, "currency": "EUR",
    }  # fmt: skip


@pytest.fixture
def worked(shop):
    """Two dates of two cases, of which one is over; of the second date an action has left.

    One of the first date was due by the end of it.
    """
    write(shop, "case_actions", 0, link(EARLY), link(GONE, "X2"), link(COME))
    write(shop, "export_lines", 0, line(EARLY), line(GONE), line(COME, due=0))
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


def test_what_the_erp_let_go_takes_no_option_and_counts_for_no_case(worked):
    answered = {"batch": 1, "acknowledged_on": day(1)}
    said = [
        {"idempotency_key": EARLY[:8], "status": "rejected"},
        {"idempotency_key": f"cancel-{FIRST[:8]}", "status": "accepted"},
        {"idempotency_key": f"cancel-{COME[:8]}", "status": "rejected"},
    ]
    worked.send("acknowledgements", 1, [row | answered for row in said])
    worked.load_all(1)
    # Of what nobody has called back no answer takes anything.
    assert departed(worked, 2)["action_id"].unique().to_list() == [FIRST]
    recalled = ((FIRST, 1), (COME, 0))
    for action, number in recalled:
        put(
            worked, "cancel_lines", number,
            idempotency_key=f"cancel-{action[:8]}", cancels=action[:8], action_id=action,
        )  # fmt: skip
    assert departed(worked, 2).is_empty()
    put(worked, "cases", 0, case_id=CASE)
    history = worked.warehouse.query("case_history", day(1))
    assert dict(history.select("action_id", "exported").iter_rows()) == {EARLY: False, COME: True}


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
    # Of what has left all counts in the end, also what was due before.
    case = follow(worked, 2)
    assert (case["state"], case["exported"]) == ("resolved", 3)
    case = follow(worked, 12)
    assert (case["state"], case["outcome"], case["exported"]) == ("measured", "held", 3)
    assert follow(worked, 12) == case


BOOK = """
playbooks:
  - name: stock_out
    when: {kind: stock_out}
    owner: allocator
    due_days: 0
    escalation: {after_days: 1, to: planner}
    measure_after_days: 7
    answers: [{kind: allocation}, {kind: purchase_change}]
    alternatives: [purchase_change, allocation]
"""


@pytest.fixture
def topped_up(replanned, tmp_path):
    """A plan that adds to an allocation of its first version, as an order could be changed instead.

    Nothing of the second version has left yet, and the first linked the allocation to a case.
    Gives the folder, its policies, and ids of the first part, of its rest and of the change.
    """
    root = shutil.copytree(replanned, tmp_path / "retailer")
    policies = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    (policies / "playbooks.yaml").write_text(BOOK)
    warehouse = warehouse_of(root)
    lines = warehouse.read(CONTRACTS["export_lines"], LAST).filter(plan_version=1)
    warehouse.write(CONTRACTS["export_lines"], LAST, lines.drop("business_date"))
    proposals = warehouse.read(CONTRACTS["proposals"], LAST)
    changes = proposals.filter(kind="purchase_change")
    rest = (
        proposals.filter(pl.col("parts_before") != "", kind="allocation")
        .join(changes, on="sku", how="semi")
        .row(0, named=True)
    )
    known = {"first_seen_on": LAST, "last_seen_on": LAST}
    scope = {"exception_id": "X1", "sku": rest["sku"], "location": rest["destination"]}
    first = link(rest["parts_before"], kind="allocation", sku=rest["sku"])
    for table, row in (
        ("exceptions", seen("X1") | known),
        ("exception_scope", scope | {"side": "short"}),
        ("case_actions", first),
    ):
        schema = CONTRACTS[table].made_schema
        warehouse.write(CONTRACTS[table], LAST, pl.DataFrame([row], schema=schema))
    change = changes.filter(sku=rest["sku"])["action_id"][0]
    return root, policies, rest["parts_before"], rest["action_id"], change


def test_the_next_version_keeps_to_the_option_that_has_left(topped_up):
    root, policies, first, rest, change = topped_up
    names = ("case_actions", "routed", "cases")

    def make():
        materialize(root, LAST, *names, policies=policies)
        return [warehouse_of(root).read(CONTRACTS[name], LAST) for name in names]

    linked, routed, cases = made = make()
    known = {row["action_id"]: row for row in linked.to_dicts()}
    assert {action: row["option"] for action, row in known.items()} == {
        first: "allocation",
        rest: "allocation",
        change: "purchase_change",
    }
    assert {action: row["left_on"] for action, row in known.items()} == {
        first: LAST,
        rest: None,
        change: None,
    }
    stands = {row["action_id"]: row for row in routed.to_dicts()}
    assert (stands[change]["status"], stands[change]["withdrawn_for"]) == ("withdrawn", first)
    assert stands[rest]["status"] == "approved"
    case = cases.filter(case_id=CASE).row(0, named=True)
    assert (case["actions"], case["exported"], case["withdrawn"]) == (2, 1, 1)
    outcomes = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST)
    assert outcomes.filter(check="one_option")["passed"].to_list() == [True]
    assert all(now.equals(then) for now, then in zip(make(), made, strict=True))
    said = plenish_here(
        root, "approve", change, "--author", "ann", "--role", "buyer", "--reason", "agreed",
        policies=policies,
    )  # fmt: skip
    assert f"has left with an earlier plan: {first[:8]}" in " ".join(said.stderr.split())
