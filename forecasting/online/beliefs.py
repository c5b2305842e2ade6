"""Compiled steps of `adaptive_demand`: learn from one demand, draw paths of what follows.

A belief is one model within one segment: the dynamic linear model z[t] = f' x[t] + noise,
x[t] = G x[t-1] + drift, where z is demand or log(1 + demand). Noise is unknown: the state's
covariance is relative to it, and it is inverse gamma given the degrees of freedom, so that the
prediction is Student t (West and Harrison, Bayesian Forecasting and Dynamic Models, 1997, section
4.5). Drift comes of a discount: the covariance is divided by it each period.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

STATE = 3
"""Level, and slope or the two halves of a wave."""

_FAINT = 1e-6
"""Weight of a belief below which it is dropped."""

_LARGEST_LOG = 16.0
"""Logarithm of demand that no draw exceeds, so that none overflows."""

_NO_VARIANCE = 1e-14


class Models(NamedTuple):
    """The models of demand that are considered, one row each.

    Attributes:
        logarithmic: whether z is log(1 + demand), shape (k,).
        transition: G, shape (k, 3, 3).
        design: f, shape (k, 3).
        discount: in (0, 1], shape (k,).
        spread: standard deviations of a new segment's state relative to its level, shape (k, 3).
        restarts: whether a later segment may be of this kind, shape (k,).
        share: prior weight, shape (k,).
    """

    logarithmic: BoolArray
    transition: FloatArray
    design: FloatArray
    discount: FloatArray
    spread: FloatArray
    restarts: BoolArray
    share: FloatArray


class Beliefs(NamedTuple):
    """Models within segments; only the first rows, as many as are in use, count.

    Attributes:
        kind: row of `Models`, shape (n,).
        log_weight: logarithm of the posterior weight, shape (n,).
        state: mean of x, shape (n, 3).
        covariance: of x, relative to the noise's variance, shape (n, 3, 3).
        noise: estimate of the noise's variance, shape (n,).
        degrees: degrees of freedom of that estimate, shape (n,).
    """

    kind: IntArray
    log_weight: FloatArray
    state: FloatArray
    covariance: FloatArray
    noise: FloatArray
    degrees: FloatArray


@compiled
def begin_segment(  # noqa: PLR0913, PLR0917  # compiled
    models: Models,
    beliefs: Beliefs,
    count: int,
    level: float,
    variance: float,
    degrees: float,
    chance: float,
    first: bool,  # noqa: FBT001  # compiled
) -> int:
    """Add a belief of each model at `level` with relative `variance`, and return their number."""
    for kind in range(len(models.share)):
        if count == len(beliefs.kind) or not (first or models.restarts[kind]):
            continue
        scale, noise, state = 1.0, variance + 1.0 / (level + 1.0), math.log1p(level)
        if not models.logarithmic[kind]:
            scale = level + 0.5
            noise, state = variance * scale * scale + level, level
        noise = max(noise, _NO_VARIANCE)
        beliefs.kind[count] = kind
        beliefs.log_weight[count] = math.log(chance * models.share[kind])
        beliefs.state[count] = 0.0
        beliefs.state[count, 0] = state
        beliefs.covariance[count] = 0.0
        for i in range(STATE):
            beliefs.covariance[count, i, i] = (models.spread[kind, i] * scale) ** 2 / noise
        beliefs.noise[count] = noise
        beliefs.degrees[count] = degrees
        count += 1
    return count


@compiled
def learn_demand(
    models: Models, beliefs: Beliefs, count: int, demand: float
) -> tuple[int, float, float]:
    """Bring all beliefs up to date, weigh them by what they predicted and drop the faint ones.

    Returns how many are left, the level they see now in units and the noise's relative variance.
    """
    top = -np.inf
    for row in range(count):
        kind = beliefs.kind[row]
        beliefs.log_weight[row] += _update_belief(models, beliefs, row, kind, demand)
        top = max(top, beliefs.log_weight[row])
    total = 0.0
    for row in range(count):
        total += math.exp(beliefs.log_weight[row] - top)
    kept, level, variance = 0, 0.0, 0.0
    for row in range(count):
        log_weight = beliefs.log_weight[row] - top - math.log(total)
        weight = math.exp(log_weight)
        if weight < _FAINT:
            continue
        kind, noise = beliefs.kind[row], beliefs.noise[row]
        z = float(np.sum(models.design[kind] * beliefs.state[row]))
        if models.logarithmic[kind]:
            level += weight * max(math.expm1(min(z + noise / 2, _LARGEST_LOG)), 0.0)
            variance += weight * min(noise, 1.0)
        else:
            level += weight * max(z, 0.0)
            variance += weight * min(noise / max(z, 1.0) ** 2, 1.0)
        beliefs.kind[kept] = kind
        beliefs.log_weight[kept] = log_weight
        beliefs.state[kept] = beliefs.state[row]
        beliefs.covariance[kept] = beliefs.covariance[row]
        beliefs.noise[kept] = noise
        beliefs.degrees[kept] = beliefs.degrees[row]
        kept += 1
    return kept, level, variance


@compiled
def _update_belief(models: Models, beliefs: Beliefs, row: int, kind: int, demand: float) -> float:
    """Update one belief, and return the log density that it gave to `demand`."""
    move, look = models.transition[kind], models.design[kind]
    state = np.zeros(STATE)
    spread = np.zeros((STATE, STATE))
    _move_state(move, beliefs.state[row], beliefs.covariance[row], state, spread)
    spread /= models.discount[kind]
    z = math.log1p(demand) if models.logarithmic[kind] else demand
    shared = np.zeros(STATE)
    expected, factor = 0.0, 1.0
    for i in range(STATE):
        expected += look[i] * state[i]
        for j in range(STATE):
            shared[i] += spread[i, j] * look[j]
        factor += look[i] * shared[i]
    error = z - expected
    degrees, noise = float(beliefs.degrees[row]), float(beliefs.noise[row])
    surprise = error * error / (factor * noise)
    density = (
        math.lgamma((degrees + 1) / 2)
        - math.lgamma(degrees / 2)
        - 0.5 * math.log(degrees * math.pi * factor * noise)
        - (degrees + 1) / 2 * math.log1p(surprise / degrees)
    )
    if models.logarithmic[kind]:
        density -= math.log1p(demand)
    for i in range(STATE):
        beliefs.state[row, i] = state[i] + shared[i] * error / factor
        for j in range(STATE):
            beliefs.covariance[row, i, j] = spread[i, j] - shared[i] * shared[j] / factor
    beliefs.noise[row] = max(noise * (degrees + surprise) / (degrees + 1), _NO_VARIANCE)
    beliefs.degrees[row] = degrees + 1
    return density


@compiled
def _move_state(
    move: FloatArray, state: FloatArray, covariance: FloatArray, to: FloatArray, spread: FloatArray
) -> None:
    """Move a state one period on: G x into `to`, G C G' into `spread`."""
    for i in range(STATE):
        to[i] = 0.0
        for k in range(STATE):
            to[i] += move[i, k] * state[k]
        for j in range(STATE):
            spread[i, j] = 0.0
            for k in range(STATE):
                for m in range(STATE):
                    spread[i, j] += move[i, k] * covariance[k, m] * move[j, m]


