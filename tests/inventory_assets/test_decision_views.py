"""Views of the read copy on how decisions went: how long they took, and what overrides gave."""

import duckdb
import pytest
from landing_folder import at, day, put

from quality_checks.contracts import VIEW_SCHEMA

ASKED = {"kind": "transfer", "region": "north", "category": "shirts", "role": "buyer"}
ANSWERED = {"state": "answered", "asked_at": at(1, 0)}


@pytest.fixture
def decided(shop):
    """Four actions that the buyer was asked about, and overrides that were judged since."""
    steps = [
        {**ANSWERED, "hours": 2.0, "answer": "approve", "answers": 1},
        {**ANSWERED, "hours": 4.0, "answer": "override", "answers": 3},
        {**ANSWERED, "hours": None, "answer": "reject", "answers": 1},
        {"state": "waiting"},
    ]
    for number, step in enumerate(steps):
        put(shop, "decision_steps", 1, action_id=f"a{number}", **ASKED, **step)
    judged = [("a1", 3, 10, 12, -9.0), ("a1", 4, 10, 12, 1.5), ("a2", 4, 10, 2, -2.0)]
    judged += [("a3", 4, 10, 30, 4.0), ("a4", 4, 10, 10, 0.0)]
    for action, number, proposed, instead, added in judged:
        put(shop, "override_value", number, action_id=action, **ASKED, author="ann",
            proposed=proposed, overridden=instead, value_added=added)  # fmt: skip
    put(shop, "routed", 1, action_id="a2", override_code="too_much")
    return shop


def read(shop, view):
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:
        return connection.sql(f"SELECT * FROM {VIEW_SCHEMA}.{view} ORDER BY ALL").pl()


def test_a_role_has_its_hours_what_waits_for_it_and_what_it_did_over(decided):
    (row,) = read(decided, "approval_times").to_dicts()
    assert (row["business_date"], row["role"]) == (day(1), "buyer")
    counts = ("asked", "answered", "waiting", "rejected", "overridden", "done_over")
    assert [row[name] for name in counts] == [4, 3, 1, 1, 1, 2]
    assert (row["median_hours"], row["slow_hours"]) == (3.0, pytest.approx(3.8))


def test_overrides_are_summed_by_way_size_and_reason_each_by_its_newest_judgement(decided):
    rows = read(decided, "override_values")
    told = ("override_code", "direction", "size", "overrides", "nearer", "units_changed")
    assert set(rows.select(*told, "value_added").rows()) == {
        ("", "more", "small", 1, 1, 2, 1.5),
        ("too_much", "less", "large", 1, 0, 8, -2.0),
        ("", "more", "multiple", 1, 1, 20, 4.0),
    }
