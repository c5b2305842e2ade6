"""What the time of year, events and launches do to demand, fitted together.

Units of an item in a week are those of its places' usual rate times its level of the year, and the
effects of its category: the same week of the year, events, and weeks on sale. Each is in turn the
ratio of what was seen to what the others let expect (iterative proportional fitting, the maximum
likelihood of a multiplicative Poisson model), pooled by `pool_factors`. An item has a level for
each year, so that growth from year to year is not taken for season; items that are new teach
launches, and seasons nothing.

The season is smooth first; what single weeks have beyond it and beyond the events is pooled apart,
for a peak that no calendar names.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.outlook.panel import LAUNCH_WEEKS, WEEK, YEAR, BoolArray, FloatArray, WeekPanel
from forecasting.outlook.pooling import Factors, pool_factors
from quality_checks.contracts import EventDays, find_frame

ROUNDS = 6
"""Rounds of fitting; the effects hardly move after four."""

KERNEL = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
"""Weights of the weeks around one in the smooth season."""

LAUNCH_KERNEL = np.array([1.0, 2.0, 1.0])

LAST_WEEKS = 3
"""Last weeks of the launch curve, whose mean is the level of all later ones."""

AGAIN_WITHIN = 45
"""Days around its anniversary within which an event that is announced is last year's again."""


@dataclass(frozen=True)
class Effects:
    """Effects on each item, and what its places would sell without the season.

    Attributes:
        season: of the weeks of a year, the first one 52 weeks after the first of the last year.
        peaks: what single weeks have besides, likewise.
        events: factor of each event.
        names: of the events, in the order of `events`.
        past_events: what all events did to each past week, [item, week].
        launch: of weeks on sale; the last column, of all later ones, is 1.
        expected: units that all of it expects, [half, item, week].
    """

    season: Factors
    peaks: Factors
    events: FloatArray
    names: list[str]
    past_events: FloatArray
    launch: FloatArray
    expected: FloatArray


def fit_effects(panel: WeekPanel, events: pl.DataFrame) -> Effects:
    """Fit season, events and launches to the weeks of a panel.

    Without a whole year there is no season and no event.

    Args:
        panel: of items by week.
        events: frame `event_days`.
    """
    seen, usual = panel.units.sum(axis=0), panel.usual.sum(axis=0)
    seen = np.where(usual > 0, seen, 0.0)
    settled = panel.week_on_sale >= LAUNCH_WEEKS
    covered = _covered(panel, events)
    fit = _Fit(panel, seen, usual, covered)
    for _ in range(ROUNDS):
        fit.level()
        if panel.years:
            fit.season(settled)
            fit.events(settled)
            fit.peaks(settled)
        fit.launch()
    fit.level()
    expected = panel.usual * (fit.levels * fit.of_time * fit.of_events * fit.of_launch)
    return Effects(
        season=fit.smooth,
        peaks=fit.single,
        events=fit.event_factors,
        names=list(covered),
        past_events=fit.of_events,
        launch=fit.launches,
        expected=expected,
    )


