"""Trained versions: registered with their backtest, judged against the champion, listed."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl

from forecasting.global_model import (
    MODEL,
    NAMES,
    PARAMETERS,
    ROUNDS,
    TRAINING_DAYS,
    ModelPanel,
    pack_model,
)
from forecasting.lifecycle.champion import judge_challenger
from forecasting.lifecycle.champion_log import (
    ChampionEvent,
    find_champion,
    read_events,
    record_event,
)
from forecasting.lifecycle.registry import (
    ModelCard,
    ModelDescription,
    list_version_names,
    load_model,
    read_card,
    register_model,
)
from forecasting.lifecycle.training import FALLBACK, GLOBAL, Trained
from quality_checks.contracts import ModelVersions, find_contract

SCORES, CHOICE = "scores.json", "fallback.json"
"""Files of a version beside the model's own: backtest scores, and the fallback by class."""

_SCORED = ("wape", "bias", "pinball", "coverage_80")


def register_challenger(  # noqa: PLR0913  # a model, and all that vouches for it
    folder: Path,
    trained: Trained,
    panel: ModelPanel,
    history: pl.DataFrame,
    *,
    seed: int,
    code_version: str,
) -> ModelCard:
    """Register a challenger with what it was trained on and how its backtest went.

    Args:
        folder: the registry.
        trained: the challenger.
        panel: what it was trained on.
        history: rows of the contract Unconstrained that the panel was built from.
        seed: of the training.
        code_version: of the code that trained it.

    Raises:
        RegistryError: the version is there already, but damaged.
    """
    means = trained.scores.group_by("model", maintain_order=True).agg(pl.col(_SCORED).mean())
    scores = means.filter(model=GLOBAL).drop("model").row(0, named=True)
    (fallback,) = means.filter(model=FALLBACK)["pinball"]
    first = history["date"].min()
    description = ModelDescription(
        model=MODEL,
        trained_on=panel.as_of,
        first_day=first,  # type: ignore[arg-type]  # polars says any literal
        last_day=panel.as_of,
        data_hash=_hash_data(panel),
        features=NAMES,
        parameters={
            **{name: str(value) for name, value in PARAMETERS.items()},
            "rounds": ROUNDS,
            "training_days": TRAINING_DAYS,
            "seed": seed,
        },
        code_version=code_version,
        scores={**scores, "baseline_pinball": fallback},
        reference=trained.inputs,
    )
    return register_model(folder, description, _files(trained))


def _hash_data(panel: ModelPanel) -> str:
    digest = hashlib.sha256()
    for array in (panel.demand, panel.in_stock, panel.price, panel.promoted, panel.day_off):
        digest.update(array.tobytes())
    return digest.hexdigest()


def _files(trained: Trained) -> dict[str, bytes]:
    rows = trained.scores.with_columns(pl.col("origin").cast(pl.String)).to_dicts()
    return {
        **pack_model(trained.forecaster),
        SCORES: json.dumps(rows, indent=1).encode(),
        CHOICE: json.dumps(trained.choice, indent=1, sort_keys=True).encode(),
    }


def judge_version(folder: Path, card: ModelCard, business_date: dt.date, *, author: str) -> str:
    """Promote a registered challenger by its backtest, or keep the champion, and log it.

    Args:
        folder: the registry.
        card: of the challenger.
        business_date: from which the verdict holds.
        author: who is logged as having decided.

    Returns:
        Why, in words.
    """
    leader = find_champion(folder, business_date)
    if leader is not None and leader.version == card.version:
        return f"{card.version} is the champion already"
    scores = _scores(folder, card)
    mine, baseline = (scores.filter(model=name).drop("model") for name in (GLOBAL, FALLBACK))
    theirs = None if leader is None else _comparable(folder, leader, card, scores)
    if theirs is not None:
        mine, baseline = (
            frame.join(theirs.select("origin"), on="origin", how="semi")
            for frame in (mine, baseline)
        )
    verdict = judge_challenger(mine, theirs, baseline)
    standing = None if leader is None else leader.version
    event = ChampionEvent(
        business_date=business_date,
        kind="promoted" if verdict.promote else "kept",
        version=card.version if verdict.promote else standing,
        other=standing if verdict.promote else card.version,
        reason=verdict.reason,
        author=author,
        scores={card.version: card.scores},
    )
    record_event(folder, event)
    return verdict.reason


def _comparable(
    folder: Path, leader: ModelCard, card: ModelCard, scores: pl.DataFrame
) -> pl.DataFrame | None:
    """The champion's scores on the challenger's origins; None where both are the same recipe.

    A recipe trained again on newer data is no other model: its backtest is the champion's own,
    so it has to beat the fallback only.
    """
    if (leader.features, leader.parameters) == (card.features, card.parameters):
        return None
    theirs = _scores(folder, leader).filter(model=GLOBAL).drop("model")
    return theirs.join(scores.select("origin").unique(), on="origin", how="semi")


def _scores(folder: Path, card: ModelCard) -> pl.DataFrame:
    """The backtest of a version: model, origin and scores."""
    rows = json.loads(load_model(folder, card.version).files[SCORES])
    return pl.DataFrame(rows).with_columns(pl.col("origin").str.to_date())


def list_versions(folder: Path, business_date: dt.date) -> pl.DataFrame:
    """Every version trained by a business date: the columns of ModelVersions but business_date."""
    leader = find_champion(folder, business_date)
    said = {
        event.version if event.kind != "kept" else event.other: event.reason
        for event in read_events(folder)
        if event.business_date <= business_date
    }
    cards = [read_card(folder, version) for version in list_version_names(folder)]
    rows: list[dict[str, Any]] = [
        {
            "version": card.version,
            "model": card.model,
            "trained_on": card.trained_on,
            "first_day": card.first_day,
            "last_day": card.last_day,
            **card.scores,
            "champion": leader is not None and leader.version == card.version,
            "reason": said.get(card.version, ""),
        }
        for card in cards
        if card.trained_on <= business_date
    ]
    empty = pl.DataFrame(schema=find_contract(ModelVersions).made_schema)
    return pl.DataFrame(rows, schema=empty.schema) if rows else empty
