"""A copy of the warehouse for notebooks, BI and planners, who never open the live file."""

import dagster as dg

from inventory_assets.framework import OWNERS, Retailer, business_dates, make_asset_key, name_group

_AFTER = (
    "stock_health",
    "working_capital",
    "cash_ahead",
    "budget_use",
    "capacity_use",
    "sourcing_shadow",
    "shortages",
    "plan_changes",
    "worklist",
    "decision_steps",
    "export_lines",
    "cancel_lines",
    "forecast_drivers",
    "explanations",
    "forecast_accuracy",
    "level_accuracy",
    "override_value",
    "price_outcomes",
    "book_balance",
    "judged_counts",
    "scorecard_figures",
    "supplier_exposure",
    "lane_risks",
    "channel_buffers",
    "exceptions",
    "cases",
    "exception_causes",
)


@dg.asset(
    key=["reporting", "read_copy"],
    deps=[make_asset_key(name) for name in _AFTER],
    group_name=name_group("exports"),
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
