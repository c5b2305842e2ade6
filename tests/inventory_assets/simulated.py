"""Simulated retailers, and commands on them: in a process of their own, or in that of the tests."""

import io
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import duckdb
import polars as pl
from rich.console import Console

from governance import open_store
from inventory_assets import landing_state, premises
from inventory_assets.cli import app
from inventory_assets.definitions import defs
from inventory_assets.framework.asset_factory import make_asset_key
from inventory_assets.framework.retailer import Retailer
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS, Contract, list_landing_sources
from simulation.retailer import size_retailer, write_retailer
from warehouse import Warehouse
from warehouse.connection import open_file

DIRTY = size_retailer("tiny").model_copy(update={"dirty_rate": 0.01, "days": 70})
SMALL = size_retailer("tiny").model_copy(
    update={
        "days": 35,
        "stores": 3,
        "marketplaces": 1,
        "skus": 12,
        "suppliers": 2,
        "pos_lines_per_day": 60,
        "order_history_days": 60,
        "discrepancy_rate": 0.01,
    }
)
LAST = SMALL.last_date
_DEADLINE_SECONDS = 120
_COLUMNS = 200
FIRST_DATE = "PLENISH_FIRST_BUSINESS_DATE"
MOVING = SMALL.model_copy(update={"pos_lines_per_day": 120})

_FLOW = (
    "extracts",
    "inventory",
    "demand",
    "supply",
    "plans",
    "signals",
    "actions",
    "reporting",
    "exports",
)
GROUPS = [f"{place}_{group}" for place, group in enumerate(_FLOW, start=1)]
"""Groups of assets as the UI is to list them."""

NIGHTLY = [
    key.path[-1]
    for asset in defs.assets
    for key in asset.keys
    if key.path[0] != "landing"
    and key.path[-1] not in {"backtest_accuracy", "model_versions", "read_copy"}
]
"""Tables that a night computes from what has landed."""


def list_upstream(name: str) -> list[str]:
    """Tables of a night that one of them rests on, itself included."""
    chosen = dg.AssetSelection.assets(make_asset_key(name)).upstream()
    found = chosen.resolve([*defs.assets])
    return [table for table in NIGHTLY if make_asset_key(table) in found]


def warehouse_of(root: Path) -> Warehouse:
    return Warehouse(root / "warehouse" / "plenish.duckdb")


