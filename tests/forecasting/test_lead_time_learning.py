"""Lead times learned from totals: kept and broken promises, lost orders, sums that are unclear."""

import numpy as np
import pytest

from forecasting.online.lead_time_learning import LeadTimeBelief


def run(promised, leads, quantities):
    """A belief after these orders, each with its lead time (infinite: lost)."""
    belief = LeadTimeBelief(promised)
    due = np.zeros(len(leads) + 100)
    for period, (lead, quantity) in enumerate(zip(leads, quantities, strict=True)):
        belief.order(quantity)
        if np.isfinite(lead):
            due[period + int(lead)] += quantity
        belief.arrive(due[period])
    return belief


def test_it_starts_near_the_promise():
    chances = LeadTimeBelief(2).distribution()
    assert chances.sum() == pytest.approx(1)
    assert chances[2] > 0.9
    assert 0 < chances[-1] < 0.05


@pytest.mark.parametrize("promised", [0, 4])
def test_kept_promises_are_trusted(promised):
    chances = run(promised, [promised] * 20, range(10, 30)).distribution()
    assert chances[promised] > 0.999


def test_a_wrong_promise_is_corrected():
    chances = run(1, [4] * 30, range(10, 40)).distribution()
    assert chances[4] > 0.85


def test_a_distribution_with_lost_orders_is_found():
    rng = np.random.default_rng(1)
    leads = rng.choice([1, 2, 3, np.inf], 400, p=[0.2, 0.3, 0.2, 0.3])
    chances = run(2, leads, rng.integers(50, 150, 400)).distribution()
    assert chances[[1, 2, 3, -1]] == pytest.approx([0.2, 0.3, 0.2, 0.3], abs=0.08)


def test_overdue_orders_count_before_they_are_given_up():
    """Five orders promised for the next period, the first three overdue: loss grows likelier."""
    belief = LeadTimeBelief(1)
    before = belief.distribution()[-1]
    for _ in range(4):
        belief.order(7)
        belief.arrive(0)
    assert belief.distribution()[-1] > 5 * before
    assert list(belief.outstanding().age) == [4, 3, 2, 1]


def test_an_order_is_given_up_in_the_end():
    belief = LeadTimeBelief(0)
    belief.order(5)
    for _ in range(4):
        assert len(belief.outstanding().age) == 1
        belief.arrive(0)
    assert len(belief.outstanding().age) == 0


def test_a_sum_tells_which_orders_came():
    belief = LeadTimeBelief(2)
    for quantity in (10, 23, 31):
        belief.order(quantity)
        belief.arrive(0)
    belief.arrive(41)  # 10 + 31
    out = belief.outstanding()
    assert list(out.quantity) == [23]
    assert list(out.age) == [3]


def test_of_equal_orders_the_one_that_is_due_came():
    belief = LeadTimeBelief(2)
    belief.order(10)
    belief.arrive(0)
    belief.order(10)
    belief.arrive(0)
    belief.order(10)
    belief.arrive(10)
    assert list(belief.outstanding().age) == [2, 1]


def test_an_arrival_of_no_order_teaches_nothing():
    belief, same = LeadTimeBelief(2), LeadTimeBelief(2)
    for one, units in ((belief, 3.0), (same, 0.0)):
        one.order(10)
        one.arrive(units)
    assert belief.distribution() == pytest.approx(same.distribution())


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="promised"):
        LeadTimeBelief(-1)
    with pytest.raises(ValueError, match="order must be finite"):
        LeadTimeBelief(1).order(np.nan)
    with pytest.raises(ValueError, match="arrival must be finite"):
        LeadTimeBelief(1).arrive(-1)
