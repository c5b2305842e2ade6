"""Make the landing files of a source from raw files, once, and again where one of them changed.

A landing file follows from the raw files and the mapping alone, in whatever order they came: rows
stand in the order of the names of their files.
"""

import fcntl
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from connecting.making.kept_rows import KeptRows
from connecting.making.ledger import Ledger, Seen, hash_mapping, read_ledger, write_whole
from connecting.making.rows import MadeRows, make_rows
from connecting.mappings import Mapping, MappingFile, find_mappings, read_file_name
from quality_checks.contracts import Contract, list_landing_sources
from quality_checks.intake import (
    RAW_FAULTS,
    RAW_FILE,
    RAW_LINE,
    FileRefusedError,
    drop_unfinished,
    measure_file,
)

_MOST_KEYS = 1_000_000
"""Keys that are held before those of older rows are dropped."""


@dataclass
class Made:
    """What became of the raw files of a source.

    Attributes:
        written: landing files that were written or taken away.
        refused: messages about mappings and raw files that could not be used, each time anew.
        notes: what was left out by rule, or taken away.
    """

    written: int = 0
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_landing(data: Path, source: str, landing: Path | None = None) -> Made:
    """Bring the landing files of a source up to date with its mappings and raw files.

    A mapping or a raw file that cannot be used is told, and leaves all others and what was made
    before as they are. A file that nobody but a person can have put into the landing folder is
    never written over.

    Args:
        data: data folder with mappings/ and raw/.
        source: landing source.
        landing: where the files are made; the data folder's own by default.
    """
    made = Made()
    everyone = find_mappings(data / "mappings")
    own = [found for found in everyone if found.source == source]
    made.refused += _name_unread(data, source, everyone)
    made.refused += [found.fault for found in own if found.mapping is None]
    usable = [found for found in own if found.mapping is not None]
    if usable:
        folder = (landing or data / "landing") / source
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            for found in usable:
                _Making(data, folder, list_landing_sources()[source], found, made).run()
    return made


def _name_unread(data: Path, source: str, mappings: list[MappingFile]) -> list[str]:
    """Raw files of the source's folders that no mapping reads."""
    if {source, ""} & {found.source for found in mappings if found.mapping is None}:
        return []  # it may be the one that reads them
    own = (_folder_of(found) for found in mappings if found.source == source)
    patterns: dict[str, list[str]] = {folder: [] for folder in (source, *own)}
    for found in mappings:
        if found.mapping is not None and _folder_of(found) in patterns:
            patterns[_folder_of(found)].append(found.mapping.files)
    hidden = [
        f"raw/{path.name!a}: a name that cannot be shown is not read"
        for folder in sorted(patterns)
        for path in sorted((data / "raw" / folder).rglob("*"))
        if not path.name.isprintable()
    ]
    return hidden + [
        f"raw/{name}: no mapping reads a file of this name"
        for folder in sorted(patterns)
        for name, path in _find_raw(data, folder)
        if not any(_fits(pattern, path.name) for pattern in patterns[folder])
    ]


def _fits(pattern: str, name: str) -> bool:
    try:
        return read_file_name(pattern, name) is not None
    except ValueError:
        return True  # it is refused by the mapping itself


def _folder_of(found: MappingFile) -> str:
    return (found.mapping.folder if found.mapping else None) or found.source


