"""The champion of a business date, read back from the registry, or what is wrong with it."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forecasting.global_model import NAMES, GlobalForecaster, unpack_model
from forecasting.lifecycle.champion_log import find_champion
from forecasting.lifecycle.registry import ModelCard, RegisteredModel, RegistryError, load_model
from forecasting.lifecycle.trained_versions import CHOICE


@dataclass(frozen=True)
class PlanningModel:
    """A trained version that can forecast.

    Attributes:
        card: what it is and rests on.
        forecaster: the model.
        fallback: class of series -> model of the fallback that its training found best.
    """

    card: ModelCard
    forecaster: GlobalForecaster
    fallback: Mapping[str, str]


def read_planning_model(registered: RegisteredModel) -> PlanningModel:
    """The model in the files of a version.

    Raises:
        RegistryError: it was trained on other features than this code makes, or by code that kept
            other files.
    """
    card, files = registered.card, registered.files
    if card.features != NAMES:
        raise RegistryError(f"{card.version} was trained on other features than this code makes")
    try:
        return PlanningModel(card, unpack_model(files), json.loads(files[CHOICE]))
    except KeyError as error:
        raise RegistryError(
            f"{card.version} was trained by other code: it lacks {error}"
        ) from error


def load_champion(folder: Path, business_date: dt.date) -> tuple[PlanningModel | None, str | None]:
    """Load the champion of a business date, or say why there is none that can plan.

    Args:
        folder: the registry.
        business_date: day whose champion is asked for.

    Returns:
        The model, if it can plan, and what is wrong with it, if it cannot; neither where no model
        was promoted yet.
    """
    try:
        card = find_champion(folder, business_date)
        if card is None:
            return None, None
        return read_planning_model(load_model(folder, card.version)), None
    except RegistryError as error:
        return None, str(error)
