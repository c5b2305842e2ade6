"""Tell other systems what has happened: gather messages into the outbox, and send what is due."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

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

_EVERY: Final = 30.0
_GRACE_SECONDS: Final = 15.0
_CHAIN: Final = "audit chain"
_PLANS: Final = "plans"


def deliver(place: Workplace, console: Console, *, every: float | None) -> bool:
    """Gather what has happened and send what is due, once or again and again.

    Args:
        place: the retailer, with `webhooks/webhooks.yaml`.
        console: where it says what came of it.
        every: seconds between two times; once where missing.

    Returns:
        Whether all that was due was taken, the last time.

    Raises:
        SystemExit: the file is missing or at fault, or another process delivers.
    """
    try:
        with _take_turn(place.data / "webhooks"):
            while True:
                is_done, lines = _deliver_once(place)
                _print_lines(console, lines)
                if every is None:
                    return is_done
                time.sleep(every)
    except (PolicyError, _TurnTakenError) as error:
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


def _gather(premises: Premises, outbox: Outbox, webhooks: Webhooks) -> None:
    """Put in what has happened since the last time; at first what the newest plan says."""
    head = premises.store.head().sequence
    since = outbox.find_mark(_CHAIN)
    marks = {_CHAIN: str(head)}
    messages: list[Message] = []
    if since is not None:
        events = premises.store.find_events(BATCH_EXPORTED, "")
        messages += list_batch_messages(
            event for event in events if int(since) < event.sequence <= head
        )
    plans = _list_plans(premises)
    if plans:
        newest = plans[-1]
        known = outbox.find_mark(_PLANS)
        first = newest if known is None else min(newest, date.fromisoformat(known))
        for day in plans:
            if day >= first:
                rows = premises.warehouse.read(CONTRACTS["exceptions"], day)
                messages += list_exception_messages(rows)
        desk = premises.open_desk(newest)
        version = premises.plan_version(newest).plan_version
        messages += list_waiting_messages(desk.route(), desk.proposals, newest, version)
        marks[_PLANS] = newest.isoformat()
    told = {
        receiver.name: [one for one in messages if receiver.wants(one.kind)]
        for receiver in webhooks.receivers
    }
    outbox.put(told, marks, time.time())


def _list_plans(premises: Premises) -> list[date]:
    """Business dates that have a plan, in order."""
    newest = premises.warehouse.newest(CONTRACTS["plan_versions"])
    if newest is None:
        return []
    rows = premises.warehouse.read_until(CONTRACTS["plan_versions"], newest)
    return sorted({*rows["business_date"]})


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
