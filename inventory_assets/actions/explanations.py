"""Why every action is what it is, in one table."""

import polars as pl

from governance.kinds import list_plans
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.inventory import DEPARTED_LINES_FROM
from inventory_assets.pictures import tabulate_steps
from inventory_assets.plans import read_left_limits, read_pairs
from optimization.explanation import PlannedNight, explain_actions
from quality_checks.checks import EXPLAINED, judge_explanations

_PLANS = list_plans()
"""Kind of action -> the table of its plan."""


@result_asset(
    "explanations",
    reads=[
        "proposals",
        *(plan.name for plan in _PLANS.values()),
        "planning_pairs",
        "sale_values",
        "targets",
        "season_moves",
        "limit_prices",
        "order_limit_prices",
        "sourcing_options",
        "substitution_options",
        "supplier_choices",
        "order_levels",
        "order_alternatives",
        "lanes",
        "locations",
        "lead_times",
        "other_lead_times",
        "supplier_yields",
        "item_suppliers",
        "suppliers",
        "products",
        "forecast",
        "launch_forecast",
        "forecast_drivers",
        *DEPARTED_LINES_FROM,
    ],
    earlier=["export_lines", "cancel_lines"],
    checks=[EXPLAINED],
    by_item=True,
    group="exports",  # it tells of what drives the forecast, which waits for them
)
def explanations(inputs: Inputs) -> Computed:
    """The numbers behind each action's quantity and benefit, and where each comes from."""
    pairs, lanes, policy = read_left_limits(inputs, read_pairs(inputs))
    night = PlannedNight(
        business_date=inputs.business_date,
        policy=policy,
        proposals=inputs.read("proposals"),
        plans={kind: inputs.read(plan.name) for kind, plan in _PLANS.items()},
        pairs=pairs,
        targets=inputs.read("targets"),
        choices=inputs.read("supplier_choices"),
        order_levels=inputs.read("order_levels"),
        order_alternatives=inputs.read("order_alternatives"),
        season_moves=inputs.read("season_moves"),
        limit_prices=inputs.read("limit_prices"),
        sourcing_options=inputs.read("sourcing_options"),
        substitution_options=inputs.read("substitution_options"),
        order_limit_prices=inputs.read("order_limit_prices"),
        lanes=lanes,
        stated_lanes=inputs.known("lanes"),
        locations=inputs.known("locations"),
        lead_times=inputs.read("lead_times"),
        other_lead_times=inputs.read("other_lead_times"),
        other_terms=inputs.query("other_terms"),
        terms=inputs.query("purchase_terms"),
        models=_models(inputs),
        drivers=inputs.read("forecast_drivers"),
    )
    frame = explain_actions(night)
    told = tabulate_steps(frame)
    return Computed(
        frame,
        [judge_explanations(frame, night.proposals)],
        {"steps by part": show_rows(told, len(told))},
    )


def _models(inputs: Inputs) -> pl.DataFrame:
    """sku, location, model: what plans looked ahead by, the launch forecast where there is one."""
    ahead = [inputs.read(name).select("sku", "location", "model") for name in _AHEAD]
    return pl.concat(ahead).unique(["sku", "location"], keep="first", maintain_order=True)


_AHEAD = ("launch_forecast", "forecast")
