"""How steeply the demand of each item falls with its own price, by the retailer's own changes.

What items' own changes say (`own_slopes`) is shrunk: slopes are normal around that of the style,
that around the category's, and that around one of all items, whose prior is the mean of 1,851
published elasticities (Bijmolt, van Heerde and Pieters, New empirical generalizations on the
determinants of price elasticity, Journal of Marketing Research 42, 2005), widely. How much items of
a style and so on differ is estimated by moments (DerSimonian and Laird 1986). What a group says of
a member leaves out what the member has said itself.
"""

from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.price_response.changes import find_price_changes
from forecasting.price_response.own_slopes import fit_own_slopes
from forecasting.price_response.slopes import LEAST_SLOPE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PUBLISHED_SLOPE: Final = -2.62
PUBLISHED_SD: Final = 1.5

LEARNT_DAYS: Final = 364
"""Days of history that slopes are learnt from.

Half a year holds few changes of price. What a night believes would move with those that leave the
window, and of many nights that are each wrong in their own way the one that believes the steepest
slope takes a step that cannot be undone.
"""

SILENT_DAYS: Final = 28
"""Days in stock after the last sale that still teach: more, and the item is taken to have gone."""

_USUAL_BETWEEN: Final = 0.16
_USUAL_FREEDOM: Final = 4.0
"""Variance by which members of a group differ, and as how many members within groups it counts:
where few are known, they are not taken to be all alike."""

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
    own = fit_own_slopes(find_price_changes(days))
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
