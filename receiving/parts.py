"""Write what a segment of the journal holds as landing files, the same ones however often."""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from quality_checks.contracts import Contract, list_landing_sources
from quality_checks.intake import RAW_FILE
from receiving.journal import Accepted, sync_folder, write_durably

# No number: of a state, a numbered part of the retailer's own counts as newer than ours.
_NAME: Final = re.compile(r"\d{4}-\d{2}-\d{2}_events-(\d{8})\.parquet", flags=re.ASCII)


@dataclass(frozen=True)
class Part:
    """A landing file of events.

    Attributes:
        source: landing source.
        path: where it lies.
        rows: that it has.
        overtaken: events of a state that a later one of the same key in it took the place of.
    """

    source: str
    path: Path
    rows: int
    overtaken: int


def write_parts(landing: Path, number: int, accepted: Iterable[Accepted]) -> list[Part]:
    """Write the events of a segment, a file for each source and business date.

    Rows stand in the order in which they were accepted. A part is there as a whole or not at all,
    and one that is there is left as it is: it has the same events.

    Args:
        landing: the landing folder.
        number: of the segment; it makes the sequence in the names.
        accepted: all of the segment.

    Raises:
        OSError: a part is not there; those that are stay.
    """
    files: defaultdict[tuple[str, str], list[Accepted]] = defaultdict(list)
    for event in accepted:
        files[event.source, event.business_date].append(event)
    parts = []
    for (source, business_date), events in sorted(files.items()):
        frame = _make_frame(events, list_landing_sources()[source])
        path = landing / source / f"{business_date}_events-{number:08d}.parquet"
        if not path.exists():
            _write_part(path, frame)
        parts.append(Part(source, path, frame.height, len(events) - frame.height))
    return parts


def find_last_part(landing: Path) -> int:
    """The highest number of a segment that any part in the landing folder was made of, else 0."""
    names = (path.name for path in landing.glob("*/*_events-*.parquet"))
    return max((int(found[1]) for found in map(_NAME.fullmatch, names) if found), default=0)


def _make_frame(events: Sequence[Accepted], contract: Contract) -> pl.DataFrame:
    """Rows in the types of the contract, each with the event that brought it.

    Of a state the newest row of a key stands: in one file the intake would take the first.
    """
    days = (pl.Date, pl.Datetime)
    written = {
        name: pl.String() if isinstance(dtype, days) else dtype
        for name, dtype in contract.schema.items()
    }
    frame = pl.DataFrame(
        [[event.row.get(name) for name in written] for event in events],
        schema=written,
        orient="row",
    ).with_columns(
        *(pl.col(name).str.to_date("%Y-%m-%d") for name in _find_columns(contract, pl.Date)),
        *(
            pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us")
            for name in _find_columns(contract, pl.Datetime)
        ),
        pl.Series(RAW_FILE, [f"event {event.event_source} {event.event_id}" for event in events]),
    )
    if contract.mode == "state":
        frame = frame.unique(contract.key, keep="last", maintain_order=True)
    return frame


def _find_columns(contract: Contract, dtype: type[pl.DataType]) -> list[str]:
    return [name for name, stated in contract.schema.items() if isinstance(stated, dtype)]


def _write_part(path: Path, frame: pl.DataFrame) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        sync_folder(path.parent.parent)
    content = io.BytesIO()
    frame.write_parquet(content)
    write_durably(path, content.getvalue())
