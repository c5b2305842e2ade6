"""Order-up-to levels, the pair's own or its echelon's, and what service costs in stock."""

from functools import partial

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_asset, result_assets, show_rows
from inventory_assets.pictures import plot_trade_off, tabulate_levels, tabulate_reasons
from inventory_assets.plans.pairs import list_sku_ranges, read_outlook, read_pairs
from optimization.levels import Plan, build_trade_off, sum_classes
from optimization.night import set_levels
from quality_checks.checks import PLANNED, judge_problems
from quality_checks.contracts import CONTRACTS
from warehouse import SkuRange

_NOTHING = Plan(
    CONTRACTS["targets"].empty(),
    pl.DataFrame(schema=dict.fromkeys(("sku", "location", "problem"), pl.String)),
)
"""The levels of no pairs."""


@result_assets(
    {"targets": [PLANNED], "unlevelled": ()},
    reads=[
        "planning_pairs",
        "sale_values",
        "forecast",
        "launch_forecast",
        "season_factors",
        "receipts_ahead",
    ],
    # The version refuses inputs that are known to be bad, also where pairs are not gathered anew.
    after=["plan_versions"],
    by_item=True,
    separable=True,
)
def targets(inputs: Inputs) -> list[Computed]:
    """How much each pair should hold, or have coming, until the goods of the next order arrive."""
    plans = [_levels(inputs, skus) for skus in list_sku_ranges(inputs)] or [_NOTHING]
    lines = pl.concat([plan.lines for plan in plans])
    left_out = pl.concat([plan.left_out for plan in plans])
    unlevelled = left_out.rename({"problem": "reason"})
    return [
        Computed(
            lines,
            [judge_problems(left_out)],
            {"what set the level": show_rows(tabulate_levels(lines), 14)},
        ),
        Computed(unlevelled, metadata={"why": show_rows(tabulate_reasons(unlevelled), 20)}),
    ]


def _levels(inputs: Inputs, skus: SkuRange) -> Plan:
    pairs, outlook = read_pairs(inputs, skus), read_outlook(inputs, skus)
    return set_levels(pairs, outlook, inputs.policy, business_date=inputs.business_date)


@result_asset("trade_off", reads=["targets", "planning_pairs", "sale_values"], by_item=True)
def trade_off(inputs: Inputs) -> Computed:
    """What each service would take in stock, by class, and where the plan stands."""
    levels = inputs.read("targets")
    parts = [
        sum_classes(
            read_pairs(inputs, skus)
            .select("sku", "location", "unit_cost", "review_days", "presentation_min", "shelf_max")
            .join(levels, on=["sku", "location"]),
            inputs.policy.economics,
        )
        for skus in list_sku_ranges(inputs)
    ]
    points = (
        build_trade_off(parts) if parts else CONTRACTS["trade_off"].empty().drop("business_date")
    )
    return Computed(points, metadata={"service against stock": partial(plot_trade_off, points)})
