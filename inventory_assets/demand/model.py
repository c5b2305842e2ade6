"""Training: a challenger each week, promoted by its backtest or not."""

import hashlib
import json
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl

from forecasting.global_model import (
    MODEL,
    NAMES,
    PARAMETERS,
    ROUNDS,
    TRAINING_DAYS,
    ModelPanel,
    to_files,
)
from forecasting.lifecycle import (
    FALLBACK,
    GLOBAL,
    ChampionEvent,
    ModelCard,
    ModelDescription,
    Trained,
    champion,
    events,
    judge_challenger,
    load,
    read_card,
    record,
    register,
    train_challenger,
    versions,
)
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Computed, Inputs, code_version, result_asset, table
from quality_checks.checks import TRAINED, judge_training
from quality_checks.contracts import CONTRACTS

SCORES, CHOICE = "scores.json", "fallback.json"
"""Files of a version beside the model's own: backtest scores, and the fallback by class."""

_SEED = 7
_SCORED = ("wape", "bias", "pinball", "coverage_80")
_AUTHOR = "asset demand/model_versions"


@result_asset(
    "model_versions",
    reads=["unconstrained", *ANNOUNCED],
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
        trained = train_challenger(panel, history, seed=_SEED)
    except ValueError as error:
        # Too little to learn from is no fault of the run: who planned before plans on.
        return Computed(model_table(models, business_date), [judge_training(str(error))])
    card = register(models, _description(panel, trained, history), _files(trained))
    reason = _judge(models, business_date, card, trained.scores)
    return Computed(
        model_table(models, business_date),
        [judge_training(None)],
        {
            "challenger": card.version,
            "verdict": reason,
            "backtest": table(trained.scores, 20),
            "fallback by class": table(
                pl.DataFrame(
                    {"class": list(trained.choice), "model": list(trained.choice.values())}
                ),
                10,
            ),
        },
    )


def model_table(models: Path, business_date: date) -> pl.DataFrame:
    """Rows of `ModelVersions`: every version trained by the business date."""
    leader = champion(models, business_date)
    said = {
        event.version if event.kind != "kept" else event.other: event.reason
        for event in events(models)
        if event.business_date <= business_date
    }
    rows = []
    for version in versions(models):
        card = read_card(models, version)
        if card.trained_on <= business_date:
            rows.append(
                {
                    "version": version,
                    "model": card.model,
                    "trained_on": card.trained_on,
                    "first_day": card.first_day,
                    "last_day": card.last_day,
                    **card.scores,
                    "champion": leader is not None and leader.version == version,
                    "reason": said.get(version, ""),
                }
            )
    empty = CONTRACTS["model_versions"].empty().drop("business_date")
    return pl.DataFrame(rows, schema=empty.schema) if rows else empty


def _judge(models: Path, business_date: date, card: ModelCard, scores: pl.DataFrame) -> str:
    """Promote the challenger or keep the champion; why, in words."""
    leader = champion(models, business_date)
    if leader is not None and leader.version == card.version:
        return f"{card.version} is the champion already"
    mine, baseline = (scores.filter(model=name).drop("model") for name in (GLOBAL, FALLBACK))
    theirs = None if leader is None else _comparable(models, leader, card)
    if theirs is not None:
        mine, baseline = (
            frame.join(theirs.select("origin"), on="origin", how="semi")
            for frame in (mine, baseline)
        )
    verdict = judge_challenger(mine, theirs, baseline)
    event = ChampionEvent(
        business_date=business_date,
        kind="promoted" if verdict.promote else "kept",
        version=card.version if verdict.promote else (leader.version if leader else None),
        other=(leader.version if leader else None) if verdict.promote else card.version,
        reason=verdict.reason,
        author=_AUTHOR,
        scores={card.version: card.scores},
    )
    record(models, event)
    return verdict.reason


def _comparable(models: Path, leader: ModelCard, card: ModelCard) -> pl.DataFrame | None:
    """The champion's scores on the challenger's origins; None where both are the same recipe.

    A recipe trained again on newer data is no other model: its backtest is the champion's own,
    so it has to beat the fallback only.
    """
    if (leader.features, leader.parameters) == (card.features, card.parameters):
        return None
    stored = json.loads(load(models, leader.version).files[SCORES])
    theirs = pl.DataFrame(stored).with_columns(pl.col("origin").str.to_date())
    ours = json.loads(load(models, card.version).files[SCORES])
    origins = {row["origin"] for row in ours}
    return theirs.filter(
        pl.col("model") == GLOBAL, pl.col("origin").cast(pl.String).is_in(origins)
    ).drop("model")


def _description(panel: ModelPanel, trained: Trained, history: pl.DataFrame) -> ModelDescription:
    means = trained.scores.group_by("model").agg(pl.col(_SCORED).mean())
    scores = means.filter(model=GLOBAL).drop("model").row(0, named=True)
    (fallback,) = means.filter(model=FALLBACK)["pinball"]
    first = history["date"].min()
    return ModelDescription(
        model=MODEL,
        trained_on=panel.as_of,
        first_day=first,  # type: ignore[arg-type]  # polars says any literal
        last_day=panel.as_of,
        data_hash=_data_hash(panel),
        features=NAMES,
        parameters={
            **{name: str(value) for name, value in PARAMETERS.items()},
            "rounds": ROUNDS,
            "training_days": TRAINING_DAYS,
            "seed": _SEED,
        },
        code_version=code_version(),
        scores={**scores, "baseline_pinball": fallback},
        reference=trained.inputs,
    )


def _data_hash(panel: ModelPanel) -> str:
    digest = hashlib.sha256()
    for array in (panel.demand, panel.in_stock, panel.price, panel.promoted, panel.day_off):
        digest.update(array.tobytes())
    return digest.hexdigest()


def _files(trained: Trained) -> dict[str, bytes]:
    rows = trained.scores.with_columns(pl.col("origin").cast(pl.String)).to_dicts()
    return {
        **to_files(trained.forecaster),
        SCORES: json.dumps(rows, indent=1).encode(),
        CHOICE: json.dumps(trained.choice, indent=1, sort_keys=True).encode(),
    }
