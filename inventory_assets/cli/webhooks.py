"""Tell other systems what has happened: gather messages into the outbox, and send what is due."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
from rich.console import Console
from rich.table import Column, Table

from governance import PolicyError
from governance.exchange import BATCH_EXPORTED
from governance.webhooks import (
    Message,
    Outbox,
    Webhooks,
    deliver_messages,
    list_batch_messages,
    list_exception_messages,
    list_waiting_messages,
    load_webhooks,
    open_outbox,
    read_secret,
)
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse, WarehouseBusyError, name_copy

_EVERY: Final = 30.0
_GRACE_SECONDS: Final = 15.0
_CHAIN: Final = "audit chain"
_PLANS: Final = "plans"
_IDLE_SECONDS: Final = 1.0


def deliver(place: Workplace, console: Console, *, every: float | None) -> bool:
    """Gather what has happened and send what is due, once or again and again.

    Args:
        place: the retailer, with `webhooks/webhooks.yaml`.
        console: where it says what came of it.
        every: seconds between two times; once where missing.

    Returns:
        Whether all that was due was taken, the last time.

    Raises:
        SystemExit: another process delivers; or, where it is done once, the file is missing or at
            fault, or a run holds the warehouse.
    """
    try:
        with _take_turn(place.data / "webhooks"):
            while True:
                try:
                    is_done, lines = _deliver_once(place)
                except (PolicyError, WarehouseBusyError) as error:
                    if every is None:
                        raise SystemExit(f"plenish: {error}") from error
                    # The file may be half saved: the next turn finds it whole.
                    is_done, lines = False, [f"plenish: {error}"]
                _print_lines(console, lines)
                if every is None:
                    return is_done
                time.sleep(every)
    except _TurnTakenError as error:
        raise SystemExit(f"plenish: {error}") from error


@contextmanager
def keep_delivering(place: Workplace, console: Console, *, every: float = _EVERY) -> Iterator[None]:
    """Deliver in the background while the body runs; nothing where no file says who is told.

    Args:
        place: the retailer; `webhooks/webhooks.yaml` is read anew each time.
        console: where it says what came of it, once where it says the same again.
        every: seconds between two times.
    """
    if not _find_file(place).exists():
        yield
        return
    over = threading.Event()
    thread = threading.Thread(
        target=_deliver_until, args=(over, place, console, every), name="webhooks", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_GRACE_SECONDS)


def show_outbox(place: Workplace, console: Console) -> None:
    """Print how many messages wait, were taken and were given up, by receiver."""
    with open_outbox(place.data / "webhooks" / "outbox.sqlite") as outbox:
        table = Table("receiver", "state", Column("messages", justify="right"), "last said")
        for receiver, state, count, words in outbox.count_states():
            table.add_row(receiver, state.replace("_", " "), f"{count:,}", words)
    console.print(table)


def send_again(place: Workplace, receiver: str, console: Console) -> None:
    """Have all that a receiver has not taken sent anew by the next delivery."""
    with open_outbox(place.data / "webhooks" / "outbox.sqlite") as outbox:
        count = outbox.try_again(receiver, time.time())
    console.print(f"{count:,} messages wait for {receiver}.", highlight=False, markup=False)


def _find_file(place: Workplace) -> Path:
    return place.data / "webhooks" / "webhooks.yaml"


def _deliver_until(over: threading.Event, place: Workplace, console: Console, every: float) -> None:
    """Deliver again and again until it is over, whatever goes wrong in between."""
    before: list[str] = []
    while not over.is_set():
        try:
            with _take_turn(place.data / "webhooks"):
                _, lines = _deliver_once(place)
        except _TurnTakenError:
            # Whoever delivers tells the same.
            lines = before
        except Exception as error:  # noqa: BLE001  # pages are served all the same
            lines = [f"webhooks: {error}"]
        _print_lines(console, [line for line in lines if line not in before])
        before = lines
        over.wait(every)


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False)


def _deliver_once(place: Workplace) -> tuple[bool, list[str]]:
    """Deliver what is due; gives whether all of it was taken, and what came of it in words."""
    webhooks = load_webhooks(_find_file(place))
    keys, is_done, lines = {}, True, []
    for receiver in webhooks.receivers:
        try:
            keys[receiver.name] = read_secret(receiver, os.environ)
        except PolicyError as error:
            # The others are told all the same.
            lines.append(str(error))
            is_done = False
    with open_outbox(place.data / "webhooks" / "outbox.sqlite") as outbox:
        with place.enter() as premises:
            _gather(premises, outbox, webhooks)
        for told in deliver_messages(outbox, webhooks, keys):
            lines.append(
                f"{told.receiver}: {told.taken:,} taken" + f"; {told.fault}" * bool(told.fault)
            )
            is_done = is_done and not told.fault
    return is_done, lines


@dataclass(frozen=True)
class _Published:
    """What the published copy of the warehouse says that is new.

    Attributes:
        newest: the newest business date that has a plan.
        exceptions: rows of the contract Exceptions by business date, since the last delivery.
        waiting: messages about what waits in the newest plan.
    """

    newest: date
    exceptions: Mapping[date, pl.DataFrame]
    waiting: Sequence[Message]


def _gather(premises: Premises, outbox: Outbox, webhooks: Webhooks) -> None:
    """Put in what has happened since the last time; at first what the newest plan says."""
    head = premises.store.head().sequence
    since = outbox.find_mark(_CHAIN)
    marks = {_CHAIN: str(head)}
    batches: list[Message] = []
    if since is not None:
        events = premises.store.find_events(BATCH_EXPORTED, "")
        batches = list_batch_messages(
            event for event in events if int(since) < event.sequence <= head
        )
    published = _read_published(premises, outbox.find_mark(_PLANS))
    messages, told = {}, {}
    for receiver in webhooks.receivers:
        name, its = receiver.name, list(batches)
        if published is not None:
            known = outbox.read_told_exceptions(name)
            exceptions, now = list_exception_messages(published.exceptions, known)
            its += [*exceptions, *published.waiting]
            told[name] = now.values()
            marks[_PLANS] = published.newest.isoformat()
        messages[name] = [one for one in its if receiver.wants(one.kind)]
    outbox.put(messages, marks, time.time(), told)


def _read_published(premises: Premises, known: str | None) -> _Published | None:
    """Read what is published, all of it of one copy; None before anything is.

    A run numbers its plan before it has made it: in the warehouse that it writes, version,
    proposals and exceptions need not belong together.

    Args:
        premises: the retailer.
        known: business date up to which it was read before; None where it never was.
    """
    path = name_copy(premises.warehouse_file)
    while path.exists():
        mark = path.stat()
        warehouse = Warehouse(path, idle_seconds=_IDLE_SECONDS, read_only=True)
        try:
            published = _read_plans(premises.enter_copy(warehouse), known)
        finally:
            warehouse.close()
        # Where a run has put another in its place meanwhile, both may have been read.
        if os.path.samestat(mark, path.stat()):
            return published
    return None


def _read_plans(premises: Premises, known: str | None) -> _Published | None:
    newest = premises.warehouse.newest(CONTRACTS["plan_versions"])
    if newest is None:
        return None
    plans = premises.warehouse.read_until(CONTRACTS["plan_versions"], newest)
    first = newest if known is None else min(newest, date.fromisoformat(known))
    desk = premises.open_desk(newest)
    version = premises.plan_version(newest).plan_version
    return _Published(
        newest,
        {
            day: premises.warehouse.read(CONTRACTS["exceptions"], day)
            for day in sorted({*plans["business_date"]})
            if day >= first
        },
        list_waiting_messages(desk.route(), desk.proposals, newest, version),
    )


class _TurnTakenError(RuntimeError):
    """Another process delivers."""


@contextmanager
def _take_turn(folder: Path) -> Iterator[None]:
    """Deliver alone: two at once would send everything twice."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "turn.lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _TurnTakenError("another process delivers webhooks") from None
        yield
