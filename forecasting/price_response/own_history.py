"""How steeply the demand of each item falls with its own price, by the retailer's own changes.

Of a change of price, n units sold before it and m after it, where N and M were usual in those days,

    logit(m / (n + m)) = log(M / N) + b step + c promoted + u,    u of variance s^2

in which the level of the item and what its days did to the whole category are gone. u is what else
moved in those weeks: some of it by the style and by the category, and s^2 is found for each category
by moments. The effect c of a promotion beyond its price is that of all promotions: by the changes of
one category alone it could hardly be told from that of the price. So its doubt is that of all items.

Slopes b are normal around that of the style, that around the category's, and that around one of
all items, whose prior is the mean of 1,851 published elasticities (Bijmolt, van Heerde and Pieters,
New empirical generalizations on the determinants of price elasticity, Journal of Marketing Research
42, 2005), widely. How much items of a style and so on differ is estimated by moments (DerSimonian
and Laird 1986). What a group says of a member leaves out what the member has said itself.
"""

from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.price_response.changes import SIDE_DAYS, find_price_changes
from forecasting.price_response.slopes import LEAST_SLOPE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PUBLISHED_SLOPE: Final = -2.62
PUBLISHED_SD: Final = 1.5

_ROUNDS: Final = 4
_USUAL_BETWEEN: Final = 0.16
_USUAL_FREEDOM: Final = 4.0
"""Variance by which members of a group differ, and as how many members within groups it counts:
where few are known, they are not taken to be all alike."""

_EFFECT_SD: Final = 0.5
"""Width around none of what a promotion does beyond its price, before any is seen."""

_USUAL_BESIDES: Final = 0.04
"""Variance of what else moves in a month where too few changes tell it."""

_SAME_STEP: Final = 0.05
"""Width of steps that count as one change of an item on a day."""

_WIDEST: Final = 1e6
_SAYS_NOTHING: Final = 1e3
"""Variance from which on a slope says nothing of its group."""

_TINY: Final = 1e-12


class _Normal(NamedTuple):
    """Means and variances, element by element."""

    mean: FloatArray
    variance: FloatArray


class _OwnSlopes(NamedTuple):
    """Slopes by the items' own changes.

    Attributes:
        mean: of each item.
        alone: variance by the counts of units, and by what else moved it alone.
        shared: variance by what else moved its style.
        common: variance by what else moved its category.
        unsure: deviation that the effect of promotions, one for all items, gives it.
    """

    mean: FloatArray
    alone: FloatArray
    shared: FloatArray
    common: FloatArray
    unsure: FloatArray


class _Groups(NamedTuple):
    """Members of groups, and what the members' own data say.

    Attributes:
        group: of each member.
        told: mean and variance of what a member says of its group: its own, and how it may differ.
        between: variance of members within their group.
        moved: variance of each group by what moved all its members alike.
    """

    group: IntArray
    told: _Normal
    between: float
    moved: FloatArray

    @classmethod
    def of(cls, own: _Normal, group: IntArray, moved: FloatArray) -> Self:
        """Estimate how members differ by moments over all groups.

        Args:
            own: of the members, what moves their group alike left out.
            group: of each member.
            moved: variance by what moves all alike, of each member.
        """
        weight = np.where(own.variance < _SAYS_NOTHING, 1 / own.variance, 0.0)
        total = np.bincount(group, weight)
        mean = np.bincount(group, weight * own.mean) / np.maximum(total, _TINY)
        freedom = int((weight > 0).sum() - (total > 0).sum())
        excess = (weight * (own.mean - mean[group]) ** 2).sum() - freedom
        scale = weight.sum() - (np.bincount(group, weight**2) / np.maximum(total, _TINY)).sum()
        found = max(excess / scale, 0.0) if freedom > 0 and scale > _TINY else 0.0
        between = (freedom * found + _USUAL_FREEDOM * _USUAL_BETWEEN) / (freedom + _USUAL_FREEDOM)
        told = _Normal(own.mean, own.variance + between)
        alike = np.bincount(group, moved / told.variance) / np.bincount(group, 1 / told.variance)
        return cls(group, told, float(between), alike)

    def sum_up(self) -> _Normal:
        """What the members of each group say of it, but for what moved all alike."""
        weight = 1 / self.told.variance
        total = np.bincount(self.group, weight)
        return _Normal(np.bincount(self.group, weight * self.told.mean) / total, 1 / total)

    def tell_members(self, prior: _Normal) -> _Normal:
        """What each member is to be without its own data: by the group's prior and the others."""
        group, weight = self.group, 1 / self.told.variance
        said = weight * self.told.mean
        rest = np.maximum(np.bincount(group, weight)[group] - weight, 1 / _WIDEST)
        others = _Normal(
            (np.bincount(group, said)[group] - said) / rest, 1 / rest + self.moved[group]
        )
        found = _combine(others, _Normal(prior.mean[group], prior.variance[group]))
        return _Normal(found.mean, found.variance + self.between)


