"""Planned changes of levels in the audit chain: who makes one, by a command or by a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from pydantic import ValidationError

from governance.level_changes.change import LevelChange
from governance.people import Register, admit_claim, admit_landed_claim, read_register
from governance.store import Store
from quality_checks.contracts import LevelChanges, find_contract

LEVEL_CHANGED: Final = "level_changed"
"""Kind of the event of a planned change of levels."""

_WHAT: Final = "change a level"
_REFUSED: Final = {"change_id": pl.String, "problem": pl.String}


def record_level_change(
    store: Store, change: LevelChange, about: Mapping[str, str], *, token: str | None, at: datetime
) -> LevelChange:
    """Let the bearer of a token change levels, and record it; a denial is noted.

    What stands just so is not recorded again, whenever it was said.

    Args:
        store: of the audit chain.
        change: what is changed.
        about: region and category of what it touches; `*` where it touches several.
        token: that was presented.
        at: when, local wall-clock time.

    Returns:
        The change as it stands: the one before where that says the same.

    Raises:
        AccessDeniedError: he may not, in words.
    """
    signed = admit_claim(
        store, what=_WHAT, author=change.author, role=change.role, about=about, token=token, at=at
    )
    words = read_level_words(store).get(change.change_id)
    if words and words[-1].model_copy(update={"decided_at": change.decided_at}) == change:
        return words[-1]
    store.append_event(LEVEL_CHANGED, {**change.facts, **signed}, at, once=True)
    return change


def read_level_changes(store: Store) -> list[LevelChange]:
    """Read the changes of levels that are recorded, each by the last word on it, by their ids."""
    words = read_level_words(store)
    return [words[name][-1] for name in sorted(words)]


def read_level_words(store: Store) -> dict[str, list[LevelChange]]:
    """Read every word on each change of levels, by its id: who made it, and who ended it when."""
    words: dict[str, list[LevelChange]] = {}
    for payload in store.payloads(LEVEL_CHANGED):
        change = LevelChange.model_validate_json(str(payload["change"]))
        words.setdefault(change.change_id, []).append(change)
    return words


class LandedLevelChanges(NamedTuple):
    """What stands of the changes of levels that came as files, and what does not.

    Attributes:
        standing: rows of the contract LevelChanges, each the last word on a change that counts; its
            decided_at is that of the first one, which a later end leaves as it is.
        refused: change_id, problem of the newest words that do not count, sorted by change_id.
    """

    standing: pl.DataFrame
    refused: pl.DataFrame


def record_landed_level_changes(
    store: Store, landed: pl.DataFrame, places: pl.DataFrame, items: pl.DataFrame
) -> LandedLevelChanges:
    """Record the changes of levels that came as files, but words whose author may not say them.

    A word that is refused leaves the one before it as it stands, and who changes a change must be
    in charge of what it has touched so far, too.

    Args:
        store: of the audit chain.
        landed: rows of the contract LevelChanges, every word on a change, the oldest first.
        places: location and region of the contract Locations.
        items: sku and category of the contract Products.
    """
    desk = _Desk(
        store,
        read_register(store),
        {str(said["change"]) for said in store.payloads(LEVEL_CHANGED)},
        dict(places.iter_rows()),
        dict(items.iter_rows()),
    )
    contract = find_contract(LevelChanges)
    words: dict[str, list[dict[str, Any]]] = {}
    for row in landed.select(contract.columns).iter_rows(named=True):
        words.setdefault(row["change_id"], []).append(row)
    standing, refused = [], []
    for name in sorted(words):
        counting, problem = _record_words(desk, words[name])
        if counting:
            first = min(change.decided_at for change in counting)
            standing.append(counting[-1].model_dump() | {"decided_at": first})
        if problem:
            refused.append((name, problem))
    return LandedLevelChanges(
        pl.DataFrame(standing, schema=contract.schema),
        pl.DataFrame(refused, schema=_REFUSED, orient="row"),
    )


class _Desk(NamedTuple):
    """Who is known, what is recorded, and the region and category of what may be touched."""

    store: Store
    register: Register
    recorded: set[str]
    regions: Mapping[str, str]
    categories: Mapping[str, str]


def _record_words(
    desk: _Desk, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[LevelChange], str | None]:
    """Record the words on one change: those that count, and what is wrong with the newest."""
    counting: list[LevelChange] = []
    problem = None
    for row in rows:
        if row["factor"] == 1:
            problem = "a factor of 1 changes nothing"
            continue
        try:
            change = LevelChange.model_validate(row)
        except ValidationError as error:
            problem = _say(error)
            continue
        if change.facts["change"] not in desk.recorded:
            problem = _find_problem(desk, change, [change, *counting[-1:]])
            if problem:
                continue
            desk.store.append_event(LEVEL_CHANGED, change.facts, change.decided_at, once=True)
        counting.append(change)
        problem = None
    return counting, problem


def _find_problem(desk: _Desk, said: LevelChange, touched: Sequence[LevelChange]) -> str | None:
    """Why an author is not in charge of all that his word touches; None where he is."""
    for change in touched:
        about = {
            "region": desk.regions.get(change.location, change.region),
            "category": desk.categories.get(change.sku, change.category),
        }
        problem = admit_landed_claim(
            desk.store, desk.register, what=_WHAT, author=said.author, role=said.role, about=about,
            at=said.decided_at,
        )  # fmt: skip
        if problem:
            return problem
    return None


def _say(error: ValidationError) -> str:
    return "; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
