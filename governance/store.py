"""The transactional store of decisions, settings and the audit chain.

SQLite by default, PostgreSQL by URL where several machines decide. Every write takes the chain's
head first, so that writers queue and the chain stays linear: on SQLite by starting with the write
lock, on PostgreSQL by locking the head's row. A reader sees one state, whatever is written
meanwhile. Time is always an argument.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Engine,
    Index,
    MetaData,
    Select,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    update,
)

from governance import audit
from governance.audit import Event, Head, Payload
from governance.decisions import Decision
from governance.switches import SETTING, Scope
from quality_checks.contracts import Decisions, find_contract

_LOCK_WAIT_SECONDS: Final = 30
_SQLITE: Final = "sqlite"
_OPENING: Final = 0x706C656E697368
"""Number of the lock that processes of PostgreSQL take in turn while they open a store."""
_MOST_ASKED: Final = 500
"""Values of one query; SQLite takes no more than a few thousand."""
_AT_ONCE: Final = 10_000
"""Events that are held at a time, however long the chain is."""
_HEAD: Final = "audit_head"
DECISION_RECORDED: Final = "decision_recorded"
DECISION_SIGNED: Final = "decision_signed"
"""Kind of the event of who makes a decision."""
AUTOMATION_SET: Final = "automation_set"


ALL: Final = Scope()
"""Every kind in every region."""
EVER = datetime(9999, 12, 31)  # noqa: DTZ001  # local by contract
"""As-of time that takes in every decision."""

# Tables without SQLAlchemy's mapper, which takes longer to import than a decision to be recorded.
_TABLES: Final = MetaData()
_DECISIONS: Final = Table(
    "decisions",
    _TABLES,
    Column("decision_id", Text, primary_key=True),
    Column("action_id", Text, nullable=False, index=True),
    Column("decision", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("quantity", BigInteger),
    Column("expires_on", Date),
    Column("decided_at", DateTime, nullable=False, index=True),
    Column("reason_code", Text),
    Column("until", DateTime),
    Column("due_on", Date),
    Column("origin", Text),
    Column("plan_version", BigInteger),
    Column("supplier", Text),
    Column("price", Double),
)
"""Decisions; columns as in the landing contract `Decisions`."""

_LATER: Final = (
    *("reason_code", "until", "due_on", "origin", "plan_version"),
    *("supplier", "price"),
)
"""Columns that stores of an earlier version lack. An event does not name what is missing of them,
so that events of then say what those of now say."""

_EVENTS: Final = Table(
    "audit_events",
    _TABLES,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Links of the audit chain; see `audit.Event`."""

_BY_KIND: Final = Index("ix_audit_events_kind", _EVENTS.c.kind)
"""Finds the events of a kind, which are few, in a chain that has millions."""

