"""Daily history: sales, returns and stock-outs by day, built once a day and again on change."""

from datetime import date

from inventory_assets.framework import Computed, Retailer, result_asset
from quality_checks.checks import SALES_KNOWN, judge_trading
from quality_checks.contracts import CONTRACTS

_TRADING = CONTRACTS["trading_days"]
_HISTORY = CONTRACTS["demand_history"]


@result_asset("trading_days", deps=["pos_sales", "locations"], checks=[SALES_KNOWN])
def trading_days(retailer: Retailer, business_date: date) -> Computed:
    """Rebuild each day whose sales changed, up to the business date."""
    kept = retailer.planning_policy.history_kept_days
    rebuilt = retailer.warehouse.rebuild_days(_TRADING, business_date, days_kept=kept)
    frame = retailer.warehouse.read(_TRADING, business_date)
    return Computed(frame, judge_trading(frame), {"days rebuilt": len(rebuilt)})


@result_asset(
    "demand_history",
    deps=["pos_sales", "returns", "stock", "stockout_hours", "locations", "item_locations"],
)
def demand_history(retailer: Retailer, business_date: date) -> Computed:
    """Rebuild each day whose sales, returns or stock changed, up to the business date."""
    kept = retailer.planning_policy.history_kept_days
    rebuilt = retailer.warehouse.rebuild_days(_HISTORY, business_date, days_kept=kept)
    frame = retailer.warehouse.read(_HISTORY, business_date)
    return Computed(frame, metadata={"days rebuilt": len(rebuilt)})
