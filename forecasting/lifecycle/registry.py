"""The registry of models: each version is a folder of files with a card that vouches for them.

    <registry>/models/<version>/card.json, and the files of the model

A version is named after its content, so training again on the same data with the same code makes
no second one. It is written into a folder beside, whose name starts with a dot, flushed to disk
and renamed when whole: it is there as a whole or not at all, and the next registration removes
what a killed process left. One process registers at a time. What a model is does not matter here.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError, model_validator

from forecasting.lifecycle.input_drift import FeatureReference

Scalar = str | bool | int | FiniteFloat | None
Scores = dict[str, FiniteFloat]

CARD: Final = "card.json"
_MODELS: Final = "models"
_PARTIAL: Final = ".partial"
_VERSION: Final = re.compile(r"[0-9a-f]{16}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class RegistryError(ValueError):
    """The registry lacks what was asked for, or a file is damaged; the message names it."""


class ModelDescription(BaseModel):
    """What a model is and rests on.

    Attributes:
        model: name of the method.
        trained_on: business date of the training.
        first_day: first day of the data it was trained on.
        last_day: last day of the data, on or before `trained_on`.
        data_hash: hash of the data.
        features: names in the order of the model.
        parameters: of the method.
        code_version: of the code that trained it.
        scores: metric to value, means over the backtest's origins.
        reference: distribution of the inputs in training, for `measure_input_drift`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    trained_on: date
    first_day: date
    last_day: date
    data_hash: str
    features: tuple[str, ...]
    parameters: dict[str, Scalar]
    code_version: str
    scores: Scores
    reference: tuple[FeatureReference, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first_day <= self.last_day <= self.trained_on:
            raise ValueError(
                f"data from {self.first_day} to {self.last_day} cannot train on {self.trained_on}"
            )
        return self


class ModelCard(ModelDescription):
    """A registered version.

    Attributes:
        files: sha256 of each file by name.
        version: 16 hex digits of the sha256 of all the rest.
    """

    files: dict[str, str]
    version: str


@dataclass(frozen=True)
class RegisteredModel:
    """A version read back: its card, and its files by name."""

    card: ModelCard
    files: dict[str, bytes]


def register_model(
    folder: Path, description: ModelDescription, files: Mapping[str, bytes]
) -> ModelCard:
    """Add a version, unless the very same is already there.

    Args:
        folder: the registry; made where missing.
        description: what the model is.
        files: contents by plain file name, at least one.

    Raises:
        ValueError: there is no file, or a name is not plain or the card's.
        RegistryError: the version is there already, but damaged.
        OSError: it could not be written; no version is visible then.
    """
    _require_plain(files)
    card = _card(description, files)
    models = folder / _MODELS
    models.mkdir(parents=True, exist_ok=True)
    for left in models.glob(f".*{_PARTIAL}"):
        shutil.rmtree(left)
    target = models / card.version
    if target.exists():
        return load_model(folder, card.version).card
    partial = models / f".{card.version}{_PARTIAL}"
    partial.mkdir()
    # The card comes last: it vouches for what is there.
    for name, content in [*sorted(files.items()), (CARD, _card_bytes(card))]:
        with (partial / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    flush_folder(partial)
    partial.rename(target)
    flush_folder(models)
    return card


def list_version_names(folder: Path) -> tuple[str, ...]:
    """List the names of all versions, sorted; none where there is no registry."""
    found = (folder / _MODELS).glob("*")
    return tuple(sorted(path.name for path in found if _VERSION.fullmatch(path.name)))


def read_card(folder: Path, version: str) -> ModelCard:
    """Read the card of a version and check it against the version's name.

    Raises:
        RegistryError: there is no such version, or its card is missing or was altered.
    """
    if version not in list_version_names(folder):
        raise RegistryError(f"{folder} has no model version {version!r}")
    file = folder / _MODELS / version / CARD
    try:
        card = ModelCard.model_validate_json(_bytes(file))
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(map(str, fault["loc"])) or "content"
        raise RegistryError(f"{file} was altered: field {field}: {fault['msg']}") from error
    if card.version != version or _version(card.model_dump(mode="json")) != version:
        raise RegistryError(f"{file} was altered: its content is not that of version {version}")
    return card


def load_model(folder: Path, version: str) -> RegisteredModel:
    """Load a version with its files, each checked against the card.

    Raises:
        RegistryError: there is no such version, or its card or a file is missing or was altered.
    """
    card = read_card(folder, version)
    contents = {}
    for name, stated in card.files.items():
        file = folder / _MODELS / version / name
        contents[name] = _bytes(file)
        found = hashlib.sha256(contents[name]).hexdigest()
        if found != stated:
            raise RegistryError(f"{file} was altered: sha256 is {found}, the card has {stated}")
    return RegisteredModel(card, contents)


def flush_folder(folder: Path) -> None:
    """Make the entries of a folder durable: new names and renames in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_plain(files: Mapping[str, bytes]) -> None:
    if not files:
        raise ValueError("a model has at least one file")
    for name in files:
        if not _FILE_NAME.fullmatch(name) or name == CARD:
            raise ValueError(f"{name!r} cannot be the name of a model file")


def _card(description: ModelDescription, files: Mapping[str, bytes]) -> ModelCard:
    content = description.model_dump(mode="json")
    content["files"] = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    return ModelCard.model_validate_json(json.dumps(content | {"version": _version(content)}))


def _version(content: Mapping[str, object]) -> str:
    named = {key: value for key, value in content.items() if key != "version"}
    text = json.dumps(named, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _card_bytes(card: ModelCard) -> bytes:
    return (json.dumps(card.model_dump(mode="json"), indent=2) + "\n").encode()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise RegistryError(f"{file} is missing") from error
