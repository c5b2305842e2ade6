"""What the global model is trained on and scored with, as arrays over pairs and days.

Rows are item-locations, columns are days: `days` of history and then `horizon` days ahead, of which
only what is announced is known.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.global_model.attributes import Attributes, build_attributes
from forecasting.global_model.signals import SignalFrames, Signals, build_signals
from quality_checks.contracts import (
    DaysOff,
    EstimatedDemand,
    LocalEvents,
    Offers,
    RegionWeather,
    find_frame,
)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

WEATHER = ("temperature", "rain")
"""Measures of the weather that the model looks at."""

HISTORY_DAYS = 112
"""Days up to as_of that are kept: training looks at six weeks and twelve before each of them."""

RHYTHM_DAYS = 28
"""Days over which a weekday must have had no demand to count as a regular day of rest."""

SPIKE = 20.0
"""A day above this many times the pair's median day with demand is cut back to it."""

SATURDAY = 5

_PAIR = ["sku", "location"]


@dataclass(frozen=True)
class ModelPanel:
    """History and announced future of all pairs.

    Attributes:
        pairs: region, sku, location, category, a row of the arrays each, sorted by sku and
            location.
        sku, location, region, category: codes of the pairs' keys, from 0.
        as_of: last day of history.
        demand: estimated demand, [pair, day], units, spikes cut; NaN where unknown or closed.
        in_stock: days on which demand is known and the shelf held out, [pair, day].
        price: selling price as a share of the list price, [pair, day and day ahead].
        promoted: a promotion runs, [pair, day and day ahead].
        day_off: weekend or holiday, [region, day and day ahead].
        event: a local event or an activity, [location, day and day ahead].
        weather: forecast on each day of history for the days ahead of it, [measure, region, day,
            days ahead]; NaN where there was none.
        announced: day from which the price and promotion of a day were known, an index like that
            of the days (below 0: before the history), [pair, day and day ahead].
        signals: browsing, returns and channels; None where none of them came.
        attributes: of the items; None where they are not known.
        observed: weather by the day on which it was known, [measure, region, day]; NaN where there
            was none, None where it never came.
    """

    pairs: pl.DataFrame
    sku: IntArray
    location: IntArray
    region: IntArray
    category: IntArray
    as_of: dt.date
    demand: FloatArray
    in_stock: BoolArray
    price: FloatArray
    promoted: BoolArray
    day_off: BoolArray
    event: BoolArray
    weather: FloatArray
    announced: npt.NDArray[np.int16]
    signals: Signals | None = None
    attributes: Attributes | None = None
    observed: FloatArray | None = None

    @property
    def days(self) -> int:
        """Days of history."""
        return int(self.demand.shape[1])

    @property
    def horizon(self) -> int:
        """Days ahead."""
        return int(self.price.shape[1]) - self.days

    @property
    def weekday(self) -> IntArray:
        """Weekday of each day and day ahead, 0 for Monday."""
        first = self.as_of.weekday() - (self.days - 1)
        return (first + np.arange(self.days + self.horizon, dtype=np.int64)) % 7


def cut(panel: ModelPanel, days_back: int) -> ModelPanel:
    """The panel as it stood `days_back` days earlier, its future as it was announced since.

    Args:
        panel: the panel of today.
        days_back: at least 0 and less than the days of history.
    """
    days = panel.days - days_back
    ahead = days + panel.horizon
    return ModelPanel(
        pairs=panel.pairs,
        sku=panel.sku,
        location=panel.location,
        region=panel.region,
        category=panel.category,
        as_of=panel.as_of - dt.timedelta(days=days_back),
        demand=panel.demand[:, :days],
        in_stock=panel.in_stock[:, :days],
        price=panel.price[:, :ahead],
        promoted=panel.promoted[:, :ahead],
        day_off=panel.day_off[:, :ahead],
        event=panel.event[:, :ahead],
        weather=panel.weather[:, :, :days],
        announced=panel.announced[:, :ahead],
        signals=None if panel.signals is None else panel.signals.upto(days),
        attributes=panel.attributes,
        observed=None if panel.observed is None else panel.observed[:, :, :days],
    )


