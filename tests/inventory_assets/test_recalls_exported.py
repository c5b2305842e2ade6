"""What has left is called back by command, batch and answer: on a planned retailer, from files."""

import re
import shutil
from datetime import timedelta

import dagster as dg
import duckdb
import polars as pl
import pytest
from simulated import LAST, PROJECT, materialize, plenish_here, send_rows, warehouse_of

from governance.exchange import LINE_ANSWERED
from governance.exchange.batch import ManifestInputs
from governance.exchange.export import read_batch, write_batch
from governance.store import open_store
from inventory_assets.framework import Retailer
from inventory_assets.sensors import decisions_sensor
from quality_checks.contracts import CONTRACTS

NEXT = LAST + timedelta(days=1)
WHY = ("--author", "ann", "--role", "allocator", "--reason", "a wrong level")
POSITION = ["plan_versions", "purchase_orders", "transfers", "acknowledgements"]


def run(root, *arguments):
    done = plenish_here(root, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(root, *arguments):
    done = plenish_here(root, *arguments)
    assert done.returncode == 1
    return " ".join(done.stderr.split())


def read(root, table):
    return warehouse_of(root).read_until(CONTRACTS[table], NEXT)


@pytest.fixture(scope="module")
def recalled(planned, tmp_path_factory):
    """The planned retailer with one allocation called back and the recall handed over."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("recalled") / "retailer")
    line = read(root, "export_lines").filter(kind="allocation").row(0, named=True)
    told = run(root, "recall", line["action_id"][:12], *WHY)
    assert f"ann calls back {line['action_id']}, which left with batch {LAST}/1" in told
    again = run(root, "recall", line["action_id"], *WHY)
    assert "had been called back before" in again
    assert "The next export hands that over." in run(root, "trace", line["action_id"])
    assert "0 lines, 0 units, 1 called back" in run(root, "export")
    return root, line


@pytest.fixture
def root(recalled, tmp_path):
    return shutil.copytree(recalled[0], tmp_path / "retailer")


def answer(root, key, status, day=NEXT):
    rows = pl.DataFrame({"idempotency_key": [key], "batch": "2", "status": status})
    rows = rows.with_columns(acknowledged_on=pl.lit(day), message=pl.lit("said so"))
    send_rows(root, "acknowledgements", rows, f"{day}.parquet")


def units_of(root, line):
    """Units that count as on their way of the item to the node of a line, the day after."""
    materialize(root, NEXT, *POSITION, "receipts_ahead", "position")
    found = warehouse_of(root).read(CONTRACTS["position"], NEXT)
    pair = {"sku": line["sku"], "location": line["destination"]}
    return found.filter(**pair)["proposed_inbound"][0]


def outcome(root, check):
    found = warehouse_of(root).read(CONTRACTS["check_outcomes"], NEXT)
    return found.filter(asset="inventory.receipts_ahead", check=check)["passed"][0]


def test_a_recall_leaves_once_as_a_batch_of_its_own(recalled):
    root, line = recalled
    cancels = read(root, "cancel_lines")
    assert cancels["cancels"].to_list() == [line["idempotency_key"]]
    batch = read_batch(root / "exports" / str(LAST) / "2")
    assert batch.lines.is_empty()
    assert batch.cancels.equals(cancels)
    assert "Nothing of" in run(root, "export")
    assert not (root / "exports" / str(LAST) / "3").exists()
    store = open_store(f"sqlite:///{root / 'governance' / 'decisions.sqlite'}")
    assert store.verify_chain() == []
    store.close()
    assert "whole" in run(root, "audit", "verify")


def test_a_process_that_dies_before_it_books_a_recall_hands_it_over_once(root):
    before = read(root, "cancel_lines")
    # The next plan books it, and so does the next export of the date.
    for day, tables in ((NEXT, ["plan_versions"]), (LAST, ["export_lines", "cancel_lines"])):
        forget(root, "cancel_lines")
        materialize(root, day, *tables)
        assert read(root, "cancel_lines").equals(before)
    assert not (root / "exports" / str(LAST) / "3").exists()


def forget(root, table):
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        connection.execute(f"DELETE FROM exports.{table}")


def test_a_process_that_dies_between_its_two_tables_loses_neither(root):
    cancels, lines = read(root, "cancel_lines"), read(root, "export_lines")
    shutil.rmtree(root / "exports" / str(LAST) / "2")
    fresh = lines.head(1).with_columns(
        pl.lit(2, pl.Int64).alias("batch"), action_id=pl.lit("f" * 24), idempotency_key=pl.lit("f")
    )
    inputs = ManifestInputs(plan_hash="plan", input_hash="input", policy_hash="policy")
    write_batch(fresh, inputs, root / "exports", cancels=cancels)
    every = pl.concat([lines, fresh]).sort("idempotency_key")
    materialize(root, NEXT, "plan_versions")
    assert read(root, "export_lines").sort("idempotency_key").equals(every)
    forget(root, "cancel_lines")
    materialize(root, NEXT, "plan_versions")
    assert read(root, "cancel_lines").equals(cancels)
    assert read(root, "export_lines").sort("idempotency_key").equals(every)


def test_a_line_of_a_batch_that_is_not_booked_yet_is_called_back(root, recalled):
    kept = read(root, "export_lines").filter(pl.col("kind") == "allocation")
    other = kept.filter(pl.col("action_id") != recalled[1]["action_id"])["action_id"][0]
    forget(root, "export_lines")
    assert f"ann calls back {other}" in run(root, "recall", other, *WHY)


def test_a_line_that_the_erp_rejects_before_the_export_is_not_cancelled(root, recalled):
    lines = read(root, "export_lines").filter(kind="allocation")
    other = lines.filter(pl.col("action_id") != recalled[1]["action_id"]).row(0, named=True)
    run(root, "recall", other["action_id"], *WHY)
    answer(root, other["idempotency_key"], "rejected", LAST)
    warehouse = warehouse_of(root)
    warehouse.load(root / "landing", "acknowledgements", LAST)
    warehouse.close()
    assert "Nothing of" in run(root, "export")
    assert other["idempotency_key"] not in read(root, "cancel_lines")["cancels"]
    told = run(root, "trace", other["action_id"])
    assert "before that left: nothing is cancelled" in told
    # The chain tells of the answer from the export on that met it.
    assert re.search(r"rejected on .* \(event \d+ of the audit chain\)", told)


def test_a_batch_that_was_lost_is_written_again_as_it_was(root):
    lost = root / "exports" / str(LAST) / "2"
    manifest = (lost / "manifest.json").read_bytes()
    shutil.rmtree(lost)
    materialize(root, LAST, "export_lines", "cancel_lines")
    assert (lost / "manifest.json").read_bytes() == manifest


def test_the_daemon_asks_for_an_export_once_something_is_called_back(root):
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(root), policies_folder=policies)
    with dg.DagsterInstance.ephemeral() as instance:

        def look():
            resources = {"retailer": retailer}
            with dg.build_sensor_context(instance=instance, resources=resources) as context:
                return decisions_sensor(context)

        assert "nothing is approved or called back" in look().skip_message
        # What is booked has left, whether or not its folder is still there.
        shutil.rmtree(root / "exports" / str(LAST) / "2")
        assert "nothing is approved or called back" in look().skip_message
        retailer.warehouse.close()
        forget(root, "cancel_lines")
        (request,) = look().run_requests
        assert request.partition_key == LAST.isoformat()
    retailer.warehouse.close()


def test_a_line_that_the_erp_cancels_counts_for_nothing(root, recalled):
    line, key = recalled[1], read(root, "cancel_lines")["idempotency_key"][0]
    others = (
        read(root, "export_lines")
        .filter(
            pl.col("action_id") != line["action_id"],
            pl.col("kind").is_in(["allocation", "transfer", "purchase_order"]),
            sku=line["sku"],
            destination=line["destination"],
        )["quantity"]
        .sum()
    )
    assert units_of(root, line) == others + line["quantity"]
    answer(root, key, "accepted")
    assert units_of(root, line) == others
    assert outcome(root, "answers_known")
    assert outcome(root, "cancels_accepted")
    told = run(root, "trace", line["action_id"])
    assert f"calls it back under key {key}" in told
    assert "the cancel line is accepted" in told
    assert "begins the id of no line that has left" in refused(root, "recall", "0" * 24, *WHY)


def test_a_line_that_the_erp_does_not_cancel_stands_and_is_told(root, recalled):
    line, key = recalled[1], read(root, "cancel_lines")["idempotency_key"][0]
    before = units_of(root, line)
    assert outcome(root, "cancels_accepted")
    answer(root, key, "rejected")
    assert units_of(root, line) == before >= line["quantity"]
    assert not outcome(root, "cancels_accepted")


def test_what_cannot_be_called_back_is_refused_in_words(root):
    (line, *_) = read(root, "export_lines").filter(kind="purchase_order").to_dicts()
    said = refused(root, "recall", line["action_id"], *WHY)
    assert "allocator decides nothing of purchase_order" in said
    answer(root, line["idempotency_key"], "accepted")
    warehouse = warehouse_of(root)
    warehouse.load(root / "landing", "acknowledgements", NEXT)
    warehouse.close()
    buyer = ("--author", "ben", "--role", "buyer", "--reason", "why not")
    assert "The ERP works on it" in refused(root, "recall", line["action_id"], *buyer)


def test_an_older_date_that_is_exported_again_records_no_older_answer(root):
    key = read(root, "cancel_lines")["idempotency_key"][0]
    answer(root, key, "accepted", LAST)
    answer(root, key, "rejected")
    materialize(root, NEXT, "plan_versions")
    materialize(root, LAST, "acknowledgements", "export_lines")
    store = open_store(f"sqlite:///{root / 'governance' / 'decisions.sqlite'}")
    assert list(store.payloads(LINE_ANSWERED)) == []
    store.close()
