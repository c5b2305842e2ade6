"""Cases of a night: linked, decided on the command line, handed over, and tried on the past."""

import polars as pl
import pytest
from simulated import LAST, PROJECT, exported, materialize, plenish_here, warehouse_of

from governance.cases import name_case
from quality_checks.contracts import CONTRACTS

SAID = ("--author", "ann", "--role", "buyer", "--reason", "agreed")


def read(root, table):
    return warehouse_of(root).read(CONTRACTS[table], LAST)


def exception_of(number, kind, subject, pairs):
    """An exception by hand and the item-locations that run short by it."""
    name = f"{kind}-{number}"
    seen = {
        "exception_id": name, "kind": kind, "subject": subject, "state": "new", "trend": "new",
        "first_seen_on": LAST, "last_seen_on": LAST, "item_locations": len(pairs),
        "money_at_risk": 100.0 * number, "words": f"Something is wrong at {subject}",
    }  # fmt: skip
    touched = [
        {"exception_id": name, "sku": sku, "location": location, "side": "short"}
        for sku, location in pairs
    ]
    return seen, touched


@pytest.fixture
def troubled(waiting):
    """The planned retailer with two exceptions by hand: where an allocation goes, and a backlog."""
    sent = read(waiting, "proposals").filter(kind="allocation").sort("action_id")
    pairs = sent.select("sku", "destination").unique(maintain_order=True).rows()
    found = [exception_of(1, "stock_out", "S1|x", pairs), exception_of(2, "backlog", "S1", [])]
    for table, rows in (
        ("exceptions", [seen for seen, _ in found]),
        ("exception_scope", [row for _, touched in found for row in touched]),
    ):
        contract = CONTRACTS[table]
        full = [{"business_date": LAST, **row} for row in rows]
        frame = pl.DataFrame(full, schema=contract.schema).drop("business_date")
        warehouse_of(waiting).write(contract, LAST, frame)
    materialize(waiting, LAST, "case_actions", "routed", "cases", "case_alerts")
    return waiting


@pytest.fixture
def tied(troubled):
    """The same, in which two changes of orders are alternatives of the case of the shortage.

    Gives the folder, the case and both actions, the one that gains more first.
    """
    changes = read(troubled, "proposals").filter(kind="purchase_change").sort(
        "benefit", "action_id", descending=[True, False]
    )  # fmt: skip
    linked = changes.head(2).select(
        "action_id",
        "sku",
        "kind",
        "benefit",
        case_id=pl.lit(name_case("stock_out-1")),
        exception_id=pl.lit("stock_out-1"),
        exception=pl.lit("stock_out"),
        playbook=pl.lit("stock_out"),
        part=pl.lit("alternative"),
        choice=pl.lit("one of both"),
        option=pl.Series(["first", "second"]),
        option_rank=pl.Series([1, 2]),
        option_benefit="benefit",
        left_on=pl.lit(None, pl.Date),
    )
    warehouse_of(troubled).write(CONTRACTS["case_actions"], LAST, linked)
    return troubled, name_case("stock_out-1"), *linked["action_id"]


def test_each_exception_opens_a_case_and_its_owner_is_told(troubled):
    cases, told = read(troubled, "cases"), read(troubled, "case_alerts")
    assert dict(cases.select("case_id", "playbook").iter_rows()) == {
        name_case("stock_out-1"): "stock_out",
        name_case("backlog-2"): "node_behind",
    }
    assert (cases["opened_on"] == LAST).all()
    owners = cases.select("case_id", role="owner", reason=pl.lit("opened"))
    assert owners.join(told, on=["case_id", "role", "reason"], how="anti").is_empty()
    assert all("is wrong at S1" in words for words in told["words"])
    said = " ".join(plenish_here(troubled, "status").stdout.split())
    assert "Cases: 2 are open (2 of allocator), 0 escalated; 300 is at risk." in said
    listed = " ".join((troubled / "reports" / str(LAST) / "cases.csv").read_text().split())
    assert name_case("backlog-2") in listed


def test_its_actions_are_those_that_touch_its_item_locations(troubled):
    linked, scope = read(troubled, "case_actions"), read(troubled, "exception_scope")
    sent = read(troubled, "proposals").filter(kind="allocation")
    assert len(sent) > 0
    of_kind = linked.filter(kind="allocation")["action_id"].to_list()
    assert sorted(of_kind) == sorted(sent["action_id"])
    actions = linked.join(read(troubled, "proposals").select("action_id", "sku"), on="action_id")
    assert actions.join(scope, on=["exception_id", "sku"], how="anti").is_empty()


