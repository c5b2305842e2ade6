"""A killed process and a full disk: running again completes it, nothing is lost or doubled."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import duckdb
import pytest
from killed import audit_events, batch_appears, hidden, killed, killed_plan, steps_done, with_tests
from simulated import (
    LAST,
    exported,
    limited,
    materialize,
    open_warehouse,
    plenish,
    plenish_here,
    results,
    warehouse_of,
)

from governance.exchange.export import read_batch
from governance.store import open_store
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS, list_landing_sources

CHAIN = ("governance", "keys", "audit")
WRITTEN_BY_A_PLAN = ("warehouse", "exports", "checks", "dagster", *CHAIN)


@pytest.fixture
def root(planned, tmp_path):
    """The retailer as it was before its plan: with its extracts only."""
    ignored = shutil.ignore_patterns(*WRITTEN_BY_A_PLAN, "truth")
    return shutil.copytree(planned, tmp_path / "retailer", ignore=ignored)


def landed(root):
    """The ledger and all landed rows, without the numbers that tell files apart."""
    books = {}
    with open_warehouse(root) as connection:
        for source in list_landing_sources():
            rows = connection.sql(f"SELECT * EXCLUDE (file_id, recency) FROM landing.{source}")
            books[source] = sorted(rows.fetchall(), key=repr)
        ledger = connection.sql("SELECT * EXCLUDE (file_id) FROM intake.files")
        books["files"] = sorted(ledger.fetchall(), key=repr)
    return books


def files_loaded(root):
    if not warehouse_of(root).path.exists():
        return 0
    return sum(len(warehouse_of(root).files(source, LAST)) for source in list_landing_sources())


LOAD = """
import sys
from datetime import date
from pathlib import Path
from warehouse import Warehouse
from quality_checks.contracts import list_landing_sources

root = Path(sys.argv[1])
warehouse = Warehouse(root / "warehouse" / "plenish.duckdb", idle_seconds=1.0)  # as in a run
for source in list_landing_sources():
    print(source, flush=True)
    warehouse.load(root / "landing", source, date.fromisoformat(sys.argv[2]))
"""


@pytest.mark.proof
def test_a_load_killed_again_and_again_loads_everything_once(root, planned):
    arguments = [sys.executable, "-c", LOAD, str(root), str(LAST)]
    counts = []
    moments = [("item_locations", 0.05), ("pos_sales", 0.1), ("stock", 0.1)]
    for reached, seconds in moments:
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
            while process.stdout.readline().strip() != reached:
                pass
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        counts.append(files_loaded(root))
    assert 0 < counts[0] < counts[-1] < files_loaded(planned)
    subprocess.run(arguments, check=True, capture_output=True, cwd=PROJECT)
    assert landed(root) == landed(planned)


@pytest.mark.proof
def test_a_full_disk_fails_a_load_and_the_next_one_completes_it(root, planned):
    arguments = [sys.executable, "-c", LOAD, str(root), str(LAST)]
    full = subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        preexec_fn=limited(700_000),
    )
    assert full.returncode == 1
    assert "File too large" in full.stderr
    assert 0 < files_loaded(root) < files_loaded(planned)
    subprocess.run(arguments, check=True, capture_output=True, cwd=PROJECT)
    assert landed(root) == landed(planned)


EXPORT = """
import sys
from pathlib import Path
from simulated import LAST, failures, limited, materialize

for limit in sys.argv[2:]:
    limited(int(limit))()
