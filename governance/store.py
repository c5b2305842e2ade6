"""The transactional store of decisions, settings and the audit chain.

SQLite by default, any database SQLAlchemy knows by URL. Every write takes the chain's head first,
so that writers queue and the chain stays linear: on SQLite by starting with the write lock, on
PostgreSQL by locking the head's row. Time is always an argument.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Select,
    String,
    Text,
    create_engine,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from governance import audit
from governance.audit import Event, Head, Payload
from governance.decisions import Decision
from governance.switches import SETTING, Scope
from quality_checks.contracts import Decisions, find_contract

_LOCK_WAIT_SECONDS: Final = 30
_MOST_ASKED: Final = 500
"""Values of one query; SQLite takes no more than a few thousand."""
_AT_ONCE: Final = 10_000
"""Events that are held at a time, however long the chain is."""
_HEAD: Final = "audit_head"
DECISION_RECORDED: Final = "decision_recorded"
AUTOMATION_SET: Final = "automation_set"


ALL: Final = Scope()
"""Every kind in every region."""
EVER = datetime(9999, 12, 31)  # noqa: DTZ001  # local by contract
"""As-of time that takes in every decision."""


class Base(DeclarativeBase):
    """Base of the tables."""


class DecisionRow(Base):
    """A decision; columns as in the landing contract `Decisions`."""

    __tablename__ = "decisions"

    decision_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    action_id: Mapped[str] = mapped_column(String(64), index=True)
    decision: Mapped[str] = mapped_column(String(16))
    author: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    expires_on: Mapped[date | None]
    decided_at: Mapped[datetime] = mapped_column(index=True)


class EventRow(Base):
    """A link of the audit chain; see `audit.Event`."""

    __tablename__ = "audit_events"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class SettingRow(Base):
    """A setting: the head of the audit chain, or an automation switch, as JSON."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


_EVENT: Final = (
    EventRow.sequence,
    EventRow.at,
    EventRow.kind,
    EventRow.payload,
    EventRow.hash,
)
"""Columns of an event in the order of `audit.Event`."""


@dataclass
class _Told:
    """What events say that the tables must say, too, noted while they pass by.

    Attributes:
        decisions: facts of each decision, by its id.
        switches: facts of the last switch of automation of each scope, by name of its setting.
    """

    decisions: dict[str, str] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)

    def note(self, events: Iterable[Event]) -> Iterator[Event]:
        """Hand events on, one by one."""
        for link in events:
            if link.kind == DECISION_RECORDED:
                self.decisions[json.loads(link.payload)["decision_id"]] = link.payload
            elif link.kind == AUTOMATION_SET:
                self.switches[Scope.of(json.loads(link.payload)).setting] = link.payload
            yield link


class DecisionConflictError(ValueError):
    """A decision id came back with another content."""


