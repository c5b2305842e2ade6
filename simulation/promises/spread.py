"""How far the benefit of a line may lie from what it states, and how often it lies there.

A benefit hangs on how many of the units that are moved or bought are wanted in the window that the
level is set for: of q units on top of a position s, the demand D that stock can still serve wants
N = min(max(D - s, 0), q).
The benefit is the stated one, plus what a unit sold is worth times N - E[N] at the destination,
less the same at the origin of a transfer, where demand is independent of it.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import find_quantile

_FloatArray = npt.NDArray[np.float64]

DRAWS = 400
"""Demands looked at for each end of a line: the middles of as many equally likely parts."""

LEVEL = 0.8
"""Share of its chances, the middle ones, that a benefit is looked for in."""

LEAST_UNITS = 0.5
"""Of what one wanted unit is worth: less is no sale saved, but hands, holding and noise."""


def add_spread(
    kind: str, lines: pl.DataFrame, targets: pl.DataFrame, positions: pl.DataFrame
) -> pl.DataFrame:
    """Add what the benefit may be, what a unit is worth, and what is at stake.

    Args:
        kind: of the lines.
        lines: sku, origin, destination, quantity (units), stated (currency).
        targets: the columns of the contract Targets.
        positions: sku, location, position (units).

    Returns:
        `lines` with outcomes (currency: a list of equally likely benefits), unit_worth (currency:
        what a unit earns that is wanted at the destination, over one that is not) and at_stake
        (currency): the root mean square of the benefit.
    """
    even = (np.arange(DRAWS) + 0.5) / DRAWS
    worth, surprise = _surprise(lines, "destination", targets, positions, even)
    benefit = lines["stated"].to_numpy()[:, None] + surprise
    if kind == "transfer":
        # Any order that pairs the two ends at random will do, as long as it is always the same.
        shuffled = np.random.default_rng(0).permutation(even)
        benefit = benefit - _surprise(lines, "origin", targets, positions, shuffled)[1]
    return lines.with_columns(
        pl.Series("outcomes", benefit, dtype=pl.Array(pl.Float64, DRAWS)).arr.to_list(),
        pl.Series("unit_worth", worth, dtype=pl.Float64),
        pl.Series("at_stake", np.sqrt(np.mean(benefit**2, axis=1)), dtype=pl.Float64),
    )


def find_share_covered(
    outcomes: _FloatArray, realised: _FloatArray, unit_worth: _FloatArray
) -> _FloatArray:
    """Find which share of the chances of what came lies among the middle 80 %.

    What comes in whole units has no interval that holds 80 %: of a line that most likely does not
    sell, nothing sold is all that an interval holds. So the chances of the outcome that came, from
    P(less) to P(less or the same), are held against those from 10 to 90 %: their share within is
    80 % on average if the chances are right, however few the units are (the randomised probability
    integral transform of Czado, Gneiting and Held, Biometrics 65, 2009, in its mean). An outcome
    came if it lies within half of what a wanted unit is worth.

    Args:
        outcomes: equally likely benefits, currency, [line, outcome].
        realised: benefits that came, currency, [line].
        unit_worth: what a unit earns that is wanted, over one that is not, currency, [line].

    Returns:
        Shares, [line]; 0 where what came lies beyond all outcomes.
    """
    near, came = LEAST_UNITS * unit_worth[:, None], realised[:, None]
    less = np.mean(outcomes < came - near, axis=1)
    same = np.mean(np.abs(outcomes - came) <= near, axis=1)
    beside = (1 - LEVEL) / 2
    within = np.clip(less + same, beside, 1 - beside) - np.clip(less, beside, 1 - beside)
    between = ((less > beside) & (less < 1 - beside)).astype(float)
    return np.asarray(np.divide(within, same, out=between, where=same > 0))


def _surprise(
    lines: pl.DataFrame,
    end: str,
    targets: pl.DataFrame,
    positions: pl.DataFrame,
    chances: _FloatArray,
) -> tuple[_FloatArray, _FloatArray]:
    """What a unit wanted at one end is worth, and what all earn beyond their mean by chance."""
    keys = ["sku", "location"]
    at = (
        lines.select("sku", "quantity", location=end)
        .join(targets, on=keys, how="left", maintain_order="left")
        .join(positions, on=keys, how="left", maintain_order="left")
    )
    if "inventory_position" in lines.columns:
        at = at.with_columns(position=lines["inventory_position"])
    held = pl.col("position") - (pl.col("quantity") if end == "origin" else 0)
    known = at.select(
        pl.col("open_demand_mean", "open_demand_sd").fill_null(0.0).cast(pl.Float64),
        pl.col("quantity").cast(pl.Float64),
        held=(held - pl.col("sold_before").fill_null(0)).cast(pl.Float64),
        worth=(pl.col("underage_cost") + pl.col("overage_cost")).fill_null(0.0),
    )
    mean, deviation, quantity, stock, worth = (known[name].to_numpy() for name in known.columns)
    count = lines.height
    demand = find_quantile(
        np.repeat(mean, chances.size),
        np.repeat(deviation**2, chances.size),
        np.tile(chances, count),
    ).reshape(count, chances.size)
    wanted = np.clip(demand - stock[:, None], 0, quantity[:, None])
    return worth, np.asarray(worth[:, None] * (wanted - wanted.mean(axis=1, keepdims=True)))
