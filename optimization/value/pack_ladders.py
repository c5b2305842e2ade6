"""Worth of every pack that a pair may be sent, for millions of pairs: compiled and compact.

The value of a unit is that of `stock_value`. A unit sent from a DC that can use it later
forgoes that use if the location does not sell it before the DC's next supply: what a unit kept is
worth, `kept`, times the chance that it is stranded, 1 - P(D' >= k), with D' the demand there
until then. Shipping all at once is wrong where stock is scarce and locations many (Jackson, Stock
Allocation in a Two-Echelon Distribution System or "What to Do Until Your Ship Comes In",
Management Science 34, 1988); this is the simplest price of it, and it too falls with k.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.value.stock_value import FloatArray, IntArray, StockValue

ShortFloats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Keeping:
    """What pairs' units would be worth at the DC, and demand until it is supplied again.

    Attributes:
        kept: worth of a unit kept, currency, shape (pairs,); below zero where it loses by waiting.
        waits: 1 where a unit that the location sells before the DC's next supply is no use kept
            given up, 0 where a unit kept is worth that whatever the location sells.
        mean, variance: demand at the location until the DC's next supply, units and units^2,
            shape (pairs,); zero where there is none.
    """

    kept: FloatArray
    waits: FloatArray
    mean: FloatArray
    variance: FloatArray

    def forgone(self, pair: IntArray, stock: IntArray, units: IntArray) -> FloatArray:
        """Worth at the DC of `units` sent to a stock, currency; all of one shape."""
        one, nothing = np.ones(len(self.mean)), np.zeros(len(self.mean))
        later = StockValue.of_demand(self.mean, self.variance, one, nothing)
        sold = later.sold(pair, stock + units) - later.sold(pair, stock)
        return np.asarray(self.kept[pair] * (units - self.waits[pair] * sold))


def build_pack_ladders(  # noqa: PLR0913, PLR0917  # what a pack's worth is made of
    value: StockValue,
    keeping: Keeping,
    weight: FloatArray,
    unit_cost: FloatArray,
    position: IntArray,
    pack: IntArray,
    packs: IntArray,
) -> tuple[IntArray, ShortFloats]:
    """Worth of each pack of each pair from its position on, less what it costs and forgoes.

    Args:
        value: worth of stock, by pair.
        keeping: worth of units kept, by pair.
        weight: factor on the worth of stock, by pair.
        unit_cost: cost of sending a unit, currency, by pair.
        position: units that a pair has or has coming; owed to customers where below 0.
        pack: units in a pack, at least 1.
        packs: packs of the pair, at least 0.

    Returns:
        Start of each pair's packs, shape (pairs + 1,), and their worth, currency, never increasing
        within a pair.
    """
    start = np.concatenate([[0], np.cumsum(packs)])
    ladder = np.zeros(start[-1], dtype=np.float32)
    earned = weight * (value.underage + value.overage)
    lost = weight * value.overage + keeping.kept + unit_cost
    packs_of = np.array(pack), start
    open_units = np.array(position - value.sold_before)
    mean, variance = np.array(value.mean), np.array(value.variance)
    _add_sales(mean, variance, open_units, *packs_of, earned, lost, ladder)
    mean, variance = np.array(keeping.mean), np.array(keeping.variance)
    kept = keeping.waits * keeping.kept
    _add_sales(mean, variance, np.array(position), *packs_of, kept, np.zeros(len(lost)), ladder)
    above = np.array(position - value.level)
    step, most = np.array(weight * value.surplus_step), np.array(weight * value.surplus_most)
    _take_surplus(above, *packs_of, step, most, ladder)
    _level_out(start, ladder)
    return start, ladder


@compiled
def _add_sales(  # noqa: PLR0913, PLR0917  # the parameters of a run of probabilities
    mean: FloatArray,
    variance: FloatArray,
    position: IntArray,
    pack: IntArray,
    start: IntArray,
    earned: FloatArray,
    lost: FloatArray,
    ladder: ShortFloats,
) -> None:
    """Add earned * P(D >= k) - lost of every unit k to its pack.

    The probabilities P(D = k) of the negative binomial are walked up from 0, in logarithms where
    they are too small for a double; where the variance does not exceed the mean it is Poisson.
    """
    for pair in range(len(mean)):
        packs = start[pair + 1] - start[pair]
        if packs == 0 or (earned[pair] == 0 and lost[pair] == 0):
            continue
        m = mean[pair]
        spread = variance[pair] > m * OVERDISPERSED and m > 0
        size = m * m / (variance[pair] - m) if spread else 0.0
        fail = 1 - m / variance[pair] if spread else 0.0
        logarithm = size * np.log(m / variance[pair]) if spread else -m
        mass = np.exp(logarithm)
        at_least, k = 1.0, 0
        unit = position[pair]
        for n in range(start[pair], start[pair + 1]):
            total = 0.0
            for _ in range(pack[pair]):
                unit += 1
                while k < unit:
                    ratio = ((k + size) * fail if spread else m) / (k + 1)
                    if logarithm < LEAST_LOGARITHM:
                        logarithm += np.log(ratio)
                        mass = np.exp(logarithm)
                    else:
                        at_least -= mass
                        mass *= ratio
                    k += 1
                total += earned[pair] * max(at_least, 0.0) - lost[pair]
            ladder[n] += total


@compiled
def _take_surplus(  # noqa: PLR0913, PLR0917  # a run of packs, and two costs
    above: IntArray,
    pack: IntArray,
    start: IntArray,
    step: FloatArray,
    most: FloatArray,
    ladder: ShortFloats,
) -> None:
    """Take from each pack what its units above the level cost until demand reaches them."""
    for pair in range(len(above)):
        if step[pair] == 0.0:
            continue
        unit = above[pair]
        for n in range(start[pair], start[pair + 1]):
            cost = 0.0
            for _ in range(pack[pair]):
                unit += 1
                cost += min(max(unit, 0) * step[pair], most[pair])
            ladder[n] -= cost


OVERDISPERSED = 1 + 1e-9
LEAST_LOGARITHM = -600.0


@compiled
def _level_out(start: IntArray, ladder: ShortFloats) -> None:
    """Take away what rounding adds to the worth of a later pack."""
    for pair in range(len(start) - 1):
        for n in range(start[pair] + 1, start[pair + 1]):
            ladder[n] = min(ladder[n], ladder[n - 1])
