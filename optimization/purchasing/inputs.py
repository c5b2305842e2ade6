"""What the purchases of a night are given: supplier-fed nodes with their levels and terms."""

import polars as pl

_KEYS = ["sku", "location"]


def select_purchase_items(
    windows: pl.DataFrame, targets: pl.DataFrame, terms: pl.DataFrame
) -> pl.DataFrame:
    """Select supplier-fed nodes as `plan_purchases` reads them.

    Args:
        windows: what `build_echelon_windows` gives.
        targets: the columns of the contract Targets.
        terms: frame `purchase_terms`.
    """
    return (
        windows.drop("supplier")
        .join(targets.select(*_KEYS, "order_up_to"), on=_KEYS)
        .join(terms, on=_KEYS)
        .with_columns(unit_price=pl.col("supplier_price"))
        .rename({"location": "destination"})
        .sort("sku", "destination")
    )
