"""What stops planning: data known to be bad, and a warehouse that somebody else holds."""

import json
import re
import shutil
import subprocess
import sys
import threading
import time

import polars as pl
import pytest
from simulated import LAST, failures, materialize, warehouse_of

from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse, WarehouseBusyError

PLANS = ["plan_versions", "targets", "allocation", "transfers_plan", "purchase_plan"]


@pytest.fixture
def root(planned, tmp_path):
    return shutil.copytree(planned, tmp_path / "retailer")


def materialized(done):
    events = done.get_asset_materialization_events()
    return {event.asset_key.path[-1] for event in events}


def spoil(path, share):
    """Take the quantity from a share of the lines of a sales file, and send it as meant so."""
    lines = pl.read_parquet(path)
    # Spread over all locations: one location's broken lines are that location's fault alone.
    reached = (pl.int_range(1, pl.len() + 1) * share + 1e-9).floor()
    kept = reached == reached.shift(1, fill_value=0)
    lines = lines.with_columns(pl.when(kept).then("quantity"))
    lines.write_parquet(path)
    control = {"rows": len(lines), "sums": {"quantity": int(lines["quantity"].sum())}}
    path.with_name(f"{path.name}.control.json").write_text(json.dumps(control))


def test_a_garbled_extract_stops_planning_until_it_is_sent_again(root):
    day = root / "landing" / "pos_sales" / f"{LAST}.parquet"
    # Another part of the day, which nothing stands for when it is garbled.
    path = day.with_name(f"{LAST}_2.parquet")
    more = pl.read_parquet(day).with_columns(receipt="2-" + pl.col("receipt"))
    more.write_parquet(path)
    spoil(path, 0.0)
    control = path.with_name(f"{path.name}.control.json")
    whole = path.read_bytes(), control.read_bytes()
    targets = warehouse_of(root).read(CONTRACTS["targets"], LAST)

    spoil(path, 0.2)
    same_run = materialize(root, LAST, "pos_sales", *PLANS, check=False)
    assert "clean_enough" in failures(same_run)["landing__pos_sales"]
    assert materialized(same_run) == {"pos_sales"}

    later_run = materialize(root, LAST, *PLANS, check=False)
    said = failures(later_run)["plans__plan_versions"]
    assert "landing.pos_sales clean_enough" in said
    assert "mend their cause" in said
    assert materialized(later_run) == set()
    assert warehouse_of(root).read(CONTRACTS["targets"], LAST).equals(targets)

    export = materialize(root, LAST, "export_lines", check=False)
    assert "landing.pos_sales clean_enough" in failures(export)["exports__export_lines"]

    failing = pl.read_csv(root / "checks" / str(LAST) / "landing.pos_sales.clean_enough.csv")
    assert failing["file_name"].to_list() == [f"pos_sales/{LAST}_2.parquet"]
    assert failing["share"].item() == pytest.approx(0.2, abs=0.01)

    path.write_bytes(whole[0])
    control.write_bytes(whole[1])
    assert materialize(root, LAST, "pos_sales", *PLANS).success


def test_a_garbled_extract_that_is_sent_again_leaves_what_stands(root):
    sold = warehouse_of(root).read(CONTRACTS["demand_history"], LAST)
    spoil(root / "landing" / "pos_sales" / f"{LAST}.parquet", 0.2)
    assert materialize(root, LAST, "pos_sales", "demand_history", *PLANS).success
    failed = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST).filter(~pl.col("passed"))
    assert "readable" in failed.filter(asset="landing.pos_sales")["check"].to_list()
    assert warehouse_of(root).read(CONTRACTS["demand_history"], LAST).equals(sold)


