"""Which business date is the newest that has landed, whether it is over, and what is beyond it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from quality_checks.intake.landed import LandedFile

MAIN_SOURCES: Final = ("pos_sales", "stock")
"""What a business date is known by: what was sold, and what is there."""

_LONGEST_GAP: Final = timedelta(days=7)


@dataclass(frozen=True)
class NewestDate:
    """The newest business date that has landed.

    Attributes:
        business_date: None where nothing has landed.
        beyond: files of main sources of a later date, and files of a date that is to come.
    """

    business_date: date | None
    beyond: tuple[LandedFile, ...]

    def describe_beyond(self, source: str | None = None) -> list[str]:
        """Say of each file beyond the newest date, of one source or all, that none plans on it."""
        return [
            f"{file.source}/{file.path.name}: its date is beyond {self.business_date}, to which "
            "sales and stock agree; nothing is planned on it. Mend the date in its name, or plan "
            "that date by name"
            for file in self.beyond
            if source in {None, file.source}
        ]


def find_newest_date(files: Iterable[LandedFile], today: date) -> NewestDate:
    """Find the newest business date by what main sources have sent, and what does not go with it.

    A file of one main source alone does not carry the date forward by more than a week: a day that
    is mistyped in a name would take the plan over. Dates after tomorrow are believed of none: a
    retailer's day may begin before that of the machine. Where no main source has come every file
    counts.

    Args:
        files: of all sources.
        today: the day by the clock.
    """
    landed = list(files)
    last = today + timedelta(days=1)
    past = [file for file in landed if file.business_date <= last]
    told: dict[date, set[str]] = {}
    for file in [file for file in past if file.source in MAIN_SOURCES] or past:
        told.setdefault(file.business_date, set()).add(file.source)
    days = sorted(told)
    while len(days) > 1 and len(told[days[-1]]) == 1 and days[-1] - days[-2] > _LONGEST_GAP:
        days.pop()
    newest = days[-1] if days else None
    beyond = tuple(
        file
        for file in landed
        if file.business_date > (newest if newest and file.source in MAIN_SOURCES else last)
    )
    return NewestDate(newest, beyond)


def is_still_open(files: pl.DataFrame, business_date: date) -> bool:
    """Whether only parts of the sales of a business date have come; where none has, of its stock.

    Stock may be told whole while the day goes on, so that it says nothing where sales do. Of a date
    that comes in parts alone it cannot be known that no more will come: it counts as open until a
    later date is planned.

    Args:
        files: rows of the contract Files, as of the date.
        business_date: that is planned.
    """
    came = files.filter(business_date=business_date, status="loaded")
    for source in MAIN_SOURCES:
        sequences = came.filter(source=source)["sequence"]
        if not sequences.is_empty():
            return "" not in sequences
    return False
