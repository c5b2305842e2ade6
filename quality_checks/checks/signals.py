"""Checks of what exceptions are detected in."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

SIGNALS_READ = Check(
    "signals_read",
    "Whatever was read on the date before is read again: else an exception of it stays as it was, "
    "for some days.",
    remedy="See which feed or plan of the subject is missing.",
)

_KEY = ["kind", "subject"]


def judge_unread_signals(past: pl.DataFrame, now: pl.DataFrame) -> Outcome:
    """Name the signals of the newest date before that are not read any more.

    Args:
        past: business_date, kind, subject: readings of dates before.
        now: kind, subject: those of the business date.
    """
    newest = past.filter(pl.col("business_date") == pl.col("business_date").max())
    unread = newest.join(now, on=_KEY, how="anti").select("business_date", *_KEY).sort(_KEY)
    return SIGNALS_READ.found(unread, f"{len(unread)} signals are not read any more")
