"""The year ahead of every item by week: what the plan expects beyond the days that are forecast."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.outlook.effects import Effects, fit_effects, share_weeks_ahead
from forecasting.outlook.levels import Levels, measure_levels
from forecasting.outlook.panel import (
    LAUNCH_WEEKS,
    WEEK,
    YEAR,
    FloatArray,
    WeekPanel,
    build_week_panel,
)

ONE_YEARS_OWN = 1.0
"""Variance of what a year's season has for itself, over that of what comes back each year. One year
cannot tell them apart. On VN2's weeks, where the second year can be looked at, a whole season of
one year is 4 % worse than half of it (see docs/methods.md)."""


@dataclass(frozen=True)
class Outlook:
    """What history says of the year ahead.

    Attributes:
        factors: the columns of the contract SeasonFactors without business_date, sorted by key.
        launches: frame `launch_curves`, sorted by key.
        past: frame `past_factors`, sorted by key.
    """

    factors: pl.DataFrame
    launches: pl.DataFrame
    past: pl.DataFrame


def estimate_outlook(
    weeks: pl.DataFrame,
    items: pl.DataFrame,
    events: pl.DataFrame,
    *,
    as_of: dt.date,
    horizon: int,
) -> Outlook:
    """Estimate how demand of each item stands in each week of the year after `as_of`.

    Args:
        weeks: frame `item_weeks`: what was sold.
        items: frame `item_groups`: the items that it was sold of, and those to look ahead for.
        events: frame `event_days`.
        as_of: last day known.
        horizon: days after it that are forecast by day; what levels stray counts after them.

    Raises:
        ValueError: a frame breaks its contract.
    """
    panel = build_week_panel(weeks, items, as_of=as_of)
    effects = fit_effects(panel, events)
    levels = measure_levels(panel, effects)
    return Outlook(
        factors=_factors(panel, effects, levels, events, horizon),
        launches=_launches(panel, effects),
        past=_past(panel, effects),
    )


def _factors(
    panel: WeekPanel, effects: Effects, levels: Levels, events: pl.DataFrame, horizon: int
) -> pl.DataFrame:
    """The table, of items that are still on sale."""
    lead = np.arange(YEAR) + 1
    season = _season(panel, effects)
    event = np.ones_like(season)
    for name, share in share_weeks_ahead(events, panel.as_of).items():
        if name in effects.names:
            effect = effects.events[:, [effects.names.index(name)]]
            event *= 1 + share * (effect - 1)
    now, *ahead = (panel.weeks_on_sale(WEEK * np.arange(-1, YEAR) + 1)).T
    on_sale = np.stack(ahead, axis=1)
    launch = np.take_along_axis(effects.launch, on_sale, axis=1) / np.take_along_axis(
        effects.launch, now[:, None], axis=1
    )
    # The forecast by day says what sells now: it goes back from the end of it on.
    beyond = WEEK * lead > horizon
    kept = np.where(beyond, levels.kept[lead], 1.0)[None, :]
    level = (1 + kept * levels.recent[:, None]) / (1 + levels.recent[:, None])
    parts = {"season": season, "event": event, "launch": launch, "level": level}
    # What is offered hangs on places, too: the forecast by day has it.
    parts["offers"] = np.ones_like(season)
    unsure = _comes_back(panel) ** 2 * (effects.season.variance + effects.peaks.variance)
    strayed = levels.variance[lead][None, :] + unsure + unsure[:, [0]]
    strayed = np.where(beyond, strayed, 0.0)
    left = panel.items["exit_date"].fill_null(pl.date(9999, 12, 31)) <= panel.as_of
    return _table(panel, parts, np.maximum.accumulate(strayed, axis=1), ~left.to_numpy())


def _season(panel: WeekPanel, effects: Effects) -> FloatArray:
    """What the time of year does to each week of a year, beside what it does to today's level."""
    # A year ago the first week ahead was as far from today's level as can be told from one year.
    season = effects.season.factor * effects.peaks.factor / effects.season.factor[:, [0]]
    return np.asarray(season ** _comes_back(panel))


def _comes_back(panel: WeekPanel) -> float:
    """Share of a season, by its logarithm, that comes back each year."""
    return panel.years / (panel.years + ONE_YEARS_OWN)


def _past(panel: WeekPanel, effects: Effects) -> pl.DataFrame:
    """The factors of past weeks, by which older sales are made comparable with today's."""
    week = np.arange(-panel.weeks, 0)
    launch = np.take_along_axis(effects.launch, panel.week_on_sale, axis=1)
    now = panel.weeks_on_sale(np.array([1 - WEEK]))
    factor = (
        _season(panel, effects)[:, week % YEAR]
        * effects.past_events
        * (launch / np.take_along_axis(effects.launch, now, axis=1))
    )
    first = pl.Series([panel.as_of + dt.timedelta(days=WEEK * int(at) + 1) for at in week])
    items = len(factor)
    return panel.items[np.repeat(np.arange(items), panel.weeks)].select(
        "sku",
        week=first.cast(pl.Date)[np.tile(np.arange(panel.weeks), items)],
        factor=pl.Series(factor.ravel()),
    )


def _table(
    panel: WeekPanel, parts: dict[str, FloatArray], level_variance: FloatArray, chosen: np.ndarray
) -> pl.DataFrame:
    rows = np.flatnonzero(chosen)
    item = np.repeat(rows, YEAR)
    first = [panel.as_of + dt.timedelta(days=WEEK * week + 1) for week in range(YEAR)]
    columns = {name: pl.Series(part[rows].ravel()) for name, part in parts.items()}
    factor = np.prod(np.stack([part[rows].ravel() for part in parts.values()]), axis=0)
    return panel.items[item].select(
        "sku",
        week=pl.Series(first, dtype=pl.Date)[np.tile(np.arange(YEAR), len(rows))],
        category="category",
        factor=pl.Series(factor),
        **columns,
        level_variance=pl.Series(level_variance[rows].ravel()),
    )


def _launches(panel: WeekPanel, effects: Effects) -> pl.DataFrame:
    """The curve of each category."""
    table = panel.items.select("category").with_row_index("item")
    firsts = table.group_by("category", maintain_order=True).agg(pl.col("item").first())
    rows = firsts["item"].to_numpy()
    return (
        firsts.select(pl.col("category").repeat_by(LAUNCH_WEEKS).explode())
        .with_columns(
            week=pl.Series(np.tile(np.arange(LAUNCH_WEEKS), len(rows))),
            factor=pl.Series(effects.launch[rows, :LAUNCH_WEEKS].ravel()),
        )
        .sort("category", "week")
    )
