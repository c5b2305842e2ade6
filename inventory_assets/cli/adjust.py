"""Planned changes of levels: stated, made, ended sooner or later, and listed."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from governance.level_changes import (
    LevelChange,
    close_level_change,
    read_level_changes,
    read_level_words,
    record_level_change,
    write_level_change,
)
from governance.people import find_author
from inventory_assets.cli.audit import enter_and_publish
from inventory_assets.cli.workplace import Workplace
from inventory_assets.landing_state import find_newest_landed
from inventory_assets.premises import Premises
from inventory_assets.project import read_token
from quality_checks.contracts import EVERYWHERE

_SHORT_ID = 12
_KNOWN_BY = {
    "sku": ("products", "sku"),
    "location": ("locations", "location"),
    "region": ("locations", "region"),
    "category": ("products", "category"),
}
_LISTED = 5


class LevelChangeError(ValueError):
    """A change of levels that cannot be made; the message says why."""


def enter_level_change(
    place: Workplace, facts: Mapping[str, object], at: datetime, console: Console
) -> None:
    """Record a planned change of levels and land it, so that the next plan goes by it.

    The same facts again change nothing; an end that was moved since is back by them.

    Raises:
        SystemExit: it cannot be meant, what it names does not exist, or its author may not make it.
    """
    with enter_and_publish(place, at, console) as premises:
        told = {name: said for name, said in facts.items() if said is not None}
        author = str(told.get("author") or find_author(premises.store, read_token(), at))
        try:
            change = state_level_change(premises, told, author, at)
            _say(save_level_change(premises, change, read_token(), at), console)
        except LevelChangeError as error:
            raise SystemExit(f"plenish: {error}") from error


def state_level_change(
    premises: Premises, facts: Mapping[str, object], author: str, at: datetime
) -> LevelChange:
    """State a change of levels, which nothing is recorded of yet.

    Args:
        premises: whose masters it is held against.
        facts: what is given of the fields of `LevelChange`, but for id, author and time.
        author: who makes it.
        at: when.

    Raises:
        LevelChangeError: it changes nothing, or names what does not exist, in words.
        pydantic.ValidationError: it cannot be meant.
    """
    text = "\x1f".join(f"{name}={facts[name]}" for name in sorted(facts))
    own_id = hashlib.sha256(text.encode()).hexdigest()[:_SHORT_ID]
    said = {**facts, "author": author, "change_id": own_id, "decided_at": at}
    change, day = LevelChange.model_validate(said), _find_day(premises)
    if change.factor == 1:
        raise LevelChangeError("a factor of 1 changes nothing")
    if change.ends_on <= day:
        over = f"it would end on {change.ends_on}"
        raise LevelChangeError(f"{over}, and the next plan is for the day after {day}")
    _refuse_unknown(premises, change, day)
    return change


def save_level_change(
    premises: Premises, change: LevelChange, token: str | None, at: datetime
) -> str:
    """Record a change of levels and land it; says what was done.

    Raises:
        LevelChangeError: it names what does not exist, in words.
        AccessDeniedError: the bearer of the token may not make it.
    """
    day = _find_day(premises)
    _refuse_unknown(premises, change, day)
    about = _find_charge(premises, change, day)
    recorded = record_level_change(premises.store, change, about, token=token, at=at)
    path = write_level_change(recorded, premises.landing, day)
    follows = f"The next plan of {day} goes by it"
    if recorded.change != "minimum" and not premises.is_planned_before(day):
        follows = f"It goes by the level of an earlier plan, and none is older than {day}: it "
        follows += "holds from the next business date on"
    where = path.relative_to(premises.data)
    before = "Recorded" if recorded is change else "It was recorded before as"
    return f"{before} {recorded.change_id}: {recorded.words}. {follows} ({where})."


def end_change(
    place: Workplace,
    change_id: str,
    facts: Mapping[str, object],
    at: datetime,
    console: Console,
) -> None:
    """Let a planned change of levels end on another day.

    Raises:
        SystemExit: there is no such change, it cannot be meant, or its author may not make it.
    """
    with enter_and_publish(place, at, console) as premises:
        author = facts["author"] or find_author(premises.store, read_token(), at)
        known = read_level_changes(premises.store)
        ends = {**facts, "author": author, "decided_at": at}
        try:
            ended = close_level_change(known, change_id, ends)
            _say(save_level_change(premises, ended, read_token(), at), console)
        except (LookupError, LevelChangeError) as error:
            raise SystemExit(f"plenish: {error}") from error


def list_level_changes(place: Workplace, console: Console) -> None:
    """Print the changes of levels that are recorded, those that end last first."""
    with place.enter() as premises:
        words = read_level_words(premises.store)
    if not words:
        console.print("Nobody has changed a level.")
        return
    table = Table("id", "what", "by", "why")
    for name in sorted(words, key=lambda name: words[name][-1].ends_on, reverse=True):
        table.add_row(*map(escape, (name, words[name][-1].words, *_tell_authors(words[name]))))
    console.print(table)


def _tell_authors(words: Sequence[LevelChange]) -> tuple[str, str]:
    """Who made a change and why, and who has moved its end since."""
    made, last = words[0], words[-1]
    who = [f"{made.author} ({made.role})"]
    why = [made.reason]
    if last.ends_on != made.ends_on:
        who.append(f"end by {last.author} ({last.role})")
        why.append(f"end: {last.reason}")
    return "; ".join(who), "; ".join(why)


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _find_day(premises: Premises) -> date:
    """The newest business date that has landed."""
    day = find_newest_landed(premises.landing).business_date
    if day is None:
        raise LevelChangeError(f"no extracts in {premises.landing}: nothing is planned yet")
    return day


def _refuse_unknown(premises: Premises, change: LevelChange, day: date) -> None:
    """Refuse a change of what does not exist, which would hold nowhere.

    Raises:
        LevelChangeError: with names that do exist.
    """
    for name, (source, column) in _KNOWN_BY.items():
        said = getattr(change, name)
        known = premises.warehouse.known(source, day)[column].drop_nulls()
        if said not in (EVERYWHERE, *known):
            some = ", ".join(known.unique().sort().head(_LISTED))
            raise LevelChangeError(f"there is no {name} {said!r}; there is {some}")
    pair = {"sku": change.sku, "location": change.location}
    if EVERYWHERE not in pair.values():
        pairs = premises.warehouse.known("item_locations", day)
        if pairs.filter(**pair).is_empty():
            raise LevelChangeError(f"{change.sku} is not in the assortment of {change.location}")


def _find_charge(premises: Premises, change: LevelChange, day: date) -> dict[str, str]:
    """Region and category of what a change touches."""
    places = premises.warehouse.known("locations", day).filter(location=change.location)
    items = premises.warehouse.known("products", day).filter(sku=change.sku)
    return {
        "region": places["region"][0] if len(places) else change.region,
        "category": items["category"][0] if len(items) else change.category,
    }
