"""Rows of landing files between raw files and their own: in memory while few, else on disk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from quality_checks.intake import RAW_FAULTS

_MOST_ROWS = 200_000
"""Rows that are kept in memory; that many take 0.1 to 0.2 GB as text."""

_BATCH_ROWS = 20_000
"""Rows of a file that are read at once where a part of it is asked for."""


class _Place(NamedTuple):
    """Where rows lie on disk."""

    file: Path
    first: int
    rows: int


@dataclass
class KeptRows:
    """Rows by the raw file that they come from and the landing file that they go to, in order.

    Attributes:
        folder: for files of its own, which `close` takes away with it.
    """

    folder: Path
    _held: dict[tuple[str, str], list[pl.DataFrame]] = field(default_factory=dict)
    _written: dict[tuple[str, str], list[_Place]] = field(default_factory=dict)
    _faulty: set[tuple[str, str]] = field(default_factory=set)
    _rows: int = 0
    _files: int = 0

    def add(self, raw: str, landed: str, rows: pl.DataFrame) -> None:
        """Keep more rows of a raw file for a landing file."""
        self._held.setdefault((raw, landed), []).append(rows)
        if rows[RAW_FAULTS].null_count() < rows.height:
            self._faulty.add((raw, landed))
        self._rows += rows.height
        if self._rows > _MOST_ROWS:
            self._write()

    def forget(self, raw: str) -> None:
        """Keep nothing of a raw file."""
        for found in (self._held, self._written):
            for key in [key for key in found if key[0] == raw]:
                del found[key]
        self._faulty = {key for key in self._faulty if key[0] != raw}
        self._rows = sum(part.height for parts in self._held.values() for part in parts)

    def list_landed(self, raw: str) -> list[str]:
        """Landing files that a raw file has rows for, or makes without one."""
        return sorted({landed for name, landed in (*self._held, *self._written) if name == raw})

    def has_faults(self, raw: str, landed: str) -> bool:
        """Whether a row of a raw file says that something is wrong with it."""
        return (raw, landed) in self._faulty

    def read(self, raw: str, landed: str) -> Iterator[pl.DataFrame]:
        """The rows of a raw file for a landing file, a part at a time."""
        for place in self._written.get((raw, landed), []):
            yield pl.scan_ipc(place.file).slice(place.first, place.rows).collect()
        yield from self._held.get((raw, landed), [])

    def close(self) -> None:
        """Take the files away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        """Put what is held into a file, each landing file's rows in one piece."""
        self.folder.mkdir(exist_ok=True)
        self._files += 1
        file, first = self.folder / f"{self._files}.arrow", 0
        pieces = []
        for key, parts in self._held.items():
            rows = sum(part.height for part in parts)
            self._written.setdefault(key, []).append(_Place(file, first, rows))
            first += rows
            pieces += parts
        pl.concat(pieces).rechunk().write_ipc(file, record_batch_size=_BATCH_ROWS)
        self._held, self._rows = {}, 0
