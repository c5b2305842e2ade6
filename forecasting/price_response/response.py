"""The response of sales to prices: a straight line that trees bend.

In logs, units = level + b/2 (price against the item's mean) + trees. The line carries half of the
item's slope b (`slopes`) beyond prices that were ever asked, where trees know nothing; trees
(LightGBM, Ke et al. 2017) learn the rest, and may only fall with the price itself, though what it
is beside other prices may bend that. Two groves, one by what the shelf shows and one by plain
prices, are averaged. A week counts by the square root of what it would sell by the line alone, as
errors are counted in units. Where few weeks are known the line stands alone, with the whole slope.

Widths are those of errors made before: fitted up to an earlier week and asked of those after it.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.boosting import REPEATABLE, grow_trees
from forecasting.price_response.levels import add_levels, learn_items, learn_levels
from forecasting.price_response.shelf import (
    BEFORE,
    OWN_PRICE,
    PROMOTION,
    RIVALS,
    describe_shelf,
    name_rival_prices,
    raise_price,
)
from forecasting.price_response.slopes import learn_slopes
from forecasting.price_response.widths import Widths, learn_widths
from quality_checks.contracts import PricedWeeks, SoldWeeks, find_frame

if TYPE_CHECKING:
    from lightgbm import Booster

FloatArray = npt.NDArray[np.float64]

LEAST_ROWS: Final = 1_000
"""Weeks of item-locations below which no trees are grown."""

MOST_RIVALS: Final = 20
"""Items whose price is a feature of its own: those that sell most."""

_LINE_SHARE: Final = 0.5
_LEAST_WEEKS: Final = 3
_ROUNDS: Final = 400
_TREES: Final[dict[str, object]] = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 63,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "monotone_constraints_method": "intermediate",
}
_CLASSES: Final = ("sku_code", "location_code")
_SHOWN: Final = (*OWN_PRICE, *RIVALS, *PROMOTION, *BEFORE, "level", *_CLASSES)
_PLAIN: Final = ("log_price", *PROMOTION, *_CLASSES)


@dataclass(frozen=True)
class PriceResponse:
    """What was learnt of sales at prices.

    Attributes:
        past: the weeks that it was learnt from.
        items: sku, item_level (mean log of units), item_price (mean log price), slope and deviation
            (of log units by log price, and of its estimate), by item.
        levels: sku, location, level: mean log of units.
        rivals: items whose price is a feature of its own.
        groves: trees by what the shelf shows, and by plain prices; none where too little is known.
        widths: of the errors that it makes.
    """

    past: pl.DataFrame
    items: pl.DataFrame
    levels: pl.DataFrame
    rivals: tuple[str, ...]
    groves: tuple["Booster", ...]
    widths: Widths | None


def fit_price_response(sold: pl.DataFrame, *, seed: int) -> PriceResponse:
    """Learn how sales answer to prices.

    Args:
        sold: frame `sold_weeks`.
        seed: of the trees.

    Raises:
        ValueError: `sold` breaks its contract or is empty.
    """
    past = find_frame(SoldWeeks).read(sold)
    if past.is_empty():
        raise ValueError("sold_weeks: no week has sold anything")
    split = _find_split(past)
    widths = None
    if split is not None:
        early = past.filter(pl.col("week") <= split)
        late = past.filter(pl.col("week") > split, pl.col("sku").is_in(early["sku"].implode()))
        before = _fit(early, None, seed)
        said = _predict_log(before, late)
        widths = learn_widths(late, np.log(late["units"].to_numpy()) - said)
    return _fit(past, widths, seed)


def predict_priced_sales(response: PriceResponse, ahead: pl.DataFrame) -> pl.DataFrame:
    """Predict what sells in weeks ahead at prices that are known.

    Args:
        response: as learnt.
        ahead: frame `priced_weeks`: all items of each location, from the week after those learnt.

    Returns:
        sku, location, week, units (median), low and high (10 and 90 % quantiles, missing where
        nothing tells the width), in the order of the key.

    Raises:
        ValueError: `ahead` breaks its contract, or an item was never seen.
    """
    weeks = find_frame(PricedWeeks).read(ahead)
    said = _predict_log(response, weeks)
    keys = weeks.select("sku", "location", "week")
    if response.widths is None:
        none = pl.lit(None, pl.Float64)
        return keys.with_columns(units=pl.Series(np.exp(said)), low=none, high=none)
    reach = response.widths.find_reach(weeks)
    return keys.with_columns(
        units=pl.Series(np.exp(said)),
        low=pl.Series(np.exp(said - reach)),
        high=pl.Series(np.exp(said + reach)),
    )


def measure_elasticities(
    response: PriceResponse, ahead: pl.DataFrame, *, rise: float
) -> pl.DataFrame:
    """Measure how predicted sales change when the own price of a week rises, all else as it is.

    Prices of rivals and of other weeks stay. A rise of many weeks loses less than this says:
    customers who buy less for a while have less at home.

    Args:
        response: as learnt.
        ahead: frame `priced_weeks`, as `predict_priced_sales` takes it.
        rise: of the price, as a share of it, above 0.

    Returns:
        sku, location, units (predicted at the prices given, summed over weeks), raised (the same
        after the rise) and elasticity (log of their ratio over log of the rise), sorted by key.

    Raises:
        ValueError: `rise` is not above 0, or see `predict_priced_sales`.
    """
    if rise <= 0:
        raise ValueError(f"a rise of the price is above 0, not {rise}")
    seen = _describe(response, find_frame(PricedWeeks).read(ahead))
    steps = {"units": seen, "raised": raise_price(seen, rise)}
    return (
        seen.select("sku", "location")
        .with_columns(
            pl.Series(name, np.exp(_read_log(response, rows))) for name, rows in steps.items()
        )
        .group_by("sku", "location", maintain_order=True)
        .agg(pl.col("units").sum(), pl.col("raised").sum())
        .with_columns(elasticity=(pl.col("raised") / pl.col("units")).log() / np.log1p(rise))
    )


def _find_split(past: pl.DataFrame) -> dt.date | None:
    """The week after which errors are measured: two thirds of the weeks lie before it."""
    known: list[dt.date] = past["week"].unique().sort().to_list()
    return known[2 * len(known) // 3 - 1] if len(known) >= _LEAST_WEEKS else None


def _fit(past: pl.DataFrame, widths: Widths | None, seed: int) -> PriceResponse:
    seen = describe_shelf(past).with_columns(log_units=pl.col("units").log())
    items = learn_items(seen).join(learn_slopes(seen), on="sku", maintain_order="left")
    levels = learn_levels(seen, items)
    volume = past.group_by("sku", maintain_order=True).agg(pl.col("units").sum())
    rivals = tuple(volume.sort("units", "sku", descending=[True, False])["sku"][:MOST_RIVALS])
    bare = PriceResponse(past, items, levels, rivals, (), widths)
    if past.height < LEAST_ROWS:
        return bare
    rows = add_levels(seen.with_columns(name_rival_prices(rivals)), items, levels)
    left = rows["log_units"].to_numpy() - _draw_line(rows, _LINE_SHARE)
    rough = 0.5 * _draw_line(rows, 1.0)
    weight = np.exp(rough - rough.max())
    groves = tuple(
        _grow(_tabulate(bare, rows, names), left, weight, bare, names, seed=seed)
        for names in (_SHOWN, _PLAIN)
    )
    return replace(bare, groves=groves)


def _draw_line(rows: pl.DataFrame, share: float) -> FloatArray:
    """The log of units by the straight line, with a share of its slope."""
    line = pl.col("level") + share * pl.col("slope") * pl.col("from_usual")
    return rows.select(line).to_series().to_numpy()


def _tabulate(response: PriceResponse, rows: pl.DataFrame, names: tuple[str, ...]) -> FloatArray:
    """The features of a grove: those named, then the price of each rival."""
    past = response.past
    coded = rows.with_columns(
        pl.col(column)
        .replace_strict(
            {value: at for at, value in enumerate(past[column].unique().sort())},
            default=None,
            return_dtype=pl.Float64,
        )
        .alias(code)
        for column, code in zip(("sku", "location"), _CLASSES, strict=True)
    )
    rivals = [f"rival_{at}" for at in range(len(response.rivals))]
    return coded.select(pl.col(*names, *rivals).cast(pl.Float64)).to_numpy()


def _grow(  # noqa: PLR0913  # what a grove is made of
    values: FloatArray,
    left: FloatArray,
    weight: FloatArray,
    response: PriceResponse,
    names: tuple[str, ...],
    *,
    seed: int,
) -> "Booster":
    falling = [-1 if name == "log_price" else 0 for name in names]
    parameters = {
        **REPEATABLE,
        **_TREES,
        "seed": seed,
        "monotone_constraints": [*falling, *[0] * len(response.rivals)],
    }
    classes = [names.index(name) for name in _CLASSES]
    return grow_trees(parameters, _ROUNDS, values, left, weight=weight, categorical_feature=classes)


def _predict_log(response: PriceResponse, weeks: pl.DataFrame) -> FloatArray:
    """The log of the median units of weeks after those learnt, in their order."""
    return _read_log(response, _describe(response, weeks))


def _describe(response: PriceResponse, weeks: pl.DataFrame) -> pl.DataFrame:
    """What is seen in weeks after those learnt."""
    before = response.past.drop("units").filter(pl.col("week") < weeks["week"].min())
    together = pl.concat(
        [before.with_columns(asked=False), weeks.select(before.columns).with_columns(asked=True)]
    ).sort("sku", "location", "week")
    seen = describe_shelf(together).with_columns(name_rival_prices(response.rivals))
    return seen.filter("asked")


def _read_log(response: PriceResponse, seen: pl.DataFrame) -> FloatArray:
    """The log of the median units of weeks by what is seen in them."""
    rows = add_levels(seen, response.items, response.levels)
    if not response.groves:
        return _draw_line(rows, 1.0)
    bent = [
        np.asarray(grove.predict(_tabulate(response, rows, names)))
        for grove, names in zip(response.groves, (_SHOWN, _PLAIN), strict=True)
    ]
    return np.asarray(_draw_line(rows, _LINE_SHARE) + sum(bent) / len(bent))
