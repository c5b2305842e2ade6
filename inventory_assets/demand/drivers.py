"""Why the forecasts that actions rest on are what they are."""

from datetime import timedelta

import polars as pl

from forecasting.lifecycle import load_champion
from forecasting.night import choose_explained, explain_forecasts
from inventory_assets.demand.forecast import read_offers
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.contracts import CONTRACTS

_PAIRS = 1000
"""Pairs that are explained: those with an action that waits for people, and then those whose
actions are worth most. The cost is bounded, and of no other pair does anybody ask why."""

_DAYS = 7


# After the files: nothing that leaves waits for an explanation.
# What is told of actions once they have left stands with the exports: groups then run one way.
@result_asset(
    "forecast_drivers",
    reads=[
        "proposals",
        "routed",
        "forecast",
        "season_factors",
        "price_responses",
        "unconstrained",
        *ANNOUNCED,
    ],
    after=["export_lines"],
    by_item=True,
    group="exports",
)
def forecast_drivers(inputs: Inputs) -> Computed:
    """Contributions to the next week's forecast, in units and in words."""
    routed = inputs.read("routed").select("action_id", waits=pl.col("status") == "waiting")
    actions = inputs.read("proposals").join(routed, on="action_id")
    today, forecast = inputs.business_date, inputs.read("forecast")
    asked = choose_explained(actions, forecast, most=_PAIRS)
    if asked.is_empty():
        return Computed(CONTRACTS["forecast_drivers"].empty().drop("business_date"))
    champion, _ = load_champion(inputs.models, today)
    panel = None
    if champion is not None:
        panel = demand_panel(inputs, inputs.read("unconstrained"), as_of=today, horizon=_DAYS)
    explained = explain_forecasts(
        asked,
        forecast,
        inputs.read("season_factors"),
        read_offers(inputs, today, _DAYS, known_on=today),
        last_day=today + timedelta(days=_DAYS),
        model=None if champion is None else champion.forecaster,
        panel=panel,
    )
    return Computed(explained)