_SETTINGS: Final = Table(
    "settings",
    _TABLES,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Settings: the head of the audit chain, or an automation switch, as JSON."""


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


class DecidedMeanwhileError(Exception):
    """Somebody else has decided about an action since it was looked at."""


class Store:
    """Decisions, automation switches and the audit chain; open it with `open_store`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record_decisions(
        self,
        decisions: Iterable[Decision],
        at: datetime,
        *,
        signatures: Mapping[str, Payload] | None = None,
        seen: Mapping[str, Collection[str]] | None = None,
    ) -> list[str]:
        """Record decisions with their audit events in one transaction; gives the ids of new ones.

        Args:
            decisions: those that are known with the same content change nothing.
            at: when they are recorded, local wall-clock time.
            signatures: who makes which, by the decision's id: an event before that of the decision.
            seen: action -> ids of all decisions about it when these were judged; missing where they
                stand whatever others have decided meanwhile.

        Raises:
            DecisionConflictError: an id is known with another content.
            DecidedMeanwhileError: of an action in `seen` there are other decisions by now.

        After an error nothing is recorded.
        """
        signed, recorded = signatures or {}, []
        with self._writing() as (connection, head):
            _refuse_unseen(connection, seen or {})
            end = head
            for decision in decisions:
                if not _is_new(connection, decision):
                    continue
                name = decision.decision_id
                if name in signed:
                    end = _append(connection, end, DECISION_SIGNED, signed[name], at)
                facts = decision.model_dump()
                connection.execute(insert(_DECISIONS), facts)
                end = _append(connection, end, DECISION_RECORDED, _state_facts(facts), at)
                recorded.append(name)
        return recorded

    def decisions(self, as_of: datetime) -> pl.DataFrame:
        """Decisions made up to and including `as_of`, as a `Decisions` frame."""
        query = select(_DECISIONS).where(_DECISIONS.c.decided_at <= as_of)
        contract = find_contract(Decisions)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
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
        with self._writing() as (connection, head):
            _set(connection, scope.setting, audit.write_canonical(facts))
            _append(connection, head, AUTOMATION_SET, facts, at)

    def stopped(self) -> tuple[Scope, ...]:
        """Scopes for which automation is off, in order; none where nobody turned it off."""
        with self._engine.connect() as connection:
            switches = [json.loads(value) for value in _read_switches(connection).values()]
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
        said = audit.write_canonical(payload)
        same = select(_EVENTS.c.sequence).where(_EVENTS.c.kind == kind, _EVENTS.c.payload == said)
        with self._writing() as (connection, head):
            if once and connection.scalars(same).first() is not None:
                return None
            return _append(connection, head, kind, payload, at)

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
        with self._writing() as (connection, head):
            return _append_all(connection, head, kind, payloads, at)

    def head(self) -> Head:
        """The end of the chain."""
        with self._engine.connect() as connection:
            return _read_head(connection.scalars(_select_setting(_HEAD)).one())

    def hashes(self, sequences: Iterable[int]) -> dict[int, str]:
        """Hashes of events by their number; those that are not there are left out."""
        asked = sorted(set(sequences))
        found: dict[int, str] = {}
        with self._engine.connect() as connection:
            for first in range(0, len(asked), _MOST_ASKED):
                some = asked[first : first + _MOST_ASKED]
                columns = select(_EVENTS.c.sequence, _EVENTS.c.hash)
                rows = connection.execute(columns.where(_EVENTS.c.sequence.in_(some)))
                found |= {row.sequence: row.hash for row in rows}
        return found

    def find_events(self, kind: str, holding: str) -> list[Event]:
        """Events of a kind whose facts hold a text, in the order in which they were appended."""
        query = (
            select(_EVENTS)
            .where(_EVENTS.c.kind == kind, _EVENTS.c.payload.contains(holding, autoescape=True))
            .order_by(_EVENTS.c.sequence)
        )
        with self._engine.connect() as connection:
            return [Event(**row) for row in connection.execute(query).mappings()]

    def events_of(self, kinds: Collection[str]) -> list[Event]:
        """Events of several kinds, in the order in which they were appended."""
        query = select(_EVENTS).where(_EVENTS.c.kind.in_(kinds)).order_by(_EVENTS.c.sequence)
        with self._engine.connect() as connection:
            return [Event(**row) for row in connection.execute(query).mappings()]

    def list_events(
        self, *, kind: str = "", holding: str = "", before: int | None = None, most: int
    ) -> list[Event]:
        """The newest events, the last first.

        Args:
            kind: of the events; any where none is given.
            holding: a text that their facts hold, in letters large or small.
            before: number of the event before which they are; the end of the chain where missing.
            most: how many at most.
        """
        query = select(_EVENTS).order_by(_EVENTS.c.sequence.desc()).limit(most)
        if kind:
            query = query.where(_EVENTS.c.kind == kind)
        if holding:
            query = query.where(_hold(holding))
        if before is not None:
            query = query.where(_EVENTS.c.sequence < before)
        with self._engine.connect() as connection:
            return [Event(**row) for row in connection.execute(query).mappings()]

    def list_kinds(self) -> list[str]:
        """The kinds of events that the chain has, sorted."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(_EVENTS.c.kind).distinct().order_by("kind")))

    def payloads(self, kind: str, *, newest: int | None = None) -> list[Payload]:
        """What the events of a kind say, in the order in which they were appended.

        Args:
            kind: what happened.
            newest: only so many, the last ones; all where that is not given.
        """
        of_kind = select(_EVENTS.c.payload).where(_EVENTS.c.kind == kind)
        backward = of_kind.order_by(_EVENTS.c.sequence.desc()).limit(newest)
        with self._engine.connect() as connection:
            said = connection.scalars(backward).all()
        return [json.loads(payload) for payload in reversed(said)]

    def copy_to(self, url: str) -> None:
        """Copy all that is kept, as it stands at one moment, to a store that has nothing yet.

        Args:
            url: of the new store, as for `open_store`.
        """
        copy = _create_engine(url)
        with self._engine.connect() as kept, _write_transaction(copy) as written:
            _TABLES.create_all(written)
            for table in _TABLES.sorted_tables:
                found = kept.execute(select(table)).mappings()
                for rows in found.partitions(_AT_ONCE):
                    written.execute(insert(table), [dict(row) for row in rows])
        copy.dispose()

    def verify_chain(self) -> list[str]:
        """Say what is wrong with the audit chain or does not fit it; empty when it is whole.

        Besides the chain it checks that decisions and switch are what the events say they are.
        """
        told = _Told()
        every = select(_EVENTS).order_by(_EVENTS.c.sequence)
        with self._engine.connect() as connection:
            head = _read_head(connection.scalars(_select_setting(_HEAD)).one())
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(every).mappings()
            problems = audit.verify(told.note(Event(**row) for row in rows), head)
            decisions = {
                row["decision_id"]: audit.write_canonical(_state_facts(dict(row)))
                for row in connection.execute(select(_DECISIONS)).mappings()
            }
            switches = _read_switches(connection)
        return [*problems, *_differences(told, decisions, switches)]

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Head]]:
        """A transaction that holds the head of the chain, and the head."""
        with _write_transaction(self._engine) as connection:
            yield connection, _read_head(connection.scalars(_lock_head()).one())


def open_store(url: str) -> Store:
    """The store at a database URL, such as `sqlite:///data/governance/governance.db`.

    Tables, and the folder of a SQLite file, are made where they are missing.
    """
    engine = _create_engine(url)
    with _write_transaction(engine) as connection:
        if engine.dialect.name != _SQLITE:
            # Two that find no tables would both make them.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING})")
        _TABLES.create_all(connection)
        # Stores of an earlier version have the table without it.
        _BY_KIND.create(connection, checkfirst=True)
        _add_later_columns(connection)
        if connection.scalar(_select_setting(_HEAD)) is None:
            _set(connection, _HEAD, _write_head(Head()))
    return Store(engine)


def _create_engine(url: str) -> Engine:
    """Give connections to a database, each of which waits as long for the others.

    Raises:
        ValueError: it is neither SQLite nor PostgreSQL.
    """
    name = make_url(url).get_backend_name()
    if name == _SQLITE:
        engine = create_engine(url, connect_args={"timeout": _LOCK_WAIT_SECONDS})
        Path(engine.url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _lock_early(engine)
        return engine
    if name != "postgresql":
        raise ValueError(f"decisions are kept in SQLite or PostgreSQL, and not in {name}")
    stated = make_url(url).query.get("options", "")
    waits = f"{stated} -c lock_timeout={_LOCK_WAIT_SECONDS}s"
    # A server that was started again has dropped the connections that are kept.
    return create_engine(
        url,
        connect_args={"options": waits},
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
    )


def _add_later_columns(connection: Connection) -> None:
    there = {found["name"] for found in inspect(connection).get_columns(_DECISIONS.name)}
    for name in _LATER:
        if name not in there:
            column = _DECISIONS.c[name]
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE decisions ADD COLUMN {name} {kind}")


def _refuse_unseen(connection: Connection, seen: Mapping[str, Collection[str]]) -> None:
    """Refuse what was judged without decisions that are there by now.

    Raises:
        DecidedMeanwhileError: there are some.
    """
    for action, ids in seen.items():
        there = select(_DECISIONS.c.decision_id).where(_DECISIONS.c.action_id == action)
        if set(connection.scalars(there)) != set(ids):
            raise DecidedMeanwhileError(action)


def _is_new(connection: Connection, decision: Decision) -> bool:
    """Whether a decision is not recorded yet.

    Raises:
        DecisionConflictError: its id is known with another content.
    """
    same = select(_DECISIONS).where(_DECISIONS.c.decision_id == decision.decision_id)
    known = connection.execute(same).mappings().first()
    if known is not None and dict(known) != decision.model_dump():
        raise DecisionConflictError(
            f"decision {decision.decision_id} was recorded with another content"
        )
    return known is None


def _state_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of a decision says."""
    return {name: said for name, said in row.items() if said is not None or name not in _LATER}


def _hold(text: str) -> ColumnElement[bool]:
    """Whether the facts of an event hold a text, as JSON writes it, the same in any store."""
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    literal = re.sub(r"([/%_])", r"/\1", written)
    return func.lower(_EVENTS.c.payload).like(func.lower(f"%{literal}%"), escape="/")


def _lock_head() -> Select[str]:
    """The query for the head of the chain that keeps other writers out until the end."""
    return _select_setting(_HEAD).with_for_update()


def _select_setting(name: str) -> Select[str]:
    return select(_SETTINGS.c.value).where(_SETTINGS.c.name == name)


def _set(connection: Connection, name: str, value: str) -> None:
    """Put a setting in place of what it was, if it was there."""
    changed = connection.execute(
        update(_SETTINGS).where(_SETTINGS.c.name == name).values(value=value)
    )
    if changed.rowcount == 0:
        connection.execute(insert(_SETTINGS), {"name": name, "value": value})


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
        if engine.dialect.name != _SQLITE:
            # Who waited for the head has to see what was written meanwhile.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            yield connection


def _append(connection: Connection, head: Head, kind: str, payload: Payload, at: datetime) -> Head:
    return _append_all(connection, head, kind, [payload], at)


def _append_all(
    connection: Connection, head: Head, kind: str, payloads: Iterable[Payload], at: datetime
) -> Head:
    rows = []
    for payload in payloads:
        link = audit.follow(head, kind, payload, at)
        rows.append(asdict(link))
        head = Head(link.sequence, link.hash)
    if rows:
        connection.execute(insert(_EVENTS), rows)
    _set(connection, _HEAD, _write_head(head))
    return head


def _refuse_own(kind: str) -> None:
    if kind in (DECISION_RECORDED, AUTOMATION_SET):
        raise ValueError(f"events of kind {kind} come from the store itself")


def _write_head(head: Head) -> str:
    return audit.write_canonical(asdict(head))


def _read_head(setting: str) -> Head:
    return Head(**json.loads(setting))


def _read_switches(connection: Connection) -> dict[str, str]:
    """Facts of the automation switches as they are set, by name of the setting."""
    query = select(_SETTINGS).where(_SETTINGS.c.name.startswith(SETTING)).order_by(_SETTINGS.c.name)
    return {row.name: row.value for row in connection.execute(query)}


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