def test_a_little_garbage_does_not_stop_planning(root):
    spoil(root / "landing" / "pos_sales" / f"{LAST}.parquet", 0.03)
    assert materialize(root, LAST, "pos_sales", *PLANS).success
    failed = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST).filter(~pl.col("passed"))
    assert "clean" in failed.filter(asset="landing.pos_sales")["check"].to_list()


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("holder", ["reads", "writes"])
def test_a_held_warehouse_names_who_holds_it(shop, holder):
    path = shop.warehouse.path
    arguments = [sys.executable, "-c", HOLD, str(path), holder]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusyError, match=rf"process {process.pid}\b") as error:
            Warehouse(path, deadline_seconds=0.5).known("products", LAST)
        assert re.search(r"read the published copy", str(error.value))
        process.stdin.close()
        process.wait()
    assert len(shop.warehouse.known("products", LAST)) == 2


def test_a_warehouse_that_is_let_go_in_time_is_waited_for(shop):
    path = shop.warehouse.path
    arguments = [
        sys.executable,
        "-c",
        HOLD.replace("sys.stdin.read()", "import time; time.sleep(1)"),
    ]
    with subprocess.Popen(
        [*arguments, str(path), "writes"], stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout.readline() == "open\n"
        assert len(Warehouse(path, deadline_seconds=60).known("products", LAST)) == 2


def test_a_reader_waits_until_its_own_process_has_written(shop):
    path = shop.warehouse.path
    writer = Warehouse(path, idle_seconds=60)
    assert len(writer.known("products", LAST)) == 2
    with pytest.raises(WarehouseBusyError, match="this process in another way"):
        Warehouse(path, deadline_seconds=0, read_only=True).known("products", LAST)
    soon = threading.Timer(0.5, writer.close)
    soon.start()
    assert len(Warehouse(path, deadline_seconds=60, read_only=True).known("products", LAST)) == 2
    soon.join()


def opens_elsewhere(path) -> bool:
    """Whether another process can write to the file just now."""
    arguments = [sys.executable, "-c", "import sys, duckdb; duckdb.connect(sys.argv[1])", str(path)]
    return subprocess.run(arguments, capture_output=True, check=False).returncode == 0


def test_a_warehouse_stays_open_between_uses_and_is_let_go_after_them(shop):
    warehouse = Warehouse(shop.warehouse.path, idle_seconds=20)
    assert len(warehouse.known("products", LAST)) == 2
    assert not opens_elsewhere(warehouse.path)
    warehouse.close()
    assert opens_elsewhere(warehouse.path)
    brief = Warehouse(shop.warehouse.path, idle_seconds=0.01)
    assert len(brief.known("products", LAST)) == 2
    deadline = time.monotonic() + 60
    while not opens_elsewhere(brief.path):
        assert time.monotonic() < deadline, "never let go"


def test_a_warehouse_is_let_go_before_its_process_ends(shop):
    ending = (
        "import atexit, sys; from datetime import date; from pathlib import Path; import duckdb; "
        # Whoever asks first to be called at the end is called last; only what is closed opens so.
        "atexit.register(lambda: print(bool(duckdb.connect(sys.argv[1], read_only=True)))); "
        "from warehouse import Warehouse; w = Warehouse(Path(sys.argv[1]), idle_seconds=60); "
        "w.known('products', date.fromisoformat(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", ending, str(shop.warehouse.path), LAST.isoformat()]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=PROJECT)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_others_get_their_turn_while_a_run_uses_the_warehouse_without_a_pause(shop):
    warehouse = Warehouse(shop.warehouse.path, idle_seconds=5)
    assert len(warehouse.known("products", LAST)) == 2
    waiting = (
        "import sys; from datetime import date; from pathlib import Path; "
        "from warehouse import Warehouse; w = Warehouse(Path(sys.argv[1])); "
        "print(len(w.known('products', date.fromisoformat(sys.argv[2]))))"
    )
    arguments = [sys.executable, "-c", waiting, str(warehouse.path), LAST.isoformat()]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as other:
        while other.poll() is None:
            assert len(warehouse.known("products", LAST)) == 2
        assert other.stdout.read() == "2\n"
    warehouse.close()
