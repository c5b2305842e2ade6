"""Order-up-to levels: the pair's own where a DC feeds it, its echelon's where a supplier does."""

from datetime import date, timedelta

import polars as pl

from inventory_assets.checked import Computed, result_asset, table
from inventory_assets.plots import levels_table
from inventory_assets.resources import Retailer
from optimization.protection import echelon_windows, local_windows
from optimization.targets import order_up_to
from quality_checks.checks.plans import PLANNED, judge_problems
from quality_checks.contracts import CONTRACTS


@result_asset(
    "targets",
    # The version comes first: it refuses inputs that are known to be bad.
    deps=[
        "plan_versions",
        "forecast",
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
    """How much each pair should hold, or have coming, over lead time plus review."""
    pairs = retailer.planning_pairs(business_date)
    forecast = retailer.warehouse.read(CONTRACTS["forecast"], business_date)
    first_day = business_date + timedelta(days=1)
    windows = pl.concat(
        [
            local_windows(pairs, forecast, first_day=first_day),
            echelon_windows(pairs, forecast, first_day=first_day),
        ],
        how="diagonal",
    )
    plan = order_up_to(windows, retailer.economics)
    return Computed(
        plan.lines,
        [judge_problems(plan.left_out)],
        {"what set the level": table(levels_table(plan.lines), 12)},
    )
