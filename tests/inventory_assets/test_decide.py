"""People decide on the command line: quickly, in plain words, and what stands leaves at once."""

import io
import re
import shutil
import subprocess
import sys
import warnings
from datetime import timedelta
from unittest import mock

import dagster as dg
import polars as pl
import pytest
from simulated import (
    LAST,
    PROJECT,
    environment,
    exported,
    materialize,
    plenish_here,
    run_here,
    warehouse_of,
)

from inventory_assets.framework import Retailer
from inventory_assets.premises import QuietPremises
from inventory_assets.project import TOKEN
from inventory_assets.sensors import decisions_sensor
from quality_checks.contracts import CONTRACTS
from warehouse import WarehouseBusyError

SLOW = {"dagster", "lightgbm", "matplotlib", "numba", "pandas", "pandera", "scipy"}
"""Each takes longer to import than the rest of a decision."""

HEAVY = SLOW | {"numpy", "pyarrow", "quality_checks.intake", "optimization", "sqlalchemy.orm"}
"""What a decision has no use for besides."""

SAID = ("--author", "ann", "--reason", "agreed")

FROM_PROPOSALS_ON = (
    "plan_versions",
    "proposals",
    "case_actions",
    "routed",
    "export_lines",
    "cancel_lines",
    "supplier_files",
    "erp_files",
)
"""What a night does with the plans of the kinds, up to the files."""


def premises_of(root):
    return QuietPremises(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))


def waits_for(root, role, kind=None):
    """An action of an untouched plan that waits for one role; of a kind, where one is named."""
    premises = premises_of(root)
    desk = premises.open_desk(LAST)
    kinds = desk.proposals.select("action_id", "kind")
    routed = desk.route().join(kinds, on="action_id", maintain_order="left")
    premises.close()
    of_kind = routed if kind is None else routed.filter(kind=kind)
    return of_kind.filter(status="waiting", missing_roles=role)["action_id"][0]


def loaded_by(root, *arguments):
    """Modules that a command has loaded when it ends."""
    script = (
        "import gc, sys\n"
        "from inventory_assets.cli.start import main\n"
        "try:\n    main()\n"
        "finally:\n    print('LOADED', *sys.modules, 'frozen' if gc.get_freeze_count() else '')"
    )
    command = [sys.executable, "-c", script, *arguments, "--data", str(root)]
    done = subprocess.run(
        command, env=environment(root), cwd=PROJECT, capture_output=True, text=True, check=False
    )
    said, _, loaded = done.stdout.partition("LOADED")
    assert loaded, done.stderr
    return said + done.stderr, set(loaded.split())


@pytest.fixture
def buyers(waiting):
    return waits_for(waiting, "buyer")


def test_a_decision_loads_nothing_that_is_slow(waiting, buyers):
    said, loaded = loaded_by(waiting, "approve", buyers, "--role", "buyer", *SAID)
    assert f"Recorded: ann (buyer) approve {buyers}. Now: approved by ann." in said.replace(
        "\n", " "
    )
    assert HEAVY & loaded == set()
    assert "frozen" in loaded, "the collector does not look through imports"
    looks = {
        ("worklist",): ("wait for people", HEAVY),
        ("status",): ("Worth most", HEAVY - {"optimization"}),
        ("explain", buyers): ("Now: approved", HEAVY),
    }
    for arguments, (words, left_out) in looks.items():
        said, loaded = loaded_by(waiting, *arguments)
        assert words in said
        assert left_out & loaded == set(), arguments


def test_what_is_refused_is_said_in_a_line(waiting, buyers):
    why = ("--reason-code", "too_much")
    changed = ("override", buyers, "--role", "buyer", *why, "--expires-on")
    refusals = {
        ("approve", "0" * 24, "--role", "buyer"): f"no action of the plan of {LAST} starts with",
        ("approve", buyers, "--role", "byer"): "there is no role 'byer'; is it buyer?",
        ("approve", buyers, "--role", "planner"): "it waits for buyer",
        (*changed, "2030-01-01", "--quantity", "9" * 20): "must be a whole number of units",
        (*changed, str(LAST), "--packs", "1"): "has expired on",
    }
    for arguments, words in refusals.items():
        done = plenish_here(waiting, *arguments, *SAID)
        assert done.returncode == 1
        assert words in " ".join(done.stderr.split())
        assert len(done.stderr.splitlines()) <= 3, "no traceback"