def find_rest_days(panel: ModelPanel) -> BoolArray:
    """Find the weekdays on which a pair's location rests every week, [pair, weekday].

    A weekday counts where no pair of the location had known demand on any of its last four, while
    there was some on other weekdays.
    """
    days = slice(max(panel.days - RHYTHM_DAYS, 0), panel.days)
    size = int(panel.location.max(initial=-1)) + 1
    known = np.zeros((size, 7))
    for weekday in range(7):
        of_day = panel.weekday[days] == weekday
        found = np.isfinite(panel.demand[:, days][:, of_day]).sum(axis=1)
        known[:, weekday] = np.bincount(panel.location, found, minlength=size)
    rests = (known == 0) & (known.sum(axis=1) > 0)[:, None] & (panel.days >= RHYTHM_DAYS)
    return np.asarray(rests[panel.location])


def build_model_panel(  # noqa: PLR0913, PLR0917  # one frame a source of what moves demand
    demand: pl.DataFrame,
    items: pl.DataFrame,
    offers: pl.DataFrame,
    days_off: pl.DataFrame,
    events: pl.DataFrame,
    weather: pl.DataFrame,
    *,
    as_of: dt.date,
    horizon: int,
    signals: SignalFrames | None = None,
    observed: pl.DataFrame | None = None,
) -> ModelPanel:
    """Spread frames over the arrays of a panel.

    Args:
        demand: frame `estimated_demand`. Rows after `as_of` are not read.
        items: sku, category; and where known the other columns of frame `item_dates`.
        offers: frame `offers`; days without a row have the full price and no promotion.
        days_off: frame `days_off`.
        events: frame `local_events`.
        weather: frame `region_weather`, forecasts.
        as_of: last day of history.
        horizon: days ahead, at least 1.
        signals: browsing, returns and channels up to `as_of`, where a retailer has them.
        observed: frame `region_weather`, observed.

    Raises:
        ValueError: a frame breaks its contract.
    """
    find_frame(DaysOff).check(days_off)
    find_frame(LocalEvents).check(events)
    for measured in (weather, observed):
        if measured is not None:
            find_frame(RegionWeather).check(measured)
    first = as_of - dt.timedelta(days=HISTORY_DAYS - 1)
    recent = demand.filter(pl.col("date").is_between(first, as_of))
    rows = find_frame(EstimatedDemand).read(recent)
    pairs = (
        rows.group_by(_PAIR, maintain_order=True)
        .agg(pl.col("region").min())
        .join(items.select("sku", "category"), on="sku", how="left")
        .with_columns(pl.col("category").fill_null(""))
        .sort(_PAIR)
        .select("region", "sku", "location", "category")
    )
    start = rows.select(pl.col("date").min()).item() or as_of
    days = (as_of - start).days + 1
    cells = _cells(rows, pairs, start, days)
    values = np.full((pairs.height, days), np.nan, dtype=np.float32)
    values.ravel()[cells] = rows["demand"].cast(pl.Float32).to_numpy()
    values.ravel()[cells[rows["closed"].to_numpy()]] = np.nan
    _cut_spikes(values)
    held = np.zeros(values.shape, dtype=bool)
    held.ravel()[cells] = ~rows["censored"].to_numpy()
    length = days + horizon
    price, promoted, announced = _offers(offers, pairs, start, length)
    regions, locations = (pairs[key].unique().sort() for key in ("region", "location"))
    weekday = (start.weekday() + np.arange(length)) % 7
    return ModelPanel(
        pairs=pairs,
        sku=_codes(pairs["sku"]),
        location=_codes(pairs["location"]),
        region=_codes(pairs["region"]),
        category=_codes(pairs["category"]),
        as_of=as_of,
        demand=values,
        in_stock=held & np.isfinite(values),
        price=price,
        promoted=promoted,
        day_off=_with_weekends(_flags(days_off, regions, start, length), weekday >= SATURDAY),
        event=_flags(events, locations, start, length),
        weather=_weather(weather, regions, start, days=days, horizon=horizon),
        announced=announced,
        signals=None if signals is None else build_signals(signals, pairs, start=start, days=days),
        attributes=(
            build_attributes(items, pairs, start=start) if "launch_date" in items.columns else None
        ),
        observed=None if observed is None else _observed(observed, regions, start, days),
    )


def _cells(rows: pl.DataFrame, pairs: pl.DataFrame, start: dt.date, days: int) -> IntArray:
    """Position of each row in a flat array of pairs by days."""
    return (
        rows.select(*_PAIR, "date")
        .join(pairs.select(_PAIR).with_row_index("pair"), on=_PAIR, maintain_order="left")
        .select(pl.col("pair").cast(pl.Int64) * days + (pl.col("date") - start).dt.total_days())
        .to_series()
        .to_numpy()
    )


