"""The plan's version, and the guard before planning."""

import polars as pl

from governance import find_current_version, number_plan, record_plan, record_policies
from governance.exchange import find_cancel_lines, find_last_exported, find_lines
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
        last_exported=_find_last_exported(inputs),
    )
    _record(inputs, versions)
    current = versions.filter("current").row(0, named=True)
    return Computed(
        versions,
        [_judge_policies(inputs)],
        {name: current[name] for name in ("plan_version", "plan_hash")},
    )


def _find_last_exported(inputs: Inputs) -> int:
    """The highest version that has handed out lines, or what calls lines back."""
    handed_out = (inputs.read_until(table) for table in ("export_lines", "cancel_lines"))
    return max(find_last_exported(part, inputs.business_date) for part in handed_out)


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
    """Book lines and cancel lines of batches on disk that the warehouse does not know.

    The folders are the truth about what was handed out: after a lost warehouse, or a process that
    died before it booked a batch, plans would otherwise ask again for what is on its way. It may
    have died between the two tables, so each is held against the disk by itself.
    """
    lines, cancels = inputs.read_until("export_lines"), inputs.read_until("cancel_lines")
    _adopt(inputs, "export_lines", lines, find_lines(inputs.exports, lines, inputs.business_date))
    _adopt(inputs, "cancel_lines", cancels, find_cancel_lines(inputs.exports, cancels))


def _adopt(inputs: Inputs, table: str, booked: pl.DataFrame, every: pl.DataFrame) -> None:
    """Book the days up to the business date of which not every row is booked."""
    lost = every.join(booked, on="idempotency_key", how="anti")
    for day in lost["business_date"].unique().sort():
        if day <= inputs.business_date:
            inputs.adopt(table, day, every.filter(business_date=day))
