"""Plan again when files land, and hand over when decisions stand."""

from collections.abc import Sequence

import dagster as dg

from governance import hash_decisions
from inventory_assets.framework import Retailer, business_dates
from inventory_assets.jobs import export, intraday
from inventory_assets.landing_state import LANDING_STATE_TAG, hash_landing

_SECONDS = 60
_DECISION_SECONDS = 15
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

    Files often come in a burst: a run is asked for only when two looks in a row see the same.
    What `plenish plan` has planned, or is planning, is not planned again. The cursor holds what
    was seen last and what was planned last.
    """
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


@dg.sensor(
    job=export,
    minimum_interval_seconds=_DECISION_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Hands over what decisions have approved of the newest plan, without planning.",
)
def decisions_sensor(
    context: dg.SensorEvaluationContext, retailer: Retailer
) -> dg.SensorResult | dg.SkipReason:
    """Ask for an export once something is approved that has not left.

    The cursor holds the decisions that were looked at last. A plan that is under way routes and
    exports by itself what was decided before it got there; what comes later is looked at then.
    """
    if not retailer.warehouse_file.exists():
        return dg.SkipReason("nothing is planned yet")
    seen = hash_decisions(retailer.store)
    if seen == context.cursor:
        return dg.SkipReason("nothing was decided")
    under_way = dg.RunsFilter(statuses=list(_UNDER_WAY))
    if context.instance.get_runs(under_way, limit=1):
        return dg.SkipReason("a run is under way")
    try:
        business_date = retailer.find_newest_plan()
        ready = retailer.open_desk(business_date).select_ready()
    except LookupError:
        return dg.SkipReason("nothing is planned yet")
    if ready.is_empty():
        context.update_cursor(seen)
        return dg.SkipReason("nothing is approved that has not left")
    day = business_date.isoformat()
    request = dg.RunRequest(run_key=f"{day} {seen}", partition_key=day)
    return dg.SensorResult(run_requests=[request], cursor=seen)


def _runs(
    instance: dg.DagsterInstance, state: str, statuses: Sequence[dg.DagsterRunStatus]
) -> bool:
    planning = dg.RunsFilter(tags={LANDING_STATE_TAG: state}, statuses=list(statuses))
    return bool(instance.get_runs(planning, limit=1))