class Store:
    """Decisions, automation switches and the audit chain; open it with `open_store`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record_decision(self, decision: Decision, at: datetime) -> bool:
        """Record a decision and its audit event, and say whether it was new.

        Args:
            decision: the decision. The same one again changes nothing.
            at: when it is recorded, local wall-clock time.

        Raises:
            DecisionConflictError: its id is known with another content.
        """
        with self._writing() as (session, head):
            known = session.get(DecisionRow, decision.decision_id)
            if known is not None:
                if _facts(known) != decision.model_dump():
                    raise DecisionConflictError(
                        f"decision {decision.decision_id} was recorded with another content"
                    )
                return False
            session.add(DecisionRow(**decision.model_dump()))
            _append(session, head, DECISION_RECORDED, decision.model_dump(), at)
            return True

    def decisions(self, as_of: datetime) -> pl.DataFrame:
        """Decisions made up to and including `as_of`, as a `Decisions` frame."""
        query = select(DecisionRow).where(DecisionRow.decided_at <= as_of)
        contract = find_contract(Decisions)
        with Session(self._engine) as session:
            rows = [_facts(row) for row in session.scalars(query)]
        return contract.conform(pl.DataFrame(rows, schema=contract.schema))

    def set_automation(
        self, scope: Scope = ALL, *, on: bool, author: str, reason: str, at: datetime
    ) -> None:
        """Turn automation on or off for a scope from now on, and log who did and why.

        Args:
            scope: what is switched; all actions by default.
            on: whether actions of the scope may go by themselves.
            author: who decides it.
            reason: why.
            at: when it is recorded, local wall-clock time.

        Raises:
            ValueError: author or reason is blank.
        """
        for name, text in (("author", author), ("reason", reason)):
            if not text.strip():
                raise ValueError(f"automation switch: {name} is missing")
        facts: Payload = {"on": on, "author": author, "reason": reason, **scope.facts}
        with self._writing() as (session, head):
            session.merge(SettingRow(name=scope.setting, value=audit.canonical(facts)))
            _append(session, head, AUTOMATION_SET, facts, at)

    def stopped(self) -> tuple[Scope, ...]:
        """Scopes for which automation is off, in order; none where nobody turned it off."""
        with Session(self._engine) as session:
            switches = [json.loads(value) for value in _read_switches(session).values()]
        return tuple(sorted(Scope.of(facts) for facts in switches if not facts["on"]))

    def append_event(
        self, kind: str, payload: Payload, at: datetime, *, once: bool = False
    ) -> Head | None:
        """Append an event to the audit chain; returns the new head.

        Args:
            kind: what happened.
            payload: the facts.
            at: when it is recorded, local wall-clock time.
            once: append nothing, and return None, where an event of the kind says the same.

        Raises:
            TypeError: a value of the payload has no JSON form.
            ValueError: the kind is one that the store writes itself, or a number is not finite.
        """
        _refuse_own(kind)
        said = audit.canonical(payload)
        same = select(EventRow.sequence).where(EventRow.kind == kind, EventRow.payload == said)
        with self._writing() as (session, head):
            if once and session.scalars(same).first() is not None:
                return None
            return _append(session, head, kind, payload, at)

    def append_events(self, kind: str, payloads: Iterable[Payload], at: datetime) -> Head:
        """Append events of a kind in one transaction, all or none; returns the new head.

        Args:
            kind: what happened.
            payloads: the facts of each.
            at: when they are recorded, local wall-clock time.

        Raises:
            TypeError: a value of a payload has no JSON form.
            ValueError: the kind is one that the store writes itself, or a number is not finite.
        """
        _refuse_own(kind)
        with self._writing() as (session, head):
            return _append_all(session, head, kind, payloads, at)

    def head(self) -> Head:
        """The end of the chain."""
        with Session(self._engine) as session:
            return _head_of(session.get_one(SettingRow, _HEAD))

    def hashes(self, sequences: Iterable[int]) -> dict[int, str]:
        """Hashes of events by their number; those that are not there are left out."""
        asked = sorted(set(sequences))
        found: dict[int, str] = {}
        with Session(self._engine) as session:
            for first in range(0, len(asked), _MOST_ASKED):
                some = asked[first : first + _MOST_ASKED]
                query = select(EventRow.sequence, EventRow.hash).where(EventRow.sequence.in_(some))
                found |= {row.sequence: row.hash for row in session.execute(query)}
        return found

    def find_events(self, kind: str, holding: str) -> list[Event]:
        """Events of a kind whose facts hold a text, in the order in which they were appended."""
        query = (
            select(*_EVENT)
            .where(EventRow.kind == kind, EventRow.payload.contains(holding, autoescape=True))
            .order_by(EventRow.sequence)
        )
        with Session(self._engine) as session:
            return [Event(*row) for row in session.execute(query)]

    def payloads(self, kind: str) -> list[Payload]:
        """What the events of a kind say, in the order in which they were appended."""
        query = select(EventRow.payload).where(EventRow.kind == kind).order_by(EventRow.sequence)
        with Session(self._engine) as session:
            return [json.loads(payload) for payload in session.scalars(query)]

    def verify_chain(self) -> list[str]:
        """Say what is wrong with the audit chain or does not fit it; empty when it is whole.

        Besides the chain it checks that decisions and switch are what the events say they are.
        """
        told = _Told()
        every = select(*_EVENT).order_by(EventRow.sequence).execution_options(yield_per=_AT_ONCE)
        with Session(self._engine) as session:
            head = _head_of(session.get_one(SettingRow, _HEAD))
            problems = audit.verify(told.note(Event(*row) for row in session.execute(every)), head)
            decisions = {
                row.decision_id: audit.canonical(_facts(row))
                for row in session.scalars(select(DecisionRow))
            }
            switches = _read_switches(session)
        return [*problems, *_differences(told, decisions, switches)]

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[tuple[Session, Head]]:
        """A transaction that holds the head of the chain, and the head."""
        with _write_transaction(self._engine) as connection, Session(connection) as session:
            head = session.scalars(locked_head()).one()
            yield session, _head_of(head)
            session.flush()


def open_store(url: str) -> Store:
    """The store at a database URL, such as `sqlite:///data/governance/governance.db`.

    Tables, and the folder of a SQLite file, are made where they are missing.
    """
    engine = create_engine(url, connect_args=_connect_arguments(url))
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _lock_early(engine)
    with _write_transaction(engine) as connection:
        Base.metadata.create_all(connection)
    try:
        with _write_transaction(engine) as connection, Session(connection) as session:
            if session.get(SettingRow, _HEAD) is None:
                session.add(SettingRow(name=_HEAD, value=_head_text(Head())))
            session.flush()
    except IntegrityError:
        pass  # another process made the head between our look and our write
    return Store(engine)


def locked_head() -> Select[SettingRow]:
    """The query for the head of the chain that keeps other writers out until the end."""
    return select(SettingRow).where(SettingRow.name == _HEAD).with_for_update()


def _connect_arguments(url: str) -> dict[str, int]:
    sqlite = make_url(url).get_backend_name() == "sqlite"
    return {"timeout": _LOCK_WAIT_SECONDS} if sqlite else {}


def _lock_early(engine: Engine) -> None:
    """Make SQLite take its write lock when a write transaction begins.

    Its driver would begin on the first write, after the head was read, and two writers could read
    the same head.
    """

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _write_transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as raw:
        connection = raw.execution_options(writes=True)
        with connection.begin():
            yield connection


def _append(session: Session, head: Head, kind: str, payload: Payload, at: datetime) -> Head:
    return _append_all(session, head, kind, [payload], at)


def _append_all(
    session: Session, head: Head, kind: str, payloads: Iterable[Payload], at: datetime
) -> Head:
    rows = []
    for payload in payloads:
        link = audit.follow(head, kind, payload, at)
        rows.append(asdict(link))
        head = Head(link.sequence, link.hash)
    if rows:
        session.execute(insert(EventRow), rows)
    session.execute(
        update(SettingRow).where(SettingRow.name == _HEAD).values(value=_head_text(head))
    )
    return head


def _refuse_own(kind: str) -> None:
    if kind in (DECISION_RECORDED, AUTOMATION_SET):
        raise ValueError(f"events of kind {kind} come from the store itself")


def _head_text(head: Head) -> str:
    return audit.canonical(asdict(head))


def _head_of(setting: SettingRow) -> Head:
    return Head(**json.loads(setting.value))


def _facts(row: DecisionRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in find_contract(Decisions).columns}


def _read_switches(session: Session) -> dict[str, str]:
    """Facts of the automation switches as they are set, by name of the setting."""
    query = select(SettingRow).where(SettingRow.name.startswith(SETTING)).order_by(SettingRow.name)
    return {row.name: row.value for row in session.scalars(query)}


def _differences(
    told: _Told, decisions: Mapping[str, str], switches: Mapping[str, str]
) -> Iterator[str]:
    """Find where the tables differ from the events that wrote them."""
    for key in sorted(told.decisions.keys() | decisions.keys()):
        if told.decisions.get(key) != decisions.get(key):
            yield f"decision {key}: " + _difference(told.decisions.get(key), decisions.get(key))
    for name in sorted(told.switches.keys() | switches.keys()):
        logged, stored = told.switches.get(name), switches.get(name)
        if logged != stored:
            words = Scope.of(json.loads(logged or stored or "{}")).words
            yield f"automation switch for {words}: " + _difference(logged, stored)


def _difference(logged: str | None, stored: str | None) -> str:
    if logged is None:
        return "stored, but no event recorded it"
    return "recorded, but not stored" if stored is None else "stored otherwise than recorded"
