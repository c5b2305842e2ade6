"""Time what people wait for: a decision, a look at the plan, and an export of what is approved.

A retailer is written and planned with automation off, so that every action waits. Each figure is
of the command as it is typed, from the start of its process to its end.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TypedDict

from simulation.retailer import Size, size_retailer, write_retailer

_PROJECT = Path(__file__).resolve().parent.parent
_DECISIONS = 5
"""Of each role, and looks of each kind."""


class Figures(TypedDict):
    """What the benchmark prints: medians of seconds, by the clock and of the processor."""

    size: str
    actions_waiting: int
    decision_seconds: float
    decision_cpu_seconds: float
    refusal_seconds: float
    worklist_seconds: float
    status_seconds: float
    explain_seconds: float
    export_seconds: float
    export_cpu_seconds: float
    exported_lines: int


def measure(size: Size, seed: int) -> Figures:
    """Plan a retailer of which nothing leaves by itself, decide, export, and give the figures."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_retailer(size_retailer(size), work / "data", seed=seed)
        _prepare(work)
        _run(work, "plan")
        waiting = _run(work, "worklist", "--ids", "--most", "1000000")[2].split()
        said = ("--author", "ann", "--reason", "measured", "--role")
        decided = []
        for role in ("buyer", "allocator"):
            ids = _run(work, "worklist", "--ids", "--role", role)[2].split()
            decided += [_run(work, "approve", one, *said, role) for one in ids[:_DECISIONS]]
        refused = [_run(work, "approve", "0" * 24, *said, "buyer", fails=True) for _ in range(3)]
        approved = sum("Now: approved" in told for _, _, told in decided)
        asked = {"worklist": [], "status": [], "explain": [waiting[0]]}
        looks = {
            name: median(_run(work, name, *words)[0] for _ in range(_DECISIONS))
            for name, words in asked.items()
        }
        exported = _run(work, "export")
    return Figures(
        size=size,
        actions_waiting=len(waiting),
        decision_seconds=round(median(seconds for seconds, _, _ in decided), 2),
        decision_cpu_seconds=round(median(cpu for _, cpu, _ in decided), 2),
        refusal_seconds=round(median(seconds for seconds, _, _ in refused), 2),
        worklist_seconds=round(looks["worklist"], 2),
        status_seconds=round(looks["status"], 2),
        explain_seconds=round(looks["explain"], 2),
        export_seconds=round(exported[0], 2),
        export_cpu_seconds=round(exported[1], 2),
        exported_lines=approved,
    )


def _prepare(work: Path) -> None:
    """A Dagster home, and policies by which every action waits."""
    (work / "home").mkdir()
    shutil.copyfile(_PROJECT / "dagster.yaml", work / "home" / "dagster.yaml")
    policies = shutil.copytree(_PROJECT / "data" / "policies", work / "policies")
    rules = policies / "actions.yaml"
    rules.write_text(rules.read_text().replace("automation: on", "automation: off"))


def _run(work: Path, *arguments: str, fails: bool = False) -> tuple[float, float, str]:
    """Run a command: seconds by the clock, of the processor, and what it printed.

    Raises:
        RuntimeError: it failed though it should not, or the other way round.
    """
    named = {
        "DAGSTER_HOME": str(work / "home"),
        "PLENISH_DATA": str(work / "data"),
        "PLENISH_POLICIES": str(work / "policies"),
        "COLUMNS": "400",
    }
    command = [sys.executable, "-m", "inventory_assets.cli.start", *arguments]
    known = {**os.environ, **named}
    # Where bytecode is forbidden each process compiles the project, which no retailer's does.
    known.pop("PYTHONDONTWRITEBYTECODE", None)
    before, started = _children_cpu(), time.perf_counter()
    done = subprocess.run(  # noqa: S603  # our own command
        command,
        cwd=_PROJECT,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if (done.returncode != 0) != fails:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return seconds, _children_cpu() - before, done.stdout


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
