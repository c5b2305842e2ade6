"""How sure it is that an action gains: a probability.

    confidence = gain_chance x (1 - stock - late - assumed - unsure - doubt / 2),
    at least 0, to 4 decimals

    gain_chance  probability that the action earns more than nothing, by the demand that its plan
                 rests on, as the plan states it (`optimization.value`): what the forecast does not
                 know, of a new item or a thin history, is in the width of its demand.
    stock    0.1 for each day that the stock record of an end of the action is older than policy
             allows, at most 0.4; 0.4 where an end has no record. The worse end counts.
    late     0.1 for each other source that the kind of action depends on and that is late.
    assumed  0.05 for each source that the kind depends on and that has assumed fields, at most 0.2.
    unsure   0.2 for each source of which a row that the action rests on stands although a newer one
             waits in quarantine, at most 0.4: what stands is known to be superseded. An action
             names masters by their keys, prices and promotions by its item and ends.
    doubt    probability that the stock record of an end is wrong; the worse end counts. An action
             on a wrong record is taken to gain as often as not.

The ends that count, and the sources, are stated by the kind of action (`governance.kinds`).
How well the first factor holds is measured by `python -m benchmarks promised`, in which records are
right and nothing is late; the other terms are a convention.
"""

from typing import Final

import polars as pl

STOCK_PER_LATE_DAY: Final = 0.1
STOCK_MOST: Final = 0.4
PER_LATE_SOURCE: Final = 0.1
PER_ASSUMED_SOURCE: Final = 0.05
ASSUMED_MOST: Final = 0.2
PER_UNSURE_SOURCE: Final = 0.2
UNSURE_MOST: Final = 0.4
LOST_TO_DOUBT: Final = 0.5


def stock_penalty(age_days: pl.Expr, late_after_days: int) -> pl.Expr:
    """The penalty for a stock record that is some days old, or missing."""
    late_days = (age_days - late_after_days).clip(lower_bound=0)
    penalty = (late_days * STOCK_PER_LATE_DAY).clip(upper_bound=STOCK_MOST)
    return penalty.fill_null(STOCK_MOST)


def confidence(
    stock: pl.Expr, doubt: pl.Expr, unsure: pl.Expr, late_sources: int, assumed_sources: int
) -> pl.Expr:
    """Confidence of each action, in [0, 1]; the module docstring has the rule.

    Args:
        stock: worst stock penalty of the ends.
        doubt: highest probability of a wrong record at an end.
        unsure: sources of which a row that the action names is unsure.
        late_sources: late sources that the actions depend on, stock not counted.
        assumed_sources: sources with assumed fields that the actions depend on.

    The column read is gain_chance.
    """
    shared = PER_LATE_SOURCE * late_sources + min(
        PER_ASSUMED_SOURCE * assumed_sources, ASSUMED_MOST
    )
    superseded = (unsure * PER_UNSURE_SOURCE).clip(upper_bound=UNSURE_MOST)
    held = (1.0 - shared - stock - superseded - LOST_TO_DOUBT * doubt).clip(0.0, 1.0)
    return (pl.col("gain_chance") * held).round(4)
