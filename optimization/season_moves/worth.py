"""What each unit of a location is worth over the rest of the season.

The worth of a zone is that of its places together. A place that sells the share w of what the zone
sells is taken to be as the zone is with its stock over w,

    V_place(s) = w V_zone(s / w),

which sums up to the zone's own where stock lies as demand does, and is less where it does not, as V
is concave: Jensen. The steps of prices dent V; the dents are filled, so that units go in order.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimization.markdown import SolvedSeason
from optimization.value import FloatArray, IntArray


class SeasonWorth(NamedTuple):
    """Worth of stock at pairs, by their position.

    Attributes:
        zone: row of each pair's season in `start`, `slope` and `unit`, shape (pairs,).
        share: of its zone's demand that the pair has, above 0, shape (pairs,).
        start: worth at each node of a season's stock, currency, shape (seasons, nodes).
        slope: worth of a unit beyond it, never increasing, shape (seasons, nodes).
        unit: units of a node, shape (seasons,).
    """

    zone: IntArray
    share: FloatArray
    start: FloatArray
    slope: FloatArray
    unit: FloatArray

    def of_unit(self, pair: IntArray, k: IntArray) -> FloatArray:
        """Worth of the k-th unit at each pair, currency; `pair` and `k` of one shape."""
        return self._of_stock(pair, k) - self._of_stock(pair, k - 1)

    def _of_stock(self, pair: IntArray, stock: IntArray) -> FloatArray:
        zone, share = self.zone[pair], self.share[pair]
        in_zone = stock / share
        node = np.clip(in_zone // self.unit[zone], 0, self.start.shape[1] - 1).astype(np.int64)
        beyond = in_zone - node * self.unit[zone]
        worth = self.start[zone, node] + beyond * self.slope[zone, node]
        return np.asarray(share * worth)


def value_places(seasons: Sequence[SolvedSeason], zone: IntArray, share: FloatArray) -> SeasonWorth:
    """Value the stock of places by what their zones make of theirs.

    Args:
        seasons: solved with headroom.
        zone: number of each place's season.
        share: of its zone's demand that each place has, above 0.
    """
    nodes = max((found.value.shape[2] for found in seasons), default=1)
    slope, start = (np.zeros((len(seasons), nodes)) for _ in range(2))
    unit = np.array([float(found.unit) for found in seasons])
    for row, found in enumerate(seasons):
        rises = np.diff(found.value[found.season.lock, 0]) / found.unit
        slope[row, : len(rises)] = np.minimum.accumulate(rises)
        slope[row, len(rises) :] = slope[row, len(rises) - 1]
    start[:, 1:] = np.cumsum(slope[:, :-1] * unit[:, None], axis=1)
    return SeasonWorth(zone, share, start, slope, unit)
