"""Kill plans, trainings, decisions, exports and landing answers at random points, and compare.

A retailer is planned, trained, decided on and exported without any disturbance. Then the same is
done beside the daemon, and again and again the process at work is killed: the command's own, or
that of the run that the daemon started to go on after it. After each few kills the daemon is left
alone to finish. Last the ERP's answers to all that has left land, and the plans that take them in
are killed. What was handed out must be the same, every event in the audit chain, and each answer
there once.
"""

import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import numpy as np
import polars as pl

from benchmarks.kills_place import LONGEST_SECONDS, Place, kill_after
from governance import EVER, open_store
from governance.exchange import LINE_ANSWERED, find_batch_faults, read_batches
from quality_checks.contracts import CONTRACTS
from simulation.retailer import size_retailer, write_retailer

if TYPE_CHECKING:
    import dagster as dg

Progress = Callable[[str], None]

_WORK: Final = ("plan", "train", "decide", "export", "acknowledge")
_SMALLER: Final = {"days": 98, "stores": 4, "marketplaces": 1, "skus": 16, "order_history_days": 60}
"""What is killed is the machinery: a smaller retailer than the smallest, and as long a history as a
training needs."""

_DECISIONS: Final = 6
"""Actions that are approved and handed out one after the other, each in a batch of its own."""
_NEVER_ALONE: Final = "purchase_order"
"""Kind whose lines wait for others of their order."""
_ANSWERS_OF: Final = Path("landing") / "acknowledgements"
_POLL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 300.0
"""The daemon looks at the landing folder each minute, twice."""
_DAEMON_SHARE: Final = 0.6
"""Of the kills of plans and exports, those of the daemon's run, where there is one."""
_STATE_KILLS: Final = 4
"""Kills after which a plan is left to end: after five the sensor gives what landed up."""


class Figures(TypedDict):
    """What the benchmark prints."""

    kills: int
    killed: dict[str, int]
    same_bytes: bool
    same_lines: bool
    lost_events: int
    lost_answers: int
    doubled_answers: int
    open_runs: int
    faults: list[str]
    processor_seconds: float
    seconds: float


def measure(kills: int, seed: int, progress: Progress) -> Figures:
    """Do the work undisturbed and killed, and give what differs."""
    started = time.monotonic()
    config = size_retailer("tiny").model_copy(update=_SMALLER)
    with tempfile.TemporaryDirectory() as folder:
        quiet, killed = Place(Path(folder) / "quiet"), Place(Path(folder) / "killed")
        write_retailer(config, quiet.root, seed=seed)
        shutil.copytree(quiet.root, killed.root)
        lasts, chosen = _work_undisturbed(quiet, config.last_date, progress)
        with killed.daemon() as daemon, killed.instance() as instance:
            killer = _Killer(killed, instance, np.random.default_rng(seed), lasts, progress)
            killer.work(kills, chosen, config.last_date)
            by_daemon = daemon.measure_processor()
        differs = _compare(quiet, killed, config.last_date, chosen)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    by_commands = sum(each.ru_utime + each.ru_stime for each in used)
    return Figures(
        kills=killer.killed.total(),
        killed=dict(killer.killed),
        **differs,
        processor_seconds=round(by_commands + by_daemon),
        seconds=round(time.monotonic() - started),
    )


