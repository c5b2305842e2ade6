"""Close runs whose process died, which Dagster would leave running for ever.

A run that is killed, or goes down with the machine, cannot report its end, and neither does the
default run launcher look after it. It would hold the warehouse's slot, for which every later run
waits, and the one place among the runs that the daemon lets go on at a time.
"""

import time
from typing import Final

import dagster as dg

from inventory_assets.runs.sign_of_life import find_sign, is_held, list_signs

DIED_TAG: Final = "plenish/died"
"""Tag of a run that was closed because its process is gone."""

_BEGUN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_LONGEST_START_SECONDS = 600
_GONE = "The process of this run is gone."


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Close the runs whose process is gone, and free what they hold.

    What the daemon launched has failed, and the daemon tries it again from the step at which it
    died. What a command ran in its own process, which the daemon cannot start, is cancelled.

    Returns:
        Their run ids.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=_BEGUN))
    dead = [record.dagster_run for record in records if _is_dead(record)]
    for run in dead:
        instance.add_run_tags(run.run_id, {DIED_TAG: "true"})
        if run.remote_job_origin is None or run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, _GONE)
        else:
            instance.report_run_failed(run, _GONE)
    _free_slots(instance)
    _remove_signs(instance)
    return [run.run_id for run in dead]


def _is_dead(record: dg.RunRecord) -> bool:
    """Whether nobody works on a run: its sign is not held, or it never came to show one."""
    sign = find_sign(record.dagster_run)
    if sign is not None:
        return not is_held(sign)
    # Of a run that waited in the queue this is when it was launched.
    return time.time() - record.update_timestamp.timestamp() > _LONGEST_START_SECONDS


def _free_slots(instance: dg.DagsterInstance) -> None:
    """Free the slots of runs that are over: also of those that the code server saw die.

    It reports their failure, and leaves them the slot for which the run that tries again waits.
    """
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            storage.free_concurrency_slots_for_run(run_id)


def _remove_signs(instance: dg.DagsterInstance) -> None:
    """Remove the signs of runs that are over."""
    for path in list_signs(instance):
        run = instance.get_run_by_id(path.name)
        if run is not None and run.is_finished:
            path.unlink(missing_ok=True)
