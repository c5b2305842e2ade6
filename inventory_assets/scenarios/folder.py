"""The folder of a scenario below `scenarios/` of the data folder, and the one turn there is.

Whoever runs a scenario holds a lock until his process ends, however it ends. So one runs at a time,
and a scenario that is neither done nor failed while nobody holds the lock has died: it is removed.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import polars as pl

from governance.scenarios import (
    Scenario,
    ScenarioError,
    ScenarioInTheWayError,
    compare_figures,
)
from warehouse import Warehouse

_LOCK: Final = "turn.lock"
_POLL_SECONDS: Final = 0.2
_WAIT_SECONDS: Final = 2.0
"""A look whether somebody holds the turn takes it for a moment."""
_LONGEST_STOP_SECONDS: Final = 60.0
_MOST: Final = 50
"""Scenarios that are kept: each takes the room of a read copy."""
_DIED: Final = "its process ended before its night did"

State = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class ScenarioStanding:
    """How a scenario stands.

    Attributes:
        scenario: what it changes.
        plan: business date and version of the plan that it changes; empty until it is copied.
        state: whether it runs, is done, or has failed.
        steps: how many steps of its night are done.
        of_steps: how many there are; 0 before they begin.
        words: why it failed; empty where it has not.
    """

    scenario: Scenario
    plan: str
    state: State
    steps: int
    of_steps: int
    words: str


@dataclass(frozen=True)
class ScenarioFolder:
    """Where a scenario lies.

    Attributes:
        path: its folder, which is for its owner only: decisions are copied into it.
    """

    path: Path

    @property
    def retailer(self) -> Path:
        """The data folder of its own, which is there while it runs."""
        return self.path / "retailer"

    @property
    def plan(self) -> Path:
        """The read copy of the plan that came of it."""
        return self.path / "plan.duckdb"

    @property
    def log(self) -> Path:
        """What a run in the background says, which nobody else hears."""
        return self.path / "run.log"

    def write_statement(self, scenario: Scenario, plan: str = "") -> None:
        """Write down what is changed, of which plan once that is known."""
        told = {"scenario": scenario.model_dump(mode="json"), "plan": plan}
        self._write("scenario.json", told)

    def write_live_figures(self, figures: pl.DataFrame) -> None:
        """Write down the figures of the plan that is changed: rows of the view PlanFigures."""
        figures.write_parquet(self.path / "live.parquet")

    def write_progress(self, steps: int, of_steps: int) -> None:
        """Write down how many steps are done."""
        self._write("progress.json", {"steps": steps, "of_steps": of_steps})

    def write_failure(self, words: str) -> None:
        """Write down why it failed, and clear the copy away."""
        self._write("failure.json", {"words": words})
        self.clear_copy()

    def keep_plan(self, read_copy: Path) -> None:
        """Keep the plan that came of it with its figures, and clear the rest of the copy away."""
        _read_figures(read_copy).write_parquet(self.path / "figures.parquet")
        read_copy.replace(self.plan)
        self.clear_copy()

    def clear_copy(self) -> None:
        """Remove the copy of the retailer."""
        shutil.rmtree(self.retailer, ignore_errors=True)

    def ask_to_stop(self) -> None:
        """Ask the run to stop, which looks for that at every step."""
        (self.path / "stop").touch()

    @property
    def is_to_stop(self) -> bool:
        """Whether somebody has asked the run to stop."""
        return (self.path / "stop").exists()

    @property
    def is_over(self) -> bool:
        """Whether it is done or has failed."""
        return self.plan.exists() or (self.path / "failure.json").exists()

    def tell_standing(self) -> ScenarioStanding | None:
        """How it stands; None while its statement is not written, or once it is removed."""
        told = self._read("scenario.json")
        if not told:
            return None
        progress, failure = self._read("progress.json"), self._read("failure.json")
        state: State = "done" if self.plan.exists() else "failed" if failure else "running"
        return ScenarioStanding(
            scenario=Scenario.model_validate(told["scenario"]),
            plan=told["plan"],
            state=state,
            steps=progress.get("steps", 0),
            of_steps=progress.get("of_steps", 0),
            words=failure.get("words", ""),
        )

    def read_comparison(self) -> pl.DataFrame:
        """The figures of the plan that was changed beside those of what came of it.

        Raises:
            ScenarioError: nothing has come of it yet, or it is being dropped.
        """
        if not self.plan.exists():
            raise ScenarioError(f"the scenario {self.path.name} is not done")
        kept = self.path / "figures.parquet"
        try:
            live = pl.read_parquet(self.path / "live.parquet")
            # Those of an earlier version have kept the plan alone.
            figures = pl.read_parquet(kept) if kept.exists() else _read_figures(self.plan)
        except (OSError, LookupError) as error:
            raise ScenarioError(f"figures of the scenario {self.path.name} are missing") from error
        return compare_figures(live, figures)

    def _write(self, name: str, told: Mapping[str, object]) -> None:
        # Others read it at any moment: it is there as a whole.
        partial = self.path / f".{name}"
        partial.write_text(json.dumps(told))
        partial.replace(self.path / name)

    def _read(self, name: str) -> dict[str, Any]:
        with suppress(FileNotFoundError):
            read: dict[str, Any] = json.loads((self.path / name).read_text())
            return read
        return {}


@contextmanager
def open_scenario(data: Path, scenario: Scenario) -> Iterator[ScenarioFolder]:
    """A folder for a new scenario, in the one turn there is; what has died before is removed.

    Where the body raises the folder is removed, unless it was written down why it failed.

    Raises:
        ScenarioInTheWayError: another scenario runs, there is one of this name, or there are many.
    """
    with book_scenario(data, scenario) as (folder, _):
        try:
            yield folder
        finally:
            if not folder.is_over:
                shutil.rmtree(folder.path, ignore_errors=True)


@contextmanager
def book_scenario(data: Path, scenario: Scenario) -> Iterator[tuple[ScenarioFolder, BinaryIO]]:
    """A folder for a scenario, and the file by which a process that inherits it keeps the turn.

    Where the body raises the folder is removed.

    Raises:
        ScenarioInTheWayError: as for `open_scenario`.
    """
    root = data / "scenarios"
    root.mkdir(mode=0o700, exist_ok=True)
    with _take_turn(root) as turn:
        _remove_dead(root)
        folder = ScenarioFolder(root / scenario.name)
        if folder.path.exists():
            raise ScenarioInTheWayError(
                f"there is a scenario {scenario.name}: drop it, or choose another name"
            )
        if len(_list_folders(root)) >= _MOST:
            raise ScenarioInTheWayError(f"there are {_MOST} scenarios: drop one first")
        folder.path.mkdir(mode=0o700)
        try:
            folder.write_statement(scenario)
            yield folder, turn
        except BaseException:
            shutil.rmtree(folder.path, ignore_errors=True)
            raise


@contextmanager
def join_scenario(data: Path, name: str, turn: int) -> Iterator[tuple[ScenarioFolder, Scenario]]:
    """A scenario that another process has booked, in the turn that this one has inherited.

    Where the body raises the scenario stays, and says that it failed.

    Args:
        data: the data folder.
        name: of the scenario.
        turn: descriptor of the file of the turn.

    Raises:
        ScenarioError: there is none of this name, or the descriptor is of another file.
    """
    folder = find_scenario(data, name)
    standing = folder.tell_standing()
    lock = folder.path.parent / _LOCK
    if standing is None or not os.path.samestat(os.fstat(turn), lock.stat()):
        raise ScenarioError(f"nobody has booked the scenario {name!r} for this process")
    os.set_inheritable(turn, False)
    try:
        yield folder, standing.scenario
    finally:
        if not folder.is_over:
            folder.write_failure(_DIED)
        os.close(turn)


def list_scenarios(data: Path) -> list[ScenarioStanding]:
    """How each scenario stands, by name; what has died is removed first."""
    root = data / "scenarios"
    if not root.is_dir():
        return []
    with suppress(ScenarioError), _take_turn(root, wait_seconds=0):
        _remove_dead(root)
    standing = (ScenarioFolder(path).tell_standing() for path in _list_folders(root))
    return [one for one in standing if one is not None]


def find_scenario(data: Path, name: str) -> ScenarioFolder:
    """The folder of a scenario.

    Raises:
        ScenarioError: there is none of this name.
    """
    for path in _list_folders(data / "scenarios"):
        if path.name == name:
            return ScenarioFolder(path)
    raise ScenarioError(f"there is no scenario {name!r}")


def drop_scenario(data: Path, name: str) -> None:
    """Remove a scenario; one that runs is stopped first.

    Raises:
        ScenarioError: there is none of this name, or it does not stop.
    """
    folder = find_scenario(data, name)
    if not folder.is_over:
        folder.ask_to_stop()
        # Whoever gets the turn knows that the run has ended.
        with _take_turn(folder.path.parent, wait_seconds=_LONGEST_STOP_SECONDS):
            shutil.rmtree(folder.path, ignore_errors=True)
        return
    shutil.rmtree(folder.path)


@contextmanager
def _take_turn(root: Path, *, wait_seconds: float = _WAIT_SECONDS) -> Iterator[BinaryIO]:
    """Hold the turn in the body, and in processes that inherit the file that is given.

    Raises:
        ScenarioInTheWayError: somebody else has it.
    """
    end = time.monotonic() + wait_seconds
    with (root / _LOCK).open("wb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    words = "another scenario runs: wait for it, or drop it"
                    raise ScenarioInTheWayError(words) from None
                time.sleep(_POLL_SECONDS)
        yield file


def _read_figures(read_copy: Path) -> pl.DataFrame:
    """Rows of the view PlanFigures of a read copy."""
    warehouse = Warehouse(read_copy, idle_seconds=0, read_only=True)
    try:
        return warehouse.read_view("plan_figures")
    finally:
        warehouse.close()


def _remove_dead(root: Path) -> None:
    """Remove what a run has left that died; the turn must be held.

    Of one in the background nobody saw how it ended: it stays, and says that it failed.
    """
    for path in _list_folders(root):
        folder = ScenarioFolder(path)
        if folder.is_over:
            folder.clear_copy()
        elif folder.log.exists() and not folder.is_to_stop:
            folder.write_failure(_DIED)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _list_folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
