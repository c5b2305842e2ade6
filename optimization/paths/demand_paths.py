"""Paths of the demand of echelons over stretches of days, drawn from its mean and variance.

The variance of the demand of the first t days is taken as a M_t + c M_t^2, M_t being its mean: a
for what differs from day to day, c for what all days have in common. c is that of a gamma factor on
all days of a path, at the middles of equally likely parts; given it, stretches are independent, and
negative binomial. Each item-location draws from a generator of its own, so that no other one moves
its paths.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gammaincinv

from compilation import copy_array
from optimization.paths.needs import find_needs
from quality_checks.contracts import EchelonDemand, find_frame

FloatArray = npt.NDArray[np.float64]

PATHS = 128
"""Paths of each echelon. Alternatives are compared on the same ones."""

_DAILY, _STRETCH = 28, 7
"""Days that stand alone, and days of a stretch after them."""

_LEAST_COMMON = 1e-9
_POISSON = 1.0 + 1e-6
"""Variance over mean up to which demand is Poisson."""


@dataclass(frozen=True)
class DemandPaths:
    """Demand of echelons by stretch.

    Attributes:
        items: sku, destination, item (row of the arrays).
        ends: days from the first one to the end of each stretch, [item, stretch]; none passes the
            protection interval.
        units: [item, path, stretch].
        needed: units of them that are asked of the node itself, likewise.
        factor: what the days of a path have in common, [item, path].
        owned: units that the locations below the node have, [item].
    """

    items: pl.DataFrame
    ends: FloatArray
    units: FloatArray
    needed: FloatArray
    factor: FloatArray
    owned: FloatArray


def list_ends(longest: float) -> list[float]:
    """Days at which stretches end, up to the first that reaches `longest`."""
    ends = [float(day) for day in range(1, _DAILY + 1)]
    while ends[-1] < longest:
        ends.append(ends[-1] + _STRETCH)
    return ends


def draw_paths(
    items: pl.DataFrame, demand: pl.DataFrame, members: pl.DataFrame, *, seed: int
) -> DemandPaths:
    """Draw the paths of items.

    Args:
        items: frame `order_items`.
        demand: frame `echelon_demand`; of each item at the same number of ends, the last the end of
            its protection interval.
        members: frame `member_stock`.
        seed: of the generators.

    Raises:
        ValueError: `demand` breaks its contract, or lacks ends of an item.
    """
    rows = find_frame(EchelonDemand).read(
        demand.join(items, on=["sku", "destination"], how="semi", maintain_order="left")
    )
    keys = items.select("sku", "destination").sort("sku", "destination").with_row_index("item")
    stretches = rows.height // keys.height if keys.height else 1
    if rows.height != stretches * keys.height:
        raise ValueError("echelon_demand: items have different numbers of ends")
    shape = (keys.height, stretches)
    ends, mean, variance = (
        copy_array(rows[name]).reshape(shape) for name in ("days", "mean", "variance")
    )
    spread, common = _split_variance(ends, mean, variance)
    units = np.zeros((keys.height, PATHS, stretches))
    factor = _place_factors(common)
    steps = np.maximum(np.diff(mean, axis=1, prepend=0.0), 0.0)
    for item, sku, destination in keys.iter_rows():
        rng = np.random.default_rng([seed, *_seed_of(sku, destination)])
        units[item] = _draw(rng, factor[item][:, None] * steps[item], spread[item])
    needed, owned = find_needs(keys, units, members)
    return DemandPaths(keys, ends, units, needed, factor, owned)


def _split_variance(
    ends: FloatArray, mean: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A and c of each item, by the variances up to the middle and to the end of its interval."""
    item, last = np.arange(len(ends)), ends.shape[1] - 1
    middle = np.maximum((ends <= ends[:, -1:] / 2).sum(axis=1) - 1, 0)
    (m1, m2), (v1, v2) = ((x[item, middle], x[item, last]) for x in (mean, variance))
    over1, over2 = (
        np.divide(v, m, out=np.ones_like(m), where=m > 0) for v, m in ((v1, m1), (v2, m2))
    )
    apart = m2 - m1
    common = np.divide(over2 - over1, apart, out=np.zeros_like(apart), where=apart > 0)
    # No less than what Poisson demand leaves to the days, so that the last end is met.
    most = np.divide(over2 - 1.0, m2, out=np.zeros_like(m2), where=m2 > 0)
    common = np.clip(common, 0.0, np.maximum(most, 0.0))
    return np.maximum(over2 - common * m2, 1.0), common


def _place_factors(common: FloatArray) -> FloatArray:
    """Middles of equally likely parts of gamma factors of mean 1 and variance c, [item, path]."""
    shares = (np.arange(PATHS) + 0.5) / PATHS
    factor = np.ones((len(common), PATHS))
    some = common > _LEAST_COMMON
    shape = 1.0 / common[some][:, None]
    found = gammaincinv(shape, shares[None, :]) / shape
    factor[some] = found / found.mean(axis=1, keepdims=True)
    return factor


def _draw(rng: np.random.Generator, mean: FloatArray, spread: float) -> FloatArray:
    """Demand of each stretch of each path, of the means and the variance `spread` times them."""
    if spread <= _POISSON:
        return rng.poisson(mean).astype(float)
    return rng.poisson(rng.gamma(mean / (spread - 1.0), spread - 1.0)).astype(float)


def _seed_of(sku: str, location: str) -> list[int]:
    digest = hashlib.sha256(f"{sku}\x1f{location}".encode()).digest()
    return [int.from_bytes(digest[at : at + 4], "big") for at in (0, 4)]
