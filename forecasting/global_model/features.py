"""Features of the global model: what a pair looks like at an origin, and the day that is asked for.

Levels are stated relative to the pair's base, so that a model learns the same from a pair that
sells one unit and one that sells a hundred.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.global_model import attributes, signals
from forecasting.global_model.feature_windows import (
    fill_demand_windows,
    fill_last_days,
    fill_levels_by_price,
    fill_offer_windows,
    fill_same_weekdays,
    fill_weighted_levels,
)
from forecasting.global_model.panel import WEATHER, FloatArray, IntArray, ModelPanel
from forecasting.global_model.seasons import day_factors, day_kinds

Float64Array = npt.NDArray[np.float64]

ALPHAS = (0.05, 0.15, 0.4)
"""Smoothing constants of the levels."""

IN_STOCK_ALPHAS = (0.1, 0.3)
"""Smoothing constants of the levels over days in stock."""

PRIOR_UNITS = 2.0
"""Units sold at the sku's level elsewhere that a pair's base is shrunk by: the shape of a gamma."""

WITHHELD = 0.05
"""Share of training rows from which each source is withheld."""

LEAST_BASE = 0.01
"""Units a day below which no base goes, so that ratios to it stay finite."""

RELATIVE = (
    *(f"level_{alpha}" for alpha in ALPHAS),
    *(f"level_in_stock_{alpha}" for alpha in IN_STOCK_ALPHAS),
    "mean_7",
    "mean_28",
    "mean_in_stock_7",
    "mean_in_stock_28",
    "deviation_28",
    "level_full_price",
    "level_discount",
    "last_day",
    "last_in_stock",
    "same_weekday",
    "last_same_weekday",
)
"""Features in units, which are divided by the base."""

ABSOLUTE = (
    "known_28",
    "in_stock_7",
    "in_stock_28",
    "zeros_28",
    "price_7",
    "price_28",
    "promoted_28",
)

GROUPS = ("sku", "location")
TRENDS = tuple(f"{group}_trend_{span}" for group in GROUPS for span in ("7_28", "1_7"))

WEEKDAYS = {"same_weekday": "mean_28", "last_same_weekday": "mean_7"}
"""Features of the target's weekday, which the origin tells nothing of, and what they move with."""

CENTRED = tuple(
    name for name in (*RELATIVE, "in_stock_7", "in_stock_28", *TRENDS) if name not in WEEKDAYS
)
"""Features that are stated relative to how all pairs stand at the origin."""

SCALES = (0.2, 5.0)
"""How far the level of all may move from four weeks to the last of them."""

USUAL_PAIRS = 10_000
"""Pairs, evenly spaced, that stand for all."""

DAY = (
    "base",
    "lead",
    "weekday",
    "day_off",
    "day_off_before",
    "day_off_after",
    "event",
    "season",
    "price",
    "price_change_7",
    "price_change_28",
    "promoted",
    "price_last",
    *(f"{measure}_ahead" for measure in WEATHER),
)

RECENT_WEATHER = tuple(f"{measure}{kind}" for measure in WEATHER for kind in ("_7", "_change_7"))
"""Weather observed over the last week, and the forecast against it."""

NAMES = (*RELATIVE, *ABSOLUTE, *TRENDS, *DAY, *RECENT_WEATHER, *attributes.NAMES, *signals.NAMES)
"""Every feature, in the order of the columns."""

COLUMN = {name: number for number, name in enumerate(NAMES)}

CATEGORICAL = ("weekday",)

SOURCES = {
    "weather forecasts": tuple(f"{measure}_ahead" for measure in WEATHER),
    "observed weather": tuple(f"{measure}_7" for measure in WEATHER),
    "browsing": signals.BROWSING,
    "returns": signals.RETURNS,
    "channels": signals.CHANNELS,
}
"""Features that a landing source may stop to feed, by what is then missing."""


@dataclass(frozen=True)
class Groups:
    """What is known of all pairs together, by day.

    Attributes:
        kind: kind of each day and day ahead (`seasons.py`), [region, day].
        season: factor of a kind of day on demand, [category, kind].
        trends: ratios of mean demand by name of `TRENDS`, [group, day].
        sku_level: mean demand of a pair of the sku over 28 days, [sku, day]; NaN where unknown.
        size: demand of a location over that of its skus elsewhere, [location, day].
        scale: mean demand of all over 7 days, relative to 28, as far as it is not noise, [day].
    """

    kind: IntArray
    season: FloatArray
    trends: dict[str, FloatArray]
    sku_level: FloatArray
    size: FloatArray
    scale: FloatArray


@dataclass(frozen=True)
class Rows:
    """Feature rows.

    Attributes:
        values: [row, feature in the order of `NAMES`].
        base: what the pair would sell without what the model adds, units, [row]; NaN where nothing
            is known of the pair nor of its sku.
    """

    values: FloatArray
    base: FloatArray


