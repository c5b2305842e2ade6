"""How often stock records state too much, learned from counts."""

import polars as pl
import pytest

from forecasting.records import learn_record_errors

PLACES = pl.DataFrame({"location": ["A", "B"], "region": ["north", "north"]})


def counted(rows):
    """Counts of (location, recorded, counted)."""
    return pl.DataFrame(
        [
            {"count_id": f"{number:05}", "location": place, "recorded": recorded, "counted": found}
            for number, (place, recorded, found) in enumerate(rows)
        ],
        schema={
            "count_id": pl.String, "location": pl.String, "recorded": pl.Int64,
            "counted": pl.Int64,
        },
    )  # fmt: skip


def chance_of(judged, location, size=3):
    row = judged.errors.filter(location=location, record_from=size)
    return row["short_chance"].item()


def test_without_counts_one_record_in_ten_is_short_and_by_one_unit():
    judged = learn_record_errors(counted([]), PLACES)
    assert judged.errors["short_chance"].unique().to_list() == [0.1]
    assert judged.errors["counts"].unique().to_list() == [0]
    assert judged.missing.filter(record_from=3).select("units", "more_chance").rows() == [
        (0, 1.0),
        (1, 0.0),
    ]


def test_a_location_of_many_counts_speaks_for_itself_and_one_of_few_for_the_others():
    """Of 1,000 records at A 400 are short; at B, with none counted, the chance is that of all."""
    rows = [("A", 4, 2 if number < 400 else 4) for number in range(1000)]
    judged = learn_record_errors(counted(rows), PLACES)
    usual = 401 / 1010
    assert chance_of(judged, "B") == pytest.approx(usual)
    assert chance_of(judged, "A") == pytest.approx(usual * 405 / (1000 * usual + 5))
    # Three counts more at B, all of them right, change little.
    few = learn_record_errors(counted([*rows, *[("B", 4, 4)] * 3]), PLACES)
    assert 0.75 * usual < chance_of(few, "B") < usual


def test_what_has_too_much_is_not_short_and_records_without_stock_promise_nothing():
    judged = learn_record_errors(counted([("A", 4, 9), ("A", 0, 3), ("A", -2, 0)]), PLACES)
    row = judged.errors.filter(location="A", record_from=3).row(0, named=True)
    assert (row["counts"], row["short_counts"]) == (1, 0)
    assert judged.errors["counts"].sum() == 1


def test_the_share_that_lacks_more_is_that_of_the_counts_and_of_one_unit_added():
    rows = [("A", 5, 4), ("A", 5, 2), ("B", 4, 1)]  # 1, 3 and 3 units missing, and 1 is added
    judged = learn_record_errors(counted(rows), PLACES)
    assert judged.missing.filter(record_from=3).select("units", "more_chance").rows() == [
        (0, 1.0),
        (1, 0.5),
        (3, 0.0),
    ]
    sizes = judged.errors.filter(location="A")["record_from"].to_list()
    assert sizes == [1, 3, 6, 11, 21, 51]
