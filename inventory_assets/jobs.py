"""Jobs and when they run: the night's plan, and the same plan again when files land by day."""

from datetime import timedelta
from functools import partial

import dagster as dg

_plan_job = partial(
    dg.define_asset_job,
    selection=dg.AssetSelection.all(),
    # A process a step costs seconds here, and the steps share the machine's cores anyway.
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "2", "dagster/retry_strategy": "FROM_FAILURE"},
)

nightly = _plan_job(
    "nightly",
    description="Load what has come, build the inventory model, forecast, plan, route, export.",
)
intraday = _plan_job(
    "intraday", description="Plan the open business date again from what has come so far."
)


@dg.schedule(
    job=nightly,
    cron_schedule="0 2 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night at two, yesterday's business date.",
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The partition of today is open for intraday plans, so the night names yesterday's."""
    yesterday = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=yesterday, partition_key=yesterday)
