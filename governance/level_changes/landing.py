"""A planned change of levels as a landing file, which is what nights read."""

from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from governance.exchange import hash_content, put_file
from governance.level_changes.change import LevelChange
from quality_checks.contracts import LevelChanges, find_contract

_SOURCE: Final = "level_changes"
_DIGITS: Final = 8


def write_level_change(change: LevelChange, landing: Path, business_date: date) -> Path:
    """Write the landing file of a change; the same one again changes nothing.

    Args:
        change: that was recorded.
        landing: the landing folder.
        business_date: of the file: the first plan that is to know it.

    Returns:
        The file.

    Raises:
        OSError: it could not be written; it is not visible then.
    """
    row = pl.DataFrame([change.model_dump()], schema=find_contract(LevelChanges).schema)
    # A later word on the same change must be the newer file of its day.
    moment = f"{change.decided_at:%Y%m%d%H%M%S%f}"
    digits = hash_content(change.change_id.encode())[:_DIGITS]
    path = landing / _SOURCE / f"{business_date}_{moment}-{digits}.csv"
    put_file(path, row.write_csv(line_terminator="\n").encode())
    return path
