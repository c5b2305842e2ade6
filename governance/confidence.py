"""How far an action can be trusted: one, less a penalty for each thing that is known to be weak.

    confidence = 1 - stock - late - assumed - pooled, at least 0, to 4 decimals

    stock    0.1 for each day that the stock record of an end of the action is older than policy
             allows, at most 0.4; 0.4 where an end has no record. The worse end counts.
    late     0.1 for each other source that the kind of action depends on and that is late.
    assumed  0.05 for each source that the kind depends on and that has assumed fields, at most 0.2.
    pooled   0.15 where the demand of an end comes from a model pooled over pairs. An end without
             a model, such as a DC, does not count.

The ends that count, and the sources, are stated by the kind of action (`governance.kinds`).

The penalties are a convention, not an estimate: they only order actions, and the thresholds of
the policy are set against them.
"""

from typing import Final

import polars as pl

STOCK_PER_LATE_DAY: Final = 0.1
STOCK_MOST: Final = 0.4
PER_LATE_SOURCE: Final = 0.1
PER_ASSUMED_SOURCE: Final = 0.05
ASSUMED_MOST: Final = 0.2
POOLED: Final = 0.15
POOLED_MODEL: Final = "pooled"
"""Prefix of the name of a model that is pooled over pairs."""


def stock_penalty(age_days: pl.Expr, late_after_days: int) -> pl.Expr:
    """The penalty for a stock record that is some days old, or missing."""
    late_days = (age_days - late_after_days).clip(lower_bound=0)
    penalty = (late_days * STOCK_PER_LATE_DAY).clip(upper_bound=STOCK_MOST)
    return penalty.fill_null(STOCK_MOST)


def confidence(stock: pl.Expr, pooled: pl.Expr, late_sources: int, assumed_sources: int) -> pl.Expr:
    """Confidence of each action, in [0, 1]; the module docstring has the rule.

    Args:
        stock: worst stock penalty of the ends.
        pooled: whether the demand of an end comes from a pooled model.
        late_sources: late sources that the actions depend on, stock not counted.
        assumed_sources: sources with assumed fields that the actions depend on.
    """
    shared = PER_LATE_SOURCE * late_sources + min(
        PER_ASSUMED_SOURCE * assumed_sources, ASSUMED_MOST
    )
    return (1.0 - shared - stock - POOLED * pooled.cast(pl.Float64)).clip(0.0, 1.0).round(4)
