"""How often a stock record states too much, and by how much, learned from counts.

A record of r units is short where fewer are there. With n counts of records of a size and s of them
short, over all locations, the chance is

    p(size) = (s + 1) / (n + 10),

as if one of ten counts more had been short: without any count it is one in ten. A location differs
from the others by a factor, whatever the size. Its own short counts are Poisson with mean f E, E
being the sum of p over its counts, and f is gamma with mean 1 and shape `SHAPE`:

    f = (own short counts + SHAPE) / (E + SHAPE)    (Clayton and Kaldor, Biometrics 43, 1987).

How much is missing of a short record hangs on its size alone: the share of short counts of which
more than u units were missing, one count added of which just one was. A count of what has too much
says nothing of what can be promised, and counts as not short.
"""

from typing import Final, NamedTuple

import numpy as np
import polars as pl

from quality_checks.contracts import (
    CountedRecords,
    MissingUnits,
    RecordErrors,
    find_contract,
    find_frame,
)

SIZES: Final = (1, 3, 6, 11, 21, 51)
"""Least units of each size of record."""

SHAPE: Final = 5.0
"""Short counts from which on a location speaks more for itself than the others do."""

PRIOR_SHORT: Final = 1
PRIOR_COUNTS: Final = 10


class RecordJudgement(NamedTuple):
    """What counts say of records.

    Attributes:
        errors: the columns of the contract RecordErrors but business_date.
        missing: those of MissingUnits likewise.
    """

    errors: pl.DataFrame
    missing: pl.DataFrame


def learn_record_errors(counts: pl.DataFrame, locations: pl.DataFrame) -> RecordJudgement:
    """Learn from counts how often records state too much, and by how much.

    Args:
        counts: frame `counted_records`.
        locations: location and region of all that are to be judged.

    Returns:
        A row for each location and size, and for each size and unit that any was ever found to be
        short by; both sorted by key.
    """
    sized = (
        find_frame(CountedRecords)
        .read(counts)
        .filter(pl.col("recorded") >= SIZES[0])
        .with_columns(
            record_from=_size_of(pl.col("recorded")),
            missing=(pl.col("recorded") - pl.col("counted")).clip(lower_bound=0),
        )
    )
    grid = pl.DataFrame({"record_from": SIZES}, schema={"record_from": pl.Int64})
    usual = grid.join(_count(sized, "record_from"), on="record_from", how="left").select(
        "record_from",
        usual_chance=(pl.col("short").fill_null(0) + PRIOR_SHORT)
        / (pl.col("counts").fill_null(0) + PRIOR_COUNTS),
    )
    own = (
        locations.select("location", "region")
        .join(usual, how="cross")
        .join(_count(sized, "location", "record_from"), on=["location", "record_from"], how="left")
        .with_columns(pl.col("counts", "short").fill_null(0))
        .sort("location", "record_from")
    )
    expected = (pl.col("counts") * pl.col("usual_chance")).sum().over("location")
    factor = (pl.col("short").sum().over("location") + SHAPE) / (expected + SHAPE)
    errors = own.with_columns(
        short_counts="short",
        short_chance=(pl.col("usual_chance") * factor).clip(upper_bound=1.0),
    )
    return RecordJudgement(
        errors.select(find_contract(RecordErrors).made_schema.names()),
        _share_missing(sized, grid).select(find_contract(MissingUnits).made_schema.names()),
    )


def _size_of(recorded: pl.Expr) -> pl.Expr:
    """The least units of the size that a record is of."""
    passed = pl.sum_horizontal(*((recorded >= least).cast(pl.Int64) for least in SIZES))
    return passed.replace_strict(
        {number + 1: least for number, least in enumerate(SIZES)},
        default=None,
        return_dtype=pl.Int64,
    )


def _count(sized: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Counts, and those that were short."""
    return sized.group_by(by, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("counts"),
        (pl.col("missing") > 0).sum().cast(pl.Int64).alias("short"),
    )


def _share_missing(sized: pl.DataFrame, grid: pl.DataFrame) -> pl.DataFrame:
    """Share of the short records of a size of which more than so many units are missing."""
    found = sized.filter(pl.col("missing") > 0)
    rows = []
    for size in grid["record_from"]:
        missing = np.append(found.filter(record_from=size)["missing"].to_numpy(), 1)
        units = np.unique(np.append(missing, 0))
        more = (missing[None, :] > units[:, None]).mean(axis=1)
        rows.append(
            pl.DataFrame(
                {"record_from": np.full(units.size, size), "units": units, "more_chance": more},
                schema={
                    "record_from": pl.Int64, "units": pl.Int64, "more_chance": pl.Float64
                },
            )
        )  # fmt: skip
    return pl.concat(rows)
