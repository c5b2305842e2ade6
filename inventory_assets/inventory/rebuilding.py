"""Daily tables over the past, built once a day and again where what landed has changed."""

from datetime import date

import polars as pl

from inventory_assets.framework import Inputs
from quality_checks.intake import (
    SUBSTITUTED_DAYS,
    find_first_sales_day,
    fingerprint_days,
    split_days,
)

_STRETCH_ROWS = 4_000_000
"""Sales rows of the days that are built at once, which bounds memory."""


def rebuild_days(inputs: Inputs, name: str) -> list[date]:
    """Bring a daily table up to date, and return the days that were built again.

    The query of the table's name gives the rows of the days in `rebuilt_days`. A day is marked
    after its rows are stored: a process that dies in between builds the day again.
    """
    ledger = inputs.ledger()
    kept = inputs.policy.history_kept_days
    first_day = find_first_sales_day(ledger, inputs.business_date, days_kept=kept)
    marks = fingerprint_days(ledger, first_day, inputs.business_date)
    stored = inputs.read_until("day_fingerprints").filter(name=name)
    built = dict(stored.select("business_date", "fingerprint").iter_rows())
    stale = sorted(day for day, mark in marks.items() if built.get(day) != mark)
    for days in split_days(stale, ledger, most=_STRETCH_ROWS):
        frame = inputs.query(
            name,
            frames={"rebuilt_days": pl.DataFrame({"day": days})},
            first_day=days[0],
            last_day=days[-1],
            substituted_days=SUBSTITUTED_DAYS,
        )
        fresh = {"business_date": days, "name": name, "fingerprint": [marks[day] for day in days]}
        inputs.replace_days(name, days, frame, pl.DataFrame(fresh))
    return stale
