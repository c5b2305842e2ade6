"""Buffers of online channels held against what is really there, which the built-in retailer knows.

Of each item-location and channel the plan rests on the chance that no more units are missing than
are kept back. The retailer's truth has what lies there beside what the record says at the close.
What the shelf sells until the next report is left out of both: it is yet to come.
"""

from pathlib import Path
from typing import TypedDict

import duckdb
import polars as pl

EDGES = (0.8, 0.9, 0.95, 0.98, 0.99)
"""Edges of the bins of chances."""

_KEY = ["sku", "location"]


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        data, business_date: what was planned.
        buffers: item-locations with a channel.
        stated, found: mean chance that no more is missing than is kept back, and the share of which
            that is so.
        bins: the same by chance, with buffers; above is how many of `EDGES` the chance passes.
        by_buffer: for ours, and for as many units everywhere: kept_back (share of the units that
            records promise) and oversold (share of buffers with more units missing).
    """

    data: str
    business_date: str
    buffers: int
    stated: float
    found: float
    bins: list[dict[str, float]]
    by_buffer: dict[str, dict[str, float]]


def measure(data: Path) -> Figures:
    """Hold the buffers of the newest planned date against the truth of the same day.

    Args:
        data: folder of the built-in retailer, planned.
    """
    with duckdb.connect(str(data / "warehouse" / "plenish-read.duckdb"), read_only=True) as copy:
        buffers = copy.execute(_BUFFERS).pl()
        records = copy.execute(_RECORDS).pl()
    day = buffers["business_date"][0]
    truth = pl.read_parquet(data / "truth" / "stock" / f"{day}.parquet").select(
        *_KEY, missing=(pl.col("record") - pl.col("truth")).clip(lower_bound=0)
    )
    judged = (
        _state_chances(buffers, records)
        .join(truth, on=_KEY, how="left", maintain_order="left")
        .with_columns(pl.col("missing").fill_null(0))
        .with_columns(there=pl.col("missing") <= pl.col("buffer"))
    )
    bins = (
        judged.group_by(above=pl.sum_horizontal(pl.col("chance") > edge for edge in EDGES))
        .agg(
            pl.len().alias("buffers"), stated=pl.col("chance").mean(), found=pl.col("there").mean()
        )
        .sort("above")
    )
    fixed = {f"{units}": pl.min_horizontal("available", units) for units in range(4)}
    return Figures(
        data=str(data),
        business_date=str(day),
        buffers=judged.height,
        stated=_share(judged, pl.col("chance").mean()),
        found=_share(judged, pl.col("there").mean()),
        bins=[{name: _round(value) for name, value in row.items()} for row in bins.to_dicts()],
        by_buffer={
            name: {
                "kept_back": _share(judged, kept.sum() / pl.col("available").sum()),
                "oversold": _share(judged, (pl.col("missing") > kept).mean()),
            }
            for name, kept in {"ours": pl.col("buffer"), **fixed}.items()
        },
    )


def _state_chances(buffers: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Add chance: that no more units are missing than are kept back."""
    sizes = records.select("location", "record_from").unique().sort("record_from")
    sized = buffers.sort("available").join_asof(
        sizes, left_on="available", right_on="record_from", by="location", coalesce=False,
        check_sortedness=False,
    )  # fmt: skip
    stepped = sized.sort("buffer").join_asof(
        records.sort("units"), left_on="buffer", right_on="units", by=["location", "record_from"],
        check_sortedness=False,
    )  # fmt: skip
    return stepped.with_columns(chance=1 - pl.col("short_chance") * pl.col("more_share")).sort(
        "sku", "location", "channel"
    )


def _share(rows: pl.DataFrame, of: pl.Expr) -> float:
    return round(float(rows.select(of).item()), 4)


def _round(value: float) -> float:
    return round(value, 4)


_BUFFERS = """
SELECT * FROM plans.channel_buffers
WHERE business_date = (SELECT max(business_date) FROM plans.channel_buffers)
"""

_RECORDS = """
SELECT location, record_from, units, more_share FROM inventory.record_errors
WHERE business_date = (SELECT max(business_date) FROM plans.channel_buffers)
"""
