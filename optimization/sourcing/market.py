"""A night's open order lines as arrays: what each may be shipped from, and what nodes share.

An order, or what of it goes to one place, ships in parcels: a parcel is a node on a day. Its lines
share the parcel's cost, and each further parcel costs the split penalty. Pairs are items at
nodes with a ladder of units, of which the first taken costs least; rows are what a node can handle
on a day.
"""

from typing import NamedTuple

import numpy as np

from optimization.value import FloatArray, IntArray


class SourcingMarket(NamedTuple):
    """Orders, their lines, candidates and parcels, one after the other; and what they draw on.

    Attributes:
        line_first: first line of each order, and one past the last, shape (orders + 1,).
        candidate_first: first candidate of each line, likewise, shape (lines + 1,).
        parcel_first: first parcel of each order, likewise, shape (orders + 1,).
        units: of each line, shape (lines,).
        outside: what it costs to ship the line from nowhere tonight, currency, shape (lines,).
        cost: of a candidate, its parcel and the units' value left out, currency, shape
            (candidates,).
        pair, parcel: of each candidate, shape (candidates,).
        parcel_cost: currency, shape (parcels,).
        rows: capacities that the parcel's lines and units draw on, -1 for none, shape (parcels, 2).
        rung_first: first unit of each pair, and one past the last, shape (pairs + 1,).
        rung: what taking the unit costs, rising within a pair, currency, shape (units,).
        capacity: of each row, lines or units, shape (rows,).
        split_penalty: of each further parcel of an order, currency.
    """

    line_first: IntArray
    candidate_first: IntArray
    parcel_first: IntArray
    units: IntArray
    outside: FloatArray
    cost: FloatArray
    pair: IntArray
    parcel: IntArray
    parcel_cost: FloatArray
    rows: IntArray
    rung_first: IntArray
    rung: FloatArray
    capacity: FloatArray
    split_penalty: float


class Prices(NamedTuple):
    """What is charged for what is scarce.

    Attributes:
        unit: for a unit of each pair, currency, shape (pairs,).
        row: for a line or unit that a node handles on a day, at least 0, currency, shape (rows,).
    """

    unit: FloatArray
    row: FloatArray


def measure_worth(market: SourcingMarket) -> float:
    """Measure what a line that is shipped from nowhere costs, by the median; currency.

    What a search takes for much or little is a share of it, so that a retailer whose currency buys
    less gets the same plan.
    """
    return float(np.median(market.outside)) if len(market.outside) else 0.0
