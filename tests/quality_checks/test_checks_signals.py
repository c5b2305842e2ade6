"""What was read the date before and is not read today is named."""

import datetime as dt

import polars as pl

from quality_checks.checks import judge_unread_signals

NEWEST, OLDER = dt.date(2026, 3, 2), dt.date(2026, 3, 1)


SCHEMA = {"business_date": pl.Date, "kind": pl.String, "subject": pl.String}


def read(*signals):
    return pl.DataFrame(signals, schema=SCHEMA, orient="row")


def test_a_signal_that_is_not_read_any_more_is_named():
    past = read((OLDER, "backlog", "S9"), (NEWEST, "backlog", "S1"), (NEWEST, "backlog", "S2"))
    now = read((NEWEST, "backlog", "S2"), (NEWEST, "phantom_stock", "S1"))
    outcome = judge_unread_signals(past, now)
    assert not outcome.passed
    assert outcome.failing.rows() == [(NEWEST, "backlog", "S1")]


def test_it_passes_where_all_are_read_again_and_on_a_first_night():
    past = read((NEWEST, "backlog", "S1"))
    assert judge_unread_signals(past, past).passed
    assert judge_unread_signals(past.clear(), past).passed
