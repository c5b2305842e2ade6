"""What to order from suppliers."""

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import tabulate_reasons
from inventory_assets.plans.pairs import read_outlook, read_pairs
from optimization.feasibility import find_purchase_problems
from optimization.levels import Outlook
from optimization.night import gather_purchase_inputs, purchase_stock
from quality_checks.checks import (
    FEASIBLE,
    ONE_CURRENCY,
    ORDERED,
    judge_currencies,
    judge_feasibility,
    judge_unordered,
)

_SKIPPED_SHOWN = 20

PURCHASE_ITEMS_FROM = [
    "planning_pairs",
    "sale_values",
    "targets",
    "forecast",
    "launch_forecast",
    "season_factors",
    "lead_times",
    "item_suppliers",
    "receipts_ahead",
    "products",
]
"""What is read to find what can be ordered."""


def read_purchase_items(inputs: Inputs, pairs: pl.DataFrame, outlook: Outlook) -> pl.DataFrame:
    """Supplier-fed nodes with their level and terms, as orders are planned from."""
    return gather_purchase_inputs(
        pairs,
        outlook,
        inputs.read("targets"),
        inputs.query("purchase_terms"),
        inputs.policy,
        business_date=inputs.business_date,
    )


@result_assets(
    {"purchase_plan": [FEASIBLE, ONE_CURRENCY], "unordered": [ORDERED]},
    reads=PURCHASE_ITEMS_FROM,
    by_item=True,
)
def purchase_plan(inputs: Inputs) -> list[Computed]:
    """Orders for nodes whose echelon is below its level, in minimums and multiples."""
    items = read_purchase_items(inputs, read_pairs(inputs), read_outlook(inputs))
    plan = purchase_stock(items, inputs.policy, business_date=inputs.business_date)
    violations = find_purchase_problems(
        plan.lines,
        items,
        as_of=inputs.business_date,
        exit_loss_share=inputs.policy.economics.exit_loss_share,
    )
    lines = Computed(
        plan.lines,
        [judge_feasibility(violations), judge_currencies(inputs.query("foreign_terms"))],
        {"not ordered": show_rows(plan.left_out, _SKIPPED_SHOWN)},
    )
    planned = plan.left_out.rename({"destination": "location", "problem": "reason"})
    left_out = pl.concat([planned, inputs.query("missing_terms")], how="diagonal")
    unordered = left_out.select("sku", "location", "reason")
    return [
        lines,
        Computed(
            unordered,
            [judge_unordered(left_out)],
            {"why": show_rows(tabulate_reasons(unordered), 20)},
        ),
    ]