def measure_groups(panel: ModelPanel) -> Groups:
    """Season, trends and levels of the groups that pairs belong to."""
    kind = day_kinds(panel)
    season = day_factors(panel, kind)
    trends, level = {}, {}
    for name in GROUPS:
        codes = getattr(panel, name)
        sums, known = _by_day(panel, codes, (kind, season))
        for span, short, long in (("7_28", 7, 28), ("1_7", 1, 7)):
            ratio = _ratio(_window(sums, known, short), _window(sums, known, long))
            trends[f"{name}_trend_{span}"] = ratio.astype(np.float32)
        level[name] = _window(sums, known, 28)
    return Groups(
        kind=kind,
        season=season,
        trends=trends,
        sku_level=level["sku"].astype(np.float32),
        size=_size(panel, level["sku"], level["location"]),
        scale=_scale(panel, (kind, season)),
    )


def feature_rows(
    panel: ModelPanel, groups: Groups, pair: IntArray, origin: IntArray, target: IntArray
) -> Rows:
    """Features of days as they look from an origin.

    Args:
        panel: history and announced future.
        groups: of the same panel.
        pair: row of the panel of each asked day.
        origin: last known day of each, an index into the days of history.
        target: the day, an index above the origin.

    Returns:
        A row each. Prices and promotions that were not announced by the origin are not seen.
    """
    values = np.full((len(pair), len(NAMES)), np.nan, dtype=np.float32)
    base = _past_features(panel, groups, values, (pair, origin, target))
    origins, place = np.unique(origin, return_inverse=True)
    _centre(_usual(panel, groups, origins), values, place)
    _day_features(panel, groups, values, (pair, origin, target))
    values[:, COLUMN["base"]] = base
    if panel.attributes is not None:
        found = attributes.attribute_features(panel.attributes, pair, origin, target)
        _between(values, attributes.NAMES[0], attributes.NAMES[-1])[:] = found
    if panel.signals is not None:
        found = signals.signal_features(panel.signals, pair, origin)
        _between(values, signals.NAMES[0], signals.NAMES[-1])[:] = found
    base = base * values[:, COLUMN["season"]]
    return Rows(values=values, base=base.astype(np.float32))


def withhold(values: FloatArray, *, seed: int) -> FloatArray:
    """Leave each source out of some rows, so that the model learns to do without it.

    A feature that was never missing in training says nothing of what to do when its source fails:
    LightGBM would then take it for 0.

    Args:
        values: feature rows, [row, feature].
        seed: of the rows.

    Returns:
        A copy, in which each source of `SOURCES` is missing in `WITHHELD` of the rows.
    """
    rng = np.random.default_rng(seed)
    kept = values.copy()
    for names in SOURCES.values():
        rows = np.flatnonzero(rng.random(len(values)) < WITHHELD)
        for name in names:
            kept[rows, COLUMN[name]] = np.nan
    for measure in WEATHER:
        either = np.isnan(kept[:, [COLUMN[f"{measure}_ahead"], COLUMN[f"{measure}_7"]]]).any(axis=1)
        kept[either, COLUMN[f"{measure}_change_7"]] = np.nan
    return kept


def _past_features(
    panel: ModelPanel,
    groups: Groups,
    values: FloatArray,
    asked: tuple[IntArray, IntArray, IntArray],
) -> FloatArray:
    """The features of `RELATIVE`, `ABSOLUTE` and `TRENDS`; returns the base of each row."""
    pair, origin, _target = asked
    _history_features(panel, groups, values, asked)
    for group in GROUPS:
        codes = getattr(panel, group)[pair]
        for span in ("7_28", "1_7"):
            name = f"{group}_trend_{span}"
            values[:, COLUMN[name]] = groups.trends[name][codes, origin]
    base = _base(panel, groups, values, pair, origin)
    values[:, : len(RELATIVE)] /= base[:, None]
    return base


def _usual(panel: ModelPanel, groups: Groups, origins: IntArray) -> FloatArray:
    """Mean of each feature of `CENTRED` over pairs, weighed by their base, [origin, feature]."""
    count = panel.pairs.height
    some = np.unique(np.linspace(0, count - 1, min(count, USUAL_PAIRS)).astype(np.int64))
    place = np.tile(np.arange(len(origins)), len(some))
    origin = origins[place]
    values = np.full((len(origin), COLUMN[DAY[0]]), np.nan, dtype=np.float32)
    base = _past_features(
        panel, groups, values, (np.repeat(some, len(origins)), origin, origin + 1)
    )
    usual = np.ones((len(origins), len(CENTRED)), dtype=np.float32)
    for number, name in enumerate(CENTRED):
        value = values[:, COLUMN[name]]
        known = np.isfinite(value) & np.isfinite(base)
        total, weight = (
            np.bincount(place[known], units[known], minlength=len(origins))
            for units in (value * base, base)
        )
        usual[total > 0, number] = total[total > 0] / weight[total > 0]
    return usual


