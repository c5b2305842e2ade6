"""What the answers to shortages are made from."""

from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.reporting import ShortItemLocation


@frame("short_item_locations", "optimization.shortages", key=("sku", "location"))
class ShortItemLocations(ShortItemLocation):
    """Item-locations with their stock, what comes and what is planned, before they are answered."""
