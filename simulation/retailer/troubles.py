"""Supplier events: strikes, storms and bankruptcies, one of them at the end for certain."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Ints,
    dates,
    day_number,
    draw_cases,
    find_date,
    make_generator,
)
from simulation.retailer.geography import ORIGINS
from simulation.retailer.settings import RetailerSettings
from simulation.retailer.vendors import Vendors

KINDS = ("strike", "storm", "port_congestion", "factory_fire", "insolvency_rumour")
NEAR = 8
"""Days of transport of a near supplier."""

LAST_TROUBLE = 30
"""Days before the last business date on which the certain trouble starts."""


@dataclass(frozen=True)
class Trouble:
    """An event of a day that touches some suppliers, or all of an `origin`."""

    event_id: str
    day: int
    suppliers: Ints
    supplier: str | None
    origin: str | None
    kind: str
    severity: float

    def row(self) -> pl.DataFrame:
        """The row of `supplier_events`."""
        return pl.DataFrame(
            {
                "event_id": [self.event_id],
                "date": dates(np.array([self.day])),
                "supplier": pl.Series([self.supplier], dtype=pl.String),
                "origin": pl.Series([self.origin], dtype=pl.String),
                "kind": [self.kind],
                "severity": [self.severity],
            }
        )


def build_troubles(
    settings: RetailerSettings, seed: int, vendors: Vendors, supply_share: Ints
) -> list[Trouble]:
    """Draw about one event every three weeks, and a strike at an important supplier near the end.

    Args:
        settings: dates of the simulation.
        seed: seed.
        vendors: the suppliers.
        supply_share: number of live items by main supplier; the strike hits the near
            supplier of most.
    """
    rng = make_generator(seed, "troubles")
    first, last = day_number(settings.first_date), day_number(settings.last_date)
    troubles: list[Trouble] = []
    for day in np.sort(rng.integers(first, last, settings.days // 21)).tolist():
        supplier = int(rng.integers(vendors.profile.size))
        wide = draw_cases(rng, 1, 0.3)[0]
        origin = vendors.origin[supplier]
        touched = np.flatnonzero(vendors.origin == origin) if wide else np.array([supplier])
        troubles.append(
            Trouble(
                event_id=f"SE{find_date(day):%y%m%d}-{len(troubles) + 1:02d}",
                day=day,
                suppliers=touched,
                supplier=None if wide else str(vendors.names[supplier]),
                origin=ORIGINS[origin].name if wide else None,
                kind=str(rng.choice(KINDS)),
                severity=round(float(rng.uniform(0.1, 0.6)), 2),
            )
        )
    # What a far supplier has on the sea still comes: a strike near by is felt at once.
    near = vendors.transport <= NEAR
    hit = int(np.argmax(np.where(near, supply_share, -1)))
    day = max(first, last - LAST_TROUBLE)
    troubles.append(
        Trouble(
            event_id=f"SE{find_date(day):%y%m%d}-99",
            day=day,
            suppliers=np.array([hit]),
            supplier=str(vendors.names[hit]),
            origin=None,
            kind="strike",
            severity=0.9,
        )
    )
    return troubles
