"""Why the forecasts that actions rest on are what they are."""

from forecasting.lifecycle import load_champion
from forecasting.night import choose_explained, explain_forecasts
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.contracts import CONTRACTS

_PAIRS = 2000
"""Pairs that are explained: those whose actions are worth most."""

_DAYS = 7


@result_asset("forecast_drivers", reads=["proposals", "forecast", "unconstrained", *ANNOUNCED])
def forecast_drivers(inputs: Inputs) -> Computed:
    """Contributions to the next week's forecast, in units and in words."""
    asked = choose_explained(inputs.read("proposals"), inputs.read("forecast"), most=_PAIRS)
    champion, _ = load_champion(inputs.models, inputs.business_date)
    if champion is None or asked.is_empty():
        return Computed(CONTRACTS["forecast_drivers"].empty().drop("business_date"))
    history = inputs.read("unconstrained")
    panel = demand_panel(inputs, history, as_of=inputs.business_date, horizon=_DAYS)
    return Computed(explain_forecasts(champion.forecaster, panel, asked))
