"""The files of VN2: read as arrays, and refused where they do not fit together."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simulation.importers.vn2 import STATE_WEEK, read_vn2

SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
VN2 = SHARED / "vn2"
WEEKS = [dt.date(2024, 4, 1), dt.date(2024, 4, 8)]


def files():
    master = pl.DataFrame({"Store": [2, 1], "Product": [7, 9], "Format": [13, 5]})
    sales = pl.DataFrame(
        {
            "Store": [1, 1, 2, 2],
            "Product": [9, 9, 7, 7],
            "week": WEEKS * 2,
            "sales": [1, 2, 3, 0],
            "in_stock": [True, None, True, False],
        }
    )
    state = pl.DataFrame(
        {
            "Store": [1, 2],
            "Product": [9, 7],
            "End Inventory": [4, 5],
            "In Transit W+1": [0, 1],
            "In Transit W+2": [2, 3],
        }
    )
    return {"master": master, "sales_weekly": sales, "initial_state": state}


def written(folder, frames):
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


def test_rows_are_in_the_order_of_the_master(tmp_path):
    found = read_vn2(written(tmp_path, files()))
    assert found.series.rows() == [(2, 7), (1, 9)]
    assert found.weeks == tuple(WEEKS)
    assert found.sales.tolist() == [[3, 0], [1, 2]]
    assert found.in_stock.tolist() == [[True, False], [True, True]]
    assert found.on_hand.tolist() == [5, 4]
    assert found.pipeline.tolist() == [[1, 3], [0, 2]]
    assert found.groups["Format"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("sales_weekly", lambda rows: rows.head(3), "sales_weekly: missing.*'Store': 2"),
        ("sales_weekly", lambda rows: pl.concat([rows, rows.head(1)]), "sales_weekly: twice"),
        (
            "sales_weekly",
            lambda rows: rows.with_columns(pl.col("sales") - 1),
            "negative or unknown.*'sales': -1",
        ),
        (
            "sales_weekly",
            lambda rows: rows.with_columns(
                week=pl.col("week").replace({WEEKS[1]: dt.date(2024, 4, 15)})
            ),
            "no week between 2024-04-01 and 2024-04-15",
        ),
        ("initial_state", lambda rows: rows.head(1), "initial_state: missing"),
        ("master", lambda rows: rows.head(1), "of no series of the master.*'Store': 1"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, name, change, message):
    frames = files()
    frames[name] = change(frames[name])
    with pytest.raises(ValueError, match=message):
        read_vn2(written(tmp_path, frames))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"master\.parquet"):
        read_vn2(tmp_path)


@pytest.mark.skipif(not VN2.is_dir(), reason=f"no VN2 at {VN2}")
def test_real_files():
    """The state is the organiser's: a mean week on hand, a second in the pipeline."""
    found = read_vn2(VN2)
    assert found.sales.shape[0] == 599
    last = found.weeks.index(STATE_WEEK)
    mean = found.sales[:, last - 51 : last + 1].mean(axis=1)
    assert (found.on_hand == np.ceil(mean)).all()
    assert not found.pipeline[:, 0].any()
    assert (found.pipeline[:, 1] == np.round(np.maximum(2 * mean - np.ceil(mean), 0))).all()