@compiled
def _take_root(matrix: FloatArray, root: FloatArray) -> None:
    """Lower triangular root of a covariance, which may be singular (Cholesky)."""
    root[:] = 0.0
    for i in range(STATE):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= root[i, k] * root[j, k]
            if i == j:
                root[i, i] = math.sqrt(max(rest, 0.0))
            elif root[j, j] > _NO_VARIANCE:
                root[i, j] = rest / root[j, j]


@compiled
def draw_paths(  # noqa: PLR0913, PLR0917  # compiled
    models: Models,
    beliefs: Beliefs,
    count: int,
    hazard: float,
    jump: float,
    ceiling: float,
    rng: np.random.Generator,
    paths: FloatArray,
) -> None:
    """Fill `paths` (n, periods), each from one belief, drawn by weight at even steps.

    Per period a new segment begins with chance `hazard`: the level is multiplied by a lognormal
    of mean one whose logarithm deviates by `jump`.
    """
    weight = np.exp(beliefs.log_weight[:count])
    weight /= weight.sum()
    row, reached, offset, fresh = 0, weight[0], rng.random(), True
    here, spread = np.zeros(STATE), np.zeros((STATE, STATE))
    now, drift = np.zeros((STATE, STATE)), np.zeros((STATE, STATE))
    for path in range(len(paths)):
        while reached < (path + offset) / len(paths) and row < count - 1:
            row += 1
            reached += weight[row]
            fresh = True
        kind = beliefs.kind[row]
        move, look = models.transition[kind], models.design[kind]
        if fresh:
            _take_root(beliefs.covariance[row], now)
            _move_state(move, beliefs.state[row], beliefs.covariance[row], here, spread)
            _take_root(spread * (1.0 / models.discount[kind] - 1.0), drift)
            fresh = False
        degrees = beliefs.degrees[row]
        noise = math.sqrt(beliefs.noise[row] * degrees / rng.chisquare(degrees))
        state = beliefs.state[row] + noise * _draw_shock(now, rng)
        shift = 0.0
        for period in range(paths.shape[1]):
            before, state = state, np.zeros(STATE)
            for i in range(STATE):
                for k in range(STATE):
                    state[i] += move[i, k] * before[k]
            if models.discount[kind] < 1:
                state += noise * _draw_shock(drift, rng)
            if rng.random() < hazard:
                shift += jump * rng.standard_normal() - jump * jump / 2
            z = float(np.sum(look * state)) + noise * rng.standard_normal()
            if models.logarithmic[kind]:
                units = math.expm1(min(z + shift, _LARGEST_LOG))
            else:
                units = z * math.exp(shift)
            paths[path, period] = min(max(units, 0.0), ceiling)


@compiled
def _draw_shock(root: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A normal vector with the covariance of which `root` is the root."""
    shock = np.zeros(STATE)
    for k in range(STATE):
        if root[k, k] > 0:
            draw = rng.standard_normal()
            for i in range(k, STATE):
                shock[i] += root[i, k] * draw
    return shock
