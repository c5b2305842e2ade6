"""Landing files and the books of an import: what was written, and what of it is assumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from quality_checks.contracts import CONTRACTS
from simulation.files import write_frame

DOCK_LIMITS = ("receiving_capacity", "receiving_volume", "outbound_capacity")
"""Columns of `locations` that say what a node can receive and send a day."""

FileKind = Literal["parquet", "csv.gz"]

Progress = Callable[[int, int], None]
"""Called with the days written so far and the days in all."""


@dataclass(frozen=True)
class Assumption:
    """A field that the real data lacks, and how it was filled."""

    source: str
    field: str
    method: str


def list_assumptions(filled: Mapping[str, str], **values: object) -> tuple[Assumption, ...]:
    """List assumptions from `source.field` -> method, with `values` in the methods' braces."""
    listed = []
    for name, method in filled.items():
        source, _, field = name.partition(".")
        listed.append(Assumption(source, field, method.format(**values)))
    return tuple(listed)


@dataclass(frozen=True)
class ImportSummary:
    """What an import wrote.

    Attributes:
        rows: rows written, by landing source.
        series: pairs of sku and location that sell.
        first_date: first business date.
        last_date: last business date.
        assumptions: every field that is assumed and not real.
    """

    rows: Mapping[str, int]
    series: int
    first_date: date
    last_date: date
    assumptions: tuple[Assumption, ...]


def write_landing(
    frame: pl.DataFrame, out: Path, source: str, business_date: date, kind: FileKind = "parquet"
) -> Path:
    """Write `frame` as `out/<source>/<business_date>.<kind>`, whole or not at all.

    The frame is written as it is: no contract is applied, so that dirty rows stay dirty. The same
    frame gives the same bytes.

    Returns:
        Path of the file.
    """
    path = out / source / f"{business_date:%Y-%m-%d}.{kind}"
    write_frame(frame, path)
    return path


class Extracts:
    """Writes the landing files of one import and counts their rows."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._rows: dict[str, int] = {}

    def write(self, source: str, business_date: date, frame: pl.DataFrame) -> None:
        """Write clean rows as parquet, with the columns and types of the source's contract.

        Omissible columns that the real data says nothing of are missing.
        """
        contract = CONTRACTS[source]
        self._count(source, frame)
        unknown = [pl.lit(None).alias(name) for name in contract.omissible - {*frame.columns}]
        whole = frame.with_columns(unknown)
        typed = whole.select(pl.col(name).cast(dtype) for name, dtype in contract.schema.items())
        write_landing(typed, self._out, source, business_date)

    def write_raw(self, source: str, business_date: date, frame: pl.DataFrame) -> None:
        """Write rows that may break the contract as csv.gz, in the order of its columns."""
        self._count(source, frame)
        ordered = frame.select(CONTRACTS[source].columns)
        write_landing(ordered, self._out, source, business_date, kind="csv.gz")

    def write_assumptions(self, business_date: date, assumptions: Sequence[Assumption]) -> None:
        """Write the list of what is assumed."""
        self.write("assumptions", business_date, pl.DataFrame(list(assumptions)))

    def _count(self, source: str, frame: pl.DataFrame) -> None:
        self._rows[source] = self._rows.get(source, 0) + frame.height

    @property
    def rows(self) -> dict[str, int]:
        """Rows written so far, by source in alphabetical order."""
        return dict(sorted(self._rows.items()))
