"""The stretches that stock is projected by: days near, and weeks beyond them."""

import datetime as dt
from typing import NamedTuple

import polars as pl

WEEK = 7
"""Days of a stretch beyond the days."""


class Stretches(NamedTuple):
    """Days one after the other from a first one on, and weeks after them.

    Attributes:
        first_day: first day.
        days: stretches of a day.
        weeks: stretches of a week after these.
    """

    first_day: dt.date
    days: int
    weeks: int

    def list_ends(self) -> list[int]:
        """How many days have passed at the end of each stretch."""
        near = range(1, self.days + 1)
        return [*near, *(self.days + WEEK * week for week in range(1, self.weeks + 1))]

    def list_last_days(self) -> list[dt.date]:
        """Last day of each stretch."""
        return [self.first_day + dt.timedelta(days=end - 1) for end in self.list_ends()]

    def list_lengths(self) -> list[int]:
        """Days of each stretch."""
        return [1] * self.days + [WEEK] * self.weeks

    def number_of(self, day: str) -> pl.Expr:
        """The number of the stretch that a day lies in, from 0; missing outside of all."""
        offset = (pl.col(day) - pl.lit(self.first_day)).dt.total_days()
        number = (
            pl.when(offset < self.days)
            .then(offset)
            .otherwise(self.days + (offset - self.days) // WEEK)
        )
        return pl.when(number.is_between(0, self.days + self.weeks - 1)).then(number)
