"""Many people who decide at once on one store, each in a process of its own.

Each decides on actions of its own, and all decide on the same contested ones, of which nobody has
seen a decision: one of them wins, and the others are told. Nothing that was recorded may be missing
afterwards, and no contested action may have two decisions.
"""

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import NamedTuple, TypedDict

from governance import DecidedMeanwhileError, make_decision, open_store

_DECIDERS, _OWN, _CONTESTED = 50, 10, 10
_AT = datetime(2026, 3, 3, 8)  # noqa: DTZ001  # local by contract


class DeciderFigures(TypedDict):
    """What came of decisions at once.

    Attributes:
        deciders: processes.
        recorded: decisions that were recorded.
        told: how often somebody was told that another one had decided meanwhile.
        lost: decisions that were recorded and are not there, or that nobody won.
        doubled: contested actions with more than one decision, and decisions that are there twice.
        faults: of the audit chain.
        seconds: from when all were ready until the last had decided.
    """

    deciders: int
    recorded: int
    told: int
    lost: int
    doubled: int
    faults: int
    seconds: float


class _Said(NamedTuple):
    """What one of them was told: decisions recorded, refused, and when it began and ended."""

    recorded: list[str]
    told: int
    began: float
    ended: float


def measure_deciders() -> dict[str, DeciderFigures]:
    """Let 50 processes decide on SQLite, and on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite = _decide_at_once(f"sqlite:///{Path(folder) / 'decisions.sqlite'}")
    with _start_postgresql() as url:
        return {"sqlite": on_sqlite, "postgresql": _decide_at_once(url)}


@contextmanager
def _start_postgresql() -> Iterator[str]:
    """URL of an empty database of a server that ends with it."""
    import pgserver  # noqa: PLC0415  # not to be had for every machine

    folder = tempfile.mkdtemp(prefix="plenish")
    server = pgserver.get_server(folder)  # type: ignore[attr-defined]  # its face names nothing
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _decide_at_once(url: str) -> DeciderFigures:
    store = open_store(url)
    spawning = multiprocessing.get_context("forkserver")
    spawning.set_forkserver_preload(["governance"])
    with spawning.Manager() as manager:
        start = manager.Barrier(_DECIDERS)
        with spawning.Pool(_DECIDERS) as pool:
            said = pool.starmap(_decide, [(url, n, start) for n in range(_DECIDERS)], chunksize=1)
    recorded = [decision for one in said for decision in one.recorded]
    there = store.decisions(_AT)
    by_action = there.group_by("action_id").len()
    contested = by_action.filter(by_action["action_id"].str.starts_with("contested"))
    faults = store.verify_chain()
    store.close()
    return DeciderFigures(
        deciders=_DECIDERS,
        recorded=len(recorded),
        told=sum(one.told for one in said),
        lost=len(set(recorded) - {*there["decision_id"]}) + _CONTESTED - contested.height,
        doubled=int((by_action["len"] > 1).sum()) + len(recorded) - len(set(recorded)),
        faults=len(faults),
        seconds=round(max(one.ended for one in said) - min(one.began for one in said), 2),
    )


def _decide(url: str, number: int, start: Barrier) -> _Said:
    """Decide on own and on contested actions in turn, once all are ready."""
    store = open_store(url)
    start.wait()
    began, recorded, told = time.time(), list[str](), 0
    for turn in range(_OWN + _CONTESTED):
        own = turn % 2 == 0
        action = f"own-{number}-{turn}" if own else f"contested-{turn}"
        decision = make_decision(
            {
                "decision_id": f"{number}-{turn}",
                "action_id": action,
                "decision": "approve",
                "author": f"person {number}",
                "role": "planner",
                "reason": "checked",
                "decided_at": _AT,
            }
        )
        try:
            recorded += store.record_decisions([decision], _AT, seen={action: []})
        except DecidedMeanwhileError:
            told += 1
    store.close()
    return _Said(recorded, told, began, time.time())
