"""Order and uniqueness of keys, found without sorting where rows are in order."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.rows import in_order, refuse_twice

KEYS = ["sku", "day"]
ROWS = pl.DataFrame({"sku": ["a", "a", "b"], "day": [1, 2, 1], "n": [5, 6, 7]})


def test_rows_in_order_stay_and_others_are_sorted():
    assert in_order(ROWS, KEYS) is ROWS
    assert_frame_equal(in_order(ROWS.reverse(), KEYS), ROWS)
    assert_frame_equal(in_order(ROWS[[1, 0, 2]], KEYS), ROWS)
    assert in_order(ROWS.clear(), KEYS).is_empty()


@pytest.mark.parametrize("order", [[0, 1, 1, 2], [2, 1, 0, 1]])
def test_a_key_that_comes_twice_is_refused_in_any_order(order):
    refuse_twice(ROWS[[2, 0, 1]], KEYS)
    with pytest.raises(ValueError, match="sku a, day 2 comes more than once"):
        refuse_twice(ROWS[order], KEYS)


def test_a_missing_key_is_refused():
    with pytest.raises(ValueError, match="lacks a key"):
        refuse_twice(ROWS.with_columns(day=pl.Series([None, 2, 1])), KEYS)
