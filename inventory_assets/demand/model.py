"""Training: a challenger each week, promoted by its backtest or not."""

import dagster as dg
import polars as pl

from forecasting.global_model import BACKTEST_DAYS, ModelPanel
from forecasting.lifecycle import (
    Trained,
    judge_version,
    list_choices,
    list_versions,
    register_challenger,
)
from forecasting.night import Assortment, KnownThen, list_training_nights, train_challenger
from governance import record_model_choices
from inventory_assets.demand.forecast import HISTORY_READ, read_offers, read_pasts
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Computed, Inputs, hash_code, result_asset, show_rows
from inventory_assets.project import read_clock
from quality_checks.checks import TRAINED, judge_training

_SEED = 7
_AUTHOR = "asset demand/model_versions"


@result_asset(
    "model_versions",
    reads=sorted({"unconstrained", "price_responses", *HISTORY_READ, *ANNOUNCED}),
    checks=[TRAINED],
)
def model_versions(inputs: Inputs) -> Computed:
    """Train a challenger, and let it plan where its backtest says so."""
    business_date, models = inputs.business_date, inputs.models
    history = inputs.read("unconstrained")
    if history.is_empty():
        raise dg.Failure(f"no unconstrained demand of {business_date}: materialize it first")
    horizon = inputs.policy.horizon_days
    panel = demand_panel(inputs, history, as_of=business_date, horizon=horizon)
    try:
        trained = _train(inputs, panel, history)
    except ValueError as error:
        # Too little to learn from is no fault of the run: who planned before plans on.
        return Computed(list_versions(models, business_date), [judge_training(str(error))])
    card = register_challenger(
        models,
        trained,
        panel,
        history,
        seed=_SEED,
        code_version=hash_code(),
    )
    reason = judge_version(models, card, business_date, author=_AUTHOR)
    record_model_choices(inputs.store, list_choices(models), read_clock())
    by_class = {"class": list(trained.choice), "model": list(trained.choice.values())}
    return Computed(
        list_versions(models, business_date),
        [judge_training(None)],
        {
            "challenger": card.version,
            "verdict": reason,
            "backtest": show_rows(trained.scores, 20),
            "fallback by class": show_rows(pl.DataFrame(by_class), 10),
        },
    )


def _train(inputs: Inputs, panel: ModelPanel, history: pl.DataFrame) -> Trained:
    """The challenger, scored beside the fallback, who both know the offers that are known today."""
    today = inputs.business_date
    dates = list_training_nights(panel)
    nights = [
        KnownThen(
            as_of=night,
            past=past,
            priced=read_offers(inputs, night, BACKTEST_DAYS, known_on=today),
        )
        for night, past in zip(dates, read_pasts(inputs, dates), strict=True)
    ]
    assortment = Assortment(
        inputs.query("new_items").clear(),
        inputs.query("items_on_sale"),
        inputs.query("location_openings"),
    )
    return train_challenger(panel, history, assortment, nights, seed=_SEED)