def test_of_alternatives_the_approved_one_leaves_and_the_other_never_does(tied):
    root, case, better, worse = tied
    told = " ".join(plenish_here(root, "cases", case[:8]).stdout.split())
    assert "approving one withdraws the others" in told
    assert "nothing" in told
    done = plenish_here(root, "approve", worse, *SAID)
    assert done.returncode == 0, done.stderr
    assert better[:8] not in plenish_here(root, "worklist", "--most", "99").stdout
    refused = plenish_here(root, "approve", better, *SAID)
    assert refused.returncode == 1
    words = " ".join(refused.stderr.split())
    assert f"an alternative of its case goes ahead: reject {worse[:8]} first" in words
    assert plenish_here(root, "export").returncode == 0
    routed = read(root, "routed")
    row = routed.row(by_predicate=pl.col("action_id") == better, named=True)
    assert (row["status"], row["withdrawn_for"], row["decided_by"]) == ("withdrawn", worse, "ann")
    left = read(root, "export_lines")["action_id"].to_list()
    assert left == [worse]
    assert any("purchase_changes" in name for name in exported(root))
    stood = read(root, "cases").filter(case_id=case).row(0, named=True)
    assert (stood["state"], stood["approved"], stood["withdrawn"]) == ("acting", 1, 1)
    # It has left: even its rejection, which is refused, would not bring the other back.
    gone = plenish_here(root, "approve", better, *SAID)
    assert "goes ahead: it has left" in " ".join(gone.stderr.split())
    assert plenish_here(root, "export").returncode == 0
    assert read(root, "export_lines")["action_id"].to_list() == [worse]


def test_cases_are_listed_by_role_and_told_by_their_digits(troubled):
    cases = read(troubled, "cases")
    for role in {*cases["in_charge"], "finance"}:
        said = plenish_here(troubled, "cases", "--role", role).stdout
        mine = cases.filter(in_charge=role)
        assert f"{len(mine)} case" in said
        assert all((case[:8] in said) == (case in mine["case_id"]) for case in cases["case_id"])
    done = plenish_here(troubled, "cases", "zz")
    assert done.returncode == 1
    assert "no case of" in done.stderr


def test_changed_playbooks_are_tried_before_they_rule(troubled, tmp_path):
    only = tmp_path / "tried.yaml"
    only.write_text(
        "playbooks:\n"
        "  - name: backlogs\n"
        "    when: {kind: backlog}\n"
        "    owner: planner\n"
        "    due_days: 0\n"
        "    escalation: {after_days: 1, to: finance}\n"
        "    measure_after_days: 2\n"
        "    alerts: [{role: buyer, words: Look.}]\n"
    )
    seen = read(troubled, "exceptions")
    backlogs = len(seen.filter(kind="backlog"))
    said = plenish_here(troubled, "playbooks", str(only), "--days", "3").stdout
    assert "1 playbooks over 1 planned dates" in said
    rows = {
        parts[0]: [int(number) for number in parts[1:3] if number.isdigit()]
        for line in said.splitlines()
        if len(parts := line.replace("│", " ").split()) > 1
    }
    assert rows["backlogs"][0] == backlogs > 0
    assert rows["stock_out"][0] == len(seen.filter(kind="stock_out")) > 0
    assert (rows["planner"], rows["buyer"]) == ([backlogs, 0], [0, backlogs])
    only.write_text(only.read_text().replace("backlog}", "back_log}"))
    done = plenish_here(troubled, "playbooks", str(only))
    assert done.returncode == 1
    assert f"{only}, line 3: playbook 'backlogs', field when.kind.0" in done.stderr
    assert "back_log" in done.stderr


def test_a_case_runs_on_the_same_whenever_its_night_is_made_again(tied):
    root = tied[0]
    policies = PROJECT / "data" / "policies"
    names = ("routed", "cases", "case_alerts")
    materialize(root, LAST, *names, policies=policies)
    before = [read(root, name) for name in names]
    materialize(root, LAST, *names, policies=policies)
    after = [read(root, name) for name in names]
    assert all(now.equals(then) for now, then in zip(after, before, strict=True))
