"""Makes messages: batches that left, exceptions that differ from what was told, what waits."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from governance.audit import Event

BATCH_EXPORTED: Final = "batch.exported"
EXCEPTION_OPENED: Final = "exception.opened"
EXCEPTION_CHANGED: Final = "exception.changed"
EXCEPTION_CLOSED: Final = "exception.closed"
APPROVALS_WAITING: Final = "approvals.waiting"
MESSAGE_KINDS: Final = (
    BATCH_EXPORTED,
    EXCEPTION_OPENED,
    EXCEPTION_CHANGED,
    EXCEPTION_CLOSED,
    APPROVALS_WAITING,
)
"""What can be told."""

_CLOSED: Final = "closed"
_OF_AN_EXCEPTION: Final = (
    "business_date",
    "exception_id",
    "kind",
    "state",
    "region",
    "category",
    "sku",
    "location",
    "supplier",
    "document",
    "money_at_risk",
    "first_seen_on",
    "closed_by",
)
_DIGITS: Final = 32


@dataclass(frozen=True)
class Message:
    """What is told.

    Attributes:
        message_id: made of what it is about: what is told again has the same.
        kind: one of `MESSAGE_KINDS`.
        data: the facts.
    """

    message_id: str
    kind: str
    data: dict[str, Any]

    @classmethod
    def about(cls, kind: str, key: tuple[object, ...], data: dict[str, Any]) -> "Message":
        """A message about what a key tells apart."""
        said = json.dumps([kind, *map(str, key)])
        return cls(hashlib.sha256(said.encode()).hexdigest()[:_DIGITS], kind, data)


def list_batch_messages(events: Iterable[Event]) -> list[Message]:
    """List a message for each batch that has left.

    Args:
        events: of the kind of exported batches.
    """
    facts = (json.loads(event.payload) for event in events)
    return [Message.about(BATCH_EXPORTED, (told["folder"],), told) for told in facts]


@dataclass(frozen=True)
class ToldException:
    """As what a receiver knows an exception.

    Attributes:
        exception_id: of the exception.
        times: how many messages there were about it.
        facts: of the last one.
    """

    exception_id: str
    times: int
    facts: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether the receiver takes it for open."""
        return bool(self.facts["state"] != _CLOSED)


def list_exception_messages(
    days: Mapping[date, pl.DataFrame], known: Mapping[str, ToldException]
) -> tuple[list[Message], dict[str, ToldException]]:
    """List a message for each exception that stands otherwise than a receiver knows it.

    A plan that is made again may find other exceptions, or others of the same to be over: one that
    it does not have any more has closed.

    Args:
        days: rows of the contract Exceptions by business date, the earliest first.
        known: by id, what the receiver was told.

    Returns:
        The messages in order, and what the receiver has been told by then of their exceptions.
    """
    messages: list[Message] = []
    told: dict[str, ToldException] = {}
    for day, exceptions in days.items():
        for kind, facts in _list_differences(day, exceptions, {**known, **told}):
            name = facts["exception_id"]
            before = told.get(name, known.get(name))
            one = ToldException(name, 1 if before is None else before.times + 1, facts)
            told[name] = one
            # One that opens again is told again.
            key = (name, day, facts.get("money_at_risk"), one.times)
            messages.append(Message.about(kind, key, facts))
    return messages, told


def _list_differences(
    day: date, exceptions: pl.DataFrame, known: Mapping[str, ToldException]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind of message and the facts of each exception that differs, by id."""
    columns = [name for name in _OF_AN_EXCEPTION if name in exceptions.columns]
    rows = {
        row["exception_id"]: {name: _write(value) for name, value in row.items()}
        for row in exceptions.select(columns).iter_rows(named=True)
    }
    over = {"business_date": day.isoformat(), "state": _CLOSED}
    gone = {name: {**one.facts, **over} for name, one in known.items() if one.is_open}
    for name, facts in sorted({**gone, **rows}.items()):
        before = known.get(name)
        was_open = before is not None and before.is_open
        is_open = facts["state"] != _CLOSED
        if is_open and not was_open:
            yield EXCEPTION_OPENED, facts
        elif was_open and not is_open:
            yield EXCEPTION_CLOSED, facts
        elif is_open and before and facts["money_at_risk"] != before.facts["money_at_risk"]:
            yield EXCEPTION_CHANGED, facts


def list_waiting_messages(
    routed: pl.DataFrame, proposals: pl.DataFrame, business_date: date, plan_version: int
) -> list[Message]:
    """List a message for each role for which actions of a plan wait, once for each version.

    Args:
        routed: how actions stand now, a `Routed` frame.
        proposals: the actions, a `Proposals` frame.
        business_date: of the plan.
        plan_version: of the business date.
    """
    waiting = (
        routed.filter(status="waiting")
        .select("action_id", role=pl.col("missing_roles").str.split(";"))
        .explode("role")
        .join(
            proposals.select("action_id", "value", "currency"),
            on="action_id",
            maintain_order="left",
        )
        .group_by("role", "currency", maintain_order=True)
        .agg(actions=pl.len(), value=pl.col("value").sum().round(2))
        .sort("role", "currency")
    )
    plan = {"business_date": business_date.isoformat(), "plan_version": plan_version}
    return [
        Message.about(
            APPROVALS_WAITING,
            (business_date, plan_version, row["role"], row["currency"]),
            {**plan, **row},
        )
        for row in waiting.iter_rows(named=True)
    ]


def _write(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