def _find_raw(data: Path, folder: str) -> list[tuple[str, Path]]:
    """Raw files of a folder: path below raw/ and path, 2 before 10."""
    files = [
        (path.relative_to(data / "raw").as_posix(), path)
        for path in drop_unfinished((data / "raw" / folder).rglob("*"))
        if path.is_file() and path.relative_to(data).as_posix().isprintable()
    ]
    return sorted(files, key=lambda file: _natural(file[0]))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", name)]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other processes from making the same source meanwhile."""
    with (folder / ".making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass
class _Making:
    """One mapping that is carried out once.

    Attributes:
        data: data folder.
        folder: where landing files of the source lie.
        contract: of the source.
        found: the mapping's file; its mapping can be used.
        made: what is told.
    """

    data: Path
    folder: Path
    contract: Contract
    found: MappingFile
    made: Made

    def __post_init__(self) -> None:
        """Read what was made before."""
        if self.found.mapping is None:
            raise ValueError(self.found.fault)
        self.mapping: Mapping = self.found.mapping
        self.path = self.folder / f".made.{self.found.word or 'source'}.json"
        self.before = read_ledger(self.path)
        self.kept = KeptRows(self.folder / ".making")
        self.kept.close()  # what a process left that was killed
        self.read: dict[str, bool] = {}
        """Path below raw/ of a file that was looked into -> whether it could be read."""

    def run(self) -> None:
        """Read what changed, write what rests on it, and remember."""
        try:
            self._run()
        finally:
            self.kept.close()

    def _run(self) -> None:
        made_by = hash_mapping(self.mapping)
        again = made_by != self.before.made_by
        self.raw = {
            name: path
            for name, path in _find_raw(self.data, _folder_of(self.found))
            if _fits(self.mapping.files, path.name)
        }
        after = {name: seen for name, seen in self.before.files.items() if name not in self.raw}
        touched: set[str] = set()
        for name, path in self.raw.items():
            (size, modified), old = measure_file(path), self.before.files.get(name)
            if old and not again and (size, modified) == (old.size, old.modified):
                after[name] = old
                continue
            seen = self._look_at(name, after, Seen(size=size, modified=modified))
            if seen.refused is not None and old is not None:
                seen = seen.model_copy(update={"makes": old.makes})
            elif seen.refused is None:
                touched |= {*seen.makes, *(old.makes if old else [])}
            after[name] = seen
        for landed in sorted(touched):
            self._write(landed, after)
        ledger = Ledger(made_by=made_by, files=after).model_dump_json(indent=1)
        write_whole(self.path, [ledger.encode()])
        for name, seen in after.items():
            self._tell(name, seen)

    def _tell(self, name: str, seen: Seen) -> None:
        if seen.refused is not None:
            self.made.refused.append(f"raw/{name}: {seen.refused}")
        if seen.left_out:
            self.made.notes.append(f"raw/{name}: {seen.left_out} rows left out by rule")

    def _look_at(self, name: str, others: dict[str, Seen], seen: Seen) -> Seen:
        """Read a raw file, and note which landing files it gives rows to."""
        try:
            left_out = self._read(name)
            makes = self.kept.list_landed(name)
            for landed in makes:
                self._refuse_taken(landed, others)
        except FileRefusedError as error:
            return seen.model_copy(update={"refused": str(error)})
        return seen.model_copy(update={"makes": makes, "left_out": left_out})

    def _refuse_taken(self, landed: str, others: dict[str, Seen]) -> None:
        """Refuse to write where another raw file, another mapping or a person has a file.

        Raises:
            FileRefusedError: says which one.
        """
        rivals = [
            name for name, seen in others.items() if landed in seen.makes and name in self.raw
        ]
        if rivals and not self.mapping.split_by:
            raise FileRefusedError(f"it makes the same landing file as raw/{rivals[0]}: {landed}")
        for other in self.folder.glob(".made.*.json"):
            makes = [name for seen in read_ledger(other).files.values() for name in seen.makes]
            if other != self.path and landed in makes:
                raise FileRefusedError(f"another mapping of the source makes {landed}")
        path = self.folder / landed
        if path.exists() and not _is_made(path):
            raise FileRefusedError(
                f"landing/{self.contract.name}/{landed} is there and was not made from raw files"
            )

    def _read(self, name: str) -> int:
        """Keep the rows of a raw file by landing file, and say how many were left out.

        Raises:
            FileRefusedError: it cannot be read; none of its rows is kept.
        """
        self.read[name] = False
        path = self.raw[name]
        try:
            said = read_file_name(
                self.mapping.files, path.name, days_earlier=self.mapping.days_earlier
            )
        except ValueError as error:
            raise FileRefusedError(str(error)) from error
        day = self.mapping.file_date or (said.day if said else None)
        try:
            if day is None:
                left_out = self._read_by_day(name)
            else:
                left_out = self._read_as(name, self._name(day, said.part if said else ""), day)
        except FileRefusedError:
            self.kept.forget(name)
            raise
        self.read[name] = True
        return left_out

    def _make_rows(self, name: str, day: date | None = None) -> Iterator[MadeRows]:
        return make_rows(
            self.raw[name],
            f"raw/{name}",
            self.mapping,
            self.contract,
            scratch=self.kept.folder,
            file_date=day,
        )

    def _read_as(self, name: str, landed: str, day: date) -> int:
        """Keep all rows of a raw file for one landing file."""
        left_out = 0
        for made in self._make_rows(name, day):
            self.kept.add(name, landed, made.rows)
            left_out += made.left_out
        return left_out

    def _read_by_day(self, name: str, newest: date | None = None) -> int:
        """Keep rows by their own day; those without one stand in the newest of the file.

        Args:
            name: path below raw/.
            newest: day of the file, once it is known.

        Raises:
            FileRefusedError: no row has a day.
        """
        column = pl.col(self.mapping.split_by or "").str.head(10)
        found: list[date] = []
        rows, left_out, dayless = 0, 0, False
        for made in self._make_rows(name):
            days = made.rows.select(column.str.to_date("%Y-%m-%d", strict=False)).to_series()
            rows, left_out = rows + made.rows.height, left_out + made.left_out
            dayless |= days.null_count() > 0
            known = days if newest is None else days.fill_null(newest)
            parts = made.rows.with_columns(known.alias("day")).partition_by(
                "day", as_dict=True, maintain_order=True
            )
            for (day,), part in parts.items():
                if isinstance(day, date):
                    found.append(day)
                    self.kept.add(name, self._name(day, ""), part.drop("day"))
        if rows and not found:
            raise FileRefusedError(f"no row has a day in {self.mapping.split_by}")
        if dayless and newest is None:
            # Only now is it known to which day they belong, and their place is between others.
            self.kept.forget(name)
            return self._read_by_day(name, max(found))
        return left_out

    def _name(self, day: date, part: str) -> str:
        sequence = "_".join(text for text in (self.found.word, part) if text)
        return f"{day}_{sequence}.csv" if sequence else f"{day}.csv"

    def _write(self, landed: str, after: dict[str, Seen]) -> None:
        """Write a landing file from all raw files that have rows for it, or take it away."""
        path = self.folder / landed
        names = [
            name
            for name in sorted(after, key=_natural)
            if landed in after[name].makes and self._keep(name, landed)
        ]
        if not names:
            path.unlink(missing_ok=True)
            self.made.written += 1
            self.made.notes.append(
                f"landing/{self.contract.name}/{landed} was taken away: its raw file makes others "
                "now; what a run has loaded of it stays until the warehouse is built anew"
            )
            return
        faulty = any(self.kept.has_faults(name, landed) for name in names)
        self.made.written += write_whole(path, self._lines(names, landed, faulty=faulty))

    def _lines(self, names: Sequence[str], landed: str, *, faulty: bool) -> Iterator[bytes]:
        """The text of a landing file, a part at a time: its header, then rows of the raw files."""
        newest = self._find_newest(names, landed) if len(names) > 1 else None
        header = True
        for place, name in enumerate(names):
            for part in self.kept.read(name, landed):
                rows = part if newest is None else _leave_older(part, newest, place)
                rows = rows if faulty else rows.drop(RAW_FAULTS)
                yield rows.write_csv(include_header=header).encode()
                header = False

    def _find_newest(self, names: Sequence[str], landed: str) -> pl.DataFrame:
        """Keys of a landing file with the place of the last raw file that has each."""
        key = self.contract.key
        found: list[pl.DataFrame] = []
        rows = 0
        for place, name in enumerate(names):
            for part in self.kept.read(name, landed):
                found.append(part.select(*key, pl.lit(place).alias("place")))
                rows += part.height
                if rows > _MOST_KEYS:
                    found, rows = [_keep_newest(found, key)], 0
        return _keep_newest(found, key)

    def _keep(self, name: str, landed: str) -> bool:
        """Keep the rows of a raw file in a landing file, and say whether it has any such.

        Of a raw file that is gone or cannot be read they are as they were made before.
        """
        if name in self.raw and name not in self.read:
            with suppress(FileRefusedError):
                self._read(name)
        if self.read.get(name):
            return landed in self.kept.list_landed(name)
        path = self.folder / landed
        if not path.exists():
            return False
        made = pl.scan_csv(path, infer_schema=False)
        lacking = {RAW_FAULTS, *self.contract.columns} - {*made.collect_schema().names()}
        made = made.with_columns(
            pl.lit(None, dtype=pl.String).alias(column) for column in sorted(lacking)
        ).select(*self.contract.columns, RAW_FILE, RAW_LINE, RAW_FAULTS)
        self.kept.add(name, landed, made.clear().collect())
        for rows in made.filter(pl.col(RAW_FILE) == f"raw/{name}").collect_batches():
            self.kept.add(name, landed, rows)
        return True


def _is_made(path: Path) -> bool:
    """Whether a landing file was made from raw files: its header says so."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return RAW_FILE.encode() in stream.readline().rstrip().split(b",")


def _keep_newest(found: Sequence[pl.DataFrame], key: Sequence[str]) -> pl.DataFrame:
    """Keys with the last place of each."""
    return pl.concat(found).group_by(key).agg(pl.col("place").max())


def _leave_older(rows: pl.DataFrame, newest: pl.DataFrame, place: int) -> pl.DataFrame:
    """Rows of the raw file at a place without those of which a later one has the key.

    What one file has twice, or has no key, is left to be judged.
    """
    key = [name for name in newest.columns if name != "place"]
    placed = rows.join(newest, on=key, how="left", maintain_order="left")
    # A key that lacks a part matches none.
    last = pl.col("place").is_null() | (pl.col("place") == place)
    return placed.filter(last).drop("place")
