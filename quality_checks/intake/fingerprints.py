"""Fingerprints of what landed: of all that a plan read, and of what each day of history rests on.

A day of sales history is built once. It is built again only when a file with rows of it came, was
replaced, or had rows released from quarantine: that is, when its fingerprint changed.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

SUBSTITUTED_DAYS = 14
"""Days after a substitute was offered within which its sale counts as that of the item ordered."""

_EVENT_INPUTS = {
    "pos_sales": 0,
    "returns": 0,
    "stockout_hours": 0,
    "substitution_outcomes": SUBSTITUTED_DAYS,
}
"""Sources of what happened -> days after it whose history rests on it, too."""
_DAY_INPUTS = (*_EVENT_INPUTS, "stock")


def fingerprint_inputs(ledger: pl.DataFrame) -> str:
    """Hash of every landed file that a plan may use, and of what was released from quarantine.

    Args:
        ledger: columns of the contract `files`, those known as of the business date.
    """
    usable = ledger.filter(pl.col("status") != "refused")
    rows = usable.select("source", "file_name", "sha256", "loaded_rows").rows()
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


def find_first_sales_day(ledger: pl.DataFrame, business_date: date, *, days_kept: int) -> date:
    """First day of history that is built: that of the first sales file, within the days kept."""
    first = ledger.filter(source="pos_sales")["business_date"].min()
    earliest = first if isinstance(first, date) else business_date
    return max(earliest, business_date - timedelta(days=days_kept - 1))


def fingerprint_days(ledger: pl.DataFrame, first_day: date, last_day: date) -> dict[date, str]:
    """What each day's rows were landed in: its own events, and every stock file up to it.

    Args:
        ledger: columns of the contract `files`, those known as of `last_day`.
        first_day: first day asked about.
        last_day: last day asked about.
    """
    used = ledger.filter(pl.col("loaded_rows") > 0, pl.col("source").is_in(_DAY_INPUTS))
    columns = ("source", "business_date", "first_date", "last_date", "sha256", "loaded_rows")
    files = used.sort("file_id").select(columns).rows()
    marks = {
        first_day + timedelta(days=n): hashlib.sha256()
        for n in range((last_day - first_day).days + 1)
    }
    stock = sorted(
        (day, sha256, rows) for source, day, *_, sha256, rows in files if source == "stock"
    )
    running, upcoming = hashlib.sha256(), 0
    for day, mark in marks.items():
        while upcoming < len(stock) and stock[upcoming][0] <= day:
            running.update(repr(stock[upcoming]).encode())
            upcoming += 1
        mark.update(running.digest())
    for source, _, first, last, sha256, rows in files:
        if source in _EVENT_INPUTS:
            content = repr((source, sha256, rows)).encode()
            for n in range((last - first).days + _EVENT_INPUTS[source] + 1):
                if (day := first + timedelta(days=n)) in marks:
                    marks[day].update(content)
    return {day: mark.hexdigest() for day, mark in marks.items()}


def split_days(days: Sequence[date], ledger: pl.DataFrame, *, most: int) -> Iterator[list[date]]:
    """`days` cut into runs of neighbours, each of bounded sales rows, so that memory is bounded.

    Args:
        days: in order.
        ledger: a `Files` frame; the sales rows of a day are those of its loaded files.
        most: rows that a run of several days holds at most.
    """
    sold = ledger.filter(source="pos_sales", status="loaded").group_by(
        "business_date", maintain_order=True
    )
    rows = dict(sold.agg(pl.col("loaded_rows").sum()).iter_rows())
    run: list[date] = []
    held = 0
    for day in days:
        here = rows.get(day, 0)
        if run and (day - run[-1] > timedelta(days=1) or held + here > most):
            yield run
            run, held = [], 0
        run.append(day)
        held += here
    if run:
        yield run
