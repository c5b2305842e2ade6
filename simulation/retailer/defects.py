"""Defective units of suppliers, which go back some days after they were taken in.

A supplier exchanges them at once, so that they change no stock.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Floats,
    Ints,
    dates,
    draw_cases,
    find_date,
    make_generator,
    numbered,
    pick,
)
from simulation.retailer.vendors import Vendors

MOST = 0.05
"""Of a supplier's units that are defective."""

SOONEST, LATEST = 1, 24
"""Days after which they go back."""

UNTOLD = 0.15
"""Chance that nobody wrote down the order they came with."""

REASONS = pl.Series(["defective", "damaged", "wrong_item"])


@dataclass
class DefectFlow:
    """Defective units on their way back, by the day on which they leave.

    Attributes:
        rates: share of the units of each supplier that are defective.
    """

    vendors: Vendors
    seed: int
    rates: Floats
    due: dict[int, list[pl.DataFrame]] = field(default_factory=dict)

    @classmethod
    def of(cls, vendors: Vendors, seed: int) -> "DefectFlow":
        """Draw how often the units of each supplier are defective."""
        drawn = make_generator(seed, "defect rates").uniform(0.0, 1.0, vendors.profile.size)
        return cls(vendors, seed, MOST * drawn**2)

    def expect(self, receipts: pl.DataFrame, supplier: Ints, day: int) -> None:
        """Draw what of a day's receipts goes back, and when."""
        rng = make_generator(self.seed, "defects", day)
        units = rng.binomial(receipts["received"].to_numpy(), self.rates[supplier])
        leaves = day + rng.integers(SOONEST, LATEST + 1, units.size)
        told = ~draw_cases(rng, units.size, UNTOLD)
        lines = receipts.select(
            pl.Series("day", leaves),
            pick(self.vendors.names, supplier).alias("supplier"),
            "sku",
            "location",
            po=pl.when(pl.Series(told)).then("po"),
            po_line=pl.when(pl.Series(told)).then("po_line"),
            units=units,
            reason=pick(REASONS, rng.choice(REASONS.len(), units.size, p=[0.7, 0.2, 0.1])),
        ).filter(pl.col("units") > 0)
        for leaving in lines["day"].unique().sort().to_list():
            part = lines.filter(day=leaving).drop("day")
            self.due.setdefault(leaving, []).append(part)

    def rows(self, day: int) -> pl.DataFrame:
        """Rows of `supplier_returns` of a day; none without columns."""
        parts = self.due.pop(day, [])
        if not parts:
            return pl.DataFrame()
        lines = pl.concat(parts)
        number = np.arange(1, lines.height + 1)
        return lines.select(
            numbered(f"V{find_date(day):%y%m%d}-", number, 4).alias("return_id"),
            pl.lit(1, pl.Int64).alias("line"),
            dates(np.full(lines.height, day)).alias("returned_on"),
            pl.all(),
        )

    def truth(self) -> pl.DataFrame:
        """supplier, share: how often units of each are defective."""
        return pl.DataFrame({"supplier": self.vendors.names, "share": self.rates})
