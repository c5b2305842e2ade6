"""Pairs that may take packs, what a plan has sent and what is asked for, as arrays."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ShortFloats = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]


class AllocationMarket(NamedTuple):
    """Pairs that may take packs, by group: the pairs that draw on one item of one DC.

    Attributes:
        group_start: first pair of each group, then the number of pairs, shape (groups + 1,).
        free: units of each group that every pair of it may take, shape (groups,).
        fence: further units that only this pair may take, shape (pairs,).
        ladder_start: first pack of each pair, then the number of packs, shape (pairs + 1,).
        ladder: worth of each pack less its own cost, currency, never increasing within a pair.
        pack: units in a pack, shape (pairs,).
        first: fewest packs of a line, at least 1, shape (pairs,).
        line_cost: cost of a line whatever its size, currency, shape (pairs,).
        limit: the shared limit of each kind that a pair draws on, -1 for none, (pairs, kinds).
        use: what a unit draws on the limit of each kind, in its measure, shape (groups, kinds).
        by_line: what a line draws on it, shape (kinds,).
        capacity: what each shared limit allows, in its measure, shape (limits,).
    """

    group_start: IntArray
    free: IntArray
    fence: ShortInts
    ladder_start: IntArray
    ladder: ShortFloats
    pack: ShortInts
    first: ShortInts
    line_cost: ShortFloats
    limit: ShortInts
    use: FloatArray
    by_line: FloatArray
    capacity: FloatArray


class Left(NamedTuple):
    """What a plan has sent, and what it leaves; the arrays are changed in place.

    Attributes:
        sent: packs of each pair, shape (pairs,).
        free, fence, capacity: what is left of the fields of `AllocationMarket`.
    """

    sent: ShortInts
    free: IntArray
    fence: ShortInts
    capacity: FloatArray


class Ask(NamedTuple):
    """What is asked for, at prices.

    Attributes:
        most: packs that a pair may have in all, shape (pairs,).
        bonus: added to the worth of a unit, currency: above every worth where units count before
            money, else 0.
        price: of each shared limit, currency a measure, shape (limits,).
    """

    most: ShortInts
    bonus: float
    price: FloatArray
