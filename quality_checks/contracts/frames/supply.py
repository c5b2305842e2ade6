"""What lead times are found from."""

from quality_checks.contracts.base import column_of
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
