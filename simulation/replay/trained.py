"""A trained global model as the forecaster of a replay: what it is worth in money.

It is given what a night knows: unconstrained demand, and the offers and days off that the masters
announce. Pairs that it has nothing to say of are forecast by the fallback.
"""

from pathlib import Path

import polars as pl

from forecasting.global_model import (
    WEATHER,
    ModelPanel,
    build_model_panel,
)
from forecasting.history import unconstrain_demand
from forecasting.lifecycle import load_model, read_planning_model
from forecasting.night import DemandForecast, forecast_demand
from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import EveningView
from simulation.replay.night_inputs import assortment, long_past, sales_history
from simulation.replay.night_offers import offers_by_day, priced_offers
from simulation.replay.pipeline import Forecaster, days_ahead

_NO_EVENTS = pl.DataFrame(schema={"location": pl.String, "date": pl.Date})
_NO_WEATHER = pl.DataFrame(
    schema={"region": pl.String, "issued_on": pl.Date, "date": pl.Date}
    | dict.fromkeys(WEATHER, pl.Float64)
)


def model_forecaster(folder: Path) -> Forecaster:
    """The forecaster of a version in a registry of models.

    Args:
        folder: of the version, as `models/models/<version>` below a data folder.

    Returns:
        A forecaster, which raises ValueError where the model was trained on days that are to be
        played, or where the retailer's masters do not say what is announced.

    Raises:
        RegistryError: there is no such version, it was altered, or other code trained it.
    """
    model = read_planning_model(load_model(folder.parent.parent, folder.name))
    card = model.card

    def of_night(seen: EveningView, policy: PlanningPolicy) -> DemandForecast:
        today = seen.masters.date(seen.day)
        if card.last_day > today:
            msg = f"{card.version} knows days until {card.last_day}, and is to plan on {today}"
            raise ValueError(msg)
        history = unconstrain_demand(sales_history(seen, policy.history_days, policy.horizon_days))
        return forecast_demand(
            history,
            assortment(seen),
            as_of=today,
            horizon=days_ahead(policy),
            fallback=model.fallback,
            model=model.forecaster,
            panel=known_panel(seen, policy, history),
            past=long_past(seen),
            priced=priced_offers(seen, policy, days_ahead(policy)),
        )

    return of_night


def known_panel(seen: EveningView, policy: PlanningPolicy, history: pl.DataFrame) -> ModelPanel:
    """What a model is given: all that is known, and the days that the pipeline looks ahead.

    Args:
        seen: what is known.
        policy: how far plans look ahead.
        history: rows of the contract Unconstrained.

    Raises:
        ValueError: the masters do not say what is announced.
    """
    masters, today = seen.masters, seen.masters.date(seen.day)
    if masters.offers is None or masters.days_off is None:
        raise ValueError("a trained model is played on a history only: nothing is announced here")
    return build_model_panel(
        history,
        masters.attributes.select("sku", "category"),
        offers_by_day(masters.offers.filter(pl.col("announced_on") <= today)),
        masters.days_off,
        _NO_EVENTS,
        _NO_WEATHER,
        as_of=today,
        horizon=days_ahead(policy),
    )