def test_from_the_first_identity_on_the_commands_take_a_token(waiting, buyers):
    def say(*arguments, token=None, fails=False):
        known = {} if token is None else {TOKEN: token}
        with mock.patch("simulated.environment", lambda root: {**environment(root), **known}):
            done = plenish_here(waiting, *arguments)
        assert done.returncode == (1 if fails else 0), done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return " ".join((done.stderr if fails else done.stdout).split())

    why = ("--reason", "joins")
    enter = ("identity", "add", "ann", "--role", "buyer", *why)
    assert "must be an administrator" in say(*enter, fails=True)
    say("identity", "add", "ada", "--role", "administrator", *why)
    ada = say("identity", "token", "ada")
    assert "token of an administrator" in say(*enter, fails=True)
    charged = say(*enter, token=ada)
    assert charged == "ann (person) is in charge of: buyer."
    ann = say("identity", "token", "ann", token=ada)
    approve = ("approve", buyers, "--role", "buyer", "--reason", "seen")
    assert "takes a token" in say(*approve, "--author", "ann", fails=True)
    assert "takes a token" in say(*approve, fails=True)
    assert "not of ben" in say(*approve, "--author", "ben", token=ann, fails=True)
    assert "administrator" in say(
        "automation", "on", "--author", "ann", *why, token=ann, fails=True
    )
    assert "Recorded: ann (buyer) approve" in say(*approve, token=ann)
    assert "ann" in say("identity", "list")
    say("identity", "revoke", "ann", *why, token=ada)
    assert "takes a token" in say("reject", *approve[1:], "--author", "ann", token=ann, fails=True)