print(failures(materialize(Path(sys.argv[1]), LAST, "export_lines", check=False)))
"""


def hand_out_and_die(planned, root, tmp_path):
    """Let a process hand out the batch of the plan, die then, and leave nothing but the batch."""
    dying = undo_export(planned, tmp_path / "dying")
    shutil.rmtree(dying / "exports")
    export = [sys.executable, "-c", EXPORT, str(dying)]
    killed(dying, batch_appears(dying), export, with_tests())
    assert not read_batch(dying / "exports" / str(LAST) / "1").lines.is_empty()
    shutil.copytree(dying / "exports", root / "exports")
    for folder in CHAIN:
        shutil.rmtree(root / folder, ignore_errors=True)
        shutil.copytree(dying / folder, root / folder)


def test_a_plan_that_is_stopped_in_every_way_is_the_same_in_the_end(root, planned, tmp_path):
    killed_plan(root, steps_done(root, 12))
    full = plenish(root, "plan", limit=1_000_000)
    assert full.returncode != 0
    assert "disk I/O error" in full.stderr.splitlines()[-2]
    assert not (root / "exports").exists()
    hand_out_and_die(planned, root, tmp_path)
    # By another process in another folder, too: the same inputs make the same bytes.
    done = plenish(root, "plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert exported(root) == exported(planned)
    assert landed(root) == landed(planned)
    assert results(root) == results(planned)
    assert hidden(root) == []
    assert audit_events(root, "batch_exported") == audit_events(planned, "batch_exported")
    assert open_store(f"sqlite:///{root / 'governance' / 'decisions.sqlite'}").verify_chain() == []


@pytest.mark.proof
def test_training_does_not_wait_for_a_run_that_died(root):
    killed_plan(root, steps_done(root, 2))
    trained = plenish_here(root, "train")
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert "died without saying so" in trained.stdout


def undo_export(planned, root):
    """A copy of the planned retailer as a process leaves it that dies once its batch is written."""
    shutil.copytree(planned, root)
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        connection.execute("DELETE FROM exports.export_lines")
    with closing(sqlite3.connect(root / "governance" / "decisions.sqlite")) as store, store:
        store.execute("DELETE FROM audit_events WHERE kind = 'batch_exported'")
        sequence, last = store.execute("SELECT max(sequence), hash FROM audit_events").fetchone()
        head = json.dumps({"hash": last, "sequence": sequence}, separators=(",", ":"))
        store.execute("UPDATE settings SET value = ? WHERE name = 'audit_head'", (head,))
    heads = root / "audit" / "heads.jsonl"
    heads.write_text("".join(heads.read_text().splitlines(keepends=True)[:-1]))
    return root


@pytest.fixture
def unbooked(planned, tmp_path):
    return undo_export(planned, tmp_path / "unbooked")


def test_a_batch_that_was_not_booked_is_booked_and_not_written_again(unbooked, planned):
    materialize(unbooked, LAST, "export_lines")
    assert exported(unbooked) == exported(planned)
    lines = CONTRACTS["export_lines"]
    found, before = (warehouse_of(at).read_until(lines, LAST) for at in (unbooked, planned))
    assert found.equals(before)


def test_a_batch_that_was_not_booked_comes_into_the_audit_log(unbooked, planned):
    materialize(unbooked, LAST, "export_lines")
    assert len(audit_events(planned, "batch_exported")) == 1
    events = audit_events(unbooked, "batch_exported")
    assert events == audit_events(planned, "batch_exported")
    materialize(unbooked, LAST, "export_lines")
    assert audit_events(unbooked, "batch_exported") == events


def test_the_audit_records_what_left_without_an_event(unbooked, planned):
    audited = plenish_here(unbooked, "audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert f"Batch {LAST}/1 had left without an event: it is recorded now." in audited.stdout
    events = audit_events(unbooked, "batch_exported")
    assert events == audit_events(planned, "batch_exported")
    shutil.rmtree(unbooked / "exports")
    audited = plenish_here(unbooked, "audit", "verify")
    assert audited.returncode == 1
    assert f"batch {LAST}/1: recorded with" in audited.stdout


def test_half_a_batch_is_never_seen_and_goes_with_the_next_one(unbooked, planned):
    batch = unbooked / "exports" / str(LAST) / "1"
    half = batch.with_name(".1.partial")
    batch.rename(half)
    (half / "manifest.json").unlink()
    (half / "transfers.csv").write_text("idempot")
    materialize(unbooked, LAST, "export_lines")
    assert exported(unbooked) == exported(planned)
    assert hidden(unbooked) == []


def test_a_full_disk_in_an_export_hands_out_nothing(unbooked, planned):
    shutil.rmtree(unbooked / "exports")
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, str(unbooked), "2000"],
        env=with_tests(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in done.stdout
    assert exported(unbooked) == {}
    materialize(unbooked, LAST, "export_lines")
    assert exported(unbooked) == exported(planned)
