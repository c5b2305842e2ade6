"""Time the nightly run on the simulated retailer, in a fresh warehouse.

`tiny` and `demo` run the whole nightly job on a year that has never been loaded. `network` has its
earlier days loaded as set-up and times the last one: loading it and building the inventory model.
Set-up happens in processes of its own, so that the peak memory is that of what is timed.
"""

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from simulation.retailer import Size, size_retailer, write_retailer

if TYPE_CHECKING:
    import dagster as dg

_NETWORK = "network"
_KILOBYTES_A_MEGABYTE = 1024


class Stage(TypedDict):
    """Seconds of one asset, and the rows it holds."""

    seconds: float
    rows: int | None


class Figures(TypedDict):
    """What the benchmark prints."""

    size: str
    seconds: float
    peak_mb: float
    stages: dict[str, Stage]


def measure(size: Size, seed: int, keep: Path | None) -> Figures:
    """Write the extracts, run what is timed, and give its figures."""
    last = size_retailer(size).last_date
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as extracts:
        source = Path(extracts)
        _apart(_write, size, seed, source)
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            (work / "landing").symlink_to((source / "landing").resolve())
            if size == _NETWORK:
                _apart(_run, work, last - timedelta(days=1), size)
            started = time.perf_counter()
            stages = _run(work, last, size)
            seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES_A_MEGABYTE
    return Figures(size=size, seconds=round(seconds, 1), peak_mb=round(peak), stages=stages)


def _apart(function: Callable[..., object], *arguments: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"set-up failed: {function.__name__} exited with {process.exitcode}")


def _write(size: Size, seed: int, out: Path) -> None:
    if not (out / "truth" / "summary.json").exists():
        write_retailer(size_retailer(size), out, seed=seed)


def _run(work: Path, business_date: date, size: Size) -> dict[str, Stage]:
    os.environ["PLENISH_DATA"] = str(work)
    # The definitions read the environment when they are loaded.
    import dagster as dg  # noqa: PLC0415

    from inventory_assets.definitions import defs  # noqa: PLC0415

    instance_folder = work / "dagster"
    instance_folder.mkdir(exist_ok=True)
    with dg.DagsterInstance.local_temp(str(instance_folder)) as instance:
        result = defs.resolve_job_def("nightly").execute_in_process(
            instance=instance,
            partition_key=business_date.isoformat(),
            asset_selection=_inventory_model(defs) if size == _NETWORK else None,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
        seconds = {
            step.step_key: step.end_time - step.start_time
            for step in instance.get_run_step_stats(result.run_id)
            if step.start_time and step.end_time
        }
    rows = {
        event.step_key: event.materialization.metadata.get("dagster/row_count")
        for event in result.get_asset_materialization_events()
    }
    return {
        step.replace("__", "/"): Stage(seconds=round(taken, 2), rows=_count(rows.get(step)))
        for step, taken in seconds.items()
    }


def _inventory_model(defs: "dg.Definitions") -> list["dg.AssetKey"]:
    """Extracts, the inventory model, and the plan version that the position asks for."""
    import dagster as dg  # noqa: PLC0415

    wanted = dg.AssetSelection.groups("extracts", "inventory") | dg.AssetSelection.assets(
        ["plans", "plan_versions"]
    )
    return sorted(wanted.resolve(defs.resolve_asset_graph()))


def _count(metadata: "dg.MetadataValue[Any] | None") -> int | None:
    return None if metadata is None else int(metadata.value or 0)
