"""A data folder in which processes are killed: what works there, and its processor time."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

PROJECT: Final = Path(__file__).resolve().parent.parent
LONGEST_SECONDS: Final = 3600.0
"""That anything may take by the clock, on a machine that is busy with other work."""

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_GLANCE_SECONDS: Final = 0.02
_STATE, _OWN, _OF_CHILDREN = 0, slice(11, 13), slice(13, 15)
"""Of the words after the name in `/proc/<process>/stat`: see proc(5)."""


@dataclass(frozen=True)
class Place:
    """A data folder with a Dagster home of its own."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of commands and of the daemon that work here."""
        home = self.root / "dagster"
        home.mkdir(exist_ok=True)
        ours = (PROJECT / "dagster.yaml").read_text()
        (home / "dagster.yaml").write_text(ours.replace("data/dagster", str(home / "storage")))
        kept = {name: said for name, said in os.environ.items() if not name.startswith("PLENISH_")}
        return {
            **kept,
            "DAGSTER_HOME": str(home),
            "PLENISH_DATA": str(self.root),
            # A hundred commands, each of which would compile the project's modules anew.
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command; what it prints goes to a file, so that nobody has to read along."""
        command = [sys.executable, "-m", "inventory_assets.cli.start", *arguments]
        with self.printed.open("w") as printed:
            return subprocess.Popen(  # noqa: S603  # our own command
                command,
                env=self.environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=PROJECT,
            )

    @property
    def printed(self) -> Path:
        """What the command that was started last has printed."""
        return self.root / "printed.txt"

    def run(self, *arguments: str) -> float:
        """Run a command to its end, and give its processor seconds.

        Raises:
            RuntimeError: it failed.
        """
        process = self.start(*arguments)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"plenish {' '.join(arguments)} failed:\n{self.printed.read_text()}")
        return used.ru_utime + used.ru_stime

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse of this place."""
        return Warehouse(self.root / "warehouse" / "plenish.duckdb")

    @contextmanager
    def instance(self) -> "Iterator[dg.DagsterInstance]":
        """The Dagster instance of this place."""
        import dagster as dg  # noqa: PLC0415  # slow import

        with dg.DagsterInstance.from_config(self.environment["DAGSTER_HOME"]) as instance:
            yield instance

    @contextmanager
    def daemon(self) -> "Iterator[Daemon]":
        """The daemon of Dagster with its sensors and schedules, for as long as the body runs."""
        with (self.root / "daemon.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dagster._daemon", "run"],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                start_new_session=True,
            )
            try:
                yield Daemon(process.pid)
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@dataclass(frozen=True)
class Daemon:
    """The daemon, its code server and the runs that they started."""

    process: int

    def measure_processor(self) -> float:
        """Processor seconds of all of them, also of those that have ended."""
        seconds = 0.0
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(path.name)) == self.process:
                    words = _read_words(int(path.name))
                    seconds += _add(words[_OWN]) + _add(words[_OF_CHILDREN])
            except (OSError, IndexError):  # It ended meanwhile.
                continue
        return seconds


def kill_after(process: int, seconds: float) -> bool:
    """Kill a process once it has had so many processor seconds; False where it ended before.

    Its own time, not that of the clock: on a busy machine moments would gather at its start.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        words = _read_words(process)
        if not words or words[_STATE] == "Z":
            return False
        if _add(words[_OWN]) >= seconds:
            os.kill(process, signal.SIGKILL)
            return True
        time.sleep(_GLANCE_SECONDS)
    raise TimeoutError(f"process {process} hangs")


def _read_words(process: int) -> list[str]:
    """What the kernel tells of a process after its name; nothing where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _add(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / _TICKS_A_SECOND
