"""Reason codes that kinds share. A code of one kind only stands with that kind."""

from types import MappingProxyType

OF_EVERY_KIND = MappingProxyType(
    {
        "stock_record_late": (
            "The stock record is older than policy allows: what moved since is reckoned in."
        ),
        "stock_record_doubted": (
            "The stock record is likely wrong: its books do not balance, nothing sells of it, or "
            "its newest row is below zero, could not be read or does not follow a count."
        ),
        "input_assumed": "An input of this action is assumed, not observed.",
        "newer_row_waits": (
            "A master, price or promotion of this action is out of date: its newer row waits in "
            "quarantine."
        ),
        "part_has_left": (
            "Part of it has left earlier on the business date: this is what is still needed."
        ),
        "lead_time_not_observed": (
            "No delivery of the supplier was seen: its lead time is as agreed."
        ),
        "lead_time_beyond_forecast": (
            "The lead time is longer than a year: what sells by then is taken to go on as it ends."
        ),
        "level_changed": (
            "People have changed the level there for some days; `plenish adjust list` says who."
        ),
        "presentation_above_shelf": (
            "The presentation minimum is above the shelf maximum, which holds."
        ),
        "no_list_price": (
            "The item has no list price: it is valued by receipts, or by its category's price "
            "over cost."
        ),
        "list_price_not_believed": (
            "The list price is next to nothing, or eight times what customers pay: the item is "
            "valued by receipts or its category."
        ),
        "list_price_below_cost": (
            "The list price is below the unit cost: the item is valued by receipts or its category."
        ),
        "offer_not_believed": (
            "An entry of the price list is next to nothing, or three times what the item sells "
            "for without it, and left aside."
        ),
        "promotion_without_end": "A promotion has no end: it counts as a markdown under way.",
        "paid_below_announced": (
            "Customers pay less than is announced: the item is valued by what they pay."
        ),
        "paid_above_announced": (
            "Customers pay more than is announced, or receipts come with tax: the item is valued "
            "by what they pay, at most its list price."
        ),
        "returns_not_known": "No returns are on record: none are counted.",
        "sells_below_cost": "The item sells for less than it costs.",
        "left_range_with_stock": "The item has left the range: its stock counts as salvage.",
    }
)
"""What any action may rest on that is weak: its inputs, and the level it is measured against."""

BELOW_TARGET = {"below_target": "Stock and inbound are below the order-up-to level."}
OWED = {"owed_to_customers": "Customers wait for units that the location has promised."}
LEAVES_RANGE = {"leaves_range": "The item leaves the range before its stock sells at this price."}
