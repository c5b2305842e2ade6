"""Units kept back from online channels: by how surely they are there, and what else they are worth.

A channel sells what the record has, down to the buffer b. The unit that it sells when b others are
left is there if no more than b are missing or were taken from the shelf since the last report:

    P(b) = P(M + W <= b),  P(M > u) = p more(u),  W Poisson,

p being the chance that a record of its size is short, more(u) the share of those that lack more
than u, and W what the shelf sells between two reports. It earns the margin m of the sale and takes
from the node what the unit is worth there, v(k) of the k-th unit of its position (`value`); where
it is not there the order is cancelled at a cost c. It is offered where

    P(b) (m - v) > (1 - P(b)) c.

P rises with b and v never does, so that from the first b that pays all further ones do: the buffer
is the least of them (the newsvendor's critical ratio, Arrow, Harris and Marschak, Econometrica 19,
1951, with the record as the thing that is unsure). Without one that pays nothing is offered. Stock
that is suspected to be there on paper only is there once in ten times at most.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special

from optimization.frames import in_contract
from optimization.value import FloatArray, IntArray, StockValue
from quality_checks.contracts import (
    ChannelBuffers,
    MissingChances,
    OnlineBufferRules,
    OnlinePairs,
    RecordChances,
    find_frame,
)

SUSPECTED_THERE: Final = 0.1
"""Chance that stock is there which is suspected to be on paper only."""

MINUTES_OF_TRADE: Final = 720
"""Minutes of a day in which a shelf sells."""

_NEGLIGIBLE: Final = 1e-12


def set_channel_buffers(
    pairs: pl.DataFrame, records: pl.DataFrame, missing: pl.DataFrame, rules: OnlineBufferRules
) -> pl.DataFrame:
    """Set the buffer of each item-location and online channel.

    Args:
        pairs: frame `online_pairs`.
        records: frame `record_chances`: a row for each size of record at each location of `pairs`.
        missing: frame `missing_chances`.
        rules: of policy.

    Returns:
        The columns of the contract ChannelBuffers but business_date, sorted by key.
    """
    pairs = find_frame(OnlinePairs).read(pairs)
    known = _join_record_chances(pairs, find_frame(RecordChances).read(records)).with_columns(
        shelf_units=pl.col("shelf_demand") * min(rules.update_minutes / MINUTES_OF_TRADE, 1.0),
        cancelled_cost=pl.col("channel").replace_strict(
            rules.cancelled_cost, default=0.0, return_dtype=pl.Float64
        ),
    )
    buffer, chance, value = _find_buffers(known, find_frame(MissingChances).read(missing))
    gain = pl.col("sale_margin") - pl.col("unit_value")
    return in_contract(
        known.with_columns(
            pl.Series("buffer", buffer),
            pl.Series("there_chance", chance, nan_to_null=True),
            pl.Series("unit_value", value, nan_to_null=True),
            pl.Series("binding", _name_limits(known, buffer), dtype=pl.String),
        ).with_columns(
            offered=pl.col("available") - pl.col("buffer"),
            least_chance=pl.col("cancelled_cost") / (gain + pl.col("cancelled_cost")),
        ),
        ChannelBuffers,
    )


def _join_record_chances(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Add record_from and short_chance, those of a record of the pair's size at its location."""
    return (
        pairs.sort("available")
        .join_asof(
            records.sort("record_from"),
            left_on="available",
            right_on="record_from",
            by="location",
            strategy="backward",
            coalesce=False,
            check_sortedness=False,
        )
        .sort("sku", "location", "channel")
    )


def _find_buffers(
    pairs: pl.DataFrame, missing: pl.DataFrame
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The least buffer that pays, the chance that the unit above it is there, and its value.

    Where none pays all is kept back, and chance and value are not a number.
    """
    available = pairs["available"].to_numpy()
    margin, cost = pairs["sale_margin"].to_numpy(), pairs["cancelled_cost"].to_numpy()
    buffer = available.copy()
    chance, value = np.full(buffer.size, np.nan), np.full(buffer.size, np.nan)
    there = _Presence(pairs, missing)
    worth = _Worth(pairs)
    left, kept = np.arange(len(pairs)), 0
    while left.size:
        likely, lost = there.chance(left, kept), worth.of_last(left, kept)
        pays = likely * (margin[left] - lost) > (1 - likely) * cost[left]
        found = left[pays]
        buffer[found], chance[found], value[found] = kept, likely[pays], lost[pays]
        kept += 1
        left = left[~pays & (available[left] > kept)]
    return buffer, chance, value


class _Worth:
    """What a node's last units are worth to it."""

    def __init__(self, pairs: pl.DataFrame) -> None:
        self._value = StockValue.of_pairs(pairs)
        self._taken = (pairs["inventory_position"] - pairs["available"]).to_numpy()

    def of_last(self, rows: IntArray, kept: int) -> FloatArray:
        """The unit that is sold when `kept` units of the record are left afterwards."""
        return self._value.of_unit(rows, self._taken[rows] + kept + 1)


class _Presence:
    """How surely units are there."""

    def __init__(self, pairs: pl.DataFrame, missing: pl.DataFrame) -> None:
        self._short = pairs["short_chance"].to_numpy()
        self._shelf = pairs["shelf_units"].to_numpy()
        self._sure = np.where(pairs["suspected"].to_numpy(), SUSPECTED_THERE, 1.0)
        sizes = missing["record_from"].unique().sort()
        self._size = np.searchsorted(sizes.to_numpy(), pairs["record_from"].to_numpy())
        self._more = _tabulate(missing, sizes)

    def chance(self, rows: IntArray, kept: int) -> FloatArray:
        """P(M + W <= kept) of each row."""
        total = np.zeros(rows.size)
        size, short, shelf = self._size[rows], self._short[rows], self._shelf[rows]
        for taken in range(kept + 1):
            sold = _poisson(shelf, taken)
            if taken > shelf.max(initial=0.0) and (sold < _NEGLIGIBLE).all():
                break
            lacking = min(kept - taken, self._more.shape[1] - 1)
            total += sold * (1 - short * self._more[size, lacking])
        return np.asarray(self._sure[rows] * total)


def _tabulate(missing: pl.DataFrame, sizes: pl.Series) -> FloatArray:
    """P(more than u missing | short), by size and u from 0 on; steps of `missing` filled in."""
    units = missing["units"].to_numpy()
    table = np.zeros((len(sizes), int(units.max(initial=0)) + 1))
    for row, size in enumerate(sizes):
        own = missing.filter(record_from=size).sort("units")
        step = np.searchsorted(own["units"].to_numpy(), np.arange(table.shape[1]), "right") - 1
        table[row] = own["more_chance"].to_numpy()[step]
    return table


def _poisson(mean: FloatArray, units: int) -> FloatArray:
    """P(W = units)."""
    return np.asarray(np.exp(special.xlogy(units, mean) - mean - special.gammaln(units + 1)))


def _name_limits(pairs: pl.DataFrame, buffer: IntArray) -> npt.NDArray[np.str_]:
    """What keeps the unit below the buffer back."""
    rows = np.arange(buffer.size)
    value = StockValue.of_pairs(pairs)
    taken = (pairs["inventory_position"] - pairs["available"]).to_numpy()
    dearer = value.of_unit(rows, taken + buffer) >= pairs["sale_margin"].to_numpy()
    return np.where(buffer == 0, "none", np.where(dearer, "value", "record"))
