"""What lead times are found from, and what open documents bring."""

import polars as pl

from quality_checks.contracts.base import column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.landing import ItemLocations, Products


@frame("supply_paths", "forecasting.supply", key=("sku", "location"))
class SupplyPaths(Pair):
    """From where each pair is replenished."""

    supply_location: str = column_of(ItemLocations, "supply_location")
    supplier: str = column_of(
        Products, "supplier", description="Main supplier of the item.", nullable=True
    )


@frame("receipts_due", "optimization.levels", key=("sku", "location", "due_on"))
class ReceiptsDue(Pair):
    """What open documents are expected to bring, and when."""

    due_on: pl.Date = column("Day on which it is expected to be there.")
    units: int = column("Units that are counted on.", unit="units", ge=0)
