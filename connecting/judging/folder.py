"""Judge a data folder without planning it: in a warehouse of its own, beside what lies there."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from connecting.judging.needs import MINIMUM
from connecting.judging.taking_in import TakenIn, take_in_source
from connecting.making import make_landing
from connecting.mappings import find_mappings
from quality_checks.contracts import list_landing_sources
from quality_checks.intake import find_landed
from warehouse import Warehouse

_OF_A_DATA_FOLDER = ("landing", "raw", "mappings")


@dataclass(frozen=True)
class FolderJudged:
    """What lies in a data folder, judged as a run of a business date would.

    Attributes:
        business_date: date that it was judged for; missing where nothing has landed.
        sources: landing source -> what came of it, in the order in which they load.
        strays: mappings and folders that belong to no source, in words.
    """

    business_date: date | None
    sources: Mapping[str, TakenIn]
    strays: list[str]

    @property
    def missing(self) -> list[str]:
        """Sources of which no row is there."""
        return [
            name
            for name, taken in self.sources.items()
            if not taken.files.filter(status="loaded")["loaded_rows"].sum()
        ]

    @property
    def stopping(self) -> list[str]:
        """What keeps a plan from being made, in words."""
        lacking = [
            f"{name} is missing"
            if (waiting := self.sources[name].waiting).is_empty()
            else f"{name}: no row of it can be taken, {waiting.height:,} wait"
            for name in self.missing
            if name in MINIMUM
        ]
        failed = [
            f"{name}: {outcome.check.name}: {outcome.message}"
            for name, taken in self.sources.items()
            for outcome in taken.outcomes
            if outcome.check.blocking and not outcome.passed and name not in self.missing
        ]
        return lacking + failed


def judge_folder(
    folder: Path, *, stop_after_days: Mapping[str, int], business_date: date | None = None
) -> FolderJudged:
    """Make, load and judge all sources of a folder; nothing in it is changed.

    Args:
        folder: a data folder, or a landing folder alone.
        stop_after_days: days of age at which planning on a source must stop.
        business_date: to judge for; the newest of any file by default.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    whole = any((folder / name).is_dir() for name in _OF_A_DATA_FOLDER)
    with TemporaryDirectory() as scratch, _beside(folder, Path(scratch), whole=whole) as landing:
        data = folder if whole else Path(scratch) / "empty"
        for source in list_landing_sources():
            make_landing(data, source, landing)
        day = business_date or _find_newest(landing)
        warehouse = Warehouse(Path(scratch) / "warehouse.duckdb", idle_seconds=1.0)
        sources = {
            source: take_in_source(
                data, landing, warehouse, source, day, stop_after_days=stop_after_days
            )
            for source in list_landing_sources()
            if day is not None
        }
        warehouse.close()
        return FolderJudged(day, sources, _find_strays(data, landing))


@contextmanager
def _beside(folder: Path, scratch: Path, *, whole: bool) -> Iterator[Path]:
    """A landing folder that shows what lies in the folder's own, and that can be written to."""
    own = folder / "landing" if whole else folder
    shown = scratch / "landing"
    shown.mkdir()
    for path in sorted([*own.glob("*"), *own.glob("*/*")]):
        there = shown / path.relative_to(own)
        if path.name.startswith(".made."):
            shutil.copy(path, there)
        elif path.is_file():
            there.symlink_to(path.resolve())
        else:
            there.mkdir()
    yield shown


def _find_newest(landing: Path) -> date | None:
    days = [
        file.business_date
        for source in list_landing_sources()
        for file in find_landed(landing, source)[0]
    ]
    return max(days, default=None)


def _find_strays(data: Path, landing: Path) -> list[str]:
    """What no source would ever take in."""
    sources = list_landing_sources()
    mappings = find_mappings(data / "mappings")
    read = {found.mapping.folder for found in mappings if found.mapping is not None}
    read |= {found.source for found in mappings} | {*sources}
    raw = sorted(path.name for path in (data / "raw").glob("*") if path.is_dir())
    return [
        *(found.fault for found in mappings if not found.source),
        *(f"raw/{name}: no mapping reads this folder" for name in raw if name not in read),
        *(
            f"landing/{path.name}: no landing source is called so"
            for path in sorted(landing.iterdir())
            if path.name not in sources and not path.name.startswith(".")
        ),
    ]
