"""What an echelon asks of the node that suppliers feed: what its members cannot serve themselves.

Stock that lies at one location serves no customer of another, so sales are lost before the last
unit of the echelon is gone. Of c units that the echelon has asked for so far each member has its
share q, spread as chance spreads it (Poisson, as a sum is thinned). With s units of its own

    need(c) = c (1 - sum of q) + sum of E[max(Poisson(q c) - s, 0)]

are asked of the node until then: its own customers', and what its members lack.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gammainc

from quality_checks.contracts import MemberStock, find_frame

FloatArray = npt.NDArray[np.float64]

_POINTS = 48
"""Points between which a need is taken to rise evenly."""


def find_needs(
    items: pl.DataFrame, units: FloatArray, members: pl.DataFrame
) -> tuple[FloatArray, FloatArray]:
    """Find what is asked of nodes on paths of demand, and what their members have.

    Args:
        items: sku, destination and item, the row of `units`.
        units: demand of echelons, [item, path, stretch].
        members: frame `member_stock`; an item without any asks for all of its demand.

    Returns:
        Units that are asked of the node, [item, path, stretch], and that members have, [item].
    """
    of_items = find_frame(MemberStock).read(members)
    known = of_items.join(items, on=["sku", "destination"], maintain_order="left")
    item = known["item"].cast(pl.Int64).to_numpy()
    share, stock = known["share"].to_numpy(), known["units"].cast(pl.Float64).to_numpy()
    count = units.shape[0]
    owned, shares = np.zeros(count), np.zeros(count)
    np.add.at(owned, item, stock)
    np.add.at(shares, item, share)
    asked = units.cumsum(axis=2)
    grid = asked.max(axis=(1, 2), initial=0.0)[:, None] * np.linspace(0.0, 1.0, _POINTS)
    need = grid * np.maximum(1.0 - shares, 0.0)[:, None]
    np.add.at(need, item, _lack(share[:, None] * grid[item], stock[:, None]))
    needed = units.copy()
    for row in np.unique(item):
        reached = np.interp(asked[row], grid[row], need[row])
        needed[row] = np.diff(reached, axis=1, prepend=0.0)
    return np.clip(needed, 0.0, units), owned


def _lack(mean: FloatArray, stock: FloatArray) -> FloatArray:
    """E[max(D - stock, 0)], D being Poisson; by size biasing m P(D >= s) - s P(D >= s + 1)."""
    more = gammainc(stock + 1.0, mean)
    at_least = np.where(stock > 0, gammainc(np.maximum(stock, 1.0), mean), 1.0)
    return np.asarray(np.maximum(mean * at_least - stock * more, 0.0))
