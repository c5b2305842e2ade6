"""The plan's version, and the guard before planning."""

from datetime import date

import polars as pl

from governance import find_current_version, number_plan, record_plan, record_policies
from governance.exchange import find_last_exported, read_batches, read_cancel_lines
from inventory_assets.framework import Computed, Inputs, refuse_failures, result_asset
from inventory_assets.project import read_clock
from quality_checks.checks import POLICIES_IN_FORCE, Outcome
from quality_checks.contracts import list_landing_sources

_FAULT = {"fault": pl.String}


# Among the extracts, which it seals: the graph of groups then runs one way, from left to right.
@result_asset(
    "plan_versions",
    reads=["locations"],
    after=list(list_landing_sources()),
    earlier=["plan_versions", "export_lines", "cancel_lines"],
    checks=[POLICIES_IN_FORCE],
    group="extracts",
)
def plan_versions(inputs: Inputs) -> Computed:
    """Make a new version if inputs, policies or code differ from every version before."""
    business_date = inputs.business_date
    refuse_failures(inputs.blocking_failures(["landing"]), business_date)
    _adopt_batches(inputs)
    versions = number_plan(
        inputs.read("plan_versions"),
        business_date,
        inputs.plan_parts(),
        last_exported=find_last_exported(inputs.read_until("export_lines"), business_date),
    )
    _record(inputs, versions)
    current = versions.filter("current").row(0, named=True)
    return Computed(
        versions,
        [_judge_policies(inputs)],
        {name: current[name] for name in ("plan_version", "plan_hash")},
    )


def _judge_policies(inputs: Inputs) -> Outcome:
    """Files at fault, and policies of regions that no location is in, which hold for nothing."""
    known = set(inputs.known("locations")["region"])
    nowhere = [part.region for part in inputs.action_policy.regional if part.region not in known]
    faults = [
        *inputs.policy_faults,
        *(f"no location is in the region {region!r} of a policy" for region in nowhere),
    ]
    return POLICIES_IN_FORCE.found(pl.DataFrame({"fault": faults}, _FAULT), "; ".join(faults))


def _record(inputs: Inputs, versions: pl.DataFrame) -> None:
    """Enter in the audit chain what is planned with, before anything rests on it."""
    at, version = read_clock(), find_current_version(versions, inputs.business_date)
    record_policies(inputs.store, version.policy_hash, inputs.policy_texts, at)
    record_plan(inputs.store, inputs.business_date, version, at)


def _adopt_batches(inputs: Inputs) -> None:
    """Book lines of batches on disk that the warehouse does not know.

    The folders are the truth about what was handed out: after a lost warehouse, or a process that
    died before it booked a batch, plans would otherwise ask again for what is on its way.
    """
    booked, called = inputs.read_until("export_lines"), inputs.read_until("cancel_lines")
    place = ["business_date", "batch"]
    batches = pl.concat([booked.select(place), called.select(place)])
    known = {(day, str(batch)) for day, batch in batches.rows()}
    for folder in sorted(inputs.exports.glob("[0-9]*-[0-9]*-[0-9]*")):
        day = date.fromisoformat(folder.name)
        handed_out = {(day, batch.name) for batch in folder.glob("[0-9]*")}
        if day <= inputs.business_date and not handed_out <= known:
            there = booked.filter(pl.col("business_date") == day)
            lines = pl.concat([there, read_batches(inputs.exports, day)])
            lines = lines.unique("idempotency_key").sort("idempotency_key")
            inputs.adopt("export_lines", day, lines)
            cancels = pl.concat([called, read_cancel_lines(inputs.exports)])
            cancels = cancels.filter(pl.col("business_date") == day).unique("idempotency_key")
            inputs.adopt("cancel_lines", day, cancels.sort("idempotency_key"))
