"""Time a cycle of a peak day beside one of a usual day.

Both start from the same night. What lands for the one is a part of the day's sales and what
customers ordered so far; for the other the same sales ten times over, and with each order two more
like it. Told are processor seconds, which other work on the machine changes little, by asset.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Final, TypedDict

import polars as pl

from benchmarks.intraday import hold_back, name_part, run_apart
from simulation.retailer import Size, size_retailer, write_retailer

_SALES: Final = 10
"""Times the rows of sales."""
_ORDERS: Final = 3
"""Times the lines of customers' orders."""
_PARTS: Final = 5
"""Parts of the rest of a usual day: one of them lands."""
_SHOWN: Final = 1.0
"""Seconds that a peak adds to an asset for it to be named."""


class Figures(TypedDict):
    """What the benchmark prints."""

    size: str
    sales_rows: tuple[int, int]
    order_lines: tuple[int, int]
    usual_cpu_seconds: float
    peak_cpu_seconds: float
    usual_peak_mb: float
    peak_peak_mb: float
    grown: dict[str, tuple[float, float]]


def measure(size: Size, seed: int) -> Figures:
    """Plan a night, then the same cycle with the part of a usual day and with that of a peak."""
    last = size_retailer(size).last_date
    with tempfile.TemporaryDirectory() as folder:
        usual, peak = Path(folder) / "usual", Path(folder) / "peak"
        write_retailer(size_retailer(size), usual, seed=seed)
        part = hold_back(usual, last, _PARTS)[0]
        orders = usual / "landing" / "online_orders" / f"{last}.csv.gz"
        ordered = pl.read_csv(orders, infer_schema=False)
        orders.unlink()
        run_apart(usual, last, "nightly")
        shutil.copytree(usual, peak)
        told = []
        for work, sales, lines in ((usual, 1, 1), (peak, _SALES, _ORDERS)):
            _repeat(part, "receipt", sales).write_parquet(name_part(work, last, 2))
            landed = work / "landing" / "online_orders" / f"{last}.csv"
            _repeat(ordered, "order_id", lines).write_csv(landed)
            told.append(run_apart(work, last, "intraday"))
    grown = {
        asset: (round(told[0]["steps"].get(asset, 0.0), 1), round(seconds, 1))
        for asset, seconds in told[1]["steps"].items()
        if seconds - told[0]["steps"].get(asset, 0.0) > _SHOWN
    }
    return Figures(
        size=size,
        sales_rows=(part.height, part.height * _SALES),
        order_lines=(ordered.height, ordered.height * _ORDERS),
        usual_cpu_seconds=round(told[0]["cpu_seconds"], 1),
        peak_cpu_seconds=round(told[1]["cpu_seconds"], 1),
        usual_peak_mb=round(told[0]["peak_mb"]),
        peak_peak_mb=round(told[1]["peak_mb"]),
        grown=dict(sorted(grown.items())),
    )


def _repeat(rows: pl.DataFrame, key: str, times: int) -> pl.DataFrame:
    """Rows with so many copies less one that bear keys of their own."""
    copies = [rows.with_columns(pl.col(key) + f"-{number}") for number in range(1, times)]
    return pl.concat([rows, *copies])
