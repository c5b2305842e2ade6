"""Kinds of day by a calendar, and what they do to demand that is known to differ by them."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.global_model.seasons import (
    DAY_OFF,
    LONG_BREAK,
    WORKING_DAY,
    day_factors,
    day_kinds,
)


@pytest.fixture
def panel(retailer):
    """A panel whose days off are its weekends."""
    found = retailer.panel()
    return replace(found, day_off=np.tile(found.weekday >= 5, (len(found.day_off), 1)))


def with_holidays(panel, *days):
    off = panel.day_off.copy()
    off[:, list(days)] = True
    return replace(panel, day_off=off)


def selling(panel, units):
    """The panel with demand by kind of day."""
    demand = units[day_kinds(panel)[panel.region, : panel.days]]
    return replace(panel, demand=demand.astype(np.float32))


def test_kinds_by_calendar(panel):
    monday = int(np.flatnonzero(panel.weekday == 0)[3])
    found = day_kinds(with_holidays(panel, monday + 4, monday + 9))[0]
    friday_to_sunday = found[monday + 4 : monday + 7]
    assert (friday_to_sunday == LONG_BREAK).all()
    assert found[monday + 9] == DAY_OFF  # a Wednesday by itself
    assert (found[monday + 12 : monday + 14] == DAY_OFF).all()
    assert (found[monday : monday + 4] == WORKING_DAY).all()


def test_a_break_goes_on_beyond_what_is_known(panel):
    last = int(np.flatnonzero(panel.weekday == 5)[-1])
    cut_off = replace(
        panel,
        price=panel.price[:, : last + 1],
        day_off=with_holidays(panel, last - 1).day_off[:, : last + 1],
    )
    assert (day_kinds(cut_off)[0, -2:] == LONG_BREAK).all()  # Friday, Saturday and then Sunday
    ordinary = replace(cut_off, day_off=panel.day_off[:, : last + 1])
    assert day_kinds(ordinary)[0, -1] == DAY_OFF


# Thousands of units, so that the prior of 300 hardly shows.
UNITS = np.array([1000, 2000, 1200])


def test_factors_are_the_ratios_of_what_sells(panel):
    long_break = selling(with_holidays(panel, *range(20, 25)), UNITS)
    factor = day_factors(long_break, day_kinds(long_break))
    assert factor[0] / factor[0, 0] == pytest.approx(UNITS / 1000, rel=0.01)


def test_a_long_break_not_seen_yet_is_days_off(panel):
    weekends = selling(panel, UNITS)
    factor = day_factors(weekends, day_kinds(weekends))
    assert factor[:, LONG_BREAK] == pytest.approx(factor[:, DAY_OFF], rel=1e-3)
