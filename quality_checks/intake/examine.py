"""Examine a batch of landed files of one source: which rows to take, and which to set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from quality_checks.contracts import Contract
from quality_checks.intake.control import check_totals
from quality_checks.intake.csv_file import read_csv
from quality_checks.intake.header import arrange, extra_columns
from quality_checks.intake.judge import judge
from quality_checks.intake.landed import LandedFile
from quality_checks.intake.parquet_file import read_parquet
from quality_checks.intake.refusal import FileRefusedError


@dataclass(frozen=True)
class Examined:
    """What became of a batch of files; `file_index` counts its files from 0.

    Attributes:
        rows: rows to take: contract columns, `file_index`, `row` (1 for the first below the
            header; blank lines do not count) and `_origin` (the raw file and line that it was made
            from, in words), in the order of the files.
        faults: rows to set aside, one row each: `file_index`, `row`, `field` (several are joined
            by a comma), `reason` (the first field's), `message`, and `payload`, the row as it
            came as JSON, with every value as a CSV file would have it.
        refused: (file_index, message) of files that are refused whole and give neither.
        row_counts: rows found by file_index, also of refused files where they could be counted.
        notes: (file_index, message) of what was passed over without harm.
    """

    rows: pl.DataFrame
    faults: pl.DataFrame
    refused: list[tuple[int, str]]
    row_counts: dict[int, int]
    notes: list[tuple[int, str]]


def examine_files(files: Sequence[LandedFile], contract: Contract) -> Examined:
    """Read files of one source and hold every row to the contract.

    A file is refused whole when it cannot be read, lacks a column or fails its control totals, or
    when more of its rows are at fault than memory holds one by one.
    Of the others, rows with a value of a wrong type, missing or out of bounds, and rows whose key
    came before in the batch, are set aside, and the rest is to be taken. Columns that the
    contract does not know are passed over with a note.

    Args:
        files: the batch, in the order in which its rows count as earlier or later.
        contract: contract of the source.
    """
    frames: dict[int, pl.DataFrame] = {}
    row_counts: dict[int, int] = {}
    refused, notes = [], []
    for number, file in enumerate(files):
        try:
            raw = _read_file(file, contract)
        except FileRefusedError as error:
            refused.append((number, f"{file.path.name}: {error}"))
            if error.rows is not None:
                row_counts[number] = error.rows
            continue
        frames[number] = raw
        row_counts[number] = raw.height
        if extras := extra_columns(raw, contract):
            message = f"{file.path.name}: columns not in the contract: {', '.join(extras)}"
            notes.append((number, message))
    rows, faults, crowded = judge(frames, contract, files)
    refused += [(number, f"{files[number].path.name}: {why}") for number, why in crowded.items()]
    return Examined(rows, faults, refused, row_counts, notes)


def _read_file(file: LandedFile, contract: Contract) -> pl.DataFrame:
    """The file's rows as they came, once the file as a whole stands."""
    read = read_parquet if file.path.suffix == ".parquet" else read_csv
    raw = arrange(read(file.path), contract)
    check_totals(file.path, raw, contract)
    return raw
