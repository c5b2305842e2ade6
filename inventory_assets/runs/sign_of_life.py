"""A run's sign of life: a lock that its process holds, and that goes with the process.

The number of a process is no identity: containers all begin at one, numbers come again after a
restart, and a process of another PID namespace is not seen at all. A lock on a file is held by a
process wherever it is seen from, and the kernel gives it back however the process ends. DuckDB
keeps its file to one process in the same way.
"""

import fcntl
import os
from pathlib import Path
from typing import IO, Final

import dagster as dg

SIGN_TAG: Final = "plenish/sign_of_life"
"""Tag of a run: the file on which its process holds a lock."""

_held: dict[Path, IO[bytes]] = {}
"""Signs of this process. They stay open until it ends: a run is not over when its steps are."""


def show_life(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """Hold the sign of life of a run that this process works on, until the process ends.

    Returns:
        The tag that says where it is.
    """
    path = _folder(instance) / run_id
    if path not in _held:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        _held[path] = file
    return {SIGN_TAG: str(path)}


def find_sign(run: dg.DagsterRun) -> Path | None:
    """The file of a run's sign of life; None before its process showed one.

    A run that is tried again inherits the tags of the one before, whose sign is not its own.
    """
    path = Path(run.tags.get(SIGN_TAG, ""))
    return path if path.name == run.run_id else None


def list_signs(instance: dg.DagsterInstance) -> list[Path]:
    """The signs of runs that this machine works on or worked on."""
    return sorted(_folder(instance).glob("*"))


def is_held(path: Path) -> bool:
    """Whether a process holds a sign of life; so it counts where the file cannot be seen from here.

    A machine with a disk of its own keeps its signs there.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.storage_directory()) / "runs_under_way"
