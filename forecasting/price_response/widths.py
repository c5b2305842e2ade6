"""How far predictions at known prices were off: wider while an item is promoted, by item.

Of the log errors that were made before, those of an item on promotion, or off it, have the mean
size s, shrunk by 50 weeks to that of all items so; the reach of an interval is s times the quantile
of |error| / s over all of them.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]

HELD: Final = 0.8
"""Share of the weeks whose sales an interval should hold."""

SHRUNK_BY: Final = 50.0
"""Weeks of all items that are added to an item's own."""

_PROMOTED: Final = (pl.col("deal") > 0) | (pl.col("feature") > 0)


class Widths(NamedTuple):
    """Sizes of errors.

    Attributes:
        sizes: sku, promoted, size: mean absolute log error.
        usual: promoted, usual: the same of all items.
        times: reach of an interval over the size.
    """

    sizes: pl.DataFrame
    usual: pl.DataFrame
    times: float

    def find_reach(self, weeks: pl.DataFrame) -> FloatArray:
        """How far an interval reaches to either side in logs, by row.

        Args:
            weeks: sku, deal and feature.
        """
        found = (
            weeks.select("sku", promoted=_PROMOTED)
            .join(self.sizes, on=["sku", "promoted"], how="left", maintain_order="left")
            .join(self.usual, on="promoted", how="left", maintain_order="left")
        )
        widest = self.usual["usual"].max()
        size = found.select(pl.coalesce("size", "usual", pl.lit(widest))).to_series()
        return size.to_numpy() * self.times


def learn_widths(weeks: pl.DataFrame, error: FloatArray) -> Widths:
    """Learn how far predictions are off.

    Args:
        weeks: sku, deal and feature of weeks that were predicted.
        error: log of what sold less that of what was predicted, by row.
    """
    off = weeks.select("sku", promoted=_PROMOTED, off=pl.Series(np.abs(error)))
    usual = off.group_by("promoted", maintain_order=True).agg(usual=pl.col("off").mean())
    sizes = (
        off.group_by("sku", "promoted", maintain_order=True)
        .agg(pl.col("off").sum(), weeks=pl.len())
        .join(usual, on="promoted", maintain_order="left")
        .select(
            "sku",
            "promoted",
            size=(pl.col("off") + SHRUNK_BY * pl.col("usual")) / (pl.col("weeks") + SHRUNK_BY),
        )
    )
    once = Widths(sizes, usual, 1.0)
    return once._replace(
        times=float(np.quantile(off["off"].to_numpy() / once.find_reach(weeks), HELD))
    )