def _centre(usual: FloatArray, values: FloatArray, origin: IntArray) -> None:
    """State features relative to their mean over all pairs at the origin, a row of `usual`.

    Else a model that learns from pairs that a pair above its base falls back takes a month in which
    all stand above theirs for one in which all will.
    """
    for number, name in enumerate(CENTRED):
        values[:, COLUMN[name]] /= usual[origin, number]
    for name, like in WEEKDAYS.items():
        values[:, COLUMN[name]] /= usual[origin, CENTRED.index(like)]


def _history_features(
    panel: ModelPanel,
    groups: Groups,
    values: FloatArray,
    asked: tuple[IntArray, IntArray, IntArray],
) -> None:
    """What a pair has sold up to the origin: the features of `RELATIVE` and `ABSOLUTE`."""
    pair, origin, target = asked
    # Only the pairs asked for: the arrays below are as large as their history.
    some, row = np.unique(pair, return_inverse=True)
    in_stock, price = panel.in_stock[some], panel.price[some]
    kind = groups.kind[panel.region[some], : panel.days]
    demand = panel.demand[some] / groups.season[panel.category[some, None], kind]
    at = (row, origin)
    every, held = (np.array(alphas) for alphas in (ALPHAS, IN_STOCK_ALPHAS))
    levels = _between(values, "level_0.05", "level_0.4")
    fill_weighted_levels(demand, np.isfinite(demand), at, every, levels)
    levels = _between(values, "level_in_stock_0.1", "level_in_stock_0.3")
    fill_weighted_levels(demand, in_stock, at, held, levels)
    means = _between(values, "mean_7", "deviation_28")
    fill_demand_windows(demand, in_stock, at, means, _between(values, "known_28", "zeros_28"))
    fill_levels_by_price(demand, price, at, _between(values, "level_full_price", "level_discount"))
    fill_last_days(demand, in_stock, at, _between(values, "last_day", "last_in_stock"))
    weekdays = _between(values, "same_weekday", "last_same_weekday")
    fill_same_weekdays(demand, (row, origin, target), weekdays)
    fill_offer_windows(price, panel.promoted[some], at, _between(values, "price_7", "promoted_28"))


def _between(values: FloatArray, first: str, last: str) -> FloatArray:
    """The columns from feature `first` to feature `last`."""
    return values[:, COLUMN[first] : COLUMN[last] + 1]


def _base(
    panel: ModelPanel,
    groups: Groups,
    values: FloatArray,
    pair: IntArray,
    origin: IntArray,
) -> FloatArray:
    """The pair's level, shrunk where thin to its item's elsewhere, and scaled to last week."""
    in_stock = values[:, COLUMN["level_in_stock_0.1"]]
    every = values[:, COLUMN["level_0.05"]]
    own = np.where(np.isnan(in_stock), every, 0.5 * in_stock + 0.5 * every)
    known = values[:, COLUMN["known_28"]] * 28
    prior = groups.sku_level[panel.sku[pair], origin] * groups.size[panel.location[pair], origin]
    prior = np.where(np.isnan(prior), own, prior)
    own = np.where(np.isnan(own), prior, own)
    pooled = (known * own + PRIOR_UNITS) / (known + PRIOR_UNITS / np.maximum(prior, LEAST_BASE))
    return np.asarray(np.maximum(pooled * groups.scale[origin], LEAST_BASE), dtype=np.float32)


def _day_features(
    panel: ModelPanel,
    groups: Groups,
    values: FloatArray,
    asked: tuple[IntArray, IntArray, IntArray],
) -> None:
    """What is known at the origin about the day asked for."""
    pair, origin, target = asked
    region, last = panel.region[pair], panel.day_off.shape[1] - 1
    lead = target - origin
    off = panel.day_off[region, target]
    # What was not yet announced looks like an ordinary day, then as now.
    announced = panel.announced[pair, target] <= origin
    price = np.where(announced, panel.price[pair, target], 1.0)
    values[:, COLUMN["lead"]] = lead
    values[:, COLUMN["weekday"]] = panel.weekday[target]
    values[:, COLUMN["day_off"]] = off
    values[:, COLUMN["day_off_before"]] = panel.day_off[region, np.maximum(target - 1, 0)]
    values[:, COLUMN["day_off_after"]] = panel.day_off[region, np.minimum(target + 1, last)]
    values[:, COLUMN["event"]] = panel.event[panel.location[pair], target]
    values[:, COLUMN["season"]] = groups.season[panel.category[pair], groups.kind[region, target]]
    values[:, COLUMN["price"]] = price
    values[:, COLUMN["price_change_7"]] = price - values[:, COLUMN["price_7"]]
    values[:, COLUMN["price_change_28"]] = price - values[:, COLUMN["price_28"]]
    values[:, COLUMN["promoted"]] = announced & panel.promoted[pair, target]
    values[:, COLUMN["price_last"]] = panel.price[pair, origin]
    ahead = np.minimum(lead - 1, panel.weather.shape[3] - 1)
    for number, measure in enumerate(WEATHER):
        values[:, COLUMN[f"{measure}_ahead"]] = panel.weather[number, region, origin, ahead]
        if panel.observed is not None:
            recent = _last_week(panel.observed[number])[region, origin]
            values[:, COLUMN[f"{measure}_7"]] = recent
            values[:, COLUMN[f"{measure}_change_7"]] = (
                values[:, COLUMN[f"{measure}_ahead"]] - recent
            )


