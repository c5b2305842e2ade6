"""How steeply the demand of each item falls with its own price, by its own changes alone.

Of a change of price, n units sold before it and m after it, where N and M were usual in those days,

    logit(m / (n + m)) = log(M / N) + b step + c promoted + u,    u of variance s^2

in which the level of the item and what its days did to the whole category are gone. u is what else
moved in those weeks: some of it by the style and by the category, and s^2 is found for each of the
latter by moments. The effect c of a promotion beyond its price is that of all promotions: by the
changes of one category alone it could hardly be told from that of the price.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.price_response.changes import SIDE_DAYS

FloatArray = npt.NDArray[np.float64]

_ROUNDS: Final = 4
_USUAL_FREEDOM: Final = 4.0
"""As how many changes what is usual counts, where few are known."""

_EFFECT_SD: Final = 0.5
"""Width around none of what a promotion does beyond its price, before any is seen."""

_USUAL_BESIDES: Final = 0.04
"""Variance of what else moves in a month where too few changes tell it."""

_SAME_STEP: Final = 0.05
"""Width of steps that count as one change of an item on a day."""

_TINY: Final = 1e-12


def fit_own_slopes(changes: pl.DataFrame) -> pl.DataFrame:
    """Fit the slope of each item to its own changes of price.

    Args:
        changes: what `find_price_changes` gives.

    Returns:
        sku, own_slope, its variances: alone (by the counts of units, and by what else moved it
        alone), shared (with its style) and common (with its category), unsure (the deviation that
        the effect of promotions, one for all items, gives it), and changes (how many).
    """
    together = aggregate_groups(
        changes.with_columns(bin=(pl.col("step") / _SAME_STEP).round(0)).sort(
            "category", "sku", "changed_on", "bin", "promoted", "place"
        ),
        ["category", "style", "sku", "changed_on", "bin", "promoted"],
        pl.col("step").mean(),
        pl.col("sold_before", "sold_after", "usual_before", "usual_after").sum(),
        places=pl.col("place").unique().sort().str.join(";"),
    ).sort("category", "sku", "places", "changed_on", "bin", "promoted")
    schema = {
        "sku": pl.String,
        "own_slope": pl.Float64,
        "alone": pl.Float64,
        "shared": pl.Float64,
        "common": pl.Float64,
        "unsure": pl.Float64,
        "changes": pl.Int64,
    }
    told = _tell_moves(together)
    rows = [
        _fit_category(of_category)
        for _, of_category in told.group_by("category", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=schema), *rows])


def _tell_moves(changes: pl.DataFrame) -> pl.DataFrame:
    """Add how far sales moved in logs, and what of it is in doubt.

    moved has the effect of a promotion beyond its price taken off. That effect is found within
    items, each with a slope of its own, so that steep items that are promoted often do not count as
    promotions that do much; unsure is the deviation that its own gives the slope of the item.
    """
    told = _linearize(changes)
    weight = 1 / (pl.col("variance") + _USUAL_BESIDES)
    step, promoted = pl.col("step"), pl.col("promoted").cast(pl.Float64)
    square = (weight * step**2).sum().over("sku")

    def leave(of: pl.Expr) -> pl.Expr:
        return of - step * (weight * step * of).sum().over("sku") / square

    left = leave(pl.col("moved"))
    parts = told.select("style", weight=weight, lean=leave(promoted), left=left)
    effect, deviation = _find_effect(parts)
    leaning = (weight * step * promoted).sum().over("sku") / square
    return told.with_columns(
        moved=pl.col("moved") - effect * promoted,
        unsure=leaning * deviation,
    )


def _linearize(changes: pl.DataFrame) -> pl.DataFrame:
    """Add moved, the log by which sales moved, its variance, and that of either side.

    Of the n + m units around a change, m are binomial, with the logit of M / N moved by the price
    (Poisson sales, given their sum). The logarithm of m / n itself leans to zero where few sell,
    and is taken for surer the nearer the luck of the draw brought n to m; the working response of
    the likelihood, and its weight, do not (McCullagh and Nelder, Generalized Linear Models, 1989).
    """
    after, usual_after = (changes[f"{name}_after"].to_numpy() for name in ("sold", "usual"))
    before, usual_before = (changes[f"{name}_before"].to_numpy() for name in ("sold", "usual"))
    by = changes.select("step", pl.col("promoted").cast(pl.Float64)).to_numpy()
    units, shared = before + after, np.zeros(2)
    moved = chance = variance = np.zeros(changes.height)
    for _ in range(_ROUNDS):
        line = by @ shared
        lifted = usual_after * np.exp(line)
        chance = lifted / (lifted + usual_before)
        variance = 1 / (units * chance * (1 - chance))
        moved = line + (after - units * chance) * variance
        root = 1 / np.sqrt(variance + _USUAL_BESIDES)
        shared, *_ = np.linalg.lstsq(by * root[:, None], moved * root, rcond=None)
    return changes.with_columns(
        moved=pl.Series(moved),
        variance=pl.Series(variance),
        of_after=pl.Series(1 / (units * chance)),
        of_before=pl.Series(1 / (units * (1 - chance))),
    )


def _find_effect(parts: pl.DataFrame) -> tuple[float, float]:
    """What a promotion does beyond its price, and its deviation.

    Changes of a style hang together, so that its variance is at least that of styles (Liang and
    Zeger 1986).

    Args:
        parts: style, weight, and lean and left: promoted and moved less each item's slope.
    """
    weight, lean, left = (parts[name].to_numpy() for name in ("weight", "lean", "left"))
    scale = float((weight * lean**2).sum())
    if scale <= _TINY:
        return 0.0, _EFFECT_SD
    found = float((weight * lean * left).sum()) / scale
    style = (parts["style"].rank("dense") - 1).cast(pl.Int64).to_numpy()
    of_style = np.bincount(style, weight * lean * (left - found * lean))
    said = 1 / max(float((of_style**2).sum()) / scale**2, 1 / scale)
    precision = said + _EFFECT_SD**-2.0
    return found * said / precision, precision**-0.5


def _fit_category(changes: pl.DataFrame) -> pl.DataFrame:
    """The slopes of a category's items, and what makes them unsure."""
    moved, variance, step = (changes[name].to_numpy() for name in ("moved", "variance", "step"))
    item = (changes["sku"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    overlap, of_both = _find_overlaps(changes)

    def spread(weight: FloatArray, own: FloatArray, both: FloatArray) -> FloatArray:
        """Variance of the items' slopes, of changes of such variance and overlaps of such."""
        pull = weight * step
        with_next = np.append(pull[:-1] * pull[1:], 0.0) * overlap * both
        return np.bincount(item, pull**2 * own - 2 * with_next) / total**2

    besides, ones = _USUAL_BESIDES, np.ones(len(item))
    for _ in range(_ROUNDS):
        weight = 1 / (variance + besides)
        total = np.bincount(item, weight * step**2)
        own = np.bincount(item, weight * step * moved) / total
        counted, moves = spread(weight, variance, of_both), spread(weight, ones, ones / 2)
        left = moved - own[item] * step
        # What residuals are to be: the variance of changes less that of the slopes they give.
        chance = float(weight @ variance - total @ counted)
        scale = float(weight.sum() - total @ moves)
        besides = _find_besides(
            float(weight @ left**2) - chance, scale, freedom=len(item) - len(total)
        )
    kept = max(scale, _TINY) / float(weight.sum())
    of_style = min(_find_alike(changes, left, weight, "sku", "style") / kept, besides)
    of_all = min(_find_alike(changes, left, weight, "style", "category") / kept, of_style)
    unsure = changes.group_by("sku", maintain_order=True).agg(pl.col("unsure").first())
    return pl.DataFrame(
        {
            "sku": changes["sku"].unique().sort(),
            "own_slope": own,
            "alone": counted + (besides - of_style) * moves,
            "shared": (of_style - of_all) * moves,
            "common": of_all * moves,
            "unsure": unsure["unsure"].to_numpy(),
            "changes": np.bincount(item).astype(np.int64),
        }
    )


def _find_overlaps(changes: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
    """How much of the days after a change are those before the next there, and their variance.

    The days of a short promotion are told twice, by its begin and its end: what was luck in them
    moves both, to opposite sides, and so the slope twice the same way.
    """
    days = (pl.col("changed_on").shift(-1) - pl.col("changed_on")).dt.total_days()
    of_both = (pl.col("of_after") * pl.col("of_before").shift(-1)).sqrt()
    found = changes.select(
        overlap=((2 * SIDE_DAYS - days) / SIDE_DAYS).clip(0, 1).over("sku", "places"),
        of_both=of_both.over("sku", "places"),
    ).fill_null(0.0)
    return found["overlap"].to_numpy(), found["of_both"].to_numpy()


def _find_alike(
    changes: pl.DataFrame, left: FloatArray, weight: FloatArray, member: str, group: str
) -> float:
    """Of what is left of moves, the variance that members of a group share: their mean product."""
    rows = changes.with_columns(left=pl.Series(left), weight=pl.Series(weight))
    same = [group, "changed_on", "bin", "promoted"]
    of_member = aggregate_groups(
        rows,
        [*same, member],
        left=(pl.col("left") * pl.col("weight")).sum() / pl.col("weight").sum(),
    )
    together = aggregate_groups(
        of_member,
        same,
        products=pl.col("left").sum() ** 2 - (pl.col("left") ** 2).sum(),
        pairs=pl.len() * (pl.len() - 1),
    )
    pairs = float(together["pairs"].sum())
    return max(float(together["products"].to_numpy().sum()) / pairs, 0.0) if pairs else 0.0


def _find_besides(excess: float, scale: float, *, freedom: int) -> float:
    """Variance of what else moved, by moments, from what the items' slopes leave beyond chance."""
    if freedom <= 0 or scale <= 0:
        return _USUAL_BESIDES
    found = max(excess / scale, 0.0)
    return (freedom * found + _USUAL_FREEDOM * _USUAL_BESIDES) / (freedom + _USUAL_FREEDOM)
