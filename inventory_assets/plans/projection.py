"""Stock by day if tonight's plan is carried out."""

from datetime import timedelta

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import tabulate_projection
from inventory_assets.plans.pairs import list_sku_ranges, read_outlook
from optimization.night import project_night
from quality_checks.contracts import CONTRACTS

_SHOWN = 20


@result_assets(
    {"projected_stock": (), "supply_gaps": ()},
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
    separable=True,
)
def projected_stock(inputs: Inputs) -> list[Computed]:
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
    stock, gaps = (
        pl.concat([CONTRACTS[name].empty().drop("business_date"), *slices])
        for name, slices in (
            ("projected_stock", [part.stock for part in parts]),
            ("supply_gaps", [part.gaps for part in parts]),
        )
    )
    by_day = tabulate_projection(stock)
    dearest = gaps.sort("lost_margin", "sku", "location", descending=[True, False, False])
    return [
        Computed(stock, metadata={"by day": show_rows(by_day, len(by_day))}),
        Computed(gaps, metadata={"dearest first": show_rows(dearest, _SHOWN)}),
    ]
