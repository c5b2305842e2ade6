"""Kill plans, trainings, decisions and exports at random points beside the daemon, and compare.

A retailer is planned, trained, decided on and exported without any disturbance. Then the same is
done beside the daemon, and again and again the process at work is killed: the command's own, or
that of the run that the daemon started to go on after it. In the end the daemon is left alone to
finish. What was handed out must be the same, and every event in the audit chain.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import numpy as np

from governance import EVER, open_store
from governance.exchange import find_batch_faults, read_batches
from quality_checks.contracts import CONTRACTS
from simulation.retailer import size_retailer, write_retailer
from warehouse import Warehouse

if TYPE_CHECKING:
    import dagster as dg
    import polars as pl

Progress = Callable[[str], None]

PROJECT: Final = Path(__file__).resolve().parent.parent
_WORK: Final = ("plan", "train", "decide", "export")
_COMMANDS: Final = {"plan": "plan", "train": "train", "export": "plan"}
_SMALLER: Final = {"days": 35, "stores": 3, "marketplaces": 1, "skus": 12, "order_history_days": 60}
"""What is killed is the machinery: a smaller retailer than the smallest is played on."""

_DECISIONS: Final = 3
_LONGEST_SECONDS: Final = 3600.0
_POLL_SECONDS: Final = 1.0
_DAEMON_SHARE: Final = 0.5
"""Of the kills of plans, those of the daemon's run, where there is one."""
_STATE_KILLS: Final = 3
"""Kills after which a plan is left to end: after five the sensor gives what landed up."""


