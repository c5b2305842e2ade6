"""The same parts are the same version, until a higher one has handed out lines."""

from datetime import date

import pytest

from governance import PlanParts, find_current_version, find_version, number_plan
from quality_checks.contracts import CONTRACTS

DAY = date(2026, 3, 2)


@pytest.fixture
def number():
    """Numbers plans one after the other: of which input, and what had been handed out by then."""
    versions = CONTRACTS["plan_versions"].empty()

    def ask(landed, last_exported=0):
        nonlocal versions
        parts = PlanParts(landed, "policy", "code", "model")
        versions = number_plan(versions, DAY, parts, last_exported=last_exported)
        assert versions["plan_version"].is_unique().all()
        assert versions["current"].sum() == 1
        return find_current_version(versions, DAY).plan_version

    return ask


def test_the_same_parts_are_in_force_again(number):
    assert [number(landed) for landed in "abab"] == [1, 2, 1, 2]
    # What a version has handed out itself does not make it another one.
    assert number("b", last_exported=2) == 2


def test_a_version_that_a_later_one_has_added_to_is_made_anew(number):
    assert [number("a"), number("b")] == [1, 2]
    # Version 1 would not count what version 2 has handed out.
    assert number("a", last_exported=2) == 3
    assert number("a", last_exported=2) == 3
    assert number("a", last_exported=3) == 3
    assert number("b", last_exported=3) == 4


def test_versions_of_a_lost_warehouse_are_not_counted_anew(number):
    # Version 1 would ask again for what version 2 had handed out.
    assert [number("b", last_exported=2), number("b", last_exported=2)] == [2, 2]


def test_a_plan_after_a_lost_warehouse_gets_a_number_of_its_own(number):
    assert number("b", last_exported=3) == 3
    assert number("c", last_exported=3) == 4
    assert number("d", last_exported=4) == 5


def test_a_version_is_found_by_its_number_and_the_current_one_where_it_is_not_kept():
    first, last = (PlanParts(landed, "policy", "code", "model") for landed in "ab")
    versions = number_plan(CONTRACTS["plan_versions"].empty(), DAY, first, last_exported=0)
    versions = number_plan(versions, DAY, last, last_exported=0)
    assert [find_version(versions, DAY, number).input_hash for number in (1, 2, 9)] == [*"abb"]
