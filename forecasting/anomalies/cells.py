"""Units sold in a cell, a category in a region and channel or a node, against their forecast."""

from datetime import date

import polars as pl

from quality_checks.contracts import SoldCells, find_frame

_OFFSET = 3 / 8
"""What is added below the root: the variance of a root of counts then hardly depends on their mean
(Anscombe, Biometrika 35, 1948)."""

_WORSE_WHEN_LESS = ["demand_below", "node_down"]


def read_cells(cells: pl.DataFrame, day: date) -> pl.DataFrame:
    """Read how far each cell is off its forecast, in the deviations that the forecast states.

    Roots are compared, so that cells of few units are not off to one side more often. A cell of
    which nothing is expected has no reading.

    Args:
        cells: frame `sold_cells`, of the day.
        day: that the cells sold on.

    Returns:
        The columns of the frame `read_signals`, sorted by subject and kind; error is above 0 where
        the cell is off to the side that its kind watches.

    Raises:
        ValueError: `cells` breaks its contract.
    """
    cells = find_frame(SoldCells).read(cells)
    expected = (pl.col("expected") + _OFFSET).sqrt()
    apart = (pl.col("observed") + _OFFSET).sqrt() - expected
    deviation = (pl.col("variance") + _OFFSET).sqrt() / (2 * expected)
    sign = pl.when(pl.col("kind").is_in(_WORSE_WHEN_LESS)).then(-1.0).otherwise(1.0)
    return cells.filter(pl.col("expected") > 0).select(
        pl.lit(day).alias("business_date"),
        "kind",
        "subject",
        "observed",
        "expected",
        error=sign * apart / deviation,
    )
