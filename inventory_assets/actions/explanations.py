"""Why every action is what it is, in one table."""

import polars as pl

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.plans import read_pairs
from optimization.explanation import PlannedNight, explain_actions
from quality_checks.checks import EXPLAINED, judge_explanations


@result_asset(
    "explanations",
    reads=[
        "proposals",
        "planning_pairs",
        "sale_values",
        "targets",
        "allocation",
        "limit_prices",
        "transfers_plan",
        "purchase_plan",
        "supplier_choices",
        "order_levels",
        "change_plan",
        "expedite_plan",
        "order_sourcing",
        "substitution_plan",
        "markdown_plan",
        "deferral_plan",
        "count_plan",
        "lanes",
        "lead_times",
        "other_lead_times",
        "supplier_yields",
        "item_suppliers",
        "suppliers",
        "products",
        "forecast",
        "launch_forecast",
        "forecast_drivers",
    ],
    checks=[EXPLAINED],
    by_item=True,
    group="exports",  # it tells of what drives the forecast, which waits for them
)
def explanations(inputs: Inputs) -> Computed:
    """The numbers behind each action's quantity and benefit, and where each comes from."""
    night = PlannedNight(
        business_date=inputs.business_date,
        policy=inputs.policy,
        proposals=inputs.read("proposals"),
        pairs=read_pairs(inputs),
        targets=inputs.read("targets"),
        allocation=inputs.read("allocation"),
        transfers_plan=inputs.read("transfers_plan"),
        purchase_plan=inputs.read("purchase_plan"),
        choices=inputs.read("supplier_choices"),
        order_levels=inputs.read("order_levels"),
        change_plan=inputs.read("change_plan"),
        expedite_plan=inputs.read("expedite_plan"),
        order_sourcing=inputs.read("order_sourcing"),
        substitution_plan=inputs.read("substitution_plan"),
        markdown_plan=inputs.read("markdown_plan"),
        deferral_plan=inputs.read("deferral_plan"),
        count_plan=inputs.read("count_plan"),
        limit_prices=inputs.read("limit_prices"),
        lanes=inputs.known("lanes"),
        lead_times=inputs.read("lead_times"),
        other_lead_times=inputs.read("other_lead_times"),
        other_terms=inputs.query("other_terms"),
        terms=inputs.query("purchase_terms"),
        models=_models(inputs),
        drivers=inputs.read("forecast_drivers"),
    )
    frame = explain_actions(night)
    told = frame.group_by("part").agg(steps=pl.len()).sort("part")
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
