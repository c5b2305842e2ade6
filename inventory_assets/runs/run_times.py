"""How long a run took, from the first file that waited for it to its last step, by stage."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final

import dagster as dg
import polars as pl
from dagster._core.execution.stats import StepEventStatus

from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

_PLANNING_JOBS: Final = ("nightly", "intraday")
"""Jobs that load what has landed."""

TIMED_JOBS: Final = (*_PLANNING_JOBS, "export")
"""Jobs that plan or hand over."""

_PARTITION: Final = "dagster/partition"
_TIMES: Final = CONTRACTS["run_times"]


def record_run_times(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    find_arrival: Callable[[date, Mapping[date, float], float], float],
) -> None:
    """Note how long the steps of a run took that plans or hands over, unless one of them failed.

    Args:
        warehouse: where it is kept.
        instance: knows when steps began and ended.
        run: whose steps have ended.
        find_arrival: when the first file of a business date, or before it, had landed by a moment
            that no run before could have seen, of those that began at moments by business date.
    """
    if run.job_name not in TIMED_JOBS:
        return
    told = instance.get_run_step_stats(run.run_id)
    steps = [
        (step.step_key.partition("__")[0], step.start_time, step.end_time)
        for step in told
        if step.start_time and step.end_time and step.status == StepEventStatus.SUCCESS
    ]
    if not steps or len(steps) < len(told):
        return
    day = date.fromisoformat(run.tags[_PARTITION])
    began, ended = min(start for _, start, _ in steps), max(end for _, _, end in steps)
    seconds: defaultdict[str, float] = defaultdict(float)
    for stage, start, end in steps:
        seconds[stage] += end - start
    taken = {
        "waited": began - find_arrival(day, _list_runs_before(warehouse, run.run_id, began), began),
        "between": max(ended - began - sum(seconds.values()), 0.0),
        **seconds,
    }
    started_at = datetime.fromtimestamp(began, UTC).replace(tzinfo=None)
    of_run = (day, run.run_id, run.job_name, started_at)
    rows = [(*of_run, stage, length) for stage, length in taken.items()]
    frame = pl.DataFrame(rows, schema=_TIMES.schema, orient="row")
    warehouse.replace_part(_TIMES, [day], {"run": run.run_id}, frame)


def _list_runs_before(warehouse: Warehouse, run: str, began: float) -> dict[date, float]:
    """When the newest other run of each business date began that loaded what had landed by then.

    Files that came since had to wait for the next one, and so had those that came while it ran.
    """
    kept = warehouse.read_until(_TIMES, date.max).filter(
        pl.col("job").is_in(_PLANNING_JOBS), pl.col("run") != run
    )
    moments = kept.select("business_date", "started_at").unique().sort("started_at")
    starts = [(day, at.replace(tzinfo=UTC).timestamp()) for day, at in moments.iter_rows()]
    # Of a date the last one stays.
    return {day: start for day, start in starts if start < began}
