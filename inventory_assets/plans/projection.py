"""Stock by day if tonight's plan is carried out."""

from datetime import timedelta

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_projection
from inventory_assets.plans.pairs import list_sku_ranges, read_forecast, read_pairs
from optimization.projection import project_stock
from quality_checks.contracts import CONTRACTS


@result_asset(
    "projected_stock",
    reads=[
        "planning_pairs",
        "sale_values",
        "forecast",
        "launch_forecast",
        "receipts_ahead",
        "allocation",
        "transfers_plan",
        "purchase_plan",
        "lanes",
    ],
    by_item=True,
)
def projected_stock(inputs: Inputs) -> Computed:
    """What every active pair is expected to hold, sell and lose on each day of the horizon."""
    receipts, moves = inputs.query("receipts_due"), inputs.query("planned_moves")
    waiting = inputs.policy.economics.backorder_kinds
    parts = [CONTRACTS["projected_stock"].empty().drop("business_date")]
    for skus in list_sku_ranges(inputs):
        stocked = read_pairs(inputs, skus).filter(
            pl.col("status") == "active", pl.col("available").is_not_null()
        )
        parts.append(
            project_stock(
                stocked.select(
                    "sku",
                    "location",
                    "region",
                    "available",
                    waits=pl.col("kind").is_in(sorted(waiting)),
                ),
                read_forecast(inputs, skus),
                receipts,
                moves,
                first_day=inputs.business_date + timedelta(days=1),
                days=inputs.policy.horizon_days,
            )
        )
    frame = pl.concat(parts)
    by_day = tabulate_projection(frame)
    return Computed(frame, metadata={"by day": show_rows(by_day, len(by_day))})
