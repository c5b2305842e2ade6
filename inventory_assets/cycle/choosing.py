"""What a cycle by day has to run: what has come, and what that touches."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from connecting.mappings import find_mappings
from governance import PlanParts
from inventory_assets.framework import CYCLE_JOB, Retailer, make_asset_key
from inventory_assets.jobs import PLANNED

_PLANNING_JOBS = ("nightly", CYCLE_JOB)


def choose_assets(
    retailer: Retailer, instance: dg.DagsterInstance, business_date: date
) -> list[dg.AssetKey] | None:
    """Choose the assets of a cycle: sources with something new, and all that reads them.

    Sources that are made from raw files are always among them: what of these was refused has to be
    told anew.

    Args:
        retailer: whose files have come.
        instance: knows the runs.
        business_date: that the cycle plans.

    Returns:
        Their keys, sorted; none where nothing has come; None where a cycle has nothing to stand on
        and all has to run: the date has no plan, its last run failed, one that failed has begun
        what no run after it went on with, another run has loaded files since, or policies, code or
        model are others since.
    """
    if not _can_stand(retailer, instance, business_date):
        return None
    # The definitions load this module.
    from inventory_assets.definitions import defs  # noqa: PLC0415

    mapped = {mapping.source for mapping in find_mappings(retailer.data / "mappings")}
    arrived = {*retailer.warehouse.list_arrived(retailer.landing, business_date), *mapped} - {""}
    touched = dg.AssetSelection.assets(*map(make_asset_key, sorted(arrived))).downstream()
    return sorted((touched & PLANNED).resolve(defs.resolve_asset_graph()))


def _can_stand(retailer: Retailer, instance: dg.DagsterInstance, business_date: date) -> bool:
    """Whether nothing that runs of the date have begun is undone, and all is known as it was."""
    of_date = dg.RunsFilter(tags={"dagster/partition": business_date.isoformat()})
    planned = [run for run in instance.get_runs(of_date) if run.job_name in _PLANNING_JOBS]
    if not planned or planned[0].status != dg.DagsterRunStatus.SUCCESS or _is_undone(planned):
        return False
    try:
        version = retailer.plan_version(business_date)
    except LookupError:
        return False
    # Files that the run of another date has loaded are no longer new, and no plan has read them.
    made_from = PlanParts(
        version.input_hash, version.policy_hash, version.code_version, version.model_version
    )
    return retailer.plan_parts(business_date) == made_from


def _is_undone(runs: Sequence[dg.DagsterRun]) -> bool:
    """Whether a run that did not end well has begun what no later one has gone on with.

    A person may start a cycle that died again with the assets that were chosen for it, after one
    that died with more: that it ends well says nothing of the rest.

    Args:
        runs: that plan a date, the newest first.
    """
    done: list[frozenset[dg.AssetKey]] = []
    for run in runs:
        succeeded = run.status == dg.DagsterRunStatus.SUCCESS
        # One of which no assets were chosen runs all.
        if run.asset_selection is None:
            return not succeeded
        if succeeded:
            done.append(frozenset(run.asset_selection))
        elif not any(run.asset_selection <= later for later in done):
            return True
    return False
