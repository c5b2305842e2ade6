"""Plan again when files land."""

from collections.abc import Sequence

import dagster as dg

from inventory_assets.framework import Retailer, business_dates
from inventory_assets.jobs import intraday
from inventory_assets.landing_state import LANDING_STATE_TAG, hash_landing, make_all_landing

_SECONDS = 60
_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Plans the newest landed business date once its files changed and then kept still.",
)
def landing_sensor(
    context: dg.SensorEvaluationContext, retailer: Retailer
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run when the landing folder differs from the last one planned.

    Raw files are made into landing files first, where the retailer is connected by mappings.
    Files often come in a burst: a run is asked for only when two looks in a row see the same.
    What `plenish plan` has planned, or is planning, is not planned again. The cursor holds what
    was seen last and what was planned last.
    """
    for message in make_all_landing(retailer.data):
        context.log.warning("%s", message)
    newest, seen = hash_landing(retailer.landing)
    looked, _, planned = (context.cursor or "|").partition("|")
    if newest is None or seen == planned:
        return dg.SkipReason("nothing new has landed")
    if _runs(context.instance, seen, (dg.DagsterRunStatus.SUCCESS,)):
        context.update_cursor(f"{seen}|{seen}")
        return dg.SkipReason("what has landed is planned already")
    if _runs(context.instance, seen, _UNDER_WAY):
        return dg.SkipReason("what has landed is being planned")
    if seen != looked:
        context.update_cursor(f"{seen}|{planned}")
        return dg.SkipReason("files are landing; waiting until they keep still")
    if not business_dates.has_partition_key(newest.isoformat()):
        return dg.SkipReason(f"{newest} is no business date of the partitions")
    request = dg.RunRequest(
        run_key=seen, partition_key=newest.isoformat(), tags={LANDING_STATE_TAG: seen}
    )
    return dg.SensorResult(run_requests=[request], cursor=f"{seen}|{seen}")


def _runs(
    instance: dg.DagsterInstance, state: str, statuses: Sequence[dg.DagsterRunStatus]
) -> bool:
    planning = dg.RunsFilter(tags={LANDING_STATE_TAG: state}, statuses=list(statuses))
    return bool(instance.get_runs(planning, limit=1))
