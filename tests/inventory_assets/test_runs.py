"""Runs that die are closed by whoever comes next, live ones by nobody; each waits for its turn."""

import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import date
from uuid import uuid4

import dagster as dg
import pytest
from run_of_its_own import at_work, run_process
from simulated import environment

from inventory_assets.framework import Retailer
from inventory_assets.landing_state import LANDING_STATE_TAG, hash_landing
from inventory_assets.project import PROJECT
from inventory_assets.runs import close_dead_runs
from inventory_assets.runs.sign_of_life import list_signs
from inventory_assets.sensors import landing_sensor

CANCELED, SUCCESS = dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.SUCCESS


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A data folder in which a file has landed, with a Dagster home of its own."""
    landed = tmp_path / "landing" / "pos_sales" / "2025-09-30.csv"
    landed.parent.mkdir(parents=True)
    landed.write_text("receipt\n")
    monkeypatch.setenv("DAGSTER_HOME", environment(tmp_path)["DAGSTER_HOME"])
    return tmp_path


def look(root, instance, cursor=None):
    """What the sensor says and remembers."""
    retailer = Retailer(data_folder=str(root), policies_folder="")
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"retailer": retailer}
    ) as context:
        found = landing_sensor(context)
        requests = getattr(found, "run_requests", None) or []
        return requests, getattr(found, "cursor", None) or context.cursor, found


def ask(root, instance, cursor=None):
    """The requests of a sensor that looks twice."""
    _, cursor, _ = look(root, instance, cursor)
    requests, cursor, _ = look(root, instance, cursor)
    return requests, cursor


@pytest.mark.parametrize("reached", ["start", "work"])
def test_the_sensor_closes_a_run_that_was_killed_and_asks_for_another(root, reached):
    state = hash_landing(root / "landing", date(2025, 9, 30))
    run_id = str(uuid4())
    with dg.DagsterInstance.get() as instance:
        with at_work(root, run_id, reached, state):
            requests, cursor = ask(root, instance)
            assert requests == []
        requests, cursor = ask(root, instance, cursor)
        (request,) = requests
        assert request.partition_key == "2025-09-30"
        assert instance.get_run_by_id(run_id).status == CANCELED
        assert instance.event_log_storage.get_concurrency_run_ids() == set()
        assert list_signs(instance) == []
        # What was asked for and is not there yet is not asked for twice.
        with at_work(root, str(uuid4()), reached, state):
            assert ask(root, instance, cursor)[0] == []
        (other,) = ask(root, instance, cursor)[0]
        assert other.run_key != request.run_key


def fail(instance, state, reason=None):
    """A run on what has landed that failed, as the daemon or the code server reports it."""
    tags = {LANDING_STATE_TAG: state, **({"dagster/failure_reason": reason} if reason else {})}
    run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job(), tags=tags)
    instance.report_run_failed(run)
    instance.add_run_tags(run.run_id, {"dagster/will_retry": "false"})


@pytest.mark.parametrize(
    ("reason", "again"), [(None, 1), ("START_TIMEOUT", 1), ("STEP_FAILURE", 0)]
)
def test_the_sensor_asks_again_for_what_died_and_not_for_what_failed(root, reason, again):
    state = hash_landing(root / "landing", date(2025, 9, 30))
    with dg.DagsterInstance.get() as instance:
        fail(instance, state, reason)
        requests, _, _ = look(root, instance, f"{state}|{state}")
        assert len(requests) == again


@pytest.mark.usefixtures("root")
def test_the_slot_of_a_run_that_the_code_server_saw_die_is_free():
    with dg.DagsterInstance.get() as instance:
        instance.event_log_storage.set_concurrency_slots("warehouse", 1)
        run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job())
        instance.event_log_storage.claim_concurrency_slot("warehouse", run.run_id, "step")
        close_dead_runs(instance)
        assert instance.event_log_storage.get_concurrency_run_ids() == {run.run_id}
        instance.report_run_failed(run)
        close_dead_runs(instance)
        assert instance.event_log_storage.get_concurrency_run_ids() == set()


def test_the_sensor_leaves_what_always_dies_to_a_person(root):
    state = hash_landing(root / "landing", date(2025, 9, 30))
    with dg.DagsterInstance.get() as instance:
        for _ in range(5):
            run = instance.create_run_for_job(
                dg.GraphDefinition("empty").to_job(),
                tags={"plenish/landing_state": state, "plenish/died": "true"},
            )
            instance.report_run_canceled(run)
        requests, _, found = look(root, instance, f"{state}|{state}")
        assert requests == []
        assert "5 runs on what has landed died" in found.skip_message


def test_one_cycle_at_a_time_and_the_next_takes_all_that_has_come(root):
    with dg.DagsterInstance.get() as instance:
        cycle = dg.GraphDefinition("intraday").to_job()
        run = instance.create_run_for_job(cycle, tags={LANDING_STATE_TAG: "what came before"})
        _, cursor, found = look(root, instance)
        assert "files are landing" in found.skip_message
        _, cursor, found = look(root, instance, cursor)
        assert "a cycle is under way" in found.skip_message
        (root / "landing" / "pos_sales" / "2025-09-30_2.csv").write_text("receipt\n")
        _, cursor = ask(root, instance, cursor)
        instance.report_run_canceled(run)
        (request,), *_ = look(root, instance, cursor)
        assert request.tags[LANDING_STATE_TAG] == hash_landing(root / "landing", date(2025, 9, 30))
        assert request.asset_selection is None, "it has no plan to stand on"


def test_a_run_of_another_pid_namespace_lives(root):
    prefix = ("unshare", "--pid", "--fork", "--kill-child")
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("no PID namespaces here")
    run_id = str(uuid4())
    with dg.DagsterInstance.get() as instance:
        with at_work(root, run_id, prefix=prefix):
            assert close_dead_runs(instance) == []
        # Its parent was killed, and it goes with it.
        deadline = time.monotonic() + 20
        while not (closed := close_dead_runs(instance)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert closed == [run_id]


def test_a_run_waits_for_its_turn_and_goes_on_when_the_one_before_dies(root):
    first, second = str(uuid4()), str(uuid4())
    with at_work(root, first):
        waiting = run_process(root, second, "end")
        assert waiting.stdout.readline() == "asking\n"
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(3)
    assert waiting.communicate(timeout=60)[0] == "working\nTrue\n"
    with dg.DagsterInstance.get() as instance:
        assert instance.get_run_by_id(first).status == CANCELED
        assert instance.get_run_by_id(second).status == SUCCESS


@pytest.mark.usefixtures("root")
def test_commands_that_meet_on_a_fresh_home_all_open_it():
    code = """
import dagster as dg

with dg.DagsterInstance.get() as instance:
    print(len(instance.get_runs()))
"""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT
                )
            )
            for _ in range(4)
        ]
        assert [process.communicate()[0] for process in opened] == ["0\n"] * 4
