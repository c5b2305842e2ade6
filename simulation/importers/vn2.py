"""The VN2 Inventory Planning Challenge (Vandeput, 2025): its three files as arrays.

`sales_weekly.parquet` (Store, Product, week, sales, in_stock), `master.parquet` (Store, Product and
groupings of both), and `initial_state.parquet`: stock and pipeline at the end of the week
`STATE_WEEK`, which the file does not name. The sales file may go on beyond that week.
"""

import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

STATE_WEEK = dt.date(2024, 4, 8)
KEYS = ["Store", "Product"]
PIPELINE = ["In Transit W+1", "In Transit W+2"]
WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class Challenge:
    """The data, with a row a series in the order of the master and a column a week.

    Attributes:
        series: Store, Product.
        groups: name -> group of each series, counted from 0, shape (series,).
        weeks: Mondays, without a gap.
        sales: units, shape (series, weeks).
        in_stock: whether the series could sell, shape (series, weeks). The challenge gave no flags
            for the weeks that were played: where they are null, it could.
        on_hand: units at the end of `STATE_WEEK`, shape (series,).
        pipeline: units that arrive at the start of the first and second week after it, shape
            (series, 2).
    """

    series: pl.DataFrame
    groups: dict[str, npt.NDArray[np.int64]]
    weeks: tuple[dt.date, ...]
    sales: npt.NDArray[np.float64]
    in_stock: npt.NDArray[np.bool_]
    on_hand: npt.NDArray[np.float64]
    pipeline: npt.NDArray[np.float64]


def read_vn2(folder: Path) -> Challenge:
    """Read the folder of the three files.

    Raises:
        FileNotFoundError: one is not there.
        ValueError: a series is missing in a file or a week, twice in it, unknown to the master, or
            has negative or unknown sales; names the file and the first such row.
    """
    frames = []
    for name in ("master", "sales_weekly", "initial_state"):
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise FileNotFoundError(path)
        frames.append(pl.read_parquet(path))
    master, sales, state = frames
    series = master.select(KEYS)
    groups = {
        name: master[name].rank("dense").cast(pl.Int64).to_numpy() - 1
        for name in master.columns
        if name != "row"
    }
    weeks = _weeks(sales)
    rows = _whole(series.join(pl.DataFrame({"week": weeks}), how="cross"), sales, "sales_weekly")
    bad = rows.filter(pl.col("sales").is_null() | (pl.col("sales") < 0))
    if bad.height:
        raise ValueError(
            f"sales_weekly: sales that are negative or unknown: {bad.row(0, named=True)}"
        )
    start = _whole(series, state, "initial_state")
    shape = (series.height, len(weeks))
    return Challenge(
        series=series,
        groups=groups,
        weeks=tuple(weeks),
        sales=rows["sales"].cast(pl.Float64).to_numpy().reshape(shape),
        in_stock=rows["in_stock"].fill_null(value=True).to_numpy().reshape(shape),
        on_hand=start["End Inventory"].cast(pl.Float64).to_numpy(),
        pipeline=start.select(PIPELINE).cast(pl.Float64).to_numpy(),
    )


def _weeks(sales: pl.DataFrame) -> list[dt.date]:
    weeks: list[dt.date] = sales["week"].unique().sort().to_list()
    for before, after in itertools.pairwise(weeks):
        if after - before != WEEK:
            raise ValueError(f"sales_weekly: no week between {before} and {after}")
    return weeks


def _whole(wanted: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Put rows in the order of `wanted`, one for each."""
    keys = wanted.columns
    for bad, what in (
        (rows.join(wanted, on=keys, how="anti"), "of no series of the master"),
        (rows.filter(rows.select(keys).is_duplicated()), "twice"),
        (wanted.join(rows, on=keys, how="anti"), "missing"),
    ):
        if bad.height:
            raise ValueError(f"{name}: {what}: {bad.select(keys).row(0, named=True)}")
    return wanted.join(rows, on=keys, how="left", maintain_order="left")
