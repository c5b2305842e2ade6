"""Processes that are killed at a moment of their work, and what they leave behind."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from simulated import command, environment

from inventory_assets.project import PROJECT

Moment = Callable[[], bool]


def killed(root: Path, moment: Moment, arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Start a process and kill it when `moment` has come, which must be before its end."""
    log = root / "killed.log"
    with log.open("w") as output:
        process = subprocess.Popen(arguments, env=env, stdout=output, stderr=output, cwd=PROJECT)
        while process.poll() is None and not moment():
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -signal.SIGKILL, log.read_text()


def killed_plan(root: Path, moment: Moment) -> None:
    """Start a plan and kill it when `moment` has come."""
    killed(root, moment, command("plan", "--data", str(root)), environment(root))


def steps_done(root: Path, number: int) -> Moment:
    """The moment at which the newest run has done a number of steps."""
    seen = set((root / "dagster").glob("history/runs/*-*.db"))
    query = "SELECT count(*) FROM event_logs WHERE dagster_event_type = 'STEP_SUCCESS'"

    def reached() -> bool:
        for path in set((root / "dagster").glob("history/runs/*-*.db")) - seen:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                try:
                    return bool(connection.execute(query).fetchone()[0] >= number)
                except sqlite3.OperationalError:  # the run has just begun: no table yet
                    return False
        return False

    return reached


def batch_appears(root: Path, version: int | None = None) -> Moment:
    """The moment at which a batch is handed out: any, or that of a version of the plan."""
    return lambda: any((root / "exports").glob(f"*/{version or '[0-9]*'}"))


def audit_events(root: Path, kind: str) -> list[dict[str, object]]:
    """What the audit chain holds of a kind of event, in its order."""
    with closing(sqlite3.connect(root / "governance" / "decisions.sqlite")) as connection:
        query = "SELECT payload FROM audit_events WHERE kind = ? ORDER BY sequence"
        found = [json.loads(payload) for (payload,) in connection.execute(query, [kind])]
    # A seal tells when it was made.
    return [{**event, "seal": None} for event in found]


def hidden(root: Path) -> list[Path]:
    """Files below the exports that nobody is to see."""
    return list((root / "exports").rglob(".*"))


def with_tests() -> dict[str, str]:
    """The environment of a process that imports what tests share."""
    paths = os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])
    return {**os.environ, "PYTHONPATH": paths}
