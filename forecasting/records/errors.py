"""How fast a stock record comes to state too much, and by how much, learned from counts.

A count sets a record right. d days later fewer units are there than it states with the chance

    P(short) = 1 - exp(-f r d),

r being the rate of records of its size, over all locations, and f the factor of the location. r is
where the expected number of short counts is what was found (the estimate of greatest likelihood
where all counts are as far apart), `PRIOR_COUNTS` counts after `PRIOR_DAYS` days added of which one
was short: without any count a record is short in one of ten cases after a quarter. The own short
counts of a location are Poisson with mean f E, E being what r expects of its counts, and f is gamma
with mean 1 and shape `SHAPE`:

    f = (own short counts + SHAPE) / (E + SHAPE)    (Clayton and Kaldor, Biometrics 43, 1987).

Where a node has looked for the item in vain since it last got units of it or counted it, the odds
that its record is short are B times these. B is where the expected number of short counts of such
records is what was found, two counts at even odds added of which one was short: the mode of the
posterior of B where B / (1 + B) is as likely to be anything between 0 and 1. It is at least 1, for
that somebody did not find an item makes nobody surer that it is there; f and r are learned from
the other counts.

How much is missing of a short record hangs on its size alone: the share of short counts of which
more than u units were missing, one count added of which just one was. A count that finds more than
the record states says nothing of what can be promised, and counts as not short.
"""

import math
from typing import Final

import numpy as np
import polars as pl

from quality_checks.contracts import (
    CountedRecords,
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
PRIOR_DAYS: Final = 90

_MOST_RATE = 1.0
_MOST_LOG_ODDS = 10.0
_HALVINGS = 50


def estimate_record_errors(counts: pl.DataFrame, locations: pl.DataFrame) -> pl.DataFrame:
    """Estimate from counts how fast records become short, and how much is missing then.

    Args:
        counts: frame `counted_records`.
        locations: location and region of the contract Locations, of all that are to be judged.

    Returns:
        The columns of the contract RecordErrors but business_date: for each location and size of
        record a row for 0 and for each number of units that a record of the size was found to be
        short by; sorted by key.
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
    in_vain = pl.col("not_found")
    rates = _estimate_rates(sized.filter(~in_vain), locations.select("location", "region"))
    odds = _solve_odds(sized.filter(in_vain), rates)
    return (
        rates.with_columns(unfound_odds=pl.lit(odds))
        .join(_share_missing(sized), on="record_from")
        .select(find_contract(RecordErrors).made_schema.names())
        .sort("location", "record_from", "units")
    )


def _estimate_rates(sized: pl.DataFrame, locations: pl.DataFrame) -> pl.DataFrame:
    """counts, short_counts and short_rate of each location and size."""
    grid = pl.DataFrame(
        {"record_from": SIZES, "rate": [_solve_rate(sized.filter(record_from=n)) for n in SIZES]},
        schema={"record_from": pl.Int64, "rate": pl.Float64},
    )
    expected = 1 - (-pl.col("rate") * pl.col("days")).exp()
    own = (
        sized.join(grid, on="record_from")
        .sort("count_id")
        .group_by("location", "record_from", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("counts"),
            (pl.col("missing") > 0).sum().cast(pl.Int64).alias("short_counts"),
            expected.sum().alias("expected"),
        )
    )
    of_location = [pl.col(name).sum().over("location") for name in ("short_counts", "expected")]
    factor = (of_location[0] + SHAPE) / (of_location[1] + SHAPE)
    return (
        locations.join(grid, how="cross")
        .join(own, on=["location", "record_from"], how="left")
        .sort("location", "record_from")
        .with_columns(pl.col("counts", "short_counts", "expected").fill_null(0))
        .with_columns(short_rate=pl.col("rate") * factor)
    )


def _solve_rate(counts: pl.DataFrame) -> float:
    """The rate that expects as many short counts of a size as were found."""
    days = np.append(counts["days"].to_numpy(), np.full(PRIOR_COUNTS, PRIOR_DAYS))
    short = float((counts["missing"] > 0).sum() + PRIOR_SHORT)
    low, high = 0.0, _MOST_RATE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (1 - np.exp(-middle * days)).sum() < short:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _solve_odds(counts: pl.DataFrame, rates: pl.DataFrame) -> float:
    """The odds ratio that expects as many short counts of items that were looked for in vain."""
    rate = rates.select("location", "record_from", "short_rate")
    known = counts.join(rate, on=["location", "record_from"]).sort("count_id")
    right = np.append(np.exp(-known["short_rate"] * known["days"]), [0.5, 0.5])
    short = float((known["missing"] > 0).sum() + 1)
    low, high = 0.0, _MOST_LOG_ODDS
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        odds = math.exp(middle) * (1 - right)
        if (odds / (right + odds)).sum() < short:
            low = middle
        else:
            high = middle
    return math.exp(low)


def _size_of(recorded: pl.Expr) -> pl.Expr:
    """The least units of the size that a record is of."""
    passed = pl.sum_horizontal(*((recorded >= least).cast(pl.Int64) for least in SIZES))
    return passed.replace_strict(
        {number + 1: least for number, least in enumerate(SIZES)},
        default=None,
        return_dtype=pl.Int64,
    )


def _share_missing(sized: pl.DataFrame) -> pl.DataFrame:
    """Share of the short records of a size that lack more than so many units, as more_share."""
    found = sized.filter(pl.col("missing") > 0)
    shares = []
    for size in SIZES:
        missing = np.append(found.filter(record_from=size)["missing"].to_numpy(), 1)
        units = np.unique(np.append(missing, 0))
        more = (missing[None, :] > units[:, None]).mean(axis=1)
        steps = {"record_from": np.full(units.size, size), "units": units, "more_share": more}
        shares.append(pl.DataFrame(steps))
    return pl.concat(shares).cast({"units": pl.Int64, "record_from": pl.Int64})
