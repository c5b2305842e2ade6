"""A copy of the warehouse for notebooks, BI and planners, who never open the live file."""

import dagster as dg

from inventory_assets.checked import OWNERS, asset_key
from inventory_assets.partitions import business_dates
from inventory_assets.resources import Retailer

_AFTER = (
    "stock_health",
    "worklist",
    "export_lines",
    "forecast_drivers",
    "forecast_accuracy",
    "level_accuracy",
    "override_value",
    "book_balance",
)


@dg.asset(
    key=["reporting", "read_copy"],
    deps=[asset_key(name) for name in _AFTER],
    group_name="exports",
    owners=[OWNERS["exports"]],
    kinds={"duckdb"},
    partitions_def=business_dates,
    pool="warehouse",
)
def read_copy(retailer: Retailer) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The warehouse after a run, published whole by rename; open it as long as you like."""
    copy = retailer.warehouse.publish_copy()
    return dg.MaterializeResult(
        metadata={"path": dg.MetadataValue.path(copy), "bytes": copy.stat().st_size}
    )
