"""How many units of a stock record are not there, by what counts have found.

With q the chance that what the record states is there at all, s that of a record of its size and
age being short, and h(u) the share of short records of that size that lack more than u units, more
than u units of a record of R units are missing with the probability

    P(M > u) = (1 - q) + q s h(u) for u < R, and 0 from R on.
"""

from typing import Self

import numpy as np
import polars as pl

from optimization.value import FloatArray, IntArray


def join_record_sizes(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Add record_from, short_chance and unfound_odds of a record of each pair's size there.

    Where the node has looked for the item in vain, Bayes' rule multiplies the odds that its record
    is short by what that has told of others.

    Args:
        pairs: location, available (units, at least 1), days_uncounted, not_found.
        records: frame `record_chances`, of each location of `pairs`.

    Returns:
        `pairs`, in the same order.
    """
    sizes = records.filter(units=0).select("location", "record_from", "short_rate", "unfound_odds")
    right = (-pl.col("short_rate") * pl.col("days_uncounted")).exp()
    short = (1 - right) * pl.when("not_found").then("unfound_odds").otherwise(1.0)
    return (
        pairs.with_row_index("row")
        .sort("available")
        .join_asof(
            sizes.sort("record_from"),
            left_on="available",
            right_on="record_from",
            by="location",
            coalesce=False,
            check_sortedness=False,
        )
        .with_columns(short_chance=short / (right + short))
        .sort("row")
        .drop("row")
    )


class MissingUnits:
    """Units that are missing of the records of n pairs."""

    def __init__(
        self, sure: FloatArray, short: FloatArray, size: IntArray, more: FloatArray
    ) -> None:
        self._sure, self._short, self._size, self._more = sure, short, size, more

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame, records: pl.DataFrame) -> Self:
        """Tabulate what may be missing of each record.

        Args:
            pairs: location, record_from, short_chance, record_chance.
            records: frame `record_chances`, of each location of `pairs`.
        """
        sizes = records.select("location", "record_from").unique(maintain_order=True)
        numbers = sizes.with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
        of_pair = pairs.join(numbers, on=sizes.columns, how="left", maintain_order="left")
        return cls(
            pairs["record_chance"].to_numpy(),
            pairs["short_chance"].to_numpy(),
            of_pair["number"].to_numpy(),
            _tabulate(records, sizes),
        )

    def find_more_chance(self, rows: IntArray, units: int | IntArray) -> FloatArray:
        """P(M > units) of each of `rows`, while fewer than all of the record are asked for."""
        return np.asarray(1 - self._sure[rows] * (1 - self.find_short_more(rows, units)))

    def find_short_more(self, rows: IntArray, units: int | IntArray) -> FloatArray:
        """The same of records that are of stock that is there at all: s h(units)."""
        step = np.minimum(units, self._more.shape[1] - 1)
        return np.asarray(self._short[rows] * self._more[self._size[rows], step])


def _tabulate(records: pl.DataFrame, sizes: pl.DataFrame) -> FloatArray:
    """Share that lacks more than u units of what is short, by row of `sizes` and u from 0 on."""
    last = records["units"].max()
    table = np.zeros((sizes.height, 1 + (last if isinstance(last, int) else 0)))
    steps = records.partition_by(sizes.columns, maintain_order=True)
    for row, own in enumerate(steps):
        step = np.searchsorted(own["units"].to_numpy(), np.arange(table.shape[1]), "right") - 1
        table[row] = own["more_share"].to_numpy()[step]
    return table
