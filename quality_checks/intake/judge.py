"""Judge the rows of a batch: which to take, and which to set aside and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import polars as pl

from quality_checks.contracts import Contract
from quality_checks.intake.bounds import bound_faults
from quality_checks.intake.cells import CELL_FAULTS, by_row, cell_faults, shown
from quality_checks.intake.duplicates import duplicate_faults, find_repeated
from quality_checks.intake.header import single_values
from quality_checks.intake.landed import LandedFile
from quality_checks.intake.origin import RAW_FAULTS, find_origins, find_raw_faults
from quality_checks.intake.types_due import read_types

FAULTS = pl.Schema(
    {
        "file_index": pl.Int32,
        "row": pl.Int64,
        "field": pl.String,
        "reason": pl.String,
        "message": pl.String,
        "payload": pl.String,
    }
)
"""Columns of a frame of rows set aside."""

MOST_SET_ASIDE = 200_000
"""Rows of a file that are set aside one by one, each with what it said."""

_FIRST_DAY = date(1980, 1, 1)
"""Before it lies what systems write for a moment that they do not know: 0001, 1899, 1900, 1970."""

_PLACE = pl.Schema({"file_index": pl.Int32, "row": pl.Int64})
_STAYING = pl.Schema({"file_index": pl.Int32, "row": pl.Int64, "_origin": pl.String})


@dataclass(frozen=True)
class _Run:
    """Rows as they came from neighbouring files of the same columns and types.

    Attributes:
        raw: the rows.
        places: `file_index` and `row` of each.
        start: rows of the batch before the first.
    """

    raw: pl.DataFrame
    places: pl.DataFrame
    start: int

    @property
    def end(self) -> int:
        return self.start + self.raw.height


def judge(
    frames: Mapping[int, pl.DataFrame], contract: Contract, files: Sequence[LandedFile]
) -> tuple[pl.DataFrame, pl.DataFrame, dict[int, str]]:
    """Rows to take, and rows to set aside: every row of a file that stands is in one of the two.

    Args:
        frames: rows as they came by `file_index`, arranged by the contract.
        contract: what the rows should be.
        files: files of the batch, by `file_index`.

    Returns:
        Contract columns with `file_index`, `row` and `_origin` (see `origin`), and a frame of
        `FAULTS`, both in the order of the files; and why files do not stand of which more than
        `MOST_SET_ASIDE` rows are at fault, by `file_index`.
    """
    runs = _runs(frames)
    rows, ill_typed = _read_runs(runs, contract)
    bounds = [
        # A value that is not of its type was made null: that is not a second fault.
        found.join(ill_typed, on=["index", "field"], how="anti", maintain_order="left")
        for found in bound_faults(rows.select(contract.columns), contract)
    ]
    cells = [ill_typed, *bounds, *_out_of_time(rows, contract, files)]
    crowded = _find_crowded(rows, cells, contract)
    if crowded:
        kept = {number: frame for number, frame in frames.items() if number not in crowded}
        taken, faults, others = judge(kept, contract, files)
        return taken, faults, {**crowded, **others}
    at_fault = by_row(cells, contract.columns)
    rows = _without(rows, at_fault)
    again = duplicate_faults(rows, contract, files)
    faults = pl.concat([at_fault, again]).sort("index")
    return _without(rows, again).drop("index"), _with_payload(faults, runs), {}


def _find_crowded(
    rows: pl.DataFrame, cells: Sequence[pl.DataFrame], contract: Contract
) -> dict[int, str]:
    """Files of which more rows are at fault than memory holds one by one, and why, in words."""
    found = pl.concat([cell.select("index", "message") for cell in cells])
    repeated = find_repeated(_without(rows, found), contract).select(
        "index", message=pl.lit("the key came before")
    )
    if found.height + repeated.height <= MOST_SET_ASIDE:
        return {}
    places = rows.select("index", "file_index", "row")
    first = pl.concat([found, repeated]).sort("index")
    counts = (
        first.unique("index", keep="first", maintain_order=True)
        .join(places, on="index", how="left", maintain_order="left")
        .sort("index")
        .group_by("file_index", maintain_order=True)
        .agg(pl.len(), pl.col("row", "message").first())
        .filter(pl.col("len") > MOST_SET_ASIDE)
    )
    return {
        number: f"{count:,} rows cannot be taken, more than are set aside one by one; the first is "
        f"row {row}: {message}"
        for number, count, row, message in counts.iter_rows()
    }


def _out_of_time(
    rows: pl.DataFrame, contract: Contract, files: Sequence[LandedFile]
) -> list[pl.DataFrame]:
    """Cell faults of what had not happened yet when its file was of its day, or never did.

    What happens after midnight still belongs to the business date before.
    """
    days = pl.Series([file.business_date for file in files], dtype=pl.Date)
    of_file = days.gather(rows["file_index"])
    faults = []
    for name in dict.fromkeys([*contract.happened, *([contract.date] if contract.date else [])]):
        day = rows[name].dt.date()
        unfit = day < _FIRST_DAY
        if name in contract.happened:
            unfit |= day > of_file + timedelta(days=1)
        index = unfit.fill_null(value=False).arg_true()
        if len(index):
            words = f"{name} is " + shown(rows[name].gather(index), quoted=False)
            words += "; its file is of " + of_file.gather(index).cast(pl.String)
            faults.append(cell_faults(rows["index"].gather(index), name, "out_of_bounds", words))
    return faults


def _runs(frames: Mapping[int, pl.DataFrame]) -> list[_Run]:
    """Join neighbouring files only if their types agree: others would be cast unseen."""
    runs: list[_Run] = []
    for _, neighbours in groupby(frames.items(), key=lambda item: item[1].schema):
        members = dict(neighbours)
        raw = pl.concat(members.values())
        start = runs[-1].end if runs else 0
        runs.append(_Run(raw, _places(members), start))
    return runs


def _places(frames: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
    """`file_index` and `row` of every row of joined frames."""
    heights = np.array([raw.height for raw in frames.values()])
    before = np.cumsum(heights) - heights
    row = np.arange(heights.sum()) - np.repeat(before, heights) + 1
    return pl.DataFrame({"file_index": np.repeat(list(frames), heights), "row": row}).cast(_PLACE)


def _read_runs(runs: Sequence[_Run], contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All rows of the batch in type, counted by `index`, and their cell faults."""
    typed = [contract.empty().hstack(_STAYING.to_frame())]
    faults = [CELL_FAULTS.to_frame()]
    for run in runs:
        columns, found = read_types(run.raw, contract, run.places["file_index"])
        made = find_raw_faults(run.raw)
        typed.append(columns.hstack(run.places).with_columns(find_origins(run.raw)))
        faults += [fault.with_columns(pl.col("index") + run.start) for fault in (*made, *found)]
    return pl.concat(typed).with_row_index(), pl.concat(faults)


def _without(rows: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~pl.col("index").is_in(faults["index"].implode()))


def _with_payload(faults: pl.DataFrame, runs: Sequence[_Run]) -> pl.DataFrame:
    """`FAULTS` of `faults`: where each row stands, and the row as it came."""
    parts = [FAULTS.to_frame()]
    for run in runs:
        mine = faults.filter(pl.col("index").is_between(run.start, run.end, closed="left"))
        index = mine["index"] - run.start
        # What was found when the row was made stands in the message, in words.
        told = [name for name in single_values(run.raw) if name != RAW_FAULTS]
        came = run.raw.select(told)[index].select(pl.all().cast(pl.String))
        payload = came.select(payload=pl.struct(pl.all()).struct.json_encode())
        at = pl.lit(" (") + find_origins(run.raw)[index] + pl.lit(")")
        mine = mine.with_columns(pl.col("message") + at.fill_null(""))
        whole = pl.concat([run.places[index], mine, payload], how="horizontal")
        parts.append(whole.select(FAULTS.names()))
    return pl.concat(parts)
