"""How surely nodes ship: pooled where they do not differ, their own where they do."""

import polars as pl
import pytest

from forecasting.fulfilment import estimate_node_chances


def record(*rows):
    """Lines by location, outcome and days late; all stores."""
    columns = ("location", "outcome", "days_late", "lines")
    schema = {"days_late": pl.Int64, "lines": pl.Int64}
    frame = pl.DataFrame(rows, schema=columns, schema_overrides=schema, orient="row")
    return frame.with_columns(kind=pl.lit("store"))


def shares(asked):
    """A record of lines asked and refused by location."""
    rows = [(node, "refused", None, bad) for node, (_, bad) in asked.items() if bad]
    rows += [(node, "shipped", None, n - bad) for node, (n, bad) in asked.items() if n > bad]
    return record(*rows)


def test_nodes_that_differ_no_more_than_chance_share_one():
    chances = estimate_node_chances(shares({"A": (100, 10), "B": (100, 9), "C": (100, 11)}))
    assert chances.refusal["chance"].to_list() == pytest.approx([0.1] * 3)
    assert chances.late.is_empty()


def test_a_node_with_many_lines_has_its_own_chance_and_one_with_few_that_of_its_kind():
    chances = estimate_node_chances(
        shares({"A": (1000, 20), "B": (1000, 300), "C": (1000, 40), "D": (2, 2)})
    )
    found = dict(chances.refusal.iter_rows())
    assert found["A"] == pytest.approx(0.02, abs=0.005)
    assert found["B"] == pytest.approx(0.3, abs=0.01)
    # Two of two: nearer to the 12 % of all than to certainty.
    assert 0.12 < found["D"] < 0.3


def test_who_never_refused_and_never_told_when_lines_left_has_no_chances():
    chances = estimate_node_chances(record(("A", "shipped", None, 50)))
    assert chances.refusal.is_empty()
    assert chances.late.is_empty()
    assert estimate_node_chances(record().clear()).refusal.is_empty()


def test_lateness_is_the_nodes_own_and_its_days_are_of_all():
    rows = [("A", "shipped", 0, 90), ("A", "shipped", 1, 10), ("B", "shipped", 0, 90)]
    chances = estimate_node_chances(record(*rows, ("B", "shipped", 1, 5), ("B", "shipped", 3, 5)))
    late = {(node, days): chance for node, days, chance in chances.late.iter_rows()}
    assert late["A", 1] == pytest.approx(0.1)
    # Of 20 late lines 5 were more than a day late.
    assert late["A", 2] == late["B", 3] == pytest.approx(0.1 * 5 / 20)
    assert max(days for _, days in late) == 3