class Figures(TypedDict):
    """What the benchmark prints."""

    kills: int
    killed: dict[str, int]
    same_bytes: bool
    same_lines: bool
    lost_events: int
    open_runs: int
    faults: list[str]
    seconds: float


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
        return {**kept, "DAGSTER_HOME": str(home), "PLENISH_DATA": str(self.root)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        command = [sys.executable, "-m", "inventory_assets.cli.start", *arguments]
        return subprocess.Popen(  # noqa: S603  # our own command
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
        )

    def run(self, *arguments: str) -> str:
        """Run a command to its end, and give what it prints.

        Raises:
            RuntimeError: it failed.
        """
        process = self.start(*arguments)
        printed, _ = process.communicate(timeout=_LONGEST_SECONDS)
        if process.returncode:
            raise RuntimeError(f"plenish {' '.join(arguments)} failed:\n{printed}")
        return printed

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


def measure(kills: int, seed: int, progress: Progress) -> Figures:
    """Do the work undisturbed and killed, and give what differs."""
    started = time.monotonic()
    config = size_retailer("tiny").model_copy(update=_SMALLER)
    with tempfile.TemporaryDirectory() as folder:
        quiet, killed = Place(Path(folder) / "quiet"), Place(Path(folder) / "killed")
        write_retailer(config, quiet.root, seed=seed)
        shutil.copytree(quiet.root, killed.root)
        lasted, chosen = _work_undisturbed(quiet, config.last_date, progress)
        with _daemon(killed):
            killer = _Killer(killed, np.random.default_rng(seed), lasted, progress)
            counts = killer.work(kills, chosen)
        return _compare(quiet, killed, config.last_date, chosen, counts, started)


def _work_undisturbed(
    place: Place, last: date, progress: Progress
) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Do all the work once; gives seconds by kind of work, and which actions were approved how."""
    lasted: dict[str, float] = {}
    chosen: list[tuple[str, str]] = []
    for work in _WORK:
        begun = time.monotonic()
        if work == "decide":
            chosen = _choose_actions(place, last)
            for action, role in chosen:
                place.run(*_approve(action, role))
            lasted[work] = (time.monotonic() - begun) / max(len(chosen), 1)
        else:
            place.run(_COMMANDS[work])
            lasted[work] = time.monotonic() - begun
        if work == "train":
            place.run("plan")
        progress(f"undisturbed {work}: {lasted[work]:.0f} s")
    return lasted, chosen


def _choose_actions(place: Place, last: date) -> list[tuple[str, str]]:
    """The first actions that wait for one role each, and the role."""
    routed = place.warehouse.read(CONTRACTS["routed"], last).filter(status="waiting")
    alone = routed.filter(~routed["roles"].str.contains(";", literal=True))
    return alone.select("action_id", "roles").sort("action_id").head(_DECISIONS).rows()


def _approve(action: str, role: str) -> list[str]:
    return ["approve", action, "--author", f"a {role}", "--role", role, "--reason", "proof"]


@contextmanager
def _daemon(place: Place) -> Iterator[None]:
    """The daemon of Dagster with its sensors and schedules, for as long as the body runs."""
    with (place.root / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run"],
            env=place.environment,
            stdout=log,
            stderr=log,
            cwd=PROJECT,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()


class _Killer:
    """Works at a place, and kills what works there at random points.

    Args:
        place: where.
        chance: when and what.
        lasted: seconds of each kind of work.
        progress: told of each kind of work.
    """

    def __init__(
        self,
        place: Place,
        chance: np.random.Generator,
        lasted: dict[str, float],
        progress: Progress,
    ) -> None:
        self._place, self._chance, self._lasted = place, chance, lasted
        self._progress = progress
        self._killed: Counter[str] = Counter()

    def work(self, kills: int, chosen: Sequence[tuple[str, str]]) -> dict[str, int]:
        """Do all the work under so many kills, to the end; gives how many of what were killed."""
        shares = [(kills + number) // len(_WORK) for number in range(len(_WORK))]
        for work, share in zip(_WORK, shares, strict=True):
            self._progress(f"{work}: {share} kills")
            if work == "plan":
                self._plan(share)
            elif work == "decide":
                self._decide(share, chosen)
            else:
                self._kill_commands(work, share, [_COMMANDS[work], "--again"])
                self._place.run(_COMMANDS[work])
            if work == "train":
                self._place.run("plan")
        return dict(self._killed)

    def _plan(self, share: int) -> None:
        """Kill plans of commands and of the daemon, which goes on by itself in the end."""
        for number in range(1, share + 1):
            if self._chance.random() >= _DAEMON_SHARE or not self._kill_daemons_run():
                self._kill_commands("plan", 1, ["plan", "--again"])
            if number % _STATE_KILLS == 0 or number == share:
                self._await_success()
                self._touch()
        self._await_success()

    def _decide(self, share: int, chosen: Sequence[tuple[str, str]]) -> None:
        for number, (action, role) in enumerate(chosen):
            part = (share + number) // len(chosen)
            self._kill_commands("decide", part, _approve(action, role))
            # It may have been recorded before it was killed, and be refused a second time.
            self._place.start(*_approve(action, role)).communicate()

    def _kill_commands(self, work: str, times: int, arguments: Sequence[str]) -> None:
        """Start a command so many times that it can be killed so many times, and kill it."""
        left = times
        while left:
            process = self._place.start(*arguments)
            time.sleep(self._chance.uniform(0, self._lasted[work]))
            if process.poll() is None:
                process.kill()
                self._killed[work] += 1
                left -= 1
            process.communicate()

    def _kill_daemons_run(self) -> bool:
        """Kill the run that the daemon has started, if there comes one; gives whether it did."""
        deadline = time.monotonic() + 2 * self._lasted["plan"]
        while time.monotonic() < deadline:
            process = self._find_daemons_run()
            if process is not None:
                time.sleep(self._chance.uniform(0, self._lasted["plan"] / 2))
                if process == self._find_daemons_run():
                    os.kill(process, signal.SIGKILL)
                    self._killed["plan by the daemon"] += 1
                    return True
            time.sleep(_POLL_SECONDS)
        return False

    def _find_daemons_run(self) -> int | None:
        """The process of a run that the daemon has started."""
        import dagster as dg  # noqa: PLC0415  # slow import

        with self._place.instance() as instance:
            for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
                if run.remote_job_origin is None:
                    continue
                events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
                for event in events:
                    said = event.dagster_event and event.dagster_event.engine_event_data.metadata
                    if said and "pid" in said:
                        return int(str(said["pid"].value))
        return None

    def _await_success(self) -> None:
        """Wait until the daemon has planned by itself what was killed, and nothing is under way."""
        import dagster as dg  # noqa: PLC0415  # slow import

        deadline = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < deadline:
            with self._place.instance() as instance:
                runs = instance.get_runs()
            if runs and runs[0].status == dg.DagsterRunStatus.SUCCESS:
                return
            time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"the daemon did not go on: {runs[:3]}")

    def _touch(self) -> None:
        """Give the landing folder another state, with the same content."""
        newest = max((self._place.root / "landing" / "stock").iterdir())
        newest.touch()


def _compare(  # noqa: PLR0913, PLR0917  # both places, and what was done
    quiet: Place,
    killed: Place,
    last: date,
    chosen: Sequence[tuple[str, str]],
    counts: dict[str, int],
    started: float,
) -> Figures:
    import dagster as dg  # noqa: PLC0415  # slow import

    killed.run("audit", "verify")
    store = open_store(f"sqlite:///{killed.root / 'governance' / 'decisions.sqlite'}")
    recorded = set(store.decisions(EVER)["action_id"])
    faults = store.verify_chain() + find_batch_faults(killed.root / "exports", store)
    store.close()
    ended = {
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
    }
    with killed.instance() as instance:
        open_runs = sum(run.status not in ended for run in instance.get_runs())
    return Figures(
        kills=sum(counts.values()),
        killed=counts,
        same_bytes=_exported(quiet) == _exported(killed),
        same_lines=_lines(quiet, last).equals(_lines(killed, last)),
        lost_events=sum(action not in recorded for action, _ in chosen),
        open_runs=open_runs,
        faults=faults,
        seconds=round(time.monotonic() - started, 1),
    )


def _exported(place: Place) -> dict[str, bytes]:
    """Bytes of what was handed out, but of seals, which tell when."""
    files = (path for path in (place.root / "exports").rglob("*") if path.is_file())
    files = (path for path in files if path.name != "seal.json")
    return {str(path.relative_to(place.root)): path.read_bytes() for path in files}


def _lines(place: Place, last: date) -> "pl.DataFrame":
    lines = read_batches(place.root / "exports", last)
    return lines.drop("batch").sort("idempotency_key")
