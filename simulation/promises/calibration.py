"""How well what was stated came true: slopes, share explained, intervals, confidence, by kind.

**Ratio**: realised over stated, of the sums over all lines that those taken out stand for.
**Slope and offset**: least squares of realised on stated with weights 1 / (a + b stated^2), the
variance of the residuals as they show it, for large actions err by more. Its share explained is 1
less the weighted squares of residuals over those around the weighted mean.

Errors of one night share its demand to come, and those of one style its forecast, so standard
errors let both be dependent: the squares of sums of residuals by night, plus those by style, less
those by both (Cameron, Gelbach and Miller, Robust Inference With Multiway Clustering, Journal of
Business & Economic Statistics 29, 2011); intervals by Student's t of the fewer groups less 1.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from simulation.promises.spread import LEAST_UNITS
from simulation.replay import Floats, Ints

LEVEL = 0.9
"""Probability of the intervals of ratio and slope."""

CONFIDENCE_EDGES = (0.2, 0.4, 0.6, 0.8, 0.9)
"""Bins of stated confidence."""

STATED_EDGES = (0.0, 1.0, 10.0, 100.0, 1000.0)
"""Bins of stated benefit, currency."""

SMALLEST_COIN = 0.01
"""Least deviation that the weights of the line reckon with, currency."""


class Bounded(NamedTuple):
    """An estimate and its 90 % interval; no bounds where too few groups say how it varies."""

    value: float
    low: float | None
    high: float | None


class Calibration(NamedTuple):
    """How a kind of action kept what it stated.

    Attributes:
        actions: taken out.
        stated, realised: sums of all that they stand for, currency.
        ratio: realised over stated.
        slope, offset: of the weighted line.
        explained: share of the weighted variation of what was realised.
        coverage: mean share of the chances of what came that lies in the middle 80 %: 0.8 where
            the chances are right (see `find_share_covered`); it and the two below are of single
            lines, and of all that those taken out stand for.
        gained: share that gained: at least half of what one wanted unit is worth.
        by_noise: share of items that were left alone which gained as much, by what was taken out of
            others.
        confidence: mean of what was stated of that.
        noise: standard deviation of the same figure of items that were left alone, currency.
    """

    actions: int
    stated: float
    realised: float
    ratio: Bounded
    slope: Bounded
    offset: float
    explained: float
    coverage: float | None
    gained: float | None
    by_noise: float | None
    confidence: float | None
    noise: float | None


def calibrate_kinds(compared: pl.DataFrame) -> dict[str, Calibration]:
    """Calibrate every kind of action of which any was taken out.

    Args:
        compared: as `compare_nights` gives it, with retailer.
    """
    taken = _add_noise(compared).filter(pl.col("taken") > 0)
    alone = compared.filter(pl.col("taken") == 0)
    return {
        kind: _calibrate(
            taken.filter(pl.col("kind") == kind), alone.filter(pl.col("kind") == kind)["realised"]
        )
        for kind in taken["kind"].unique(maintain_order=True)
    }


def tabulate_traits(compared: pl.DataFrame, traits: tuple[str, ...]) -> pl.DataFrame:
    """Tabulate actions by kind and each trait by itself, and by the size of what they state.

    Args:
        compared: as `compare_nights` gives it.
        traits: columns of it.

    Returns:
        kind, trait, value (of it), actions, stated, realised and the terms of realised (currency,
        sums), coverage, gained and by_noise (shares) and confidence (mean), sorted by the first
        three.
    """
    taken = (
        _add_noise(compared)
        .filter(pl.col("taken") > 0)
        .with_columns(stated_size=_binned("stated", STATED_EDGES))
    )
    return pl.concat(
        taken.group_by(
            "kind",
            pl.lit(trait).alias("trait"),
            pl.col(trait).cast(pl.String).alias("value"),
            maintain_order=True,
        )
        .agg(*_SUMS)
        .drop_nulls("value")
        .sort("kind", "value")
        for trait in (*traits, "stated_size")
    )


def tabulate_confidence(compared: pl.DataFrame) -> pl.DataFrame:
    """Tabulate single lines by kind and stated confidence.

    Returns:
        kind, confidence (bin), actions, stated_confidence (mean), gained (share that did), by_noise
        (share of items left alone that gained as much).
    """
    lines = _add_noise(compared).filter(pl.col("taken") > 0).drop_nulls("confidence")
    return (
        lines.group_by("kind", bin=_binned("confidence", CONFIDENCE_EDGES), maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("actions"),
            stated_confidence=_mean(pl.col("confidence")),
            gained=_mean(_GAINED),
            by_noise=_mean(pl.col("by_noise")),
        )
        .sort("kind", "bin")
        .rename({"bin": "confidence"})
    )


_GAINED = pl.col("realised") > LEAST_UNITS * pl.col("unit_worth")
_SAID = pl.col("stands_for")


def _add_noise(compared: pl.DataFrame) -> pl.DataFrame:
    """Add by_noise: the share of items of a kind left alone that gained as much as a line must.

    Missing where none was left alone, and of what is no single line.
    """
    parts = []
    for (_,), rows in compared.group_by("kind", maintain_order=True):
        alone = np.sort(rows.filter(pl.col("taken") == 0)["realised"].to_numpy())
        least = LEAST_UNITS * rows["unit_worth"].to_numpy()
        beyond = 1 - np.searchsorted(alone, least, side="right") / max(alone.size, 1)
        known = rows["unit_worth"].is_not_null() & (alone.size > 0)
        parts.append(rows.with_columns(by_noise=pl.when(known).then(pl.Series(beyond))))
    return pl.concat(parts)


def _mean(of: pl.Expr) -> pl.Expr:
    """The mean over all lines that those taken out stand for; missing values left out."""
    known = pl.when(of.is_not_null()).then(_SAID).sum()
    return pl.when(known > 0).then((of.cast(pl.Float64) * _SAID).sum() / known)


_SUMS = (
    pl.len().cast(pl.Int64).alias("actions"),
    (pl.col("stated", "realised", "margin", "holding", "clearance", "moving") * _SAID).sum(),
    _mean(pl.col("covered")).alias("coverage"),
    _mean(_GAINED).alias("gained"),
    _mean(pl.col("by_noise")).alias("by_noise"),
    _mean(pl.col("confidence")).alias("confidence"),
)


def _binned(name: str, edges: tuple[float, ...]) -> pl.Expr:
    """The bin of a value in words, a bound belonging to the bin below it; missing if it is."""
    below = ["least", *map(str, edges)]
    words = [
        f"{low} to {high}" for low, high in zip(below, [*map(str, edges), "most"], strict=True)
    ]
    passed = pl.sum_horizontal(*((pl.col(name) > edge).cast(pl.Int64) for edge in edges))
    named = passed.replace_strict(dict(enumerate(words)), return_dtype=pl.String)
    return pl.when(pl.col(name).is_not_null()).then(named)


def _calibrate(taken: pl.DataFrame, alone: pl.Series) -> Calibration:
    stated, realised = taken["stated"].to_numpy(), taken["realised"].to_numpy()
    night, style = (
        taken.select(pl.struct("retailer", name).rank("dense").cast(pl.Int64) - 1)
        .to_series()
        .to_numpy()
        for name in ("night", "style")
    )
    groups = (night, style)
    ratio = _fit_ratio(stated, realised, taken["stands_for"].to_numpy(), groups)
    slope, offset, explained = _fit_line(stated, realised, ratio.value, groups)
    sums = taken.select(*_SUMS).row(0, named=True)
    return Calibration(
        actions=taken.height,
        stated=sums["stated"],
        realised=sums["realised"],
        ratio=ratio,
        slope=slope,
        offset=offset,
        explained=explained,
        coverage=sums["coverage"],
        gained=sums["gained"],
        by_noise=sums["by_noise"],
        confidence=sums["confidence"],
        noise=_deviation(alone),
    )


def _deviation(values: pl.Series) -> float | None:
    found = values.std()
    return float(found) if isinstance(found, float) else None


def _fit_ratio(
    stated: Floats, realised: Floats, stands_for: Floats, groups: tuple[Ints, Ints]
) -> Bounded:
    total = stands_for @ stated
    if total == 0:
        return Bounded(float("nan"), None, None)
    ratio = float(stands_for @ realised / total)
    return _bound(ratio, stands_for * (realised - ratio * stated) / total, groups)


def _fit_line(
    stated: Floats, realised: Floats, ratio: float, groups: tuple[Ints, Ints]
) -> tuple[Bounded, float, float]:
    """Slope, offset and share explained of the weighted line."""
    weight = _weigh(stated, realised - ratio * stated)
    mean_stated, mean_realised = (
        np.average(column, weights=weight) for column in (stated, realised)
    )
    around = stated - mean_stated
    spread = weight @ around**2
    if not spread > 0:
        return Bounded(float("nan"), None, None), float("nan"), float("nan")
    slope = float(weight @ (around * realised) / spread)
    offset = float(mean_realised - slope * mean_stated)
    residual = realised - offset - slope * stated
    total = weight @ (realised - mean_realised) ** 2
    explained = float(1 - weight @ residual**2 / total) if total > 0 else float("nan")
    return _bound(slope, weight * around * residual / spread, groups), offset, explained


def _weigh(stated: Floats, residual: Floats) -> Floats:
    """1 / (a + b stated^2), a and b such that the residuals' squares are so large on average."""
    size = np.abs(stated)
    small = size <= np.median(size)
    a = max(float(np.mean(residual[small] ** 2)), SMALLEST_COIN**2)
    large = stated**2
    b = float(np.maximum(residual**2 - a, 0).sum() / large.sum()) if large.any() else 0.0
    return np.asarray(1 / (a + b * large))


def _bound(value: float, influence: Floats, groups: tuple[Ints, Ints]) -> Bounded:
    """The interval of an estimate whose error is the sum of `influence`, clustered both ways."""
    night, style = groups
    fewest = min(np.unique(night).size, np.unique(style).size)
    if fewest < 2:  # noqa: PLR2004  # one group says nothing of how groups vary
        return Bounded(value, None, None)
    both = night * (style.max() + 1) + style
    squares = [float(np.sum(np.bincount(of, influence) ** 2)) for of in (night, style, both)]
    variance = max(squares[0] + squares[1] - squares[2], squares[0], squares[1])
    reach = float(stats.t.ppf((1 + LEVEL) / 2, fewest - 1) * np.sqrt(variance))
    return Bounded(value, value - reach, value + reach)
