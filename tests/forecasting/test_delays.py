"""Delays of order lines, on lines whose chances are known."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.supply.delays import fit_delays, predict_delays
from forecasting.supply.records import measure_records

AS_OF = dt.date(2026, 3, 31)
FIRST = dt.date(2024, 4, 1)


def lines(supplier, days, late, *, name="", known=0):
    """Lines of a supplier, due on days after FIRST, late by so many days."""
    due = [FIRST + dt.timedelta(days=int(day)) for day in days]
    arrived = [day + dt.timedelta(days=int(by)) for day, by in zip(due, late, strict=True)]
    return pl.DataFrame(
        {
            "record": "order_asked",
            "order": [f"{name or supplier}-{at}" for at in range(len(due))],
            "line": 1,
            "supplier": supplier,
            "destination": "DC",
            "origin": pl.Series([None] * len(due), dtype=pl.String),
            "mode": pl.Series([None] * len(due), dtype=pl.String),
            "item": "A",
            "category": pl.Series([None] * len(due), dtype=pl.String),
            "ordered_on": [day - dt.timedelta(days=20) for day in due],
            "due_on": due,
            "units": 10.0,
            "worth": 100.0,
            "order_lines": 1,
            "order_worth": 100.0,
            "known_on": [day + dt.timedelta(days=known) for day in arrived],
            "days_late": pl.Series([int(by) for by in late], dtype=pl.Int64),
        }
    )


def as_known(*parts):
    """What was known at the close of AS_OF of lines that were due by then."""
    known = pl.col("known_on") <= AS_OF
    return (
        pl.concat(parts)
        .filter(pl.col("due_on") <= AS_OF)
        .with_columns(pl.when(known).then(name).alias(name) for name in ("known_on", "days_late"))
    )


def ask(*suppliers):
    asked = [lines(supplier, [740], [0]) for supplier in suppliers]
    found = pl.concat(asked).drop("known_on", "days_late")
    return found.with_columns(judged_on=pl.lit(AS_OF))


def drawn(seed, supplier, share, *, first=0, last=728, name=""):  # noqa: PLR0913
    chance = np.random.default_rng(seed)
    due = np.arange(first, last, 2)
    late = np.where(chance.random(len(due)) < share, chance.integers(1, 11, len(due)), 0)
    return lines(supplier, due, late, name=name)


def chances(history, asked):
    said = predict_delays(fit_delays(history, as_of=AS_OF, seed=7), asked)
    return dict(said.select("order", "p_late_0").iter_rows())


@pytest.fixture(scope="module")
def two():
    """One supplier late in 40 of 100 lines, another in 5."""
    return as_known(drawn(1, "slow", 0.4), drawn(2, "true", 0.05))


def test_chances_tell_suppliers_apart(two):
    """By one line each chances scatter, so they are those of lines over most of a year."""
    days = range(731, 1031, 10)
    asked = pl.concat(lines(name, days, [0] * len(days)) for name in ("slow", "true"))
    asked = asked.drop("known_on", "days_late").with_columns(judged_on=pl.lit(AS_OF))
    model = fit_delays(two, as_of=AS_OF, seed=7)
    said = predict_delays(model, asked).group_by(
        supplier=pl.col("order").str.split("-").list.first()
    )
    mean = dict(said.agg(pl.col("p_late_0").mean()).iter_rows())
    assert mean["slow"] == pytest.approx(0.4, abs=0.16)
    assert mean["true"] == pytest.approx(0.05, abs=0.06)


def test_quantiles_hold_what_comes(two):
    said = predict_delays(fit_delays(two, as_of=AS_OF, seed=7), ask("slow", "true"))
    slow, true = said.to_dicts()
    # Late lines are 1 to 10 days late, evenly: three in ten of them are later than seven.
    assert slow["p_late_7"] == pytest.approx(slow["p_late_0"] * 0.3, abs=0.07)
    assert slow["q30"] == 0
    assert 3 <= slow["q90"] <= 10
    assert true["q90"] == 0
    levels = [slow[f"q{level}0"] for level in range(1, 10)]
    assert levels == sorted(levels)


def test_the_level_of_now_counts():
    """A supplier that went wrong lately is held for worse than one that mended its ways."""
    turned, mended = (
        as_known(
            drawn(1, "turned", before, last=600),
            drawn(2, "turned", since, first=600, name="turned-now"),
            drawn(3, "true", 0.05),
        )
        for before, since in ((0.05, 0.5), (0.5, 0.05))
    )
    asked = ask("turned")
    assert chances(turned, asked)["turned-0"] > 2 * chances(mended, asked)["turned-0"]


def test_a_new_supplier_stands_between_those_that_are_known(two):
    said = chances(two, ask("slow", "true", "new"))
    assert said["true-0"] < said["new-0"] < said["slow-0"]


def test_overdue_lines_that_are_open_count_as_late(two):
    late_now = lines("true", range(690, 722), [60] * 32, name="open")
    calm = chances(two, ask("true"))
    held = chances(as_known(two, late_now), ask("true"))
    assert held["true-0"] > calm["true-0"] + 0.1


def test_a_few_lines_give_the_record_of_the_lane():
    said = chances(as_known(lines("true", [700, 710, 720], [0, 0, 3])), ask("true", "new"))
    assert 0.05 < said["new-0"] < said["true-0"] < 0.5


def test_without_a_record_little_is_said():
    said = predict_delays(
        fit_delays(as_known(lines("true", [700], [0])).clear(), as_of=AS_OF, seed=7), ask("new")
    )
    assert said["p_late_0"].to_list() == [pytest.approx(0.05)]
    assert said["q50"].to_list() == [0]


def test_the_order_of_lines_changes_nothing(two):
    asked = ask("slow", "true")
    model = fit_delays(two, as_of=AS_OF, seed=7)
    mixed = fit_delays(two.sample(fraction=1.0, shuffle=True, seed=5), as_of=AS_OF, seed=7)
    assert_frame_equal(
        predict_delays(model, asked), predict_delays(mixed, asked.reverse()), check_exact=True
    )


def test_a_record_counts_from_the_day_on_which_it_was_known():
    """Late from the day after the one due, in time from the day of its booking."""
    late = lines("late", [100], [30])
    booked = lines("booked", [100], [-5], known=10)
    seen = fit_delays(as_known(late, booked), as_of=AS_OF, seed=7).seen
    days = [FIRST + dt.timedelta(days=day) for day in (100, 101, 104, 105)]
    asked = pl.concat(ask("late", "booked").with_columns(judged_on=pl.lit(day)) for day in days)
    said = asked.select("supplier", "judged_on").hstack(measure_records(seen, asked))
    shares = said.pivot(on="supplier", index="judged_on", values="supplier_180")
    # Before any line 0.5 of 10; then all lines 1.5 of 11, and five such beside the one of its own.
    assert shares["late"].to_list()[:2] == [0.05, pytest.approx((1 + 5 * 1.5 / 11) / 6)]
    assert shares["late"][2] == pytest.approx(shares["late"][1], abs=0.01)
    assert shares["booked"][3] < shares["booked"][2]


def test_outcomes_of_later_days_are_refused(two):
    with pytest.raises(ValueError, match="was known after 2026-01-01"):
        fit_delays(two, as_of=dt.date(2026, 1, 1), seed=7)


def test_a_line_with_half_an_outcome_is_refused(two):
    with pytest.raises(ValueError, match="line slow-0/1 has only one of known_on and days_late"):
        fit_delays(two.with_columns(days_late=pl.lit(None, pl.Int64)), as_of=AS_OF, seed=7)
