"""Which nodes are not asked again for a line that they refused."""

import datetime as dt

import polars as pl

from quality_checks.contracts import LineRefusals, find_frame


def find_standing_refusals(refusals: pl.DataFrame, *, first_day: dt.date) -> pl.DataFrame:
    """List the nodes that have refused a line and of which nothing says that they would not again.

    A node that did not find the item, or found it damaged, is not asked for the line again until it
    has counted or got units of it. One that refused for reasons of its own may have hands again: it
    is not asked by the plan of the day on which it said so, and is by later ones.

    Args:
        refusals: frame `line_refusals`.
        first_day: day after the business date.

    Returns:
        Frame `standing_refusals`, sorted by key.
    """
    of_the_day = pl.col("reason") == "refused"
    passed = pl.col("refused_on") < pl.lit(first_day - dt.timedelta(days=1))
    stands = ~pl.col("seen_since") & ~(of_the_day & passed)
    key = ["order_id", "line", "location"]
    return find_frame(LineRefusals).read(refusals).filter(stands).select(key).unique().sort(key)
