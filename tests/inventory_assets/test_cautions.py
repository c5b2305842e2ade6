"""What is wrong with the level or the price of a pair reaches the action that rests on it."""

import polars as pl

from inventory_assets.actions.proposals import _cautions


class Tables:
    """Stands in for what an asset reads."""

    def __init__(self, **cautions):
        self.cautions = cautions

    def read(self, table):
        return pl.DataFrame(
            [("A", place, code) for place, code in self.cautions[table]],
            schema=["sku", "location", "cautions"],
            orient="row",
        )


def test_cautions_of_levels_and_of_prices_are_told_together():
    tables = Tables(
        targets=[("S1", "lead_time_beyond_forecast"), ("S2", ""), ("S3", "")],
        sale_values=[
            ("S1", "no_list_price;returns_not_known"),
            ("S2", "left_range_with_stock"),
            ("S3", ""),
        ],
    )
    assert _cautions(tables).rows() == [
        ("A", "S1", "lead_time_beyond_forecast;no_list_price;returns_not_known"),
        ("A", "S2", "left_range_with_stock"),
    ]
