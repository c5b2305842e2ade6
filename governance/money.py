"""Money in cents: the one place where amounts of actions are rounded."""

import polars as pl


def round_to_cents(amount: pl.Expr) -> pl.Expr:
    """`amount` to 2 decimals, half away from zero, and never a negative zero.

    Rounding gives the float nearest to the decimal. Whole cents divided by 100 would not: polars
    multiplies by the inverse of a scalar divisor, and 9896 / 100 comes out as 98.96000000000001.
    """
    rounded = amount.round(2, mode="half_away_from_zero")
    return pl.when(rounded != 0).then(rounded).otherwise(rounded.abs())
