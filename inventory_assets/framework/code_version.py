"""A hash of the planning code, so that a plan says which code made it."""

import hashlib
from functools import cache
from pathlib import Path

from inventory_assets.project import PROJECT

_ROOMS = (
    "compilation",
    "forecasting",
    "governance",
    "inventory_assets",
    "optimization",
    "quality_checks",
    "warehouse",
)
NOT_PLANNING = (
    "forecasting/online",
    "forecasting/weekly",
    "governance/kinds/document.py",
    "inventory_assets/cli",
    "optimization/explanation",
    "optimization/reference",
    "quality_checks/contracts/document.py",
)
"""What the night never runs, or what only says a plan: a change there makes no new plan version."""


@cache
def code_version() -> str:
    """Sha256 over every Python and SQL file that shapes a plan, in path order."""
    digest = hashlib.sha256()
    for path in planning_files(PROJECT):
        digest.update(path.relative_to(PROJECT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def planning_files(project: Path) -> list[Path]:
    """The files that shape a plan, in path order."""
    return sorted(
        path
        for room in _ROOMS
        for path in (project / room).rglob("*")
        if path.suffix in {".py", ".sql"}
        and not path.relative_to(project).as_posix().startswith(NOT_PLANNING)
    )
