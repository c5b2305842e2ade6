"""The plan's version, and the guard before planning."""

from datetime import date

from governance.exchange import read_batches
from inventory_assets.framework import Computed, Retailer, refuse_on_blocking_failures, result_asset
from quality_checks.contracts import CONTRACTS, landing_sources


# Among the extracts, which it seals: the graph of groups then runs one way, from left to right.
@result_asset("plan_versions", deps=list(landing_sources()), group="extracts")
def plan_versions(retailer: Retailer, business_date: date) -> Computed:
    """A new version where inputs, policies or code differ from every version before."""
    refuse_on_blocking_failures(retailer, business_date, stages=["landing"])
    _adopt_batches(retailer, business_date)
    versions = retailer.next_plan_versions(business_date)
    current = versions.filter("current").row(0, named=True)
    return Computed(
        versions, metadata={name: current[name] for name in ("plan_version", "plan_hash")}
    )


def _adopt_batches(retailer: Retailer, business_date: date) -> None:
    """Book the lines of earlier batches on disk that the warehouse does not know.

    The folders are the truth about what was handed out: after a lost warehouse, plans would
    otherwise order again what is on its way.
    """
    lines = CONTRACTS["export_lines"]
    booked = retailer.warehouse.exported(business_date)["business_date"].unique()
    for folder in sorted(retailer.exports.glob("[0-9]*-[0-9]*-[0-9]*")):
        day = date.fromisoformat(folder.name)
        if day < business_date and day not in booked:
            retailer.warehouse.write(lines, day, read_batches(retailer.exports, day))
