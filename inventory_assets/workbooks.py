"""Tables as workbooks that people open, in which no text runs as a formula."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl
from xlsxwriter import Workbook

_WRITTEN: Final = datetime(2000, 1, 1)  # noqa: DTZ001  # the same rows are the same bytes, whenever
_TEXTS_ONLY: Final = {"strings_to_formulas": False, "strings_to_urls": False}


def write_workbook(target: Path | BinaryIO, frame: pl.DataFrame, name: str) -> None:
    """Write a frame as xlsx; its cells say themselves that they are texts, which are exact.

    Args:
        target: file or stream that is written.
        frame: any columns.
        name: of the sheet.
    """
    with Workbook(target, _TEXTS_ONLY) as book:
        book.set_properties({"created": _WRITTEN})
        frame.write_excel(book, name, autofit=True, freeze_panes=(1, 0))
