"""What is wrong with the level or the price of a pair reaches the action that rests on it."""

import polars as pl

from governance import gather_cautions


def told(*cautions):
    rows = [("A", place, code) for place, code in cautions]
    return pl.DataFrame(rows, schema=["sku", "location", "cautions"], orient="row")


def test_cautions_of_levels_and_of_prices_are_told_together():
    found = gather_cautions(
        told(("S1", "lead_time_beyond_forecast"), ("S2", ""), ("S3", "")),
        told(
            ("S1", "no_list_price;returns_not_known"), ("S2", "left_range_with_stock"), ("S3", "")
        ),
    )
    assert found.rows() == [
        ("A", "S1", "lead_time_beyond_forecast;no_list_price;returns_not_known"),
        ("A", "S2", "left_range_with_stock"),
    ]
