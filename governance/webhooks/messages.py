"""Makes messages: batches that left, exceptions that opened or closed, approvals that wait."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from governance.audit import Event

BATCH_EXPORTED: Final = "batch.exported"
EXCEPTION_OPENED: Final = "exception.opened"
EXCEPTION_CLOSED: Final = "exception.closed"
APPROVALS_WAITING: Final = "approvals.waiting"
MESSAGE_KINDS: Final = (BATCH_EXPORTED, EXCEPTION_OPENED, EXCEPTION_CLOSED, APPROVALS_WAITING)
"""What can be told."""

EXCEPTION_STATES_TOLD: Final = {"new": EXCEPTION_OPENED, "closed": EXCEPTION_CLOSED}
"""State of an exception -> the message that tells of it."""
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
    """What is told, the same for whoever is told.

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


def list_exception_messages(exceptions: pl.DataFrame) -> list[Message]:
    """List a message for each exception that has opened or closed, once for each time.

    Args:
        exceptions: rows of the contract Exceptions of some business dates.
    """
    known = [name for name in _OF_AN_EXCEPTION if name in exceptions.columns]
    rows = exceptions.filter(pl.col("state").is_in([*EXCEPTION_STATES_TOLD])).select(known)
    return [
        Message.about(
            EXCEPTION_STATES_TOLD[row["state"]],
            (row["exception_id"], row["business_date"]),
            {name: _write(value) for name, value in row.items()},
        )
        for row in rows.sort("business_date", "exception_id").iter_rows(named=True)
    ]


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
