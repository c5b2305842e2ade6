"""The plan's version, and the guard before planning."""

from datetime import date

from governance import number_plan
from governance.exchange import read_batches
from inventory_assets.framework import Computed, Inputs, refuse_failures, result_asset
from quality_checks.contracts import list_landing_sources


# Among the extracts, which it seals: the graph of groups then runs one way, from left to right.
@result_asset(
    "plan_versions",
    reads=[],
    after=list(list_landing_sources()),
    earlier=["plan_versions", "export_lines"],
    group="extracts",
)
def plan_versions(inputs: Inputs) -> Computed:
    """Make a new version if inputs, policies or code differ from every version before."""
    business_date = inputs.business_date
    refuse_failures(inputs.blocking_failures(["landing"]), business_date)
    _adopt_batches(inputs)
    parts = inputs.plan_parts()
    versions = number_plan(inputs.read("plan_versions"), business_date, parts)
    current = versions.filter("current").row(0, named=True)
    return Computed(
        versions, metadata={name: current[name] for name in ("plan_version", "plan_hash")}
    )


def _adopt_batches(inputs: Inputs) -> None:
    """Book lines of earlier batches on disk that the warehouse does not know.

    The folders are the truth about what was handed out: after a lost warehouse, plans would
    otherwise order again what is on its way.
    """
    booked = inputs.read_until("export_lines")["business_date"].unique()
    for folder in sorted(inputs.exports.glob("[0-9]*-[0-9]*-[0-9]*")):
        day = date.fromisoformat(folder.name)
        if day < inputs.business_date and day not in booked:
            inputs.adopt("export_lines", day, read_batches(inputs.exports, day))
