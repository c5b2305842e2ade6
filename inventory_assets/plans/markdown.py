"""Prices at the end of a season: what to mark down, and which planned falls to put off."""

from functools import partial

from governance.exchange import select_standing_lines
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import plot_price_options, tabulate_price_problems
from inventory_assets.plans.pairs import read_outlook, read_pairs
from optimization.feasibility import find_price_problems
from optimization.night import gather_price_inputs, plan_prices
from quality_checks.checks import FEASIBLE, SEASONS_PRICED, judge_feasibility, judge_seasons

_SHOWN = 20


@result_assets(
    {
        "markdown_plan": [FEASIBLE],
        "deferral_plan": (),
        "markdown_options": (),
        "unpriced_seasons": [SEASONS_PRICED],
    },
    reads=[
        "acknowledgements",
        "planning_pairs",
        "sale_values",
        "forecast",
        "launch_forecast",
        "season_factors",
        "receipts_ahead",
        "price_responses",
        "prices",
        "products",
        "lanes",
        "transfers_plan",
    ],
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
)
def markdown_plan(inputs: Inputs) -> list[Computed]:
    """Whether prices fall now, later or not, by what the rest of each season is worth."""
    given = gather_price_inputs(
        pairs=read_pairs(inputs),
        outlook=read_outlook(inputs),
        values=inputs.read("sale_values"),
        responses=inputs.read("price_responses"),
        prices=inputs.query("priced_entries"),
        products=inputs.known("products"),
        lanes=inputs.known("lanes"),
        moves=inputs.read("transfers_plan"),
        exported=select_standing_lines(
            inputs.read_until("export_lines"),
            inputs.known("acknowledgements"),
            inputs.read_until("cancel_lines"),
        ),
        policy=inputs.policy,
        business_date=inputs.business_date,
    )
    plan = plan_prices(given)
    problems = find_price_problems(
        plan.markdowns,
        plan.deferrals,
        given.items,
        given.weeks,
        rooms=given.rooms,
        rules=given.rules,
        first_day=given.first_day,
    )
    return [
        Computed(
            plan.markdowns,
            [judge_feasibility(problems)],
            {
                "worth of all seasons, currency": plan.value,
                "no prices tonight are worth more than, currency": plan.bound,
                "options of the items that gain most": partial(plot_price_options, plan.options),
            },
        ),
        Computed(plan.deferrals),
        Computed(plan.options),
        Computed(
            given.left_out,
            [judge_seasons(given.left_out)],
            {"why": show_rows(tabulate_price_problems(given.left_out), _SHOWN)},
        ),
    ]
