"""How much of an outcome lies in the middle of the chances that were stated of it."""

import numpy as np
import pytest

from benchmarks.order_risks import find_shares_within

MIDDLE = (0.1, 0.9)


@pytest.mark.parametrize(
    ("earlier", "until", "share"),
    [
        # All chance on one day holds as much as the middle is of all.
        (0.0, 1.0, 0.8),
        (0.0, 0.1, 0.0),
        (0.0, 0.2, 0.5),
        (0.4, 0.6, 1.0),
        (0.95, 1.0, 0.0),
        # Of a day that nobody stated the chance of an earlier one decides.
        (0.5, 0.5, 1.0),
        (1.0, 1.0, 0.0),
        (0.0, 0.0, 0.0),
    ],
)
def test_a_stretch_lies_in_the_middle_by_its_part(earlier, until, share):
    found = find_shares_within(np.array([earlier]), np.array([until]), MIDDLE)
    assert found.item() == pytest.approx(share)


def test_chances_that_hold_are_covered_as_often_as_they_say():
    """Days drawn by their own chances: in the mean 80 % of them, however few days there are."""
    rng = np.random.default_rng(3)
    chances = np.array([0.7, 0.05, 0.15, 0.1])
    until = np.cumsum(chances)
    drawn = rng.choice(4, 20_000, p=chances)
    shares = find_shares_within((until - chances)[drawn], until[drawn], MIDDLE)
    assert shares.mean() == pytest.approx(0.8, abs=0.01)
    # Who says that the day is surer than it is covers less.
    bold = np.array([0.9, 0.04, 0.03, 0.03])
    said = np.cumsum(bold)
    assert find_shares_within((said - bold)[drawn], said[drawn], MIDDLE).mean() < 0.75
