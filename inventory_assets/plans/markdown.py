"""Prices at the end of a season: what to mark down, and which planned falls to put off."""

from functools import partial

from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import plot_price_options, tabulate_price_problems
from inventory_assets.plans.season_prices import PRICED_FROM, read_price_inputs
from optimization.feasibility import find_price_problems
from optimization.night import plan_prices
from quality_checks.checks import FEASIBLE, SEASONS_PRICED, judge_feasibility, judge_seasons

_SHOWN = 20


@result_assets(
    {
        "markdown_plan": [FEASIBLE],
        "deferral_plan": (),
        "markdown_options": (),
        "unpriced_seasons": [SEASONS_PRICED],
    },
    reads=["planning_pairs", "sale_values", "transfers_plan", "season_moves", *PRICED_FROM],
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
)
def markdown_plan(inputs: Inputs) -> list[Computed]:
    """Whether prices fall now, later or not, by what the rest of each season is worth."""
    given = read_price_inputs(inputs, inputs.read("transfers_plan"))
    plan = plan_prices(given, inputs.read("season_moves"))
    problems = find_price_problems(
        plan.markdowns,
        plan.deferrals,
        given.items,
        given.weeks,
        rooms=given.rooms,
        places=given.places,
        offers=given.offers,
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
