"""The audit chain: every event carries a hash over itself and the hash before it.

    hash = sha256(previous hash + canonical JSON of sequence, time, kind and payload)

The first event follows `GENESIS`. Changing, inserting or removing an event breaks every hash after
it; removing the last ones is seen because the head, the sequence and hash of the last event, is
kept apart. Whoever can rewrite the whole chain and the head is not stopped by it: keep a copy of
the head elsewhere where that matters.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

GENESIS: Final = "0" * 64
Payload = Mapping[str, str | int | float | bool | date | datetime | None]


@dataclass(frozen=True)
class Event:
    """One link of the chain.

    Attributes:
        sequence: number, from 1 without gaps.
        at: when it happened, ISO 8601.
        kind: what happened.
        payload: canonical JSON of the facts.
        hash: hash of this event; see the module docstring.
    """

    sequence: int
    at: str
    kind: str
    payload: str
    hash: str


@dataclass(frozen=True)
class Head:
    """The end of the chain: sequence and hash of the last event."""

    sequence: int = 0
    hash: str = GENESIS


def write_canonical(content: Payload) -> str:
    """Write JSON with sorted keys, no spaces and ISO dates, so that equal content is equal text.

    Raises:
        TypeError: a value has no JSON form.
        ValueError: a number is not finite.
    """
    return json.dumps(
        dict(content),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_iso,
    )


def follow(head: Head, kind: str, payload: Payload, at: datetime) -> Event:
    """The event that comes after `head`."""
    sequence, time, text = head.sequence + 1, at.isoformat(), write_canonical(payload)
    return Event(sequence, time, kind, text, _hash(head.hash, sequence, time, kind, text))


def verify(events: Iterable[Event], head: Head) -> list[str]:
    """Say what is wrong with a chain, in words; empty when it is whole.

    Args:
        events: every event in order of sequence.
        head: the end of the chain as it was kept apart.
    """
    problems = []
    last = Head()
    for event in events:
        if event.sequence != last.sequence + 1:
            problems.append(
                f"event {event.sequence} follows event {last.sequence}: events are missing"
            )
        if event.hash != _hash(last.hash, event.sequence, event.at, event.kind, event.payload):
            problems.append(f"event {event.sequence} ({event.kind}): hash does not fit")
        last = Head(event.sequence, event.hash)
    if last != head:
        problems.append(
            f"the chain ends at event {last.sequence} ({last.hash[:12]}), "
            f"its head says {head.sequence} ({head.hash[:12]})"
        )
    return problems


def _hash(previous: str, sequence: int, at: str, kind: str, payload: str) -> str:
    content = write_canonical({"sequence": sequence, "at": at, "kind": kind, "payload": payload})
    return hashlib.sha256((previous + content).encode()).hexdigest()


def _iso(value: object) -> str:
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in an audit event")
