"""Plan again when files land, and hand over when decisions stand."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from governance import hash_decisions
from inventory_assets.cycle import choose_assets
from inventory_assets.framework import Retailer, business_dates
from inventory_assets.jobs import export, intraday
from inventory_assets.landing_state import (
    LANDING_STATE_TAG,
    find_newest_landed,
    hash_landing,
    make_all_landing,
)
from inventory_assets.runs import DIED_TAG, close_dead_runs

_SECONDS = 60
_DECISION_SECONDS = 15
_MOST_DEATHS = 5
"""Runs that died on one state of landing folder or decisions, after which a person has to look."""
_DECISIONS_TAG = "plenish/decisions_state"
"""Tag of a run that hands over: the date and the hash of the decisions when it was asked for."""
_BY_ITSELF = {"STEP_FAILURE", "RUN_EXCEPTION", "JOB_INITIALIZATION_FAILURE"}
"""Why a run failed that would fail again."""

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
    What `plenish plan` has planned, or is planning, is not planned again; what died in the middle
    is, whoever ran it. There is one cycle at a time, and the next takes all that has come by then;
    it runs what has something new to read (see `choose_assets`). The cursor holds what was seen
    last and what was planned last.
    """
    close_dead_runs(context.instance)
    for message in make_all_landing(retailer.data):
        context.log.warning("%s", message)
    newest = find_newest_landed(retailer.landing).business_date
    looked, _, planned = (context.cursor or "|").partition("|")
    if newest is None:
        return dg.SkipReason("nothing has landed")
    seen = hash_landing(retailer.landing, newest)
    runs = context.instance.get_runs(dg.RunsFilter(tags={LANDING_STATE_TAG: seen}))
    if any(run.status == dg.DagsterRunStatus.SUCCESS for run in runs):
        context.update_cursor(f"{seen}|{seen}")
        return dg.SkipReason("what has landed is planned already")
    reason = _reason_to_wait(runs, "what has landed")
    # One that failed by itself would fail again.
    if not reason and seen == planned and not (runs and _has_died(runs[0])):
        reason = "nothing new has landed"
    if reason:
        return dg.SkipReason(reason)
    if seen != looked:
        context.update_cursor(f"{seen}|{planned}")
        return dg.SkipReason("files are landing; waiting until they keep still")
    if obstacle := _find_obstacle(context.instance, newest):
        return dg.SkipReason(obstacle)
    request = dg.RunRequest(
        # Dagster asks for a key once.
        run_key=f"{seen} {len(runs)}",
        partition_key=newest.isoformat(),
        tags={LANDING_STATE_TAG: seen},
        asset_selection=choose_assets(retailer, context.instance, newest) or None,
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
    """Ask for an export once something is approved or called back that has not left.

    The cursor holds the decisions that were looked at last. A plan that is under way routes and
    exports by itself what was decided before it got there; what comes later is looked at then.
    Of a run that died, more often than the daemon tries one again, another one takes the place.
    """
    if not retailer.warehouse_file.exists():
        return dg.SkipReason("nothing is planned yet")
    seen = hash_decisions(retailer.store)
    if seen == context.cursor:
        return dg.SkipReason("nothing was decided")
    close_dead_runs(context.instance)
    under_way = dg.RunsFilter(statuses=list(_UNDER_WAY))
    if context.instance.get_runs(under_way, limit=1):
        return dg.SkipReason("a run is under way")
    try:
        business_date = retailer.find_newest_plan()
        ready = retailer.open_desk(business_date).select_ready()
    except LookupError:
        return dg.SkipReason("nothing is planned yet")
    if ready.is_empty() and not retailer.list_waiting_recalls():
        context.update_cursor(seen)
        return dg.SkipReason("nothing is approved or called back that has not left")
    return _ask_for_export(context, business_date, seen)


def _ask_for_export(
    context: dg.SensorEvaluationContext, business_date: date, seen: str
) -> dg.SensorResult | dg.SkipReason:
    """Ask for an export of what the decisions `seen` approve, until one has ended by itself."""
    day = business_date.isoformat()
    state = f"{day} {seen}"
    runs = context.instance.get_runs(dg.RunsFilter(tags={_DECISIONS_TAG: state}))
    if reason := _reason_to_wait(runs, "what is approved"):
        return dg.SkipReason(reason)
    if runs and not _has_died(runs[0]):
        context.update_cursor(seen)
        return dg.SkipReason("what is approved has not left: see the last export")
    request = dg.RunRequest(
        # Dagster asks for a key once.
        run_key=f"{state} {len(runs)}",
        partition_key=day,
        tags={_DECISIONS_TAG: state},
    )
    return dg.SensorResult(run_requests=[request])


def _find_obstacle(instance: dg.DagsterInstance, newest: date) -> str:
    """Why no cycle of a date can start now; empty where one can."""
    if not business_dates.has_partition_key(newest.isoformat()):
        return f"{newest} is no business date of the partitions"
    under_way = dg.RunsFilter(job_name=intraday.name, statuses=list(_UNDER_WAY))
    if instance.get_runs(under_way, limit=1):
        return "a cycle is under way: what has landed since waits for its end"
    return ""


def _reason_to_wait(runs: Sequence[dg.DagsterRun], what: str) -> str:
    """Why runs on one state of things leave nothing to ask for; empty where they do not.

    Args:
        runs: the newest first.
        what: that state, in words.
    """
    if any(run.status in _UNDER_WAY or _is_tried_again(run) for run in runs):
        return f"a run on {what} is under way"
    deaths = sum(map(_has_died, runs))
    if deaths >= _MOST_DEATHS:
        return f"{deaths} runs on {what} died: see why, and do it by hand"
    return ""


def _has_died(run: dg.DagsterRun) -> bool:
    """Whether a run ended because its process did, or never came up.

    The code server reports one that it sees die as failed, without a reason.
    """
    if run.status == dg.DagsterRunStatus.FAILURE:
        return run.tags.get("dagster/failure_reason") not in _BY_ITSELF
    return DIED_TAG in run.tags


def _is_tried_again(run: dg.DagsterRun) -> bool:
    """Whether the daemon is about to try a run again that failed."""
    announced = run.tags.get("dagster/will_retry") == "true"
    return announced and "dagster/auto_retry_run_id" not in run.tags
