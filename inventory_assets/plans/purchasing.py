"""What to order from suppliers."""

import polars as pl

from governance.exchange import list_exported_orders
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.inventory import (
    OPEN_PROPOSALS_FROM,
    PENDING_MOVES_FROM,
    read_open_proposals,
    read_pending_moves,
)
from inventory_assets.pictures import tabulate_reasons
from inventory_assets.plans.pairs import read_outlook, read_pairs
from optimization.feasibility import (
    count_supplier_rooms,
    find_purchase_problems,
    find_supplier_choice_problems,
)
from optimization.levels import Outlook
from optimization.night import SupplierNight, gather_purchase_inputs, purchase_stock
from quality_checks.checks import (
    BREAKS_FALL,
    COVER_REASONABLE,
    FEASIBLE,
    ONE_CURRENCY,
    ORDERED,
    judge_cover,
    judge_currencies,
    judge_feasibility,
    judge_price_breaks,
    judge_unordered,
)
from quality_checks.contracts import CapacityRooms, find_frame

_SKIPPED_SHOWN = 20
_FIGURES = ["limit", "missing_value", "waiting_cost", "limit_price"]

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
    "suppliers",
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


def read_supplier_rooms(inputs: Inputs, moves: pl.DataFrame) -> pl.DataFrame:
    """Frame `capacity_rooms` as checks count it, for what suppliers are asked for tonight."""
    every = inputs.of_all()
    stated = every.known("supplier_capacity")
    if stated.is_empty():
        return find_frame(CapacityRooms).empty()
    return count_supplier_rooms(
        stated,
        every.read("receipts_ahead"),
        moves,
        every.known("item_suppliers"),
        every.known("products"),
        as_of=inputs.business_date,
    )


@result_assets(
    {
        "purchase_plan": [FEASIBLE, ONE_CURRENCY, BREAKS_FALL, COVER_REASONABLE],
        "unordered": [ORDERED],
        "supplier_choices": [FEASIBLE],
        "order_levels": (),
    },
    reads=[
        *PURCHASE_ITEMS_FROM,
        "other_lead_times",
        "supplier_yields",
        "price_breaks",
        "supplier_capacity",
        # What both are read from stands once.
        *dict.fromkeys([*OPEN_PROPOSALS_FROM, *PENDING_MOVES_FROM]),
    ],
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
)
def purchase_plan(inputs: Inputs) -> list[Computed]:
    """Orders for nodes whose echelon is below its level, in documents that suppliers accept."""
    pairs, outlook = read_pairs(inputs), read_outlook(inputs)
    items = read_purchase_items(inputs, pairs, outlook)
    terms = inputs.query("other_terms")
    stated = inputs.query("break_prices")
    breaks, spent = stated.filter("falls"), _read_spent(inputs)
    moves = read_pending_moves(inputs)
    ordered = purchase_stock(
        items,
        breaks,
        spent,
        inputs.policy,
        business_date=inputs.business_date,
        suppliers=SupplierNight(
            pairs,
            outlook,
            inputs.query("purchase_terms"),
            terms,
            inputs.policy,
            inputs.business_date,
        ),
        capacities=inputs.query("capacity_rooms", frames={"pending_moves": moves}),
    )
    plan, choices = ordered.purchases, ordered.choices
    violations = find_purchase_problems(
        plan.lines,
        ordered.items,
        breaks,
        spent,
        inputs.policy.purchasing,
        as_of=inputs.business_date,
        exit_loss_share=inputs.policy.economics.exit_loss_share,
        capacities=read_supplier_rooms(inputs, moves),
    )
    lines = Computed(
        plan.lines,
        [
            judge_feasibility(violations),
            judge_currencies(inputs.query("foreign_terms")),
            judge_price_breaks(stated),
            judge_cover(plan.lines, inputs.read("targets"), inputs.policy.lines.most_cover_days),
        ],
        {
            "worth, currency": plan.value,
            "no plan is worth more than, currency": plan.bound,
            "gap, share": plan.gap,
            "not ordered": show_rows(plan.left_out, _SKIPPED_SHOWN),
        },
    )
    misplaced = find_supplier_choice_problems(
        choices,
        plan.lines,
        items=items,
        others=terms,
        breaks=breaks,
        rules=inputs.policy.purchasing,
        as_of=inputs.business_date,
    )
    gains = choices.sort("gain", descending=True, maintain_order=True)
    planned = plan.left_out.rename({"destination": "location", "problem": "reason"})
    left_out = pl.concat([planned, inputs.query("missing_terms")], how="diagonal")
    unordered = left_out.select("sku", "location", "reason", *_FIGURES)
    return [
        lines,
        Computed(
            unordered,
            [judge_unordered(left_out)],
            {"why": show_rows(tabulate_reasons(unordered), 20)},
        ),
        Computed(
            choices, [judge_feasibility(misplaced)], {"gains": show_rows(gains, _SKIPPED_SHOWN)}
        ),
        Computed(ordered.levels),
    ]


def read_exported_orders(inputs: Inputs) -> pl.DataFrame:
    """Our own orders that no document shows yet: sku, ordered_on, value."""
    return list_exported_orders(read_open_proposals(inputs))


def _read_spent(inputs: Inputs) -> pl.DataFrame:
    """What was ordered so far in the month of the order: department, spent."""
    exported = read_exported_orders(inputs)
    return inputs.query("ordered_in_month", frames={"exported": exported})
