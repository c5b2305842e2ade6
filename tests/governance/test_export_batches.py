import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from governance.exchange.batch import BatchError, ManifestInputs
from governance.exchange.documents import find_lessened_document
from governance.exchange.export import (
    idempotency_key,
    list_held_documents,
    read_batch,
    read_batches,
    select_new_lines,
    write_batch,
)
from governance.exchange.open_proposals import list_asked_changes
from governance.routing import route_actions
from governance.wording import describe_lessened
from quality_checks.contracts import CancelLines, find_contract

NO_CANCELS = find_contract(CancelLines).empty()
INPUTS = ManifestInputs(plan_hash="plan", input_hash="input", policy_hash="policy")


@pytest.fixture
def mixed(export_lines):
    """One batch with a line of each plan."""
    return export_lines(
        {"action_id": "p" * 24, "kind": "purchase_order", "quantity": 24, "unit_value": 4.1234},
        {"action_id": "t" * 24, "quantity": 3, "unit_value": 0.1},
        {"action_id": "u" * 24, "quantity": 4, "unit_value": 19.99, "sku": 'odd, "é"'},
        {"action_id": "l" * 24, "kind": "allocation", "origin": "DC1"},
    )


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_new_lines_are_the_approved_ones(proposals, shipped, decisions, export_lines, day):
    actions = proposals(
        {"action_id": "t" * 24, "quantity": 3, "unit_value": 4.12},
        {"action_id": "p" * 24, "kind": "purchase_order"},
        {"action_id": "e" * 24, "kind": "expedite"},
        {"action_id": "r" * 24},
        {"action_id": "o" * 24},
        {"action_id": "z" * 24},
    )
    changed = {"decision": "override", "role": "allocator", "expires_on": day + timedelta(days=1)}
    votes = decisions(
        {"action_id": "r" * 24, "role": "allocator", "decision": "reject"},
        {"action_id": "o" * 24, "quantity": 7, **changed},
        {"action_id": "z" * 24, "quantity": 0, **changed},
    )
    routed = route_actions(actions, shipped, votes)
    lines = select_new_lines(actions, routed, export_lines(), ())
    found = {row["action_id"][0]: row for row in lines.iter_rows(named=True)}
    assert set(found) == {"t", "p", "o"}
    assert (found["t"]["quantity"], found["t"]["value"]) == (3, 12.36)
    assert (found["o"]["quantity"], found["o"]["value"]) == (7, 35.0)
    assert found["p"]["supplier"] == "ACME"
    assert lines["batch"].unique().to_list() == [1]


def test_exporting_twice_gives_nothing_new(proposals, shipped, decisions, export_lines):
    first = proposals({"action_id": "a" * 24}, {"action_id": "b" * 24, "kind": "expedite"})
    routed = route_actions(first, shipped, decisions())
    batch = select_new_lines(first, routed, export_lines(), ())
    assert len(batch) == 1
    assert select_new_lines(first, routed, batch, ()).is_empty()

    # A later plan version with another quantity is still the same action.
    second = first.with_columns(pl.lit(2).alias("plan_version"), quantity=pl.lit(15))
    routed = route_actions(second, shipped, decisions())
    assert select_new_lines(second, routed, batch, ()).is_empty()

    # What is approved later leaves in the next batch, alone.
    votes = decisions({"action_id": "b" * 24, "role": "procurement"})
    later = select_new_lines(first, route_actions(first, shipped, votes), batch, ())
    assert later.select("action_id", "batch").rows() == [("b" * 24, 2)]


def of_document(action, value, least, document="D1"):
    own = json.dumps({"document": document, "minimum_order_value": least})
    row = {"action_id": action * 24, "kind": "purchase_order", "quantity": 10}
    return row | {"unit_value": value / 10, "details": own}


def test_a_document_that_a_recall_leaves_worth_too_little_is_named(export_lines):
    rows = [("a", 60.0, 100.0), ("b", 30.0, 100.0), ("c", 10.0, 100.0), ("d", 5.0, None, "D2")]
    lines = export_lines(*(of_document(*row) for row in rows), {"action_id": "e" * 24})
    keys = {letter: idempotency_key(letter * 24) for letter in "abcde"}

    def look(*called, of="c", answered=()):
        fallen, recalled = ([keys[letter] for letter in some] for some in (answered, called))
        return find_lessened_document(keys[of], lines, fallen, recalled)

    assert look() is None
    found = look("c")
    assert (found["document"], found["value"], found["missing"]) == ("D1", 90.0, 10.0)
    assert look("c", answered="b")["value"] == 60.0
    assert look("a", "b", "c") is None
    assert look("d", of="d") is None
    assert look("e", of="e") is None
    assert "D1 is then worth 90.00, 10.00 less than the least value 100.00" in describe_lessened(
        found
    )