def _cut_spikes(demand: FloatArray) -> None:
    """Cut every day back to `SPIKE` times the pair's median day with demand, of at least a unit."""
    for pair in np.flatnonzero(np.nanmax(demand, axis=1, initial=0) > SPIKE):
        sold = demand[pair][demand[pair] > 0]
        middle = np.partition(sold, (len(sold) - 1) // 2)[(len(sold) - 1) // 2]
        demand[pair] = np.minimum(demand[pair], SPIKE * max(middle, 1.0))


def _offers(
    offers: pl.DataFrame, pairs: pl.DataFrame, start: dt.date, length: int
) -> tuple[FloatArray, BoolArray, npt.NDArray[np.int16]]:
    last = start + dt.timedelta(days=length - 1)
    inside = offers.filter(pl.col("date").is_between(start, last))
    rows = find_frame(Offers).read(inside.join(pairs.select(_PAIR), on=_PAIR, how="semi"))
    cells = _cells(rows, pairs, start, length)
    price = np.ones((pairs.height, length), dtype=np.float32)
    promoted = np.zeros(price.shape, dtype=bool)
    price.ravel()[cells] = rows["price"].cast(pl.Float32).to_numpy()
    promoted.ravel()[cells] = rows["promoted"].to_numpy()
    announced = np.full(price.shape, -1, dtype=np.int16)
    known_from = (rows["announced_on"] - start).dt.total_days().clip(-1, length)
    announced.ravel()[cells] = known_from.to_numpy()
    return price, promoted, announced


def _flags(rows: pl.DataFrame, keys: pl.Series, start: dt.date, length: int) -> BoolArray:
    """Days named by rows of a key (`region` or `location`, as `keys` is called) and a date."""
    flags = np.zeros((len(keys), length), dtype=bool)
    code = {key: number for number, key in enumerate(keys)}
    for key, date in rows.select(keys.name, "date").iter_rows():
        day = (date - start).days
        if key in code and 0 <= day < length:
            flags[code[key], day] = True
    return flags


def _with_weekends(listed: BoolArray, weekend: BoolArray) -> BoolArray:
    """Days off, weekends included unless the calendar lists weekends itself."""
    whole = (listed & weekend).sum(axis=1) * 2 > weekend.sum()
    return np.asarray(listed | (weekend & ~whole[:, None]))


def _weather(
    weather: pl.DataFrame, regions: pl.Series, start: dt.date, *, days: int, horizon: int
) -> FloatArray:
    """The newest weather forecast that was out on each day for each day ahead."""
    found = np.full((len(WEATHER), len(regions), days, horizon), np.nan, dtype=np.float32)
    code = {region: number for number, region in enumerate(regions)}
    # In order of issue, so that a newer forecast takes the place of an older one; a forecast holds
    # on every later day until then.
    rows = weather.sort("issued_on", "region", "date")
    for region, issued_on, date, *measures in rows.select(
        "region", "issued_on", "date", *WEATHER
    ).iter_rows():
        if region not in code or issued_on >= date:
            continue
        target = (date - start).days
        for origin in range(max((issued_on - start).days, 0), min(target, days)):
            ahead = target - origin - 1
            if ahead < horizon:
                for number, value in enumerate(measures):
                    if value is not None:
                        found[number, code[region], origin, ahead] = value
    return found


def _observed(observed: pl.DataFrame, regions: pl.Series, start: dt.date, days: int) -> FloatArray:
    """The weather of the newest day that became known on each day."""
    found = np.full((len(WEATHER), len(regions), days), np.nan, dtype=np.float32)
    code = {region: number for number, region in enumerate(regions)}
    rows = observed.select("region", "date", "issued_on", *WEATHER).sort("region", "date")
    for region, date, issued_on, *measures in rows.iter_rows():
        day = (max(date, issued_on) - start).days
        if region in code and 0 <= day < days:
            for number, value in enumerate(measures):
                if value is not None:
                    found[number, code[region], day] = value
    return found


def _codes(keys: pl.Series) -> IntArray:
    return np.unique(keys.to_numpy(), return_inverse=True)[1].astype(np.int64)
