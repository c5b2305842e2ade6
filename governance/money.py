"""Money in cents: the one place where amounts of actions are rounded."""

import polars as pl


def cents(amount: pl.Expr) -> pl.Expr:
    """`amount` to 2 decimals, half away from zero, and never a negative zero."""
    return (amount * 100).round(mode="half_away_from_zero").cast(pl.Int64) / 100
