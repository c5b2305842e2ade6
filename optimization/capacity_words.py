"""How plans name what a supplier says that it can deliver in a week."""

import polars as pl

_EVERY = "*"


def word_capacity() -> pl.Expr:
    """Word what rows of frame `capacity_rooms` limit, by supplier, what is stated and week."""
    what = (
        pl.when(pl.col("stated_sku") != _EVERY)
        .then(pl.format(" of {}", "stated_sku"))
        .when(pl.col("stated_category") != _EVERY)
        .then(pl.format(" of {}", "stated_category"))
        .otherwise(pl.lit(" in all"))
    )
    return pl.format("what {} can deliver{} in the week of {}", "supplier", what, "week")
