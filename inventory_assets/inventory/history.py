"""Daily history: sales, returns and stock-outs by day, built once a day and again on change."""

from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory.rebuilding import rebuild_days
from quality_checks.checks import SALES_KNOWN, SOLD_ONCE, judge_trading


@result_asset(
    "trading_days",
    reads=["pos_sales", "locations"],
    earlier=["trading_days", "day_fingerprints", "quarantine"],
    checks=[SALES_KNOWN, SOLD_ONCE],
)
def trading_days(inputs: Inputs) -> Computed:
    """Rebuild each day whose sales changed, up to the business date."""
    rebuilt = rebuild_days(inputs, "trading_days")
    frame = inputs.read("trading_days")
    outcomes = judge_trading(frame, inputs.query("repeated_sales"))
    return Computed(frame, outcomes, {"days rebuilt": len(rebuilt)})


@result_asset(
    "demand_history",
    reads=[
        "pos_sales",
        "substitution_outcomes",
        "returns",
        "stock",
        "stockout_hours",
        "locations",
        "item_locations",
    ],
    earlier=["demand_history", "day_fingerprints"],
)
def demand_history(inputs: Inputs) -> Computed:
    """Rebuild each day whose sales, returns or stock changed, up to the business date."""
    rebuilt = rebuild_days(inputs, "demand_history")
    return Computed(inputs.read("demand_history"), metadata={"days rebuilt": len(rebuilt)})
