"""Order-up-to levels, the pair's own or its echelon's, and what service costs in stock."""

from datetime import date, timedelta

import polars as pl

from inventory_assets.framework import (
    Computed,
    Retailer,
    levels_table,
    result_asset,
    table,
    trade_off_plot,
)
from optimization.levels import Plan, class_sums, curve, echelon_windows, local_windows, order_up_to
from quality_checks.checks import PLANNED, judge_problems
from quality_checks.contracts import CONTRACTS


@result_asset(
    "targets",
    # The version comes first: it refuses inputs that are known to be bad.
    deps=[
        "plan_versions",
        "forecast",
        "launch_forecast",
        "position",
        "lead_times",
        "supplier_yields",
        "item_locations",
        "locations",
        "products",
    ],
    checks=[PLANNED],
)
def targets(retailer: Retailer, business_date: date) -> Computed:
    """How much each pair should hold, or have coming, until the goods of the next order arrive."""
    plans = [
        _levels(retailer, business_date, skus) for skus in retailer.sku_ranges(business_date)
    ] or [Plan(CONTRACTS["targets"].empty(), pl.DataFrame())]
    lines = pl.concat([plan.lines for plan in plans])
    return Computed(
        lines,
        [judge_problems(pl.concat([plan.left_out for plan in plans]))],
        {"what set the level": table(levels_table(lines), 14)},
    )


def _levels(retailer: Retailer, business_date: date, skus: pl.DataFrame) -> Plan:
    pairs = retailer.planning_pairs(business_date, skus)
    forecast = retailer.planning_forecast(business_date, skus)
    first_day = business_date + timedelta(days=1)
    windows = [
        window(pairs, forecast, first_day=first_day) for window in (local_windows, echelon_windows)
    ]
    return order_up_to(pl.concat(windows, how="diagonal"), retailer.planning_policy.economics)


@result_asset("trade_off", deps=["targets"])
def trade_off(retailer: Retailer, business_date: date) -> Computed:
    """What each service would take in stock, by class, and where the plan stands."""
    levels = retailer.warehouse.read(CONTRACTS["targets"], business_date)
    parts = [
        class_sums(
            retailer.planning_pairs(business_date, skus)
            .select("sku", "location", "unit_cost", "review_days", "presentation_min", "shelf_max")
            .join(levels, on=["sku", "location"]),
            retailer.planning_policy.economics,
        )
        for skus in retailer.sku_ranges(business_date)
    ]
    points = curve(parts) if parts else CONTRACTS["trade_off"].empty().drop("business_date")
    return Computed(points, metadata={"service against stock": trade_off_plot(points)})