def open_warehouse(root: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A connection that reads; it waits while another worker has the file of a shared retailer."""
    path = warehouse_of(root).path
    return open_file(path, deadline_seconds=_DEADLINE_SECONDS, read_only=True)


def write_dirty(root: Path) -> None:
    """Write DIRTY and load it twice: just before a late master comes, and on the last date."""
    write_retailer(DIRTY, root, seed=7)
    dirt = pl.read_parquet(root / "truth" / "dirt.parquet")
    (arrival,) = dirt["cleared_on"].drop_nulls().unique()
    for business_date in (arrival - timedelta(days=1), DIRTY.last_date):
        for source in list_landing_sources():
            warehouse_of(root).load(root / "landing", source, business_date)


def command(*arguments: str) -> list[str]:
    """A `plenish` command of this environment."""
    return [sys.executable, "-m", "inventory_assets.cli.start", *arguments]


def environment(root: Path) -> dict[str, str]:
    """The project's instance, but with its runs beside the data and not in the project."""
    home = root / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = (PROJECT / "dagster.yaml").read_text().replace("data/dagster", str(home))
    (home / "dagster.yaml").write_text(configuration)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLENISH_")}
    return {**kept, "DAGSTER_HOME": str(home), "COLUMNS": str(_COLUMNS)}


def limited(file_bytes: int) -> Callable[[], None]:
    """Makes its process fail to write files beyond a size, as on a disk that is full."""
    limits = (file_bytes, resource.RLIM_INFINITY)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def plenish(
    root: Path, *arguments: str, limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `plenish` command on the data folder `root` to its end, in a process of its own.

    Args:
        root: the data folder.
        arguments: of the command.
        limit: most bytes of a file.
    """
    return subprocess.run(
        command(*arguments, "--data", str(root)),
        env=environment(root),
        capture_output=True,
        text=True,
        # Beside other work, and with kernels that are still to be compiled.
        timeout=900,
        check=False,
        cwd=PROJECT,
        preexec_fn=limited(limit) if limit else None,
    )


def plenish_here(
    root: Path, *arguments: str, policies: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `plenish` command on the data folder `root` in this process, which has all imported.

    Args:
        root: the data folder.
        arguments: of the command.
        policies: folder of other policies than the project's.
    """
    known = {**environment(root), FIRST_DATE: os.environ[FIRST_DATE]}
    ruled = {} if policies is None else {"PLENISH_POLICIES": str(policies)}
    with (
        mock.patch.dict(os.environ, known | ruled, clear=True),
        _loading_definitions_anew(),
        _closing_warehouses(),
        # What a test has written is whole; that a plan waits for files is tested apart.
        mock.patch.object(landing_state, "_QUIET_SECONDS", 0.05),
    ):
        return run_here(*arguments, "--data", str(root))


def run_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a `plenish` command that asks for no Dagster in this process, as it stands."""
    said, complaint = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["plenish", *arguments]),
        mock.patch.object(app, "console", Console(width=_COLUMNS)),
        redirect_stdout(said),
        redirect_stderr(complaint),
    ):
        code = _exit_code(app.main)
    return subprocess.CompletedProcess([*arguments], code, said.getvalue(), complaint.getvalue())


@contextmanager
def _loading_definitions_anew() -> Iterator[None]:
    """Definitions work on the retailer of the environment that they are loaded in."""
    loaded = sys.modules.pop("inventory_assets.definitions")
    try:
        yield
    finally:
        sys.modules["inventory_assets.definitions"] = loaded


@contextmanager
def _closing_warehouses() -> Iterator[None]:
    """A process that ends closes the warehouses that it has opened; the folder can be copied."""
    opened: list[Warehouse] = []

    def keep(*arguments: Any, **options: Any) -> Warehouse:
        opened.append(Warehouse(*arguments, **options))
        return opened[-1]

    with mock.patch.object(premises, "Warehouse", keep):
        try:
            yield
        finally:
            for warehouse in opened:
                warehouse.close()


def _exit_code(main: Callable[[], None]) -> int:
    """What a process that runs `main` would end with; words that it ends with are printed."""
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


def plan(root: Path) -> str:
    """Plan, and give what was printed.

    Raises:
        AssertionError: the plan failed.
    """
    done = plenish_here(root, "plan")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write_planned(root: Path) -> None:
    """Write SMALL and plan its last date."""
    write_retailer(SMALL, root, seed=7)
    (root / "summary.txt").write_text(plan(root))


def write_moving(root: Path) -> None:
    """Write MOVING and plan its last date, on which every kind of action is proposed."""
    write_retailer(MOVING, root, seed=12)
    order_what_no_node_has(root)
    plan(root)


def write_replanned(root: Path, moving: Path) -> None:
    """Plan the moving retailer again, as shelves of two nodes must look fuller than was known."""
    shutil.copytree(moving, root, dirs_exist_ok=True)
    fuller = (
        warehouse_of(root)
        .known("item_locations", LAST)
        # The nodes that the DC ships to on that weekday.
        .filter(pl.col("location").is_in(["E01", "M01"]), status="active")
        .with_columns(presentation_min=pl.lit(40), shelf_max=pl.lit(None))
    )
    send_rows(root, "item_locations", fuller, f"{LAST}.parquet")
    plan(root)


def send_rows(root: Path, source: str, rows: pl.DataFrame, name: str) -> None:
    """Land a file of `source` with the columns of its contract; those not given are missing."""
    contract = CONTRACTS[source]
    missing = [pl.lit(None).alias(name) for name in contract.columns if name not in rows.columns]
    path = root / "landing" / source / name
    path.parent.mkdir(exist_ok=True)
    rows.with_columns(missing).select(contract.columns).cast(dict(contract.schema)).write_parquet(
        path
    )


def order_what_no_node_has(root: Path) -> None:
    """Have a customer order one unit more than any node has, of an item that others can replace."""
    landing = root / "landing"
    items = pl.concat(pl.read_csv(path) for path in sorted((landing / "products").iterdir()))
    held = pl.read_parquet(root / "truth" / "stock" / f"{LAST}.parquet")
    most = (
        held.group_by("sku")
        .agg(most=pl.col("record").max())
        .join(items.select("sku", "style", "list_price"), on="sku")
    )
    pairs = most.join(most, on="style", suffix="_other").filter(
        pl.col("most_other") > pl.col("most") + 30
    )
    item = pairs.sort("most", "sku").row(0, named=True)
    row = {
        "order_id": "X1",
        "line": 1,
        "created": f"{LAST} 12:00:00",
        "promised_on": LAST + timedelta(days=2),
        "sku": item["sku"],
        "quantity": max(item["most"], 0) + 1,
        "region": pl.read_csv(landing / "locations" / f"{MOVING.first_date}.csv")["region"][0],
        "channel": "ecom",
        "status": "open",
        "location": None,
        "unit_price": item["list_price"],
    }
    pl.DataFrame([row]).write_csv(landing / "online_orders" / f"{LAST}_2.csv")


def undo_exports(root: Path) -> None:
    """Take back what a plan has exported, and turn automation off: every action waits."""
    shutil.rmtree(root / "exports", ignore_errors=True)
    lines = CONTRACTS["export_lines"]
    warehouse_of(root).write(lines, LAST, lines.empty().drop("business_date"))
    store = open_store(f"sqlite:///{root / 'governance' / 'decisions.sqlite'}")
    at = datetime(2025, 10, 1, 8)  # noqa: DTZ001  # local by contract
    store.set_automation(on=False, author="ann", reason="all by hand", at=at)
    store.close()


def materialize(
    root: Path,
    business_date: date,
    *names: str,
    check: bool = True,
    policies: Path = PROJECT / "data" / "policies",
) -> dg.ExecuteInProcessResult:
    """Materialize tables of a data folder by name, upstream first, as a click in the UI does.

    Raises:
        AssertionError: a step failed, where `check` is asked for.
    """
    retailer = Retailer(data_folder=str(root), policies_folder=str(policies))
    with _closing_warehouses():
        done = dg.materialize(
            [*defs.assets],
            selection=[make_asset_key(name) for name in names],
            resources={"retailer": retailer},
            partition_key=business_date.isoformat(),
            instance=dg.DagsterInstance.ephemeral(),
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert done.success or not check, failures(done)
    return done


def failures(done: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed step said, by step."""
    found = {}
    for event in done.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        found[event.step_key] = (error.cause or error).message
    return found


def results(root: Path, digits: int = 9) -> dict[str, object]:
    """Rows of every result table by name, floats to so many significant digits.

    But the hours at which runs proposed and people were asked, which clocks tell.
    """
    tables = [c for c in CONTRACTS.values() if c.mode == "result" and c.stage != "intake"]

    def rounded(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(f"{v:.{digits}g}" if isinstance(v, float) else v for v in row)

    with open_warehouse(root) as connection:
        rows = {c.table: connection.sql(_select_results(c)).fetchall() for c in tables}
    return {name: sorted(map(rounded, found), key=repr) for name, found in rows.items()}


def _select_results(contract: Contract) -> str:
    timed = " EXCLUDE (asked_at)" if contract.name == "decision_steps" else ""
    return f"SELECT *{timed} FROM {contract.table}"


def exported(root: Path) -> dict[str, bytes]:
    """Every file below the exports folder, hidden ones too, by path; but seals, which tell when."""
    files = (path for path in (root / "exports").rglob("*") if path.is_file())
    files = (path for path in files if path.name != "seal.json")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