def test_a_document_leaves_once_enough_of_it_is_approved(
    proposals, shipped, decisions, export_lines
):
    rows = [("a", 60.0, 100.0), ("b", 30.0, 100.0), ("c", 10.0, 100.0), ("d", 5.0, None, "D2")]
    actions = proposals(*(of_document(*row) for row in rows))

    def look(approved, exported, fallen=()):
        given = pl.col("action_id").str.slice(0, 1).is_in(approved)
        routed = route_actions(actions, shipped, decisions()).with_columns(
            status=pl.when(given).then(pl.lit("approved")).otherwise(pl.lit("waiting")),
            approved_quantity=10,
        )
        lines = select_new_lines(actions, routed, exported, fallen)
        held = list_held_documents(actions, routed, exported, fallen)
        return lines, held.select("document", "lines", "value", "missing").rows()

    # Of the first document 90 are approved of 100; the other has no least value.
    first, held = look(["a", "b", "d"], export_lines())
    assert [action[0] for action in first["action_id"]] == ["d"]
    assert held == [("D1", 2, 90.0, 10.0)]
    second, held = look(["a", "b", "c", "d"], first)
    assert sorted(action[0] for action in second["action_id"]) == ["a", "b", "c"]
    assert (second["batch"].unique().to_list(), held) == ([2], [])
    # What has left counts for what is approved later.
    gone = second.filter(pl.col("value") > 20)
    last, held = look(["a", "b", "c", "d"], pl.concat([first, gone]))
    assert [action[0] for action in last["action_id"]] == ["c"]
    assert held == []
    # Of that nothing does which the ERP has rejected or cancelled since.
    (cancelled,) = gone.filter(pl.col("value") < 50)["idempotency_key"]
    last, held = look(["a", "b", "c", "d"], pl.concat([first, gone]), [cancelled])
    assert last.is_empty()
    assert held == [("D1", 1, 70.0, 30.0)]


def test_batches_are_counted_by_business_date(proposals, shipped, decisions, export_lines):
    before = export_lines(
        {"action_id": "x" * 24, "business_date": date(2026, 3, 1), "batch": 5},
    )
    actions = proposals({})
    lines = select_new_lines(actions, route_actions(actions, shipped, decisions()), before, ())
    assert lines["batch"].to_list() == [1]


def test_approval_of_another_plan_version_is_not_exported(
    proposals, shipped, decisions, export_lines
):
    actions = proposals({})
    routed = route_actions(actions, shipped, decisions()).with_columns(plan_version=pl.lit(2))
    with pytest.raises(ValueError, match="no proposal in plan version 2"):
        select_new_lines(actions, routed, export_lines(), ())


def test_idempotency_keys_differ_by_action_only():
    assert idempotency_key("a") == idempotency_key("a") != idempotency_key("b")


def test_batch_on_disk(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path / "exports")
    assert folder == tmp_path / "exports" / "2026-03-02" / "1"
    assert sorted(path.name for path in folder.iterdir()) == [
        "allocations.csv",
        "allocations.parquet",
        "manifest.json",
        "purchase_orders.csv",
        "purchase_orders.parquet",
        "transfers.csv",
        "transfers.parquet",
    ]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["business_date"] == "2026-03-02"
    assert (manifest["batch"], manifest["plan_versions"]) == (1, [1])
    assert (manifest["plan_hash"], manifest["schema_version"]) == ("plan", "5")
    totals = {
        entry["name"]: (entry["rows"], entry["quantity"], entry["value"])
        for entry in manifest["files"]
    }
    assert totals["transfers.csv"] == totals["transfers.parquet"] == (2, 7, "80.26")
    assert totals["purchase_orders.csv"] == (1, 24, "98.96")
    assert totals["allocations.csv"] == (1, 10, "50.00")
    assert [path.name for path in (tmp_path / "exports" / "2026-03-02").iterdir()] == ["1"]


def test_each_file_says_which_system_acts_on_it(export_lines, tmp_path):
    left = [{"kind": kind, "action_id": kind * 4} for kind in ("transfer", "stock_count")]
    lines = export_lines(
        *({**line, "details": None} for line in left[:1]),
        {**left[1], "details": '{"on_record": 3, "wrong_chance": 0.5}'},
    )

    def read_systems(inputs, root):
        manifest = read_batch(write_batch(lines, inputs, root)).manifest
        return {entry.name: entry.addressee for entry in manifest.files}

    own = read_systems(INPUTS, tmp_path / "own")
    assert (own["transfers.csv"], own["stock_counts.csv"]) == ("erp", "wms")
    asked = replace(INPUTS, addressees={"transfer": "wms"})
    named = read_systems(asked, tmp_path / "named")
    assert (named["transfers.csv"], named["stock_counts.parquet"]) == ("wms", "wms")


