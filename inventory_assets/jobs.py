"""Jobs and when they run: the night's plan, and the same plan again when files land by day."""

import dagster as dg

from inventory_assets.partitions import business_dates

_DAY = {"dagster/max_retries": "2", "dagster/retry_strategy": "FROM_FAILURE"}

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    partitions_def=business_dates,
    description="Load what has come, build the inventory model, forecast, plan, route, export.",
    # A process a step costs seconds here and the steps share the machine's cores anyway.
    executor_def=dg.in_process_executor,
    tags=_DAY,
)

intraday = dg.define_asset_job(
    "intraday",
    selection=dg.AssetSelection.all(),
    partitions_def=business_dates,
    description="Plan the open business date again from what has come so far.",
    executor_def=dg.in_process_executor,
    tags=_DAY,
)

nightly_schedule = dg.build_schedule_from_partitioned_job(
    nightly,
    name="nightly_schedule",
    hour_of_day=2,
    description="Each night at two, yesterday's business date.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
