"""Why nothing is planned for an item-location that runs short: the closed list, in plain words.

Texts may name columns of `reporting/shortages` in braces; `supply` in them is what is known of the
DC that replenishes it.
"""

from typing import Final, NamedTuple


class ShortageReason(NamedTuple):
    """A reason, and what would have to change.

    Attributes:
        words: why nothing is planned, a sentence.
        change: what would have to change, a sentence.
    """

    words: str
    change: str


_RECORD: Final = "Count it, or send its stock record."

SHORTAGE_REASONS: Final[dict[str, ShortageReason]] = {
    # It is not replenished at all.
    "not_replenished": ShortageReason(
        "It is {status}, so that it is not replenished.",
        "The assortment must list it as active, and item and location must be there to stay.",
    ),
    "feeds_others": ShortageReason(
        "It sells nothing itself, and what it holds and feeds is at its level.",
        "Nothing; ask for one of these places.",
    ),
    "set_aside": ShortageReason(
        "It is set aside: {limit} could not be calculated of the item.",
        "Look for what is out of the ordinary in the item's rows: see `items_calculated`.",
    ),
    # It has no level.
    "stock_unknown": ShortageReason(
        "Its stock is not known: no record was ever sent, or the one there is not believed "
        "(`all_planned`, `pairs_planned`).",
        _RECORD,
    ),
    "no_lead_time": ShortageReason(
        "It has no level: no lane, and no terms of a supplier that hold, say how long goods take.",
        "State its lane, or terms of its supplier that are valid.",
    ),
    "empty_window": ShortageReason(
        "It has no level: there is no day between now and the goods of the next order.",
        "State when its lane ships and how often its supplier is asked.",
    ),
    "bad_lead_time": ShortageReason(
        "It has no level: its lead time has no meaning.", "Correct lane or terms."
    ),
    "no_forecast": ShortageReason(
        "It has no level: nothing tells what it will sell.",
        "Sales must come in, or a like item be named for a new one.",
    ),
    "bad_forecast": ShortageReason(
        "It has no level: its forecast has no meaning.", "See the checks of the forecast."
    ),
    "bad_yield": ShortageReason(
        "It has no level: what its supplier leaves short has no meaning.",
        "See the checks of the supplier's order lines.",
    ),
    "no_unit_cost": ShortageReason("It has no level: no cost is known.", "State its cost."),
    "bad_unit_cost": ShortageReason(
        "It has no level: its cost has no meaning.", "Correct its cost."
    ),
    "no_selling_price": ShortageReason("It has no level: no price is known.", "State its price."),
    "bad_selling_price": ShortageReason(
        "It has no level: its price has no meaning.", "Correct its price."
    ),
    "bad_handling_cost": ShortageReason(
        "It has no level: the cost of a unit on its lane has no meaning.", "Correct its lane."
    ),
    "bad_presentation_min": ShortageReason(
        "It has no level: its presentation minimum has no meaning.", "Correct the assortment."
    ),
    "bad_shelf_max": ShortageReason(
        "It has no level: its shelf maximum has no meaning.", "Correct the assortment."
    ),
    "no_service_floor": ShortageReason(
        "It has no level: policy names no service floor for its class.",
        "State the floor in policy, or correct its class.",
    ),
    # Its level asks for nothing.
    "item_leaves": ShortageReason(
        "The item leaves the range before goods would be there and sold.",
        "The item must stay in the range for longer.",
    ),
    "before_launch": ShortageReason(
        "It is not on sale yet, and not before the goods of the next order are there.",
        "Nothing: goods are planned when the launch comes near.",
    ),
    "no_demand_expected": ShortageReason(
        "No demand is expected.", "Demand must show, or a planner must expect some."
    ),
    "level_zero": ShortageReason(
        "Its level is 0: a unit is not worth what it costs to keep.",
        "More demand, more margin, or a presentation minimum.",
    ),
    "covered_by_what_comes": ShortageReason(
        "What is there and on its way, {inventory_position}, reaches its level of {order_up_to}.",
        "Goods on their way must come sooner, or its level be higher.",
    ),
    "level_at_shelf_max": ShortageReason(
        "It has its level of {order_up_to}, which is all that its shelf holds.",
        "A larger shelf, or more frequent deliveries.",
    ),
    "level_changed": ShortageReason(
        "It has its level of {order_up_to}, to which people hold it for some days "
        "({level_held_by}).",
        "The change must end: `plenish adjust list` says who made it and why.",
    ),
    "waits_for_next_review": ShortageReason(
        "It has its level of {order_up_to}, and one more is not worth what it costs to keep.",
        "It is looked at again tomorrow.",
    ),
    # Its DC sends nothing.
    "no_lane": ShortageReason(
        "No lane from {supply_location} may be used.", "State the lane, or allow it."
    ),
    "no_lane_today": ShortageReason(
        "The lane from {supply_location} does not ship on the next day; it ships on "
        "{next_order_on}.",
        "Nothing, if it can wait until then; else a further day of the lane.",
    ),
    "dc_empty": ShortageReason(
        "{supply_location} has no pack left of it. {supply}",
        "Goods must come to {supply_location} sooner.",
    ),
    "dc_supply_taken": ShortageReason(
        "{supply_location} has too few: other places gain more by what there is. {supply}",
        "Goods must come to {supply_location}, or demand elsewhere be less.",
    ),
    "ring_fence": ShortageReason(
        "What {supply_location} has left is kept for an online location.",
        "A smaller share of the ring fence in policy.",
    ),
    "dc_stock_unknown": ShortageReason(
        "The stock of {supply_location} is unknown.", "Count it there, or send its stock record."
    ),
    "dc_stock_negative": ShortageReason(
        "The stock of {supply_location} is below 0.", "Correct its stock record."
    ),
    "not_worth_its_cost": ShortageReason(
        "A pack is not worth sending: it would gain {next_worth:.2f}, costs deducted.",
        "More demand, a smaller pack, or a cheaper lane.",
    ),
    "shipment_not_worth_its_cost": ShortageReason(
        "All that it lacks is too little for a shipment of its own on this lane.",
        "More must be needed there, or a smaller least shipment in policy.",
    ),
    "limit_full": ShortageReason(
        "A limit is full that other lines gain more by: {limit}.", "More room in {limit}."
    ),
    "limit_below_first_pack": ShortageReason(
        "A limit is too small for a single pack: {limit}.",
        "More room in {limit}, or smaller packs.",
    ),
    "shelf_below_pack": ShortageReason(
        "The shelf has no room for a whole pack.", "A smaller pack, or a larger shelf."
    ),
    "line_below_least": ShortageReason(
        "It lacks less than the least line of policy.", "A smaller least line in policy."
    ),
    "case_pack_above_shelf_max": ShortageReason(
        "A pack is larger than the shelf.", "A smaller pack, or a larger shelf."
    ),
    "least_line_above_shelf_max": ShortageReason(
        "The least size of a line is larger than the shelf.",
        "A smaller least line in policy, or a larger shelf.",
    ),
    "closes_before_arrival": ShortageReason(
        "The location closes before goods would be there.",
        "The location must stay open for longer.",
    ),
    # Its supplier is asked for nothing.
    "terms_not_valid": ShortageReason(
        "The terms of its supplier do not hold on the day of the order.",
        "Terms of a supplier that are valid.",
    ),
    "no_order_day": ShortageReason(
        "Its supplier takes no orders on the day of the order: {limit}.",
        "Nothing; it is ordered on the next of these days if it is still wanted.",
    ),
    "terms_missing": ShortageReason(
        "Its supplier has no terms for it.", "Terms of its supplier, or another supplier."
    ),
    "terms_in_other_currency": ShortageReason(
        "The terms of its supplier are in another currency than the item.",
        "Terms in the currency of the items.",
    ),
    "minimum_not_worth_holding": ShortageReason(
        "The supplier's minimum or multiple would cost more to hold than it earns.",
        "A smaller minimum, or more demand.",
    ),
    "remaining_life": ShortageReason(
        "The supplier's minimum or multiple would not sell before its life ends: {limit}.",
        "A smaller minimum, or more days left on receipt.",
    ),
    "supplier_minimum_value": ShortageReason(
        "Its order is below the least value of the supplier, and filling it up would cost more "
        "than it earns: {limit}.",
        "A smaller minimum, or more to order from this supplier.",
    ),
    "budget_full": ShortageReason(
        "The budget has no room for it, since other orders bring more for the money: {limit}.",
        "More room in the budget.",
    ),
    "capacity_full": ShortageReason(
        "Its supplier can deliver no more then, since what else is ordered of it brings more: "
        "{limit}.",
        "More capacity of the supplier, another week, or another supplier.",
    ),
    # Policy or people.
    "action_blocked": ShortageReason(
        "Policy blocks the action that was planned for it: rule {refused_rule}.",
        "The rule, or what it objects to.",
    ),
    "action_rejected": ShortageReason(
        "A person rejected the action that was planned for it.", "The decision."
    ),
    "action_withdrawn": ShortageReason(
        "The action that was planned for it is withdrawn: an alternative of its case goes ahead.",
        "The decision for the alternative, until that has left.",
    ),
}
"""Reason code -> words; the order is that in which they are tried."""