def test_a_batch_that_left_before_systems_were_named_is_read(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)

    def make_older(manifest):
        manifest.update(schema_version="4")
        for entry in manifest["files"]:
            del entry["addressee"]

    edit_manifest(folder, make_older)
    assert {entry.addressee for entry in read_batch(folder).manifest.files} == {""}


def test_csv_quotes_every_text_and_leaves_it_as_it_is(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)
    text = (folder / "transfers.csv").read_bytes().decode("utf-8")
    header, *rows = text.splitlines()
    assert header.replace('"', "") == (
        "business_date,batch,idempotency_key,action_id,plan_version,kind,sku,origin,destination,"
        "supplier,due_on,quantity,unit_value,value,currency,override_code"
    )
    key = idempotency_key("t" * 24)
    expected = (
        f'"2026-03-02",1,"{key}","{"t" * 24}",1,"transfer","SKU1","S1","S2",,"2026-03-05",3,'
        '0.1000,0.30,"EUR",'
    )
    assert expected in rows
    assert '"odd, ""é"""' in text
    assert "\r" not in text


def test_batch_reads_back(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)
    batch = read_batch(folder)
    expected = mixed.with_columns(pl.col("value").round(2))
    assert batch.lines.equals(expected)
    assert batch.manifest.input_hash == "input"
    assert read_batches(tmp_path, date(2026, 3, 2)).equals(expected)
    assert read_batches(tmp_path, date(2026, 3, 3)).is_empty()


def test_same_lines_give_the_same_bytes(mixed, tmp_path):
    one = write_batch(mixed, INPUTS, tmp_path / "one")
    two = write_batch(mixed.reverse(), INPUTS, tmp_path / "two")
    assert contents(one) == contents(two)


