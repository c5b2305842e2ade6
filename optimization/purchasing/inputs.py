"""What the purchases of a night are given: supplier-fed nodes with their levels and terms."""

import polars as pl

from optimization.value import compute_sale_margin

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
    levels = targets.select(
        *_KEYS,
        "overage_cost",
        "surplus_step",
        "surplus_most",
        "value_level",
        "order_up_to",
        level_binding="binding",
    )
    # The level is worth what the item costs landed; an order earns by what this supplier asks.
    margin = compute_sale_margin("supplier_price")
    return (
        windows.drop("supplier")
        .join(levels, on=_KEYS)
        .join(terms, on=_KEYS)
        .with_columns(
            underage_cost=margin.clip(lower_bound=0.0), unit_price=pl.col("supplier_price")
        )
        .rename({"location": "destination"})
        .sort("sku", "destination")
    )
