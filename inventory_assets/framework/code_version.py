"""A hash of the planning code, so that a plan says which code made it."""

import hashlib
from functools import cache
from pathlib import Path

from inventory_assets.project import PROJECT

ROOMS = (
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
    "governance/policy_drafts",
    "governance/policy_edits.py",
    "governance/scenarios",
    "governance/signed_heads",
    "governance/story",
    "governance/webhooks",
    "inventory_assets/cli",
    "inventory_assets/scenarios",
    "optimization/reference",
    "quality_checks/document",
)
"""What no night loads before it exports: a change there makes no new plan version."""


@cache
def hash_code() -> str:
    """Hash every Python and SQL file that shapes a plan: SHA-256, in path order."""
    return hash_planning_code(PROJECT)


def hash_planning_code(project: Path) -> str:
    """Hash the planning code of the packages in the folder `project`."""
    digest = hashlib.sha256()
    for path in _planning_files(project):
        digest.update(path.relative_to(project).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _planning_files(project: Path) -> list[Path]:
    return sorted(
        path
        for room in ROOMS
        for path in (project / room).rglob("*")
        if path.suffix in {".py", ".sql"}
        and not path.relative_to(project).as_posix().startswith(NOT_PLANNING)
    )
