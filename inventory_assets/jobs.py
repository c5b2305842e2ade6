"""Jobs and when they run: the night's plan, and the same plan again when files land by day."""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import dagster as dg

from inventory_assets.framework import CYCLE_JOB, make_asset_key
from inventory_assets.project import find_time_zone
from inventory_assets.runs import close_dead_runs

_EXPORT = dg.AssetSelection.assets(
    *(
        make_asset_key(name)
        for name in (
            "decisions",
            "routed",
            "worklist",
            "decision_steps",
            "cases",
            "case_alerts",
            "export_lines",
            "cancel_lines",
            "supplier_files",
            "erp_files",
        )
    )
)
_TRAINING = dg.AssetSelection.assets(make_asset_key("model_versions"))
_BACKTEST = dg.AssetSelection.assets(make_asset_key("backtest_accuracy"))
PLANNED = dg.AssetSelection.all() - _TRAINING - _BACKTEST
"""What the night makes, and a cycle of it what has something new to read."""

_job = partial(
    dg.define_asset_job,
    # A process a step costs seconds here, and the steps share the machine's cores anyway.
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "2", "dagster/retry_strategy": "FROM_FAILURE"},
)

nightly = _job(
    "nightly",
    selection=PLANNED,
    description="Load what has come, build the inventory model, forecast, plan, route, export.",
)
intraday = _job(
    CYCLE_JOB,
    selection=PLANNED,
    description="Plan the open business date again from what has come so far; what rests on "
    "nothing new stands.",
)
export = _job(
    "export",
    selection=_EXPORT,
    description="Route a plan by the decisions that stand now and hand over what is approved.",
)
training = _job(
    "training",
    selection=_TRAINING.upstream(),
    description="Train a challenger and let it plan where its backtest says so.",
)
backtest = _job(
    "backtest",
    selection=_BACKTEST.upstream(),
    description="Forecast the last year anew, as its nights would have, and compare with sales.",
)


@dg.schedule(
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone=find_time_zone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night at two, yesterday's business date.",
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Plan yesterday each night, as today's partition is open for intraday plans."""
    return _of_yesterday(context)


@dg.schedule(
    job=training,
    cron_schedule="0 4 * * 0",
    execution_timezone=find_time_zone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each Sunday at four, after the night's plan, with the data up to Saturday.",
)
def weekly_training(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """A week's new challenger."""
    return _of_yesterday(context)


@dg.schedule(
    job=backtest,
    cron_schedule="0 6 * * 0",
    execution_timezone=find_time_zone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each Sunday at six, after training: how good a year of forecasts would have been.",
)
def weekly_backtest(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Accuracy by category of a year, for planners whose nights have forecast little of it yet."""
    return _of_yesterday(context)


def _of_yesterday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    # One that died would keep this one in the queue.
    close_dead_runs(context.instance)
    there = context.scheduled_execution_time.astimezone(ZoneInfo(find_time_zone()))
    yesterday = (there - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=yesterday, partition_key=yesterday)
