"""Stock by day if tonight's plan is carried out."""

from datetime import timedelta

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_projection
from inventory_assets.plans.pairs import list_sku_ranges, read_outlook
from optimization.night import project_night
from quality_checks.contracts import CONTRACTS


@result_asset(
    "projected_stock",
    reads=[
        "planning_pairs",
        "targets",
        "forecast",
        "launch_forecast",
        "season_factors",
        "receipts_ahead",
        "allocation",
        "transfers_plan",
        "purchase_plan",
        "lanes",
    ],
    by_item=True,
)
def projected_stock(inputs: Inputs) -> Computed:
    """What active pairs are expected to hold, sell and lose until their next order's goods come."""
    moves = inputs.query("planned_moves")
    parts = [
        project_night(
            inputs.read("planning_pairs", skus=skus).drop("business_date"),
            inputs.read("targets", skus=skus),
            read_outlook(inputs, skus),
            moves,
            inputs.policy,
            first_day=inputs.business_date + timedelta(days=1),
        )
        for skus in list_sku_ranges(inputs)
    ]
    frame = pl.concat([CONTRACTS["projected_stock"].empty().drop("business_date"), *parts])
    by_day = tabulate_projection(frame)
    return Computed(frame, metadata={"by day": show_rows(by_day, len(by_day))})
