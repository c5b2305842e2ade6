"""Which version plans from when: an append-only log of promotions and roll-backs.

    <registry>/champions.jsonl

A line is an event as JSON with a checksum of its own. A process killed in the middle of a write
leaves a line without its end: it never happened, and the next write removes it. Any other damage
is an error that names the line. Events that set a champion stand in order of business date, so
that running an old business date again finds the champion it had. The champion before is the one
that a roll-back returns to: after champions A and B, one goes back to A, two to the fallback.
"""

import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.lifecycle.registry import (
    ModelCard,
    RegistryError,
    Scores,
    flush_folder,
    load_model,
    read_card,
)

LOG: Final = "champions.jsonl"
Text = Annotated[str, Field(pattern=r"\S")]


class ChampionEvent(BaseModel):
    """One line of the log.

    Attributes:
        business_date: first business date it holds for.
        kind: promoted: `version` takes over; kept: a challenger lost to `version`; rolled_back:
            a person went back to `version`.
        version: the champion from here on; None is the fallback.
        other: the version it was chosen over; None is the fallback.
        reason: why, in words.
        author: who, a person or an asset.
        scores: backtest scores of `version` and `other`, by version, where there are some.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    business_date: date
    kind: Literal["promoted", "kept", "rolled_back"]
    version: str | None
    other: str | None
    reason: Text
    author: Text
    scores: dict[str, Scores] = Field(default_factory=dict)


def record_event(folder: Path, event: ChampionEvent) -> bool:
    """Append the outcome of a comparison, and say whether there was anything to add.

    What the same business date has already is not added again, so a run of an old date neither
    repeats a promotion nor undoes the roll-back that followed it.

    Raises:
        RegistryError: a promoted version is not in the registry or is damaged, a champion was set
            for a later business date already, or a line of the log is damaged.
        ValueError: the event is a roll-back (see `roll_back_champion`), or promotes the fallback.
    """
    if event.kind == "rolled_back":
        raise ValueError("a roll-back is recorded by roll_back")
    if event.kind == "promoted" and event.version is None:
        raise ValueError("the fallback is not promoted")
    past = read_events(folder)
    if _outcome(event) in map(_outcome, past):
        return False
    if event.kind == "promoted" and event.version is not None:
        load_model(folder, event.version)
        _require_latest(past, event)
    _append(folder, event)
    return True


def find_champion(folder: Path, as_of: date) -> ModelCard | None:
    """Find the version that plans on business date `as_of`; None where the fallback does.

    Raises:
        RegistryError: a line of the log or the card is damaged or missing.
    """
    line = _succession(read_events(folder), as_of)
    return read_card(folder, line[-1]) if line else None


def roll_back_champion(
    folder: Path, as_of: date, author: str, reason: str, to: str | None = None
) -> ChampionEvent:
    """Return to an earlier champion from business date `as_of` on.

    Args:
        folder: the registry.
        as_of: first business date of the change.
        author: who decides it.
        reason: why.
        to: version to return to; without it the champion before, or the fallback where there was
            none before.

    Returns:
        The event. Where `to` plans already nothing is added, and it is the event that set it.

    Raises:
        RegistryError: there is no champion to roll back, the version is unknown or damaged, a
            champion was set for a later business date already, or a line of the log is damaged.
    """
    past = read_events(folder)
    line = _succession(past, as_of)
    if not line:
        raise RegistryError(f"{folder} has no champion on {as_of} to roll back from")
    if to == line[-1]:
        return next(
            event
            for event in reversed(past)
            if _sets(event) and event.version == to and event.business_date <= as_of
        )
    target = to or (line[-2] if len(line) > 1 else None)
    if target is not None:
        load_model(folder, target)
    event = ChampionEvent(
        business_date=as_of,
        kind="rolled_back",
        version=target,
        other=line[-1],
        reason=reason,
        author=author,
    )
    _require_latest(past, event)
    _append(folder, event)
    return event


def read_events(folder: Path) -> tuple[ChampionEvent, ...]:
    """Read the log in the order it was written, without an unfinished last line.

    Raises:
        RegistryError: a line is damaged; names file and line.
    """
    file = folder / LOG
    if not file.exists():
        return ()
    *whole, _torn = file.read_bytes().split(b"\n")
    return tuple(_parse(line, f"{file}, line {n}") for n, line in enumerate(whole, 1))


def list_choices(folder: Path) -> list[dict[str, str | date | None]]:
    """List who let which version plan, from when and why, in the order it was written.

    Returns:
        The fields of `ChampionEvent`, without the scores.

    Raises:
        RegistryError: a line is damaged; names file and line.
    """
    return [event.model_dump(exclude={"scores"}) for event in read_events(folder)]


def _succession(past: tuple[ChampionEvent, ...], as_of: date) -> list[str]:
    """The champions up to `as_of`, without those rolled back; none means the fallback."""
    line: list[str] = []
    for event in past:
        version = event.version
        if not _sets(event) or event.business_date > as_of:
            continue
        if version is None:
            line = []
        elif event.kind == "rolled_back" and version in line:
            line = line[: line.index(version) + 1]
        else:
            line = [*(known for known in line if known != version), version]
    return line


def _sets(event: ChampionEvent) -> bool:
    return event.kind != "kept"


def _outcome(event: ChampionEvent) -> tuple[object, ...]:
    # A second run finds the version in force, so what a promotion was chosen over may differ.
    other = event.other if event.kind == "kept" else None
    return event.business_date, event.kind, event.version, other


def _require_latest(past: tuple[ChampionEvent, ...], event: ChampionEvent) -> None:
    last = max((earlier.business_date for earlier in past if _sets(earlier)), default=None)
    if last is not None and event.business_date < last:
        raise RegistryError(
            f"a champion was set on {last}: one for {event.business_date} would change the past"
        )


def _append(folder: Path, event: ChampionEvent) -> None:
    content = json.dumps(event.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    checksum = hashlib.sha256(content.encode()).hexdigest()
    line = json.dumps({"event": json.loads(content), "sha256": checksum}, ensure_ascii=False)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("ab+") as file:
        file.seek(0)
        # What comes after the last end of line was never finished.
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    flush_folder(folder)


def _parse(line: bytes, where: str) -> ChampionEvent:
    try:
        content = json.loads(line)
        event = ChampionEvent.model_validate_json(json.dumps(content["event"]))
        stated = content["sha256"]
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise RegistryError(f"{where} is damaged: {error}") from error
    text = json.dumps(content["event"], sort_keys=True, ensure_ascii=False)
    if hashlib.sha256(text.encode()).hexdigest() != stated:
        raise RegistryError(f"{where} was altered: its checksum does not fit")
    return event
