"""Time the cycle by day: from a file that has landed to the batch that is handed over.

The night plans a business date of which a share of the sales is still to come. They come in parts,
and each starts a cycle in a process of its own, as the daemon starts it; that start is timed, too.
The last cycle is held against the whole night on the same files and the same warehouse: its
result tables and batches have to be the same.
"""

import json
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import polars as pl

from quality_checks.contracts import CONTRACTS
from simulation.retailer import Size, size_retailer, write_retailer
from warehouse import Warehouse

if TYPE_CHECKING:
    import dagster as dg

_LATE_SHARE: Final = 0.5
"""Of the day's sales lines, those that come after the night's plan."""
_OF_THE_CLOSE: Final = ("stock", "stock_counts", "stockout_hours")
_KILOBYTES_A_MEGABYTE: Final = 1024
_PROJECT: Final = Path(__file__).parents[1]
_POLICIES: Final = _PROJECT / "data" / "policies"
_TOLD: Final = "told.json"


class Figures(TypedDict):
    """What the benchmark prints."""

    size: str
    cycles: int
    median_seconds: float
    worst_seconds: float
    median_cpu_seconds: float
    peak_mb: float
    touched_share: float
    tables: int
    standing: int
    night_seconds: float
    full_seconds: float
    full_cpu_seconds: float
    same: bool
    different: list[str]


class Told(TypedDict):
    """What a run tells of itself."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    tables: int
    standing: int
    steps: dict[str, float]


def measure(size: Size, seed: int, cycles: int) -> Figures:
    """Plan a night, let the rest of its day come in parts, and time the cycle after each."""
    last = size_retailer(size).last_date
    with tempfile.TemporaryDirectory() as folder:
        work, full = Path(folder) / "work", Path(folder) / "full"
        write_retailer(size_retailer(size), work, seed=seed)
        parts = hold_back(work, last, cycles)
        night = run_apart(work, last, "nightly")
        told, touched = [], []
        for number, part in enumerate(parts, start=2):
            part.write_parquet(name_part(work, last, number))
            touched.append(part.select("sku", "location").n_unique())
            if number == cycles + 1:
                shutil.copytree(work, full)
            told.append(run_apart(work, last, "intraday"))
        whole = run_apart(full, last, "nightly")
        different = _find_differences(work, full)
        pairs = Warehouse(work / "warehouse" / "plenish.duckdb").known("item_locations", last)
    seconds = [run["seconds"] for run in told]
    return Figures(
        size=size,
        cycles=cycles,
        median_seconds=round(statistics.median(seconds), 1),
        worst_seconds=round(max(seconds), 1),
        median_cpu_seconds=round(statistics.median(run["cpu_seconds"] for run in told), 1),
        peak_mb=round(max(run["peak_mb"] for run in told)),
        touched_share=round(statistics.median(touched) / len(pairs), 4),
        tables=told[-1]["tables"],
        standing=told[-1]["standing"],
        night_seconds=round(night["seconds"], 1),
        full_seconds=round(whole["seconds"], 1),
        full_cpu_seconds=round(whole["cpu_seconds"], 1),
        same=not different,
        different=different,
    )


def hold_back(work: Path, last: date, parts: int) -> list[pl.DataFrame]:
    """Take the late sales of the last date off its file; they are given in so many parts.

    What tells of the end of the day has not come, either.
    """
    for source in _OF_THE_CLOSE:
        for path in (work / "landing" / source).glob(f"{last}*"):
            path.unlink()
    path = work / "landing" / "pos_sales" / f"{last}.parquet"
    sold = pl.read_parquet(path).sort("timestamp", "receipt", "line")
    early = round(len(sold) * (1 - _LATE_SHARE))
    # A day is open while only parts of it have come.
    sold.head(early).write_parquet(name_part(work, last, 1))
    path.unlink()
    path.with_name(f"{path.name}.control.json").unlink(missing_ok=True)
    bounds = [early + (len(sold) - early) * number // parts for number in range(parts + 1)]
    return [sold.slice(start, end - start) for start, end in pairwise(bounds)]


def name_part(work: Path, day: date, number: int) -> Path:
    """The file of a part of a day's sales."""
    return work / "landing" / "pos_sales" / f"{day}_{number:03}.parquet"


