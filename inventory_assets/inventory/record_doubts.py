"""How likely stock records are wrong, as actions and online buffers read it."""

import polars as pl

from inventory_assets.framework import Inputs

RECORD_DOUBTS_FROM = [
    "position",
    "unconstrained",
    "book_balance",
    "stock_counts",
    "stock",
    "pos_sales",
    "returns",
    "receipts",
    "transfers",
    "adjustments",
    "node_refusals",
    "record_errors",
]
"""What is read to find doubts about stock records, besides earlier quarantine."""


def read_record_doubts(inputs: Inputs) -> pl.DataFrame:
    """sku, location, suspected, faulty, doubt of pairs with stock: the query `record_doubts`."""
    unsure = inputs.query("unsure_stock", frames={"stocked": inputs.read("position")})
    return inputs.query("record_doubts", frames={"unsure": unsure})
