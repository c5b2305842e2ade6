"""What stock and orders tie up, and when suppliers are paid, with tonight's plan and without."""

from datetime import timedelta
from functools import partial
from itertools import chain

import polars as pl

from governance.exchange import list_supplier_actions
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import plot_capital, tabulate_capital, tabulate_cash
from inventory_assets.plans import list_sku_ranges, read_forecast
from optimization.finance import list_payments, project_capital, sum_pool_demand
from quality_checks.checks import (
    CAPITAL_ADDS_UP,
    PAYMENTS_COMPLETE,
    judge_capital,
    judge_payments,
)
from quality_checks.contracts import CONTRACTS

_SHOWN = 26


@result_assets(
    {"working_capital": [CAPITAL_ADDS_UP], "cash_ahead": [PAYMENTS_COMPLETE]},
    reads=[
        "position",
        "planning_pairs",
        "forecast",
        "launch_forecast",
        "receipts_ahead",
        "proposals",
        "routed",
        "products",
        "locations",
        "dates_in_force",
        "suppliers",
        "item_suppliers",
        "purchase_orders",
        "in_transit",
        "receipts",
    ],
    by_item=True,
)
def finance(inputs: Inputs) -> list[Computed]:
    """Working capital by week and department, and payments by week, supplier and department."""
    days, business_date = inputs.policy.horizon_days, inputs.business_date
    payment_days = inputs.policy.payment_days
    kinds = sorted(inputs.policy.economics.backorder_kinds)
    waiting = pl.DataFrame({"kind": kinds}, schema={"kind": pl.String})
    pairs = inputs.query("stocked_pairs", frames={"backorder_kinds": waiting})
    items, lines = inputs.query("costed_items"), inputs.query("expected_lines")
    actions = list_supplier_actions(inputs.read("proposals"), inputs.read("routed"))
    forecasts = (read_forecast(inputs, skus) for skus in list_sku_ranges(inputs))
    demand = pl.concat(
        sum_pool_demand(forecast, pairs, first_day=business_date + timedelta(days=1), days=days)
        for forecast in chain([CONTRACTS["forecast"].empty()], forecasts)
    )
    capital = project_capital(
        pairs, items, demand, lines, actions, business_date=business_date, days=days
    )
    cash = list_payments(
        inputs.query("received_lines", payment_days=payment_days),
        lines,
        actions,
        items,
        inputs.known("suppliers"),
        as_of=business_date,
        payment_days=payment_days,
    )
    tonight = inputs.query("capital_tonight")
    return [
        Computed(
            capital,
            [judge_capital(capital, tonight)],
            {
                "by week": partial(plot_capital, capital),
                "all departments": show_rows(tabulate_capital(capital), _SHOWN),
            },
        ),
        Computed(
            cash,
            [judge_payments(cash, inputs.query("recomputed_payments", payment_days=payment_days))],
            {"by week": show_rows(tabulate_cash(cash), _SHOWN)},
        ),
    ]
