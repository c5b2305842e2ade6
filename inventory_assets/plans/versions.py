"""The plan's version, and the guard before planning."""

from datetime import date

from inventory_assets.checked import Computed, result_asset
from inventory_assets.plans.guard import refuse_on_blocking_failures
from inventory_assets.resources import Retailer
from quality_checks.contracts import landing_sources


# Among the extracts, which it seals: the graph of groups then runs one way, from left to right.
@result_asset("plan_versions", deps=list(landing_sources()), group="extracts")
def plan_versions(retailer: Retailer, business_date: date) -> Computed:
    """A new version where inputs, policies or code differ from every version before."""
    refuse_on_blocking_failures(retailer, business_date, stages=["landing"])
    versions = retailer.next_plan_versions(business_date)
    current = versions.filter("current").row(0, named=True)
    return Computed(
        versions, metadata={name: current[name] for name in ("plan_version", "plan_hash")}
    )
