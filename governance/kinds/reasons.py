"""Reason codes that kinds share. A code of one kind only stands with that kind."""

from types import MappingProxyType

OF_EVERY_KIND = MappingProxyType(
    {
        "stock_record_late": "The stock record is older than policy allows.",
        "input_assumed": "An input of this action is assumed, not observed.",
        "lead_time_not_observed": (
            "No delivery of the supplier was seen: its lead time is as agreed."
        ),
        "presentation_above_shelf": (
            "The presentation minimum is above the shelf maximum, which holds."
        ),
    }
)
"""What any action may rest on that is weak: its inputs, and the level it is measured against."""

BELOW_TARGET = {"below_target": "Stock and inbound are below the order-up-to level."}
OWED = {"owed_to_customers": "Customers wait for units that the location has promised."}
LEAVES_RANGE = {"leaves_range": "The item leaves the range before its stock sells at this price."}
