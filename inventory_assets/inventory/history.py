"""Daily history: sales, returns and stock-outs by day, built once a day and again on change."""

from datetime import date

import dagster as dg

from inventory_assets.checked import (
    CONTRACT,
    OWNERS,
    Results,
    asset_key,
    check_spec,
    column_schema,
    report,
    table,
)
from inventory_assets.partitions import business_dates
from inventory_assets.resources import Retailer
from quality_checks.checks.inventory import SALES_KNOWN, judge_trading
from quality_checks.contracts import CONTRACTS

_TRADING = CONTRACTS["trading_days"]
_HISTORY = CONTRACTS["demand_history"]
_PREVIEW_ROWS = 10
_INPUTS = ("pos_sales", "returns", "stock", "stockout_hours", "locations", "item_locations")


@dg.multi_asset(
    name="daily_history",
    specs=[
        dg.AssetSpec(
            asset_key(contract.name),
            deps=[asset_key(source) for source in _INPUTS],
            description=contract.description,
            group_name=contract.stage,
            owners=[OWNERS[contract.stage]],
            kinds={"duckdb"},
            metadata={"dagster/column_schema": column_schema(contract)},
            partitions_def=business_dates,
        )
        for contract in (_TRADING, _HISTORY)
    ],
    check_specs=[
        check_spec(CONTRACT, asset_key("demand_history")),
        check_spec(SALES_KNOWN, asset_key("trading_days")),
    ],
    pool="warehouse",
)
def daily_history(context: dg.AssetExecutionContext, retailer: Retailer) -> Results:
    """Rebuild each day whose landed rows changed, up to the business date."""
    business_date = date.fromisoformat(context.partition_key)
    rebuilt = retailer.warehouse.rebuild_days(
        [_TRADING, _HISTORY], business_date, days_kept=retailer.planning_policy.history_kept_days
    )
    context.log.info("rebuilt %d days", len(rebuilt))
    trading = retailer.warehouse.read(_TRADING, business_date)
    history = retailer.warehouse.read(_HISTORY, business_date)
    yield dg.MaterializeResult(
        asset_key=asset_key("trading_days"),
        metadata={
            "dagster/row_count": len(trading),
            "days rebuilt": len(rebuilt),
            "locations": table(trading, len(trading)),
        },
        check_results=report(retailer, _TRADING, business_date, judge_trading(trading)),
    )
    yield dg.MaterializeResult(
        asset_key=asset_key("demand_history"),
        metadata={
            "dagster/row_count": len(history),
            "days rebuilt": len(rebuilt),
            "rows": table(history, _PREVIEW_ROWS),
        },
        check_results=report(
            retailer, _HISTORY, business_date, [CONTRACT.found(history.clear(), "")]
        ),
    )
