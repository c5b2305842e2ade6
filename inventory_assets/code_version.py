"""A hash of the planning code, so that a plan says which code made it."""

import hashlib
from functools import cache
from pathlib import Path

_PACKAGES = ("forecasting", "governance", "inventory_assets", "optimization", "quality_checks")
_NOT_PLANNING = ("commands", "cli.py", "summary.py", "workplace.py", "document.py")
"""What says or starts a plan without shaping it."""
_PROJECT = Path(__file__).resolve().parent.parent


@cache
def code_version() -> str:
    """Sha256 over every Python and SQL file that shapes a plan, in path order."""
    digest = hashlib.sha256()
    files = [
        path
        for package in _PACKAGES
        for path in (_PROJECT / package).rglob("*")
        if path.suffix in {".py", ".sql"} and not set(_NOT_PLANNING) & set(path.parts)
    ]
    for path in sorted(files):
        digest.update(path.relative_to(_PROJECT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
