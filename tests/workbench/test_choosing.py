"""Rows of a source that have a value: of columns that join several, one of them."""

import polars as pl
import pytest

from workbench.citing import Source


@pytest.fixture
def source():
    rows = pl.DataFrame(
        {
            "category": ["tea", "tea;iced", None],
            "roles": ["buyer", "buyer;finance", "finance"],
            "value": [1.0, 2.0, 4.0],
        }
    )
    return Source("made", ("category",), {}, rows, {}, "EUR")


def test_a_semicolon_is_a_letter_of_a_name(source):
    assert source.choose(category="tea").rows["value"].to_list() == [1.0]
    assert source.choose(category="tea;iced").rows["value"].to_list() == [2.0]


def test_one_of_joined_roles_is_found(source):
    assert source.choose(roles="finance").rows["value"].to_list() == [2.0, 4.0]


def test_rows_are_sorted_by_what_is_made_of_columns(source):
    dearest = source.sort(pl.max_horizontal(-pl.col("value"), 3 * (pl.col("roles") == "buyer")))
    assert dearest.rows["value"].to_list() == [1.0, 2.0, 4.0]


def test_there_is_a_column_to_choose_by(source):
    with pytest.raises(LookupError, match="no column 'colour'"):
        source.choose(colour="red")
