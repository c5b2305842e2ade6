"""What a night expects of the days ahead."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Outlook:
    """What is expected to sell, and what is expected to come.

    Attributes:
        demand: frame `daily_demand`, of every day after the business date.
        receipts: frame `receipts_due`.
        seasons: frame `week_factors`, of the weeks beyond the forecast; without it they are like
            the last week of it.
    """

    demand: pl.DataFrame
    receipts: pl.DataFrame
    seasons: pl.DataFrame | None = None
