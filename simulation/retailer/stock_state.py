"""Stock as the records have it and as it truly is, and what turns the one from the other."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Floats,
    Ints,
    draw_cases,
    find_date,
    make_generator,
    moments,
    numbered,
)
from simulation.retailer.network import Network

COUNT_CYCLE = 150
"""Days between two counts of a pair."""

WRITE_OFF_CYCLE = 14
"""Days between two write-offs of damaged goods at a node."""

SHRINK = 0.0008
PHANTOM = 0.0002
"""Chance a day that a pair loses a few units, or all that could be sold, and nobody notices."""


@dataclass
class StockState:
    """Units of every pair.

    Always `0 <= reserved + damaged <= truth` and `<= record`.

    Attributes:
        record: on hand by the records, in every state.
        truth: on hand that is really there.
        reserved, damaged: parts of both.
        in_transit: transfers on the way to the pair.
    """

    record: Ints
    truth: Ints
    reserved: Ints
    damaged: Ints
    in_transit: Ints

    @classmethod
    def of(cls, units: Ints) -> Self:
        """A state in which record and truth agree."""
        nothing = np.zeros(units.size, dtype=np.int64)
        return cls(units.copy(), units.copy(), nothing.copy(), nothing.copy(), nothing.copy())

    @property
    def recorded(self) -> Ints:
        """Units that the records would sell."""
        return self.record - self.reserved - self.damaged

    @property
    def sellable(self) -> Ints:
        """Units that can really be sold."""
        return self.truth - self.reserved - self.damaged

    def add(self, pair: Ints, units: Ints) -> None:
        """Take units into stock; pairs may repeat."""
        np.add.at(self.record, pair, units)
        np.add.at(self.truth, pair, units)

    def remove(self, pair: Ints, units: Ints) -> None:
        """Take units out of stock; pairs may repeat."""
        np.subtract.at(self.record, pair, units)
        np.subtract.at(self.truth, pair, units)


@dataclass
class Corrections:
    """What is booked on a day besides sales, returns, receipts and transfers.

    Attributes:
        pair, units, reason: adjustments.
        counted_pair, counted: pairs counted and the units found.
    """

    pair: list[Ints]
    units: list[Ints]
    reason: list[str]
    counted_pair: Ints
    counted: Ints

    def book(self, pair: Ints, units: Ints, reason: str) -> None:
        """Note an adjustment of pairs whose units differ from zero."""
        moved = units != 0
        self.pair.append(pair[moved])
        self.units.append(units[moved])
        self.reason.append(reason)


def lose_unseen(state: StockState, day: int, seed: int) -> None:
    """Lose units that nobody sees go, to theft and misplacement: the record keeps them."""
    rng = make_generator(seed, "shrink", day)
    sellable = state.sellable
    some = rng.random(sellable.size)
    lost = np.where(some < SHRINK, np.minimum(sellable, 2), 0)
    lost = np.where(some > 1 - PHANTOM, sellable, lost)
    state.truth -= lost


def correct(network: Network, state: StockState, day: int, seed: int) -> Corrections:
    """Correct the record for the day: impossible records, write-offs and counts."""
    none = np.zeros(0, dtype=np.int64)
    booked = Corrections([], [], [], none, none)
    short = np.flatnonzero(state.recorded < 0)
    missing = -state.recorded[short]
    state.record[short] += missing
    booked.book(short, missing, "sold_below_zero")
    broken = (state.damaged > 0) & ((network.location + day) % WRITE_OFF_CYCLE == 0)
    gone = np.flatnonzero(broken)
    units = state.damaged[gone]
    state.damaged[gone] = 0
    state.remove(gone, units)
    booked.book(gone, -units, "damaged_write_off")
    _count(state, booked, day, seed)
    return booked


def _count(state: StockState, booked: Corrections, day: int, seed: int) -> None:
    """Count the pairs whose turn it is; a few counts are wrong."""
    rng = make_generator(seed, "counts", day)
    # A stride that shares no factor with the cycle spreads a node's items over its days.
    turn = (np.arange(state.record.size) * 7 + day) % COUNT_CYCLE == 0
    pair = np.flatnonzero(turn & ((state.record > 0) | (state.truth > 0)))
    wrong = np.where(draw_cases(rng, pair.size, 0.03), rng.integers(-2, 3, pair.size), 0)
    counted = np.maximum(state.truth[pair] + wrong, state.reserved[pair] + state.damaged[pair])
    booked.book(pair, counted - state.record[pair], "count")
    state.record[pair] = counted
    booked.counted_pair, booked.counted = pair, counted


def drift(network: Network, state: StockState, rates: Floats, day: int, seed: int) -> pl.DataFrame:
    """Let the records of a few pairs change without any document.

    `rates` is the chance of each pair.

    Returns:
        date, sku, location, units: the true discrepancies of the book balance.
    """
    rng = make_generator(seed, "drift", day)
    pair = np.flatnonzero(draw_cases(rng, rates.size, rates))
    units = rng.choice([-2, -1, 1, 2], pair.size)
    units = np.maximum(units, -state.recorded[pair])
    pair, units = pair[units != 0], units[units != 0]
    state.record[pair] += units
    return pl.DataFrame(
        {
            "date": pl.Series([find_date(day)] * pair.size, dtype=pl.Date),
            **network.names(pair),
            "units": units,
        }
    )


def adjustment_rows(network: Network, booked: Corrections, day: int, seed: int) -> pl.DataFrame:
    """Rows of `adjustments`."""
    pair = np.concatenate(booked.pair)
    counts = [len(p) for p in booked.pair]
    seconds = make_generator(seed, "bookings", day).integers(7 * 3600, 21 * 3600, pair.size)
    return pl.DataFrame(
        {
            "adjustment_id": _keys("A", day, pair.size),
            "timestamp": moments(day, seconds),
            **network.names(pair),
            "quantity": np.concatenate(booked.units),
            "reason": np.repeat(np.array(booked.reason), counts),
        }
    )


def count_rows(network: Network, booked: Corrections, day: int, seed: int) -> pl.DataFrame:
    """Rows of `stock_counts`."""
    pair = booked.counted_pair
    seconds = make_generator(seed, "count times", day).integers(6 * 3600, 9 * 3600, pair.size)
    return pl.DataFrame(
        {
            "count_id": _keys("C", day, pair.size),
            "timestamp": moments(day, seconds),
            **network.names(pair),
            "counted": booked.counted,
            "reason": ["cycle_count"] * pair.size,
        }
    )


def _keys(letter: str, day: int, count: int) -> pl.Series:
    return numbered(f"{letter}{find_date(day):%y%m%d}-", np.arange(1, count + 1), 6)


def stock_rows(network: Network, state: StockState, pair: Ints, day: int) -> pl.DataFrame:
    """Rows of `stock` of pairs, read at the end of the day."""
    return pl.DataFrame(
        {
            "snapshot_time": moments(day, np.full(pair.size, 23 * 3600 + 1800)),
            **network.names(pair),
            "on_hand": state.record[pair],
            "reserved": state.reserved[pair],
            "damaged": state.damaged[pair],
        }
    )
