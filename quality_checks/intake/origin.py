"""What a landing file that was made from raw files tells of each row: its file, line and faults.

A row that waits in quarantine is then looked for where its system wrote it.
"""

import json

import polars as pl

from quality_checks.intake.cells import CELL_FAULTS

RAW_FILE = "raw_file"
"""Column with the path of the raw file below the data folder, or the event that brought the row."""

RAW_LINE = "raw_line"
"""Column with the line of the raw file on which the row begins."""

RAW_FAULTS = "raw_faults"
"""Column with what could not be read as its mapping states, as JSON: field -> words."""

ORIGIN = "_origin"
"""Column of rows to take with the raw file and line, in words; no contract has one of this name."""

ORIGIN_COLUMNS = (RAW_FILE, RAW_LINE, RAW_FAULTS)
"""Columns that a landing file may have besides those of its contract."""


def find_origins(raw: pl.DataFrame) -> pl.Series:
    """Raw file and line of each row in words; missing where the file was not made from others."""
    if RAW_FILE not in raw.columns:
        return pl.repeat(None, raw.height, dtype=pl.String, eager=True).alias(ORIGIN)
    line = pl.col(RAW_LINE) if RAW_LINE in raw.columns else pl.lit(None, dtype=pl.String)
    words = pl.concat_str(pl.col(RAW_FILE), (" line " + line.cast(pl.String)).fill_null(""))
    return raw.select(words.alias(ORIGIN)).to_series()


def find_raw_faults(raw: pl.DataFrame) -> list[pl.DataFrame]:
    """Cell faults that were found when the rows were made; see `write_raw_faults`."""
    if RAW_FAULTS not in raw.columns:
        return []
    at = raw[RAW_FAULTS].is_not_null().arg_true()
    found = [
        {"index": index, "field": field, "reason": "wrong_type", "message": message}
        for index, told in zip(at, raw[RAW_FAULTS].gather(at), strict=True)
        for field, message in _read_faults(told)
    ]
    return [pl.DataFrame(found, schema=CELL_FAULTS)] if found else []


def _read_faults(told: object) -> list[tuple[str, str]]:
    """Faults of a row; a text that is no JSON was written by somebody else, and is one itself."""
    try:
        faults = json.loads(str(told))
    except ValueError:
        faults = None
    if not isinstance(faults, dict):
        return [(RAW_FAULTS, f"{RAW_FAULTS} is {told!r}")]
    return [(str(field), str(message)) for field, message in faults.items()]


def write_raw_faults(faults: dict[str, str]) -> str:
    """Faults of a row, by field, as a landing file has them."""
    return json.dumps(faults, ensure_ascii=False)