def test_a_decision_does_not_wait_for_a_run_that_has_the_warehouse(waiting, buyers):
    # What the last run has published is what people see meanwhile.
    writer = (
        "import duckdb, sys, time\n"
        "held = duckdb.connect(sys.argv[1])\n"
        "print(held, flush=True)\n"
        "time.sleep(99)"
    )
    path = warehouse_of(waiting).path
    holder = subprocess.Popen([sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        premises = premises_of(waiting)
        assert buyers in premises.open_desk(LAST).proposals["action_id"]
        premises.close()
        path.with_name("plenish-read.duckdb").unlink()
        with pytest.raises(WarehouseBusyError):
            premises_of(waiting).find_newest_plan()
    finally:
        holder.kill()
        holder.communicate()


def test_without_a_plan_it_says_so(tmp_path):
    done = plenish_here(tmp_path, "status")
    assert done.returncode == 1
    assert "plenish: nothing is planned yet" in done.stderr


def test_an_override_shows_in_status_worklist_and_explain_at_once(waiting):
    action = (
        warehouse_of(waiting)
        .read(CONTRACTS["proposals"], LAST)
        .filter(pl.col("packs") > 1, kind="purchase_order")
        .sort("benefit", descending=True)
        .row(0, named=True)
    )
    until = ("--expires-on", str(LAST + timedelta(days=9)))
    more = (*until, "--packs", "1", "--reason-code", "too_much")
    # Who is not asked may still change the quantity; the buyer is asked for that one.
    done = plenish_here(
        waiting, "override", action["action_id"], "--role", "procurement", *more, *SAID
    )
    pack = action["quantity"] // action["packs"]
    words = f"waiting, needs buyer; approved so far by ann; {pack:,} units by override"
    assert words in " ".join(done.stdout.split()), done.stdout + done.stderr
    for command in (("status",), ("worklist",), ("explain", action["action_id"])):
        assert words in " ".join(plenish_here(waiting, *command).stdout.split()), command
    told = plenish_here(waiting, "explain", action["sku"], action["destination"]).stdout
    assert words in " ".join(told.split())


def test_what_leaves_by_itself_is_explained_without_a_word_of_a_library(waiting):
    proposals = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    action = proposals.filter(kind="allocation")["action_id"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        done = plenish_here(waiting, "explain", action)
    assert done.returncode == 0, done.stderr
    assert "Now: " in done.stdout


def test_the_readmes_commands_run_as_written_and_an_export_is_the_plans(waiting, tmp_path):
    readme = (PROJECT / "README.md").read_text()

    def list_commands(section):
        lines = readme.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
        return "\n".join(line[4:] for line in lines if line.startswith(" " * 4))

    decided, _, handed_over = list_commands("Decide").rpartition("\n")
    assert handed_over == ".venv/bin/plenish export"

    def run(script, root):
        """Run lines in a shell beside a `.venv` whose `plenish` works on `root`."""
        there = tmp_path / f"project {root.name}" / ".venv" / "bin"
        there.mkdir(parents=True, exist_ok=True)
        (there / "plenish").write_text(
            f"#!/bin/sh\nexec '{sys.executable}' -m inventory_assets.cli.start \"$@\"\n"
        )
        (there / "plenish").chmod(0o755)
        known = {**environment(root), "PLENISH_DATA": str(root), "PYTHONPATH": str(PROJECT)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=there.parents[1],
            env=known,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = " ".join(run(decided, waiting).split())
    assert "wait for buyer" in said
    assert re.search(r"Recorded: ann \(buyer\) approve \w{24}\. Now: approved by ann\.", said)
    assert re.search(r"Recorded: ann \(buyer\) reject \w{24}\. Now: rejected by ann\.", said)
    assert re.search(r"Recorded: ann \(buyer\) override \w{24}\. Now: approved by ann; ", said)

    said = run(list_commands("What goes wrong"), waiting)
    assert f"exceptions of {LAST}" in said
    assert re.search(rf"\d+ cases? on {LAST}", said)
    planned_again = shutil.copytree(waiting, tmp_path / "again")
    said = run(handed_over, waiting)
    assert "2 lines" in said
    batch = exported(waiting)
    assert len(batch) > 2
    # What comes before is that of the plan that was made; see `test_netting`.
    materialize(planned_again, LAST, *FROM_PROPOSALS_ON)
    assert exported(planned_again) == batch, "the plan hands over the same bytes"
    done = plenish_here(waiting, "export")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "has not left" in done.stdout
    assert exported(waiting) == batch, "what has left does not leave again"
    # Once a later date is planned.
    version = CONTRACTS["plan_versions"]
    newer = warehouse_of(waiting).read(version, LAST).drop("business_date")
    warehouse_of(waiting).write(version, LAST + timedelta(days=1), newer)
    done = plenish_here(waiting, "export", "--date", str(LAST))
    assert done.returncode == 1
    assert f"nothing of {LAST} leaves any more" in " ".join(done.stdout.split())


def test_an_export_is_judged_as_the_plans_is(waiting, buyers, tmp_path):
    assert plenish_here(waiting, "approve", buyers, "--role", "buyer", *SAID).returncode == 0
    # Other policies than the plan was made with.
    policies = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    rules = policies / "actions.yaml"
    rules.write_text(rules.read_text().replace("auto_purchases: 50000", "auto_purchases: 50001"))
    done = plenish_here(waiting, "export", policies=policies)
    assert done.returncode == 1
    assert "policies have changed since" in " ".join(done.stdout.split())
    # A blocking check that fails.
    outcomes = CONTRACTS["check_outcomes"]
    found = warehouse_of(waiting).read(outcomes, LAST)
    broken = found.with_columns(
        passed=pl.when(pl.col("check") == "books_hold")
        .then(pl.lit(value=False))
        .otherwise("passed")
    )
    warehouse_of(waiting).write(outcomes, LAST, broken.drop("business_date"))
    done = plenish_here(waiting, "export")
    assert done.returncode == 1
    assert "blocking checks" in done.stdout
    assert exported(waiting) == {}


def test_the_daemon_asks_for_an_export_once_something_is_approved(waiting):
    # A line of an order leaves with its document; a change of one leaves by itself.
    change = waits_for(waiting, "buyer", "purchase_change")
    retailer = Retailer(
        data_folder=str(waiting), policies_folder=str(PROJECT / "data" / "policies")
    )

    with dg.DagsterInstance.ephemeral() as instance:

        def look(cursor):
            with dg.build_sensor_context(
                instance=instance, cursor=cursor, resources={"retailer": retailer}
            ) as context:
                return decisions_sensor(context), context.cursor

        def end(request, *, died):
            """Let the run that was asked for die, or fail by itself."""
            reason = {} if died else {"dagster/failure_reason": "STEP_FAILURE"}
            run = instance.create_run_for_job(
                dg.GraphDefinition("empty").to_job(), tags={**request.tags, **reason}
            )
            instance.report_run_failed(run)
            instance.add_run_tags(run.run_id, {"dagster/will_retry": "false"})

        idle, cursor = look(None)
        assert "nothing is approved or called back that has not left" in idle.skip_message
        idle, _ = look(cursor)
        assert "nothing was decided" in idle.skip_message
        assert plenish_here(waiting, "approve", change, "--role", "buyer", *SAID).returncode == 0
        keys = set()
        for died in (True, True, True, False):
            asked, _ = look(cursor)
            (request,) = asked.run_requests
            assert request.partition_key == LAST.isoformat()
            keys.add(request.run_key)
            end(request, died=died)
        # Dagster asks for a key once.
        assert len(keys) == 4
        idle, cursor = look(cursor)
        assert "has not left: see the last export" in idle.skip_message
        idle, _ = look(cursor)
        assert "nothing was decided" in idle.skip_message
    retailer.warehouse.close()


def test_landed_decisions_that_cannot_count_are_named_with_file_and_row(waiting, buyers):
    moment = f"{LAST} 20:00:00"
    rows = [
        ("u1", "f" * 24, "approve", "buyer", "", ""),
        ("u2", buyers, "approve", "merchandiser", "", ""),
        ("u3", buyers, "override", "buyer", "1000001", str(LAST + timedelta(days=9))),
        ("u4", buyers, "override", "buyer", "0", str(LAST)),
        ("u5", buyers, "approve", "buyer", "", ""),
        ("u6", buyers, "approve", "planner", "", ""),
    ]
    header = (
        "decision_id,action_id,decision,author,role,reason,quantity,expires_on,decided_at,"
        "reason_code"
    )
    code = {"approve": "", "override": "too_much"}
    lines = [
        f"{key},{action},{decision},ann,{role},agreed,{quantity},{expires},{moment},{code[decision]}"
        for key, action, decision, role, quantity, expires in rows
    ]
    folder = waiting / "landing" / "decisions"
    folder.mkdir(exist_ok=True)
    for old in folder.glob(f"{LAST}.*"):
        old.unlink()
    (folder / f"{LAST}.csv").write_text("\n".join([header, *lines]) + "\n")
    materialize(waiting, LAST, "decisions", "routed")
    outcome = (
        warehouse_of(waiting)
        .read(CONTRACTS["check_outcomes"], LAST)
        .filter(check="decisions_count")
        .row(0, named=True)
    )
    assert (outcome["passed"], outcome["failing_rows"]) == (False, 5)
    failing = pl.read_csv(waiting / outcome["failing_file"])
    problems = dict(failing.select("decision_id", "problem").iter_rows())
    assert problems["u1"] == "No plan proposes this action."
    assert problems["u2"].startswith("merchandiser may not decide this kind of action; ")
    assert problems["u3"].startswith("1000001 units are no whole packs of ")
    assert "has expired on" in problems["u4"]
    second = failing.row(by_predicate=pl.col("decision_id") == "u6", named=True)
    assert (second["file_name"], second["row"]) == (f"decisions/{LAST}.csv", 6)
    assert (
        second["problem"] == "ann has spoken for it as buyer, and each role must be another person."
    )
    routed = warehouse_of(waiting).read(CONTRACTS["routed"], LAST)
    assert routed.filter(action_id=buyers)["status"][0] == "approved", "the sound one counts"


def test_many_are_decided_at_once_after_a_look_at_what_they_are(waiting, monkeypatch):
    def say(*arguments):
        done = plenish_here(waiting, *arguments)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    every = ("--all-matching", "--kind", "purchase_order", "--role", "buyer", *SAID)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    asked_end, asked = say("approve", *every)
    assert "Go on? [y/N]" in asked
    assert "Recorded" not in asked
    # The day on which it could leave is over by now.
    until = f"{LAST + timedelta(days=1)}T12:00"
    ended, put_off = say("defer", *every, "--until", until, "--yes")
    (count,) = re.findall(r"To defer: (\d+) actions\. \d+ of purchase_order: [\d,]+ units", put_off)
    assert f"Recorded: 0 of {count}." in put_off
    assert (ended, asked_end) == (1, 0)
    assert put_off.count("is over when it is made") == int(count)
    before = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    ids = before.filter(kind="purchase_order")["action_id"].to_list()
    _, approved = say("approve", *ids, "--role", "buyer", *SAID, "--yes")
    assert f"To approve: {len(ids)} actions." in approved
    (recorded,) = re.findall(rf"Recorded: (\d+) of {len(ids)}\.", approved)
    assert int(recorded) >= 1
    assert approved.count("not recorded: ") == len(ids) - int(recorded)
    _, noted = say("comment", ids[0], "seen by ben", "--author", "ben", "--role", "finance")
    assert "Recorded: ben (finance) comment" in noted


def test_what_somebody_overrides_while_a_bulk_asks_is_not_approved_unseen(waiting, monkeypatch):
    ordered = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST).filter(kind="purchase_order")
    action = ordered.sort("value", "action_id")["action_id"][-1]
    taken = ("override", action, "--packs", "1", "--expires-on", str(LAST + timedelta(days=3)))

    def override_meanwhile(_):
        by_ben = ("--author", "ben", "--reason", "less", "--reason-code", "too_much")
        run_here(*taken, "--role", "buyer", *by_ben, "--data", str(waiting))
        return True

    monkeypatch.setattr("inventory_assets.cli.decide.typer.confirm", override_meanwhile)
    done = plenish_here(
        waiting, "approve", "--all-matching", "--kind", "purchase_order", "--role", "buyer", *SAID
    )
    said = " ".join(done.stdout.split())
    assert f"{action[:8]} not recorded: ben has decided it meanwhile (override): look again" in said
    premises = premises_of(waiting)
    assert premises.open_desk(LAST).find_route(action)["decided_by"] == "ben"
    premises.close()