def test_writing_again_leaves_the_batch_alone(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert write_batch(mixed, INPUTS, tmp_path) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_another_content_under_the_same_number_is_refused(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)
    before = contents(folder)
    with pytest.raises(BatchError, match=r"2026-03-02/1/manifest\.json: field files: .*another"):
        write_batch(mixed.head(2), INPUTS, tmp_path)
    other = ManifestInputs(plan_hash="other", input_hash="input", policy_hash="policy")
    with pytest.raises(BatchError, match="field plan_hash"):
        write_batch(mixed, other, tmp_path)
    assert contents(folder) == before


def test_kinds_without_a_file_of_their_own_are_not_lost(export_lines, tmp_path):
    lines = export_lines({"kind": "expedite", "origin": None, "supplier": "ACME"})
    folder = write_batch(lines, INPUTS, tmp_path)
    assert (folder / "expedites.csv").exists()
    assert read_batch(folder).lines.equals(lines)


def test_no_batch_of_nothing_or_of_several(export_lines, tmp_path):
    with pytest.raises(ValueError, match="lines of one batch, not of 0"):
        write_batch(export_lines(), INPUTS, tmp_path)
    two = export_lines({"batch": 1}, {"batch": 2, "action_id": "b" * 24})
    with pytest.raises(ValueError, match="lines of one batch, not of 2"):
        write_batch(two, INPUTS, tmp_path)
    with pytest.raises(ValueError, match="repeat an idempotency key"):
        write_batch(export_lines({}, {}), INPUTS, tmp_path)
    assert list(tmp_path.iterdir()) == []


def edit_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def entry(manifest, name="transfers.csv"):
    return next(item for item in manifest["files"] if item["name"] == name)


def test_batches_that_left_before_there_were_some_columns_are_read(
    export_lines, acknowledgements, tmp_path
):
    asked = {"po": "P1", "po_line": 1, "form": "cut", "open_units": 9, "rest_on": None}
    line = {"kind": "purchase_change", "supplier": "V1", "details": json.dumps(asked)}
    folder = write_batch(export_lines(line), INPUTS, tmp_path)
    later, seals = ["override_code", "open_units", "rest_on"], {}
    for path in [path for path in folder.iterdir() if path.suffix in {".csv", ".parquet"}]:
        if path.suffix == ".csv":
            pl.read_csv(path).drop(later, strict=False).write_csv(path)
        else:
            pl.read_parquet(path).drop(later, strict=False).write_parquet(path)
        seals[path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    edit_manifest(folder, lambda m: [entry(m, name).update(seals[name]) for name in seals])
    edit_manifest(folder, lambda m: m.update(schema_version="1"))
    read = read_batch(folder).lines
    (details,) = read["details"]
    assert json.loads(details) == {**asked, "open_units": None}
    # Lines of the warehouse have what was packed then.
    of_then = read.with_columns(details=pl.lit('{"po":"P1","po_line":1,"form":"cut"}'))
    for lines in (read, of_then):
        asked_of = list_asked_changes(lines, acknowledgements(), NO_CANCELS)
        assert asked_of.select("po", "form").rows() == [("P1", "cut")]


TAMPERED = {
    "a changed quantity": (
        lambda f: (f / "transfers.csv").write_bytes(
            (f / "transfers.csv").read_bytes().replace(b",3,0.1000", b",9,0.1000")
        ),
        r"transfers\.csv: field sha256",
    ),
    "a truncated file": (
        lambda f: (f / "transfers.parquet").write_bytes(
            (f / "transfers.parquet").read_bytes()[:-9]
        ),
        r"transfers\.parquet: field sha256",
    ),
    "a lost file": (
        lambda f: (f / "allocations.csv").unlink(),
        r"allocations\.csv: field content: cannot be read: No such file",
    ),
    "a file too many": (
        lambda f: (f / "more.csv").write_bytes(b"x"),
        r"more\.csv: field name: the manifest does not list it",
    ),
    "wrong rows": (
        lambda f: edit_manifest(f, lambda m: entry(m).update(rows=3)),
        r"transfers\.csv: field rows: manifest has 3, file has 2",
    ),
    "wrong quantity": (
        lambda f: edit_manifest(f, lambda m: entry(m).update(quantity=8)),
        r"transfers\.csv: field quantity: manifest has 8, file has 7",
    ),
    "wrong value": (
        lambda f: edit_manifest(f, lambda m: entry(m).update(value="80.27")),
        r"transfers\.csv: field value: manifest has 80\.27, file has 80\.26",
    ),
    "no manifest": (
        lambda f: (f / "manifest.json").unlink(),
        r"manifest\.json: field content: cannot be read",
    ),
    "half a manifest": (
        lambda f: (f / "manifest.json").write_bytes((f / "manifest.json").read_bytes()[:200]),
        r"manifest\.json: field content: Invalid JSON",
    ),
    "a manifest without a field": (
        lambda f: edit_manifest(f, lambda m: m.pop("plan_hash")),
        r"manifest\.json: field plan_hash: Field required",
    ),
    "a newer schema": (
        lambda f: edit_manifest(f, lambda m: m.update(schema_version="6")),
        r"manifest\.json: field schema_version: '6'",
    ),
    "another batch": (
        lambda f: edit_manifest(f, lambda m: m.update(batch=2)),
        r"field batch: lines of another batch than 2",
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_tampered_batch_is_refused(mixed, tmp_path, case):
    tamper, message = TAMPERED[case]
    folder = write_batch(mixed, INPUTS, tmp_path)
    tamper(folder)
    with pytest.raises(BatchError, match=message):
        read_batch(folder)


def test_moved_batch_is_refused(mixed, tmp_path):
    folder = write_batch(mixed, INPUTS, tmp_path)
    with pytest.raises(BatchError, match="the folder is of another batch"):
        read_batch(folder.rename(folder.parent / "7"))


WRITER = """
import os, resource, signal, sys
from pathlib import Path
import polars as pl
from governance.exchange.batch import ManifestInputs
from governance.exchange.export import write_batch

lines = pl.read_parquet(sys.argv[1])
how, number = sys.argv[3], int(sys.argv[4])
if how == "kill":
    flush, flushed = os.fsync, []
    def flush_or_die(descriptor):
        flushed.append(descriptor)
        if len(flushed) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(descriptor)
    os.fsync = flush_or_die
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
write_batch(lines, ManifestInputs("plan", "input", "policy"), Path(sys.argv[2]))
"""


def write_elsewhere(lines, folder, how, number):
    source = folder / "lines.parquet"
    lines.write_parquet(source)
    command = [sys.executable, "-c", WRITER, source, folder / "exports", how, str(number)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


# Flushes: six files, the manifest, the partial folder, then the folders above.
@pytest.mark.parametrize(("flush", "visible"), [(1, False), (7, False), (8, False), (9, True)])
def test_killed_in_the_middle(mixed, tmp_path, flush, visible):
    done = write_elsewhere(mixed, tmp_path, "kill", flush)
    assert done.returncode == -signal.SIGKILL
    day = tmp_path / "exports" / "2026-03-02"
    left = [path.name for path in day.iterdir()]
    assert left == (["1"] if visible else [".1.partial"])
    folder = write_batch(mixed, INPUTS, tmp_path / "exports")
    assert [path.name for path in day.iterdir()] == ["1"]
    assert contents(folder) == contents(write_batch(mixed, INPUTS, tmp_path / "undisturbed"))


def test_full_disk(mixed, tmp_path):
    done = write_elsewhere(mixed, tmp_path, "full", 400)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    day = tmp_path / "exports" / "2026-03-02"
    assert list(day.iterdir()) == []
    read_batch(write_batch(mixed, INPUTS, tmp_path / "exports"))