def run_apart(work: Path, business_date: date, job: str) -> Told:
    """Run a job in a process of its own, and time it with its start."""
    started = time.perf_counter()
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(work, business_date, job)
    )
    process.start()
    process.join()
    seconds = time.perf_counter() - started
    if process.exitcode:
        raise RuntimeError(f"{job} exited with {process.exitcode}")
    told: Told = json.loads((work / _TOLD).read_text())
    return {**told, "seconds": seconds}


def _run(work: Path, business_date: date, job: str) -> None:
    os.environ["PLENISH_DATA"] = str(work)
    # The definitions read the environment when they are loaded.
    import dagster as dg  # noqa: PLC0415
    from dagster._core.utils import make_new_run_id  # noqa: PLC0415

    from inventory_assets.cycle import choose_assets  # noqa: PLC0415
    from inventory_assets.definitions import defs  # noqa: PLC0415
    from inventory_assets.framework import Retailer  # noqa: PLC0415

    with dg.DagsterInstance.from_config(str(_make_home(work))) as instance:
        retailer = Retailer(data_folder=str(work), policies_folder=str(_POLICIES))
        chosen = None
        if job == "intraday":
            chosen = choose_assets(retailer, instance, business_date)
            retailer.warehouse.close()
        run_id, steps = make_new_run_id(), dict[str, float]()
        instance.add_event_listener(run_id, partial(_note_cpu, steps))
        done = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=business_date.isoformat(),
            asset_selection=chosen,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
        made = done.get_asset_materialization_events()
    used = resource.getrusage(resource.RUSAGE_SELF)
    standing = sum("stands" in event.materialization.metadata for event in made)
    told = {
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / _KILOBYTES_A_MEGABYTE,
        "tables": len(made),
        "standing": standing,
        "steps": steps,
    }
    (work / _TOLD).write_text(json.dumps(told))


def _note_cpu(steps: dict[str, float], event: "dg.EventLogEntry") -> None:
    """Note processor seconds of a step; steps of a run follow each other in its process."""
    if event.step_key and event.dagster_event:
        step, now = event.step_key.replace("__", "/"), time.process_time()
        if event.dagster_event.is_step_start:
            steps[step] = -now
        elif event.dagster_event.is_step_success:
            steps[step] += now


def _make_home(work: Path) -> Path:
    """The project's own Dagster instance, with its runs beside the data."""
    home = work / "dagster"
    home.mkdir(exist_ok=True)
    configuration = (_PROJECT / "dagster.yaml").read_text().replace("data/dagster", str(home))
    (home / "dagster.yaml").write_text(configuration)
    return home


def _find_differences(one: Path, other: Path) -> list[str]:
    """Result tables whose rows differ, and files of batches that do."""
    books = (
        Warehouse(one / "warehouse" / "plenish.duckdb"),
        Warehouse(other / "warehouse" / "plenish.duckdb"),
    )
    tables = [
        contract.table
        for contract in CONTRACTS.values()
        if contract.mode == "result" and contract.stage != "intake"
        if not _all_rows(books[0], contract.name).equals(_all_rows(books[1], contract.name))
    ]
    files = {
        path.relative_to(root).as_posix()
        for root in (one, other)
        for path in (root / "exports").rglob("*")
        # Seals tell when they were made.
        if path.is_file() and path.name != "seal.json"
    }
    return tables + sorted(name for name in files if _content(one / name) != _content(other / name))


def _all_rows(warehouse: Warehouse, table: str) -> pl.DataFrame:
    return warehouse.read_until(CONTRACTS[table], date.max)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
