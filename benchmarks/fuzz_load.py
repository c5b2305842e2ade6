"""Loads the files of one source in a process that may fail, and prints how it went as JSON."""

import json
import resource
import sys
import time
import traceback
from datetime import date
from pathlib import Path
from typing import Final, TypedDict

from warehouse import Warehouse

MOST_ADDRESSED: Final = 16 << 30
"""Bytes that the process may address, so that a fault of it costs nobody else."""


class Loaded(TypedDict):
    """How the loads of one process went."""

    error: str
    refused: list[str]
    misnamed: list[str]
    others_rows: int
    peak_bytes: int
    seconds: float


def load(root: Path, source: str, other: str, last: date) -> Loaded:
    """Load the files of a source up to a date, then those of another one.

    Args:
        root: folder with landing/ and warehouse/.
        source: landing source whose files may be spoilt.
        other: landing source whose files are sound.
        last: business date of the run.
    """
    started = time.perf_counter()
    found = Loaded(error="", refused=[], misnamed=[], others_rows=0, peak_bytes=0, seconds=0.0)
    warehouse = Warehouse(root / "warehouse" / "plenish.duckdb")
    try:
        warehouse.list_arrived(root / "landing", last)
        report = warehouse.load(root / "landing", source, last)
        found["refused"], found["misnamed"] = report.refused, report.misnamed
        found["others_rows"] = warehouse.load(root / "landing", other, last).loaded_rows
    except BaseException:  # noqa: BLE001  # a panic of polars is no `Exception`
        found["error"] = traceback.format_exc()
    found["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found["seconds"] = round(time.perf_counter() - started, 2)
    return found


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSED, MOST_ADDRESSED))
    folder, spoilt, sound, day = sys.argv[1:]
    print(json.dumps(load(Path(folder), spoilt, sound, date.fromisoformat(day))))