def estimate_price_responses(days: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Estimate how the demand of items answers to their own price.

    Args:
        days: frame `priced_days`.
        items: sku, style and category of the contract Products: all that are asked for; those
            without a change of price of their own are as their style, category, or all items.

    Returns:
        The columns of the contract PriceResponses without business_date, sorted by sku.
    """
    own = _fit_items(find_price_changes(days))
    asked = items.select("sku", "style", "category").unique("sku").sort("sku")
    known = asked.join(own, on="sku", how="left", maintain_order="left").with_columns(
        style_id=_number("category", "style"), category_id=_number("category")
    )
    told = _OwnSlopes(
        known["own_slope"].fill_null(PUBLISHED_SLOPE).to_numpy(),
        known["alone"].fill_null(_WIDEST).to_numpy(),
        known["shared"].fill_null(0.0).to_numpy(),
        known["common"].fill_null(0.0).to_numpy(),
        known["unsure"].fill_null(0.0).to_numpy(),
    )
    found, basis = _shrink(told, known)
    return known.select(
        "sku",
        slope=pl.Series(np.minimum(found.mean, LEAST_SLOPE)),
        slope_sd=pl.Series(np.sqrt(found.variance)),
        own_slope="own_slope",
        own_slope_sd=(
            pl.col("alone") + pl.col("shared") + pl.col("common") + pl.col("unsure") ** 2
        ).sqrt(),
        changes=pl.col("changes").fill_null(0),
        basis=basis,
    )


def _number(*columns: str) -> pl.Expr:
    return (pl.struct(columns).rank("dense") - 1).cast(pl.Int64)


def _shrink(own: _OwnSlopes, known: pl.DataFrame) -> tuple[_Normal, pl.Series]:
    """Slopes by all that is known, and what each rests on most."""
    style, category = known["style_id"].to_numpy(), known["category_id"].to_numpy()
    of_style = np.zeros(style.max() + 1, dtype=np.int64)
    of_style[style] = category
    item = _Normal(own.mean, own.alone + own.shared + own.common)
    styles = _Groups.of(_Normal(own.mean, own.alone), style, own.shared + own.common)
    said, weight = styles.sum_up(), 1 / styles.told.variance
    shared, common = (
        np.bincount(style, weight * part) / np.bincount(style, weight)
        for part in (own.shared, own.common)
    )
    categories = _Groups.of(_Normal(said.mean, said.variance + shared), of_style, common)
    of_category = categories.sum_up()
    alone = np.zeros(len(of_category.mean))
    every = _Groups.of(
        _Normal(of_category.mean, of_category.variance + categories.moved),
        np.zeros(len(alone), dtype=np.int64),
        alone,
    )
    assumed = _Normal(np.array([PUBLISHED_SLOPE]), np.array([PUBLISHED_SD**2]))
    for_category = every.tell_members(assumed)
    for_style = categories.tell_members(for_category)
    for_item = styles.tell_members(for_style)
    found = _combine(item, for_item)
    gap = categories.between
    shares = [
        ("item", found.variance / item.variance),
        ("style", 1 - for_item.variance / (for_style.variance[style] + styles.between)),
        ("category", 1 - (for_style.variance / (for_category.variance[of_style] + gap))[style]),
        ("all_items", 1 - (for_category.variance / (PUBLISHED_SD**2 + every.between))[category]),
    ]
    basis = np.full(len(style), "assumed", dtype=object)
    for name, share in reversed(shares):
        basis[share >= 0.5] = name  # noqa: PLR2004  # most
    return _widen(found, item, own.unsure), pl.Series(basis, dtype=pl.String)


def _widen(found: _Normal, item: _Normal, unsure: FloatArray) -> _Normal:
    """Add the doubt that all items share, which no number of items takes away."""
    weight = np.where(item.variance < _SAYS_NOTHING, 1 / item.variance, 0.0)
    alike = float(weight @ unsure) / max(float(weight.sum()), _TINY)
    return _Normal(found.mean, found.variance + alike**2)


def _combine(one: _Normal, other: _Normal) -> _Normal:
    precision = 1 / one.variance + 1 / other.variance
    mean = (one.mean / one.variance + other.mean / other.variance) / precision
    return _Normal(mean, 1 / precision)


def _fit_items(changes: pl.DataFrame) -> pl.DataFrame:
    """sku, own_slope, what is unsure of it (as _OwnSlopes) and changes, of items with any."""
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
    effect = _find_effect(parts)
    leaning = (weight * step * promoted).sum().over("sku") / square
    return told.with_columns(
        moved=pl.col("moved") - float(effect.mean[0]) * promoted,
        unsure=leaning * float(np.sqrt(effect.variance[0])),
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


def _find_effect(parts: pl.DataFrame) -> _Normal:
    """What a promotion does beyond its price.

    Changes of a style hang together, so that its variance is at least that of styles (Liang and
    Zeger 1986).

    Args:
        parts: style, weight, and lean and left: promoted and moved less each item's slope.
    """
    weight, lean, left = (parts[name].to_numpy() for name in ("weight", "lean", "left"))
    scale = float((weight * lean**2).sum())
    assumed = _Normal(np.zeros(1), np.array([_EFFECT_SD**2]))
    if scale <= _TINY:
        return assumed
    found = float((weight * lean * left).sum()) / scale
    style = (parts["style"].rank("dense") - 1).cast(pl.Int64).to_numpy()
    of_style = np.bincount(style, weight * lean * (left - found * lean))
    variance = max(float((of_style**2).sum()) / scale**2, 1 / scale)
    return _combine(_Normal(np.array([found]), np.array([variance])), assumed)


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
