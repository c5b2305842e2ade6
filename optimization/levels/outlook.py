"""What a night expects of the days ahead."""

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from forecasting.distribution import RunningDemand


@dataclass(frozen=True)
class Outlook:
    """What is expected to sell, and what is expected to come.

    Attributes:
        demand: frame `daily_demand`, of every day after the business date.
        receipts: frame `receipts_due`.
        seasons: frame `week_factors`, of the weeks beyond the forecast; without it they are like
            the last week of it.
    """

    demand: pl.DataFrame
    receipts: pl.DataFrame
    seasons: pl.DataFrame | None = None
    _running: dict[dt.date, RunningDemand] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def sum_demand_from(self, first_day: dt.date) -> RunningDemand:
        """Demand summed up from a day on, made once: all windows of a night look it up.

        Raises:
            ValueError: as `RunningDemand.of`.
        """
        if first_day not in self._running:
            self._running[first_day] = RunningDemand.of(self.demand, first_day, self.seasons)
        return self._running[first_day]