class _Fit:
    """The factors of a fit so far, each on every item and week."""

    def __init__(
        self, panel: WeekPanel, seen: FloatArray, usual: FloatArray, covered: dict[str, FloatArray]
    ) -> None:
        items, weeks = seen.shape
        self._panel, self._seen, self._usual = panel, seen, usual
        self._share = np.array(list(covered.values())).reshape(len(covered), weeks)
        self.levels = np.ones((items, weeks))
        self.of_season = np.ones((items, weeks))
        self.of_peaks = np.ones((items, weeks))
        self.of_events = np.ones((items, weeks))
        self.of_launch = np.ones((items, weeks))
        self.smooth = self.single = Factors(np.ones((items, YEAR)), np.zeros((items, YEAR)))
        self.event_factors = np.ones((items, len(covered)))
        self.launches = np.ones((items, LAUNCH_WEEKS + 1))

    @property
    def of_time(self) -> FloatArray:
        """Season and peaks."""
        return np.asarray(self.of_season * self.of_peaks)

    def level(self) -> None:
        """Each item's level of each year."""
        due = self._usual * self.of_time * self.of_events * self.of_launch
        for block in range(int(self._panel.block.max(initial=-1)) + 1):
            at = self._panel.block == block
            sold, wanted = self._seen[:, at].sum(axis=1), due[:, at].sum(axis=1)
            level = np.divide(sold, wanted, out=np.ones_like(sold), where=wanted > 0)
            self.levels[:, at] = level[:, None]

    def season(self, settled: BoolArray) -> None:
        """The smooth season."""
        due = self._usual * self.levels * self.of_events * self.of_peaks
        seen, due = (
            _smoothed(self._folded(values * settled), KERNEL) for values in (self._seen, due)
        )
        self.smooth = pool_factors(seen, due, self._panel.groups, self._panel.style)
        self.of_season = self._unfolded(self.smooth.factor)

    def peaks(self, settled: BoolArray) -> None:
        """What single weeks have beyond the smooth season and the events."""
        due = self._usual * self.levels * self.of_events * self.of_season
        seen, due = (self._folded(values * settled) for values in (self._seen, due))
        self.single = pool_factors(seen, due, self._panel.groups, self._panel.style)
        self.of_peaks = self._unfolded(self.single.factor)

    def events(self, settled: BoolArray) -> None:
        """What events do on the days that they last, e of seen = due (1 + share (e - 1))."""
        for number, share in enumerate(self._share):
            own = 1 + share * (self.event_factors[:, [number]] - 1)
            due = self._usual * self.levels * self.of_time * (self.of_events / own) * settled
            beyond = ((self._seen * settled - due) * share).sum(axis=1, keepdims=True)
            squared = (due * share**2).sum(axis=1, keepdims=True)
            found = pool_factors(
                beyond + squared, squared, self._panel.groups, self._panel.style
            ).factor
            self.event_factors[:, [number]] = found
            self.of_events = self.of_events / own * (1 + share * (found - 1))

    def launch(self) -> None:
        """The weeks after a launch over later ones."""
        due = self._usual * self.levels * self.of_time * self.of_events
        at = self._panel.week_on_sale
        by_age = []
        for values in (self._seen, due):
            sums = np.zeros((len(values), LAUNCH_WEEKS + 1))
            rows = np.broadcast_to(np.arange(len(values))[:, None], values.shape)
            np.add.at(sums, (rows, at), np.where(self._usual > 0, values, 0.0))
            by_age.append(_smoothed(sums[:, :LAUNCH_WEEKS], LAUNCH_KERNEL))
        seen, due = by_age
        found = pool_factors(seen, due, self._panel.groups, self._panel.style).factor
        # The curve ends where later weeks begin, also where no item of a category gets that old.
        found /= found[:, -LAST_WEEKS:].mean(axis=1, keepdims=True)
        self.launches = np.concatenate([found, np.ones((len(found), 1))], axis=1)
        self.of_launch = np.take_along_axis(self.launches, at, axis=1)

    def _folded(self, values: FloatArray) -> FloatArray:
        """Sums over the years of each week of the year."""
        whole = values[:, self._panel.weeks - YEAR * self._panel.years :]
        return np.asarray(whole.reshape(len(values), -1, YEAR).sum(axis=1))

    def _unfolded(self, factor: FloatArray) -> FloatArray:
        """The factors of the weeks of the year on all weeks."""
        at = (np.arange(self._panel.weeks) - self._panel.weeks) % YEAR
        return factor[:, at]


def _smoothed(values: FloatArray, kernel: FloatArray) -> FloatArray:
    """Weighted sums over the columns around each; at the ends over fewer."""
    half = len(kernel) // 2
    padded = np.pad(values, ((0, 0), (half, half)))
    columns = range(values.shape[1])
    return np.stack([padded[:, at : at + len(kernel)] @ kernel for at in columns], axis=1)


def _covered(panel: WeekPanel, events: pl.DataFrame) -> dict[str, FloatArray]:
    """Share of each past week that each event covered, by its name."""
    if not panel.years:
        return {}
    days = find_frame(EventDays).read(events)
    known = days.filter(pl.col("date") <= panel.as_of)
    first = -WEEK * panel.weeks + 1
    shares = _week_shares(known, panel.as_of, first, panel.weeks)
    return {name: share for name, share in shares.items() if share.any()}


def share_weeks_ahead(events: pl.DataFrame, as_of: dt.date) -> dict[str, FloatArray]:
    """Share of each week of the year ahead that each event covers, by its name.

    What is announced counts as announced; what last year had and nobody has announced again comes
    52 weeks later.

    Args:
        events: frame `event_days`.
        as_of: day before the first week.
    """
    days = find_frame(EventDays).read(events)
    coming = days.filter(pl.col("date") > as_of)
    year = pl.duration(days=WEEK * YEAR)
    again = days.filter(pl.col("date") <= as_of).with_columns(pl.col("date") + year)
    again = again.filter(pl.col("date") > as_of).sort("date", "name")
    announced = coming.select("name", "date", told="date").sort("date", "name")
    unknown = again.join_asof(
        announced, on="date", by="name", strategy="nearest", check_sortedness=False
    ).filter(
        pl.col("told").is_null()
        | ((pl.col("told") - pl.col("date")).dt.total_days().abs() > AGAIN_WITHIN)
    )
    expected = pl.concat([coming, unknown.select(coming.columns)]).sort("name", "date")
    return _week_shares(expected, as_of, 1, YEAR)


def _week_shares(
    days: pl.DataFrame, as_of: dt.date, first: int, weeks: int
) -> dict[str, FloatArray]:
    """Days of each week that an event covers over seven, the first week from day `first` on."""
    week = ((pl.col("date") - pl.lit(as_of)).dt.total_days() - first) // WEEK
    sums = (
        days.with_columns(week=week)
        .filter(pl.col("week").is_between(0, weeks - 1))
        .group_by("name", "week", maintain_order=True)
        .agg(pl.col("share").sum() / WEEK)
    )
    shares: dict[str, FloatArray] = {}
    for name, at, share in sums.iter_rows():
        shares.setdefault(name, np.zeros(weeks))[at] = min(share, 1.0)
    return shares
