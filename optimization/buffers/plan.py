"""Units kept back from online channels: by how surely they are there, and what else they are worth.

A channel sells what the record has, down to the buffer b. The unit that it sells when b others are
left is there if no more than b are missing or were taken from the shelf since the last report:

    P(b) = P(M + W <= b),

M being the units missing of a record of its size (`forecasting.records`) and W, Poisson, what the
shelf sells between two reports. It earns the margin m of the sale and takes
from the node what the unit is worth there, v(k) of the k-th unit of its position (`value`); where
it is not there the order is cancelled at a cost c. It is offered where

    P(b) (m - v) > (1 - P(b)) c.

P rises with b and v never does, so that from the first b that pays all further ones do: the buffer
is the least of them (the newsvendor's critical ratio, Arrow, Harris and Marschak, Econometrica 19,
1951, with the record as the thing that is unsure). Without one that pays nothing is offered. Of a
record that is faulty itself P is that times the chance that its stock is there at all.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special

from optimization.frames import cast_to_contract
from optimization.records import MissingUnits, join_record_sizes
from optimization.value import FloatArray, IntArray, StockValue
from quality_checks.contracts import (
    ChannelBuffers,
    OnlinePairs,
    RecordChances,
    find_frame,
)

MINUTES_OF_TRADE: Final = 720
"""Minutes of a day in which a shelf sells."""

_NEGLIGIBLE: Final = 1e-12


def set_channel_buffers(
    pairs: pl.DataFrame, records: pl.DataFrame, *, update_minutes: int, unserved_cost: float
) -> pl.DataFrame:
    """Set the buffer of each item-location and online channel.

    Args:
        pairs: frame `online_pairs`.
        records: frame `record_chances`, of each location of `pairs`.
        update_minutes: between two reports of stock to the channels.
        unserved_cost: of a sale that is not there, beyond its margin, currency.

    Returns:
        The columns of the contract ChannelBuffers but business_date, sorted by key.
    """
    pairs = find_frame(OnlinePairs).read(pairs)
    records = find_frame(RecordChances).read(records)
    known = join_record_sizes(pairs, records).with_columns(
        shelf_units=pl.col("shelf_demand") * min(update_minutes / MINUTES_OF_TRADE, 1.0),
        unserved_cost=pl.lit(unserved_cost),
    )
    buffer, chance, value = _find_buffers(known, records)
    gain = pl.col("sale_margin") - pl.col("unit_value")
    return cast_to_contract(
        known.with_columns(
            pl.Series("buffer", buffer),
            pl.Series("there_chance", chance, nan_to_null=True),
            pl.Series("unit_value", value, nan_to_null=True),
            pl.Series("binding", _name_limits(known, buffer), dtype=pl.String),
        ).with_columns(
            offered=pl.col("available") - pl.col("buffer"),
            least_chance=pl.col("unserved_cost") / (gain + pl.col("unserved_cost")),
        ),
        ChannelBuffers,
    )


def _find_buffers(
    pairs: pl.DataFrame, records: pl.DataFrame
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The least buffer that pays, the chance that the unit above it is there, and its value.

    Where none pays all is kept back, and chance and value are not a number.
    """
    available = pairs["available"].to_numpy()
    margin, cost = pairs["sale_margin"].to_numpy(), pairs["unserved_cost"].to_numpy()
    buffer = available.copy()
    chance, value = np.full(buffer.size, np.nan), np.full(buffer.size, np.nan)
    there = _Presence(pairs, records)
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

    def of_last(self, rows: IntArray, kept: int | IntArray) -> FloatArray:
        """What the unit is worth that is sold when `kept` of the record are left afterwards."""
        left = np.asarray(kept, dtype=np.int64)
        return self._value.of_unit(rows, self._taken[rows] + left + 1)


class _Presence:
    """How surely units are there."""

    def __init__(self, pairs: pl.DataFrame, records: pl.DataFrame) -> None:
        self._shelf = pairs["shelf_units"].to_numpy()
        self._sure = pairs["record_chance"].to_numpy()
        self._missing = MissingUnits.of_pairs(pairs, records)

    def chance(self, rows: IntArray, kept: int) -> FloatArray:
        """P(M + W <= kept) of each row."""
        total = np.zeros(rows.size)
        shelf = self._shelf[rows]
        for taken in range(kept + 1):
            sold = _poisson(shelf, taken)
            if taken > shelf.max() and (sold < _NEGLIGIBLE).all():
                break
            total += sold * (1 - self._missing.find_short_more(rows, kept - taken))
        return np.asarray(self._sure[rows] * total)


def _poisson(mean: FloatArray, units: int) -> FloatArray:
    """P(W = units)."""
    return np.asarray(np.exp(special.xlogy(units, mean) - mean - special.gammaln(units + 1)))


def _name_limits(pairs: pl.DataFrame, buffer: IntArray) -> npt.NDArray[np.str_]:
    """What keeps the unit below the buffer back."""
    kept_back = _Worth(pairs).of_last(np.arange(buffer.size), buffer - 1)
    dearer = kept_back >= pairs["sale_margin"].to_numpy()
    return np.where(buffer == 0, "none", np.where(dearer, "value", "record"))
