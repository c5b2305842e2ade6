"""The order in which people see actions."""

import polars as pl

from governance import rank_actions

ROWS = [
    # id, kind, benefit, fee or cost of moving
    ("a", "purchase_order", 500.0, 0.0),
    ("b", "expedite", 400.0, 200.0),
    ("c", "transfer", 300.0, 1.0),
    ("d", "purchase_change", 200.0, 10.0),
    ("e", "purchase_change", 150.0, 0.0),
    ("f", "expedite", 100.0, 20.0),
    ("g", "purchase_order", 50.0, 0.0),
]


def rank(rows):
    names = ["action_id", "kind", "benefit", "moving_cost"]
    return rank_actions(pl.DataFrame(rows, schema=names, orient="row"))["action_id"].to_list()


def test_fees_are_spent_where_they_bring_most_and_nothing_else_moves():
    # For each of its fee d brings 20, f brings 5 and b brings 2; e asks for none.
    assert rank(ROWS) == ["a", "d", "c", "f", "e", "b", "g"]
    assert rank(ROWS[::-1]) == rank(ROWS)


def test_equals_are_ranked_by_id():
    same = [(name, "expedite", 10.0, 5.0) for name in "cab"]
    assert rank(same) == ["a", "b", "c"]


def test_nothing_waits():
    assert rank([]) == []
