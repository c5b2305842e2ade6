"""What a sale of each pair is expected to earn."""

from datetime import date, timedelta

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_price_bases
from inventory_assets.plans.pairs import choose_skus, list_sku_ranges, read_forecast
from optimization.levels import Plan
from optimization.value import SaleRecords, value_sales
from quality_checks.checks import (
    LEFT_STOCK_GONE,
    PLANNED,
    PRICES_SOUND,
    judge_left_stock,
    judge_prices,
    judge_problems,
)
from quality_checks.contracts import CONTRACTS
from warehouse import SkuRange

_PAID_DAYS = 28
"""Days of receipts that announced prices are held against."""

_YEAR_DAYS = 365
_SHOWN = 20


@result_asset(
    "sale_values",
    reads=[
        "planning_pairs",
        "forecast",
        "launch_forecast",
        "return_rates",
        "demand_history",
        "trading_days",
        "item_locations",
        "locations",
        "products",
        "prices",
        "promotions",
    ],
    checks=[PLANNED, PRICES_SOUND, LEFT_STOCK_GONE],
    by_item=True,
)
def sale_values(inputs: Inputs) -> Computed:
    """Price, returns and margin of a sale, of every pair, by what was paid up to the last close."""
    closed = inputs.last_closed_day
    first_day = closed - timedelta(days=_YEAR_DAYS - 1)
    categories = inputs.query("category_prices", first_day=first_day, last_day=closed)
    plans = [_value(inputs, skus, categories, closed) for skus in list_sku_ranges(inputs)] or [
        Plan(CONTRACTS["sale_values"].empty().drop("business_date"), pl.DataFrame())
    ]
    lines = pl.concat([plan.lines for plan in plans])
    return Computed(
        lines,
        [
            judge_problems(pl.concat([plan.left_out for plan in plans])),
            judge_prices(lines),
            judge_left_stock(lines, inputs.read("planning_pairs")),
        ],
        {"by what prices were found": show_rows(tabulate_price_bases(lines), _SHOWN)},
    )


def _value(inputs: Inputs, skus: SkuRange, categories: pl.DataFrame, closed: date) -> Plan:
    today, day = inputs.business_date, timedelta(days=1)
    chosen = {"sku_range": choose_skus(skus)}
    lately = closed - (_PAID_DAYS - 1) * day
    records = SaleRecords(
        offers=inputs.query(
            "announced_offers",
            frames=chosen,
            first_day=lately,
            last_day=today + _YEAR_DAYS * day,
        ),
        paid=inputs.query("paid_sales", frames=chosen, first_day=lately, last_day=closed),
        categories=categories,
        returns=inputs.query(
            "pair_returns",
            frames=chosen,
            first_day=closed - (_YEAR_DAYS - 1) * day,
            last_day=closed,
        ),
    )
    return value_sales(
        inputs.read("planning_pairs", skus=skus).drop("business_date"),
        read_forecast(inputs, skus),
        records,
        inputs.policy.economics,
        first_day=today + day,
    )