def _last_week(daily: FloatArray) -> FloatArray:
    """Mean of the known days of the week up to each day, [region, day]; NaN without any."""
    known = np.isfinite(daily)
    return _window(
        np.where(known, daily, 0).astype(np.float64), known.astype(np.float64), 7
    ).astype(np.float32)


def _by_day(
    panel: ModelPanel, codes: IntArray, seasons: tuple[IntArray, FloatArray]
) -> tuple[Float64Array, Float64Array]:
    """Deseasonalised demand and known pairs of each group, [group, day]."""
    kind, season = seasons
    size = int(codes.max(initial=-1)) + 1
    sums, known = np.zeros((size, panel.days)), np.zeros((size, panel.days))
    for day in range(panel.days):
        demand = panel.demand[:, day]
        found = np.isfinite(demand)
        factor = season[panel.category, kind[panel.region, day]]
        sums[:, day] = np.bincount(codes, np.where(found, demand, 0) / factor, minlength=size)
        known[:, day] = np.bincount(codes, found, minlength=size)
    return sums, known


def _scale(panel: ModelPanel, seasons: tuple[IntArray, FloatArray]) -> FloatArray:
    """Total demand of 7 days relative to 28, damped to what two halves of the pairs agree on.

    The few units of a small network wander by themselves. The reliability of the logarithm up to
    each day is that of two halves, stepped up to the whole (Spearman 1910, Brown 1910).
    """
    sums, known = _by_day(panel, np.arange(panel.pairs.height) % 2, seasons)
    # The last row is the whole.
    sums, known = (np.vstack([array, array.sum(axis=0)]) for array in (sums, known))
    ratio = _ratio(_window(sums, known, 7), _window(sums, known, 28))
    *halves, whole = np.log(np.clip(ratio, *SCALES))
    alike = np.maximum((halves[0] * halves[-1]).cumsum(), 0)
    spread = np.mean([half**2 for half in halves], axis=0).cumsum()
    agreed = np.divide(alike, spread, out=np.zeros_like(alike), where=spread > 0)
    return np.asarray(np.exp(2 * agreed / (1 + agreed) * whole), dtype=np.float32)


def _ratio(recent: Float64Array, usual: Float64Array) -> Float64Array:
    """Recent demand over usual demand, and 1 where either is unknown or nothing usually sells."""
    known = np.isfinite(recent) & (usual > 0)
    return np.divide(recent, usual, out=np.ones_like(usual), where=known)


def _window(sums: Float64Array, known: Float64Array, days: int) -> Float64Array:
    """Mean per known pair over the last days up to each day; NaN where none is known."""
    running, count = (np.pad(array.cumsum(axis=1), ((0, 0), (1, 0))) for array in (sums, known))
    last = np.arange(1, sums.shape[1] + 1)
    first = np.maximum(last - days, 0)
    total, number = running[:, last] - running[:, first], count[:, last] - count[:, first]
    mean = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    return np.asarray(mean)


def _size(panel: ModelPanel, of_sku: Float64Array, of_location: Float64Array) -> FloatArray:
    """Mean demand of a location's pairs over what their skus sell on average, [location, day]."""
    size = of_location.shape[0]
    ratio = np.ones_like(of_location)
    for day in range(panel.days):
        level = of_sku[panel.sku, day]
        found = np.isfinite(level) & np.isfinite(panel.demand[:, day])
        expected = np.bincount(panel.location, np.where(found, level, 0), minlength=size)
        pairs = np.bincount(panel.location, found, minlength=size)
        even = np.divide(expected, pairs, out=np.full(size, np.nan), where=pairs > 0)
        np.divide(of_location[:, day], even, out=ratio[:, day], where=even > 0)
    return np.nan_to_num(ratio, nan=1.0).astype(np.float32)