def _work_undisturbed(
    place: Place, last: date, progress: Progress
) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Do all the work once; gives processor seconds by work, and who approves which action."""
    lasts = dict.fromkeys(_WORK, 0.0)
    place.run("plan")
    lasts["train"] = place.run("train", "--again")
    if not list((place.root / "models").glob("*/*")):
        raise RuntimeError(f"nothing was trained:\n{place.printed.read_text()}")
    # What is planned again has all files: the first plan takes longer.
    lasts["plan"] = place.run("plan", "--again")
    chosen: list[tuple[str, str]] = []
    for action, role in _list_waiting(place, last):
        lasts["decide"] = place.run(*_approve(action, role))
        lasts["export"] = place.run("export")
        if action not in _list_left(place, last):
            raise RuntimeError(f"{action} was approved and did not leave")
        chosen.append((action, role))
    _land_answers(place, last)
    lasts["acknowledge"] = place.run("plan")
    for work, seconds in lasts.items():
        progress(f"undisturbed {work}: {seconds:.1f} processor seconds")
    return lasts, chosen


def _land_answers(place: Place, last: date) -> None:
    """Have the ERP accept every line that has left: a file that is there whole or not at all."""
    lines = read_batches(place.root / "exports", last)
    answers = lines.select(
        "idempotency_key",
        "quantity",
        batch=pl.col("batch").cast(pl.String),
        status=pl.lit("accepted"),
        erp_document=pl.lit(None, pl.String),
        message=pl.lit(None, pl.String),
        acknowledged_on=pl.lit(last),
    )
    folder = place.root / _ANSWERS_OF
    folder.mkdir(exist_ok=True)
    made = folder / f".{last}.parquet"
    answers.sort("idempotency_key").write_parquet(made)
    made.rename(folder / f"{last}_answers.parquet")


def _list_waiting(place: Place, last: date) -> list[tuple[str, str]]:
    """The first actions that wait for one role each, and the role."""
    routed = place.warehouse.read(CONTRACTS["routed"], last).filter(status="waiting")
    proposed = place.warehouse.read(CONTRACTS["proposals"], last)
    alone = routed.filter(~routed["roles"].str.contains(";", literal=True))
    kinds = proposed.filter(proposed["kind"] != _NEVER_ALONE).select("action_id")
    free = alone.join(kinds, on="action_id").select("action_id", "roles").sort("action_id")
    return free.head(_DECISIONS).rows()


def _list_left(place: Place, last: date) -> list[str]:
    return read_batches(place.root / "exports", last)["action_id"].to_list()


def _approve(action: str, role: str) -> list[str]:
    return ["approve", action, "--author", f"a {role}", "--role", role, "--reason", "proof"]


class _Killer:
    """Works at a place, and kills what works there at random points.

    Args:
        place: where.
        instance: of Dagster there.
        chance: when and what.
        lasts: processor seconds of each kind of work.
        progress: told of each kind of work.

    Attributes:
        killed: how many of what were killed.
    """

    def __init__(
        self,
        place: Place,
        instance: "dg.DagsterInstance",
        chance: np.random.Generator,
        lasts: dict[str, float],
        progress: Progress,
    ) -> None:
        self._place, self._instance, self._chance = place, instance, chance
        self._lasts, self._progress = lasts, progress
        self.killed: Counter[str] = Counter()

    def work(self, kills: int, chosen: Sequence[tuple[str, str]], last: date) -> None:
        """Do all the work under so many kills, to the end."""
        plans, trainings, decisions, exports, answers = _share(kills, len(_WORK))
        self._plan(plans)
        self._kill_commands("train", trainings, ["train", "--again"])
        self._place.run("train", "--again")
        self._place.run("plan")
        rounds = zip(
            chosen, _share(decisions, len(chosen)), _share(exports, len(chosen)), strict=True
        )
        for (action, role), of_decisions, of_exports in rounds:
            self._kill_commands("decide", of_decisions, _approve(action, role))
            # It may have been recorded before it was killed, and be refused a second time.
            self._place.start(*_approve(action, role)).wait()
            done = partial(self._has_left, action, last)
            self._kill_runs("export", of_exports, ["export"], done)
            self._await(done)
            self._await_rest()
        self._take_answers(answers, last)

    def _take_answers(self, kills: int, last: date) -> None:
        """Kill the plans that take in what the ERP answers, until one has recorded it all."""
        planned = self._count_successes()
        _land_answers(self._place, last)
        done = partial(self._has_planned, planned)
        self._kill_runs("acknowledge", min(kills, _STATE_KILLS), ["plan"], done)
        self._kill_commands("acknowledge", max(0, kills - _STATE_KILLS), ["plan", "--again"])
        self._place.run("plan")
        self._await_rest()

    def _plan(self, share: int) -> None:
        """Kill plans of commands and of the daemon, which goes on by itself after each few."""
        for number, kills in enumerate(_share(share, -(-share // _STATE_KILLS))):
            planned = self._count_successes()
            if number:
                self._touch()
            done = partial(self._has_planned, planned)
            self._kill_runs("plan", kills, ["plan", "--again"], done)
            self._await(done)
            self._await_rest()

    def _kill_runs(
        self, work: str, times: int, arguments: Sequence[str], done: Callable[[], bool]
    ) -> None:
        """Kill so many runs, of commands and, while the work is not done, of the daemon."""
        for _ in range(times):
            if self._chance.random() >= _DAEMON_SHARE or not self._kill_daemons_run(work, done):
                self._kill_commands(work, 1, arguments)

    def _kill_commands(self, work: str, times: int, arguments: Sequence[str]) -> None:
        """Start a command so many times that it can be killed so many times, and kill it."""
        left = times
        while left:
            process = self._place.start(*arguments)
            if kill_after(process.pid, self._chance.uniform(0, self._lasts[work])):
                self._note(work)
                left -= 1
            process.wait()

    def _kill_daemons_run(self, work: str, done: Callable[[], bool]) -> bool:
        """Kill the run that the daemon has started, if there comes one; gives whether it did."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and not done():
            process = self._find_daemons_run()
            # It goes on where the one before died: there is less left to do.
            if process and kill_after(process, self._chance.uniform(0, self._lasts[work] / 2)):
                self._note(f"{work} by the daemon")
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _note(self, what: str) -> None:
        self.killed[what] += 1
        self._progress(f"{self.killed.total()}: {what}")

    def _find_daemons_run(self) -> int | None:
        """The process of a run that the daemon has started."""
        for run in self._list_open():
            if run.remote_job_origin is None:
                continue
            for event in self._instance.all_logs(run.run_id):
                told = event.dagster_event
                said = told.engine_event_data.metadata if told and told.is_engine_event else {}
                if "pid" in said:
                    return int(str(said["pid"].value))
        return None

    def _list_open(self) -> "list[dg.DagsterRun]":
        return [run for run in self._instance.get_runs() if not run.is_finished]

    def _has_left(self, action: str, last: date) -> bool:
        return action in _list_left(self._place, last)

    def _has_planned(self, before: int) -> bool:
        return self._count_successes() > before

    def _count_successes(self) -> int:
        return sum(run.is_success for run in self._instance.get_runs())

    def _await_rest(self) -> None:
        """Wait until nothing is under way."""
        self._await(lambda: not self._list_open())

    def _await(self, happened: Callable[[], bool]) -> None:
        """Wait for what the daemon does by itself."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while not happened():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the daemon did not go on: {self._instance.get_runs()[:3]}")
            time.sleep(_POLL_SECONDS)

    def _touch(self) -> None:
        """Give the landing folder another state, with the same content."""
        newest = max((self._place.root / "landing" / "stock").iterdir())
        newest.touch()


def _share(total: int, parts: int) -> list[int]:
    """Parts of a total that differ by one at most."""
    return [(total + number) // parts for number in range(parts)]


class _Differences(TypedDict):
    """What differs between both places."""

    same_bytes: bool
    same_lines: bool
    lost_events: int
    lost_answers: int
    doubled_answers: int
    open_runs: int
    faults: list[str]


def _compare(
    quiet: Place, killed: Place, last: date, chosen: Sequence[tuple[str, str]]
) -> _Differences:
    killed.run("audit", "verify")
    store = open_store(f"sqlite:///{killed.root / 'governance' / 'decisions.sqlite'}")
    recorded = set(store.decisions(EVER)["action_id"])
    told = Counter(said["idempotency_key"] for said in store.payloads(LINE_ANSWERED))
    answered = set(pl.read_parquet(killed.root / _ANSWERS_OF / "*.parquet")["idempotency_key"])
    faults = store.verify_chain() + find_batch_faults(killed.root / "exports", store)
    store.close()
    with killed.instance() as instance:
        open_runs = sum(not run.is_finished for run in instance.get_runs())
    return _Differences(
        same_bytes=_exported(quiet) == _exported(killed),
        same_lines=_lines(quiet, last).equals(_lines(killed, last)),
        lost_events=sum(action not in recorded for action, _ in chosen),
        lost_answers=len(answered - set(told)),
        doubled_answers=sum(times > 1 for times in told.values()),
        open_runs=open_runs,
        faults=faults,
    )


def _exported(place: Place) -> dict[str, bytes]:
    """Bytes of what was handed out, but of seals, which tell when."""
    files = (path for path in (place.root / "exports").rglob("*") if path.is_file())
    files = (path for path in files if path.name != "seal.json")
    return {str(path.relative_to(place.root)): path.read_bytes() for path in files}


def _lines(place: Place, last: date) -> pl.DataFrame:
    lines = read_batches(place.root / "exports", last)
    return lines.drop("batch").sort("idempotency_key")
