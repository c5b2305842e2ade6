"""Cases of a night: linked, decided on the command line, handed over, and tried on the past."""

import polars as pl
import pytest
from simulated import LAST, PROJECT, exported, materialize, plenish_here, warehouse_of

from governance.cases import name_case
from quality_checks.contracts import CONTRACTS

SAID = ("--author", "ann", "--role", "buyer", "--reason", "agreed")


def read(root, table):
    return warehouse_of(root).read(CONTRACTS[table], LAST)


@pytest.fixture
def tied(waiting):
    """The planned retailer, in which two changes of orders are alternatives of a case of its own.

    Gives the folder, the case and both actions, the one that gains more first.
    """
    changes = read(waiting, "proposals").filter(kind="purchase_change").sort(
        "benefit", "action_id", descending=[True, False]
    )  # fmt: skip
    exception = read(waiting, "exceptions").filter(kind="stock_out")["exception_id"][0]
    linked = changes.head(2).select(
        "action_id",
        "kind",
        "benefit",
        case_id=pl.lit(name_case(exception)),
        exception_id=pl.lit(exception),
        playbook=pl.lit("stock_out"),
        part=pl.lit("alternative"),
        choice=pl.lit("one of both"),
        option=pl.Series(["first", "second"]),
        option_rank=pl.Series([1, 2]),
        option_benefit="benefit",
    )
    warehouse_of(waiting).write(CONTRACTS["case_actions"], LAST, linked)
    return waiting, name_case(exception), *linked["action_id"]


def test_a_night_opens_a_case_for_each_exception_that_has_a_playbook(planned):
    exceptions, cases = read(planned, "exceptions"), read(planned, "cases")
    assert set(cases["exception_id"]) == set(exceptions["exception_id"]) != set()
    assert set(cases["case_id"]) == {name_case(one) for one in exceptions["exception_id"]}
    assert (cases["opened_on"] == LAST).all()
    told = read(planned, "case_alerts")
    owners = cases.select("case_id", role="owner", reason=pl.lit("opened"))
    assert owners.join(told, on=["case_id", "role", "reason"], how="anti").is_empty()
    said = " ".join((planned / "summary.txt").read_text().split())
    assert f"Cases: {len(cases)} are open" in said


def test_its_actions_touch_what_its_exception_does(planned):
    linked, scope = read(planned, "case_actions"), read(planned, "exception_scope")
    assert len(linked) > 0
    actions = linked.join(read(planned, "proposals").drop("kind", "benefit"), on="action_id")
    of_items = actions.join(scope, on=["exception_id", "sku"], how="semi")
    assert len(of_items) == len(actions)
    at_places = actions.filter(kind="allocation").join(
        scope, left_on=["exception_id", "sku", "destination"],
        right_on=["exception_id", "sku", "location"], how="anti",
    )  # fmt: skip
    assert at_places.is_empty()


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


def test_cases_are_listed_by_role_and_told_by_their_digits(planned):
    cases = read(planned, "cases")
    for role in {*cases["in_charge"], "finance"}:
        said = plenish_here(planned, "cases", "--role", role).stdout
        mine = cases.filter(in_charge=role)
        assert f"{len(mine)} case" in said
        assert all((case[:8] in said) == (case in mine["case_id"]) for case in cases["case_id"])
    done = plenish_here(planned, "cases", "zz")
    assert done.returncode == 1
    assert "no case of" in done.stderr


def test_changed_playbooks_are_tried_before_they_rule(planned, tmp_path):
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
    seen = read(planned, "exceptions")
    backlogs = len(seen.filter(kind="backlog"))
    said = plenish_here(planned, "playbooks", str(only), "--days", "3").stdout
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
    done = plenish_here(planned, "playbooks", str(only))
    assert done.returncode == 1
    assert f"{only}: playbook 'backlogs', field when.kind.0" in done.stderr
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
