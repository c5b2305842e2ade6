"""Tables as files that people open: CSV and xlsx, in which no text runs as a formula."""

from pathlib import Path

import polars as pl

from inventory_assets.framework.plain_text import neutralise_formulas
from inventory_assets.workbooks import write_workbook


def write_for_people(path: Path, frame: pl.DataFrame) -> list[Path]:
    """Write a frame beside `path` as CSV and as xlsx, each whole by rename.

    In the CSV a text that a spreadsheet would run has an apostrophe in front; the cells of the xlsx
    say themselves that they are texts, which then are exact.

    Args:
        path: name of the files without their endings.
        frame: any columns.

    Returns:
        Where they are.
    """
    # What waits for a decision is for those who may enter reports/.
    path.parent.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    path.parent.mkdir(exist_ok=True)
    written = []
    for suffix, write in ((".csv", _write_csv), (".xlsx", _write_xlsx)):
        partial = path.with_name(f".{path.name}{suffix}.partial")
        write(frame, partial)
        written.append(path.with_suffix(suffix))
        partial.replace(written[-1])
    return written


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    neutralise_formulas(frame).write_csv(path)


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    write_workbook(path, frame, path.stem.strip("."))
