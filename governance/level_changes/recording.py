"""Planned changes of levels in the audit chain: who makes one, by a command or by a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl
from pydantic import ValidationError

from governance.level_changes.change import LevelChange
from governance.people import admit_claim, admit_landed_claim, read_register
from governance.store import Store
from quality_checks.contracts import LevelChanges, find_contract

LEVEL_CHANGED: Final = "level_changed"
"""Kind of the event of a planned change of levels."""

_WHAT: Final = "change a level"
_REFUSED: Final = {"change_id": pl.String, "problem": pl.String}


def record_level_change(
    store: Store, change: LevelChange, about: Mapping[str, str], *, token: str | None, at: datetime
) -> None:
    """Let the bearer of a token change levels, and record it; a denial is noted.

    Args:
        store: of the audit chain.
        change: what is changed.
        about: region and category of what it touches; `*` where it touches several.
        token: that was presented.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he may not, in words.
    """
    signed = admit_claim(
        store, what=_WHAT, author=change.author, role=change.role, about=about, token=token, at=at
    )
    store.append_event(LEVEL_CHANGED, {**change.facts, **signed}, at, once=True)


def read_level_changes(store: Store) -> list[LevelChange]:
    """Read the changes of levels that are recorded, each by the last word on it, by their ids."""
    said = (str(payload["change"]) for payload in store.payloads(LEVEL_CHANGED))
    last = {change.change_id: change for change in map(LevelChange.model_validate_json, said)}
    return [last[name] for name in sorted(last)]


def record_landed_level_changes(
    store: Store, landed: pl.DataFrame, places: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Record the changes of levels that came as files, but those whose author may not make them.

    Args:
        store: of the audit chain.
        landed: rows of the contract LevelChanges.
        places: location and region of the contract Locations.
        items: sku and category of the contract Products.

    Returns:
        change_id, problem of those that are refused, sorted by change_id.
    """
    regions, categories = (dict(frame.iter_rows()) for frame in (places, items))
    recorded = {said["change"] for said in store.payloads(LEVEL_CHANGED)}
    register, refused = read_register(store), []
    for row in landed.select(find_contract(LevelChanges).columns).iter_rows(named=True):
        try:
            change = LevelChange.model_validate(row)
        except ValidationError as error:
            refused.append((row["change_id"], _say(error)))
            continue
        if change.facts["change"] in recorded:
            continue
        about = {
            "region": regions.get(change.location, change.region),
            "category": categories.get(change.sku, change.category),
        }
        problem = admit_landed_claim(
            store, register, what=_WHAT, author=change.author, role=change.role, about=about,
            at=change.decided_at,
        )  # fmt: skip
        if problem:
            refused.append((change.change_id, problem))
        else:
            store.append_event(LEVEL_CHANGED, change.facts, change.decided_at, once=True)
    return pl.DataFrame(refused, schema=_REFUSED, orient="row").sort("change_id")


def _say(error: ValidationError) -> str:
    return "; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
