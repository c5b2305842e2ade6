"""Spoilt files of every landing source through the whole load: files in, tables out.

Each source gets files of as many dates, each with one accident, beside things that are no files of
it, and is loaded in a process of its own with a deadline. Afterwards every file must stand in the
ledger or have been named: loaded with each row as it was written or waiting with its column and
words, or refused in words. No row may be lost, nothing may end in a traceback, and the sound file
of another source must load as if nothing were the matter.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypedDict, cast

import duckdb
import polars as pl

from benchmarks.fuzz_files import Mutant, find_wrong_value, make_sound_rows, misplace, spoil
from benchmarks.fuzz_load import Loaded
from quality_checks.contracts import CONTRACTS, list_landing_sources
from warehouse import Warehouse

Progress = Callable[[str], None]

_PROJECT: Final = Path(__file__).resolve().parent.parent
_BEFORE: Final = date(2025, 12, 30)
"""Business date of the sound files."""

_DEADLINE_SECONDS: Final = 600.0
_MOST_BYTES: Final = 2_000_000_000
_MISPLACED_EVERY: Final = 8
"""Mutants for each thing that is no file of the source."""

_HUGE_EVERY: Final = 4
"""Sources for each that gets a file which unpacks to far more than it takes."""


class Figures(TypedDict):
    """What the benchmark prints."""

    mutants: int
    sources: int
    huge: int
    files: dict[str, int]
    rows: dict[str, int]
    peak_mb: int
    longest_seconds: float
    faults: list[str]
    seconds: float


class _Counts:
    """What came of the files so far."""

    def __init__(self) -> None:
        self.mutants = self.huge = 0
        self.files: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.faults: list[str] = []
        self.peak_bytes, self.longest_seconds = 0, 0.0


def measure(mutants: int, seed: int, tell: Progress, sources: Sequence[str] = ()) -> Figures:
    """Load at least so many spoilt files, and give what came of them.

    Args:
        mutants: files, over all sources.
        seed: of the accidents.
        tell: told of each source.
        sources: landing sources that are tried; all by default.
    """
    started = time.perf_counter()
    chosen = list(sources or list_landing_sources())
    each = -(-mutants // len(chosen))
    counts = _Counts()
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "sound")
        _write_sound(sound, each)
        for place, source in enumerate(chosen):
            root = Path(shutil.copytree(sound, Path(folder, source)))
            written = _write_mutants(root, source, each, seed, huge=place % _HUGE_EVERY == 0)
            _try_source(root, source, written, counts)
            shutil.rmtree(root)
            tell(f"{source}: {each} files, {len(counts.faults)} faults so far")
    return Figures(
        mutants=counts.mutants,
        sources=len(chosen),
        huge=counts.huge,
        files=dict(counts.files),
        rows=dict(counts.rows),
        peak_mb=counts.peak_bytes // 1_000_000,
        longest_seconds=counts.longest_seconds,
        faults=counts.faults,
        seconds=round(time.perf_counter() - started, 1),
    )


def _write_sound(root: Path, each: int) -> None:
    """Load a sound file of every source: masters know all keys that mutants name.

    Raises:
        RuntimeError: a row of them was not taken.
    """
    warehouse = Warehouse(root / "warehouse" / "plenish.duckdb", idle_seconds=1.0)
    for source, contract in list_landing_sources().items():
        numbers = range(each + 2) if contract.mode == "state" else range(1)
        rows = make_sound_rows(contract, numbers)
        folder = root / "landing" / source
        folder.mkdir(parents=True)
        rows.write_parquet(folder / f"{_BEFORE}.parquet")
        report = warehouse.load(root / "landing", source, _BEFORE)
        if report.loaded_rows != len(rows):
            waiting = warehouse.waiting(source, _BEFORE).select("field", "message").head(3).rows()
            raise RuntimeError(f"{source}: sound rows were not taken: {report}, {waiting}")
    warehouse.close()


def _write_mutants(
    root: Path, source: str, each: int, seed: int, *, huge: bool
) -> dict[str, Mutant | None]:
    """Write spoilt files of a source, one a date, and things beside them.

    Returns:
        Name -> the file; None for what is no file of the source.
    """
    contract, folder = CONTRACTS[source], root / "landing" / source
    written: dict[str, Mutant | None] = {}
    for number in range(1, each + 1):
        day = _BEFORE + timedelta(days=number)
        name = f"{seed} {source} {number}"
        rows = make_sound_rows(contract, [number])
        mutant = spoil(rows, name, huge=huge and number == each)
        path = folder / f"{day}.{mutant.ending}"
        path.write_bytes(mutant.content)
        written[path.name] = mutant
        if number % _MISPLACED_EVERY == 0:
            written[misplace(folder, day, name)] = None
    return written


def _try_source(
    root: Path, source: str, written: dict[str, Mutant | None], counts: _Counts
) -> None:
    """Load the files in a process of their own, and judge what it left."""
    names = list(list_landing_sources())
    other = names[names.index(source) - 1]
    last = _BEFORE + timedelta(days=len(written) + 1)
    beside = make_sound_rows(CONTRACTS[other], [1])
    beside.write_parquet(root / "landing" / other / f"{last}.parquet")
    loaded = _load(root, source, other, last)
    counts.mutants += sum(mutant is not None for mutant in written.values())
    counts.huge += sum(mutant is not None and mutant.huge for mutant in written.values())
    counts.peak_bytes = max(counts.peak_bytes, loaded["peak_bytes"])
    counts.longest_seconds = max(counts.longest_seconds, loaded["seconds"])
    found = list(_judge_process(loaded, len(beside)))
    if not found:
        found += _judge_files(root, source, written, loaded, counts)
    counts.faults += [f"{source}: {fault}" for fault in found]


def _load(root: Path, source: str, other: str, last: date) -> Loaded:
    command = [sys.executable, "-m", "benchmarks.fuzz_load", str(root), source, other, str(last)]
    failed = Loaded(error="", refused=[], misnamed=[], others_rows=0, peak_bytes=0, seconds=0.0)
    try:
        done = subprocess.run(  # noqa: S603  # our own command
            command,
            cwd=_PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=_DEADLINE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Loaded(**{**failed, "error": f"no end after {_DEADLINE_SECONDS:g} seconds"})
    if done.returncode:
        told = f"ended with {done.returncode}: {done.stderr[-2000:]}"
        return Loaded(**{**failed, "error": told})
    return cast("Loaded", json.loads(done.stdout.splitlines()[-1]))


def _judge_process(loaded: Loaded, expected: int) -> Iterator[str]:
    if loaded["error"]:
        yield loaded["error"]
        return
    if loaded["peak_bytes"] > _MOST_BYTES:
        yield f"took {loaded['peak_bytes'] / 1e6:,.0f} MB"
    if loaded["others_rows"] != expected:
        yield f"another source loaded {loaded['others_rows']} of {expected} rows"


def _judge_files(
    root: Path, source: str, written: dict[str, Mutant | None], loaded: Loaded, counts: _Counts
) -> Iterator[str]:
    """Faults of files: not named, rows lost, columns not named, values that are not the file's."""
    with duckdb.connect(str(root / "warehouse" / "plenish.duckdb"), read_only=True) as connection:
        ledger, rows, waiting = (
            connection.execute(query, [source] if "?" in query else []).pl()
            for query in (
                "SELECT * FROM intake.files WHERE source = ?",
                f"SELECT * FROM {CONTRACTS[source].table}",
                "SELECT * FROM intake.quarantine WHERE source = ?",
            )
        )
    kept = {Path(row["file_name"]).name: row for row in ledger.iter_rows(named=True)}
    for name, mutant in written.items():
        entry = kept.get(name)
        if mutant is None or entry is None:
            counts.files["named"] += 1
            if entry is not None or not any(name[:40] in told for told in loaded["misnamed"]):
                yield f"{name!r} was not named"
            continue
        of_file = pl.col("file_id") == entry["file_id"]
        taken, aside = rows.filter(of_file), waiting.filter(of_file)
        counts.files[entry["status"]] += 1
        counts.rows.update(taken=len(taken), waiting=len(aside))
        fault = _judge_file(source, name, mutant, entry, taken, aside)
        if fault is not None:
            yield f"{name}: {fault}"


def _judge_file(  # noqa: PLR0913, PLR0917  # what was written, and what came of it
    source: str,
    name: str,
    mutant: Mutant,
    entry: dict[str, object],
    taken: pl.DataFrame,
    aside: pl.DataFrame,
) -> str | None:
    contract = CONTRACTS[source]
    if entry["status"] == "refused":
        said = str(entry["message"] or "")
        told = len(said) > len(name) and taken.is_empty()
        return None if told else f"refused with {said!r} and {len(taken)} rows"
    numbers = sorted([*taken["row"], *aside["row"]])
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) != entry["rows"]:
        return f"of {entry['rows']} rows {len(taken)} were taken and {len(aside)} wait"
    fields = set(aside["field"].str.split(",").explode())
    if not fields <= set(contract.columns):
        return f"rows wait for columns {sorted(map(str, fields))}"
    if not all(aside["message"].str.len_chars() > 0):
        return "rows wait without words"
    return find_wrong_value(taken.select("row", *contract.columns), mutant)
