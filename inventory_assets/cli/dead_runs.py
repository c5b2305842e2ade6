"""Close runs whose process died, which Dagster would leave running for ever.

A run that is killed, or goes down with the machine, cannot report its end, and neither does the
default run launcher look after it. It would hold the warehouse's slot, for which every later run
waits, and a place among the runs that the daemon lets go on at a time.
"""

import os

import dagster as dg

_GOING_ON = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Cancel the runs of this machine whose process is gone, and free what they hold.

    Cancelled and not failed, so that the daemon does not try them again beside the caller's run.

    Returns:
        Their run ids.
    """
    dead = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_GOING_ON))
        if (process := _process(instance, run.run_id)) is not None and not _lives(process)
    ]
    for run in dead:
        instance.report_run_canceled(run, "The process of this run is gone.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def _process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that a run's executor said it works in; None before it did."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    said = [
        event.dagster_event.engine_event_data.metadata.get("pid")
        for event in events
        if event.dagster_event
    ]
    numbers = [int(str(value.value)) for value in said if value is not None]
    return numbers[-1] if numbers else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
