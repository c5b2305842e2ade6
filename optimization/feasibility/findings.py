"""How broken rules are reported: a row in words for every line, place or sum that breaks one."""

from collections.abc import Mapping

import polars as pl

from forecasting.distribution import aggregate_groups

COLUMNS = ("check", "keys", "expected", "found", "message")

LANE = ("origin", "destination")
LINE = ("origin", "destination", "sku")
ORDER = ("supplier", "destination", "sku")

OTHER_SUPPLIER = "other_supplier"
"""Reason of an order line that another supplier than the preferred one is chosen for."""

CENT = 0.01
ROUNDING = 1e-6
"""Share of a limit, and part of it, that sums of decimals may pass it by."""


Rules = Mapping[str, tuple[pl.Expr, pl.Expr | str, pl.Expr | str]]
"""Check -> when it is broken, what was expected (or a text), what was found (or its column)."""


MESSAGES = {
    "duplicate": "The line comes more than once.",
    "quantity": "A line must move at least one unit.",
    "whole_packs": "The quantity is not the stated number of whole packs.",
    "unknown_receiver": "The destination does not get this item from this origin.",
    "dc_supply": "More is sent than the DC has available.",
    "lane_not_allowed": "No allowed lane ships on this day.",
    "lane_capacity": "The lane cannot carry as much.",
    "moving_cost": "The lines of a lane do not bear its cost.",
    "receiving_capacity": "The location cannot receive as much today.",
    "shelf_max": "The shelf cannot hold as much.",
    "least_line": "The line is smaller than the least one of policy.",
    "least_gain": "The line gains less than it costs and policy asks for.",
    "most_cover": "The line fills the location beyond the most cover of policy without a reason.",
    "least_shipment": "The shipment is smaller than the least one of policy, and need not go.",
    "shared_limit": "The lines of a limit draw more than it allows.",
    "ring_fence": "Units that are kept for one location go to others.",
    "order_up_to": "The order-up-to level is passed by a whole pack or more.",
    "sender_available": "The sender does not have as many units available.",
    "sender_need": "The sender is left with less than it needs.",
    "recently_moved": "A recently moved item is sent on.",
    "sent_and_received": "A location both sends and receives the item.",
    "min_gain": "The trip gains less than policy asks for.",
    "least_trip": "The trip carries fewer units than policy asks for.",
    "just_launched": "An item is sent on soon after its launch.",
    "closing": "A location that is about to close receives.",
    "supplied_by_allocation": "A DC sends sideways what it allocates.",
    "size_run": "A whole run of sizes is broken.",
    "outbound_capacity": "The location cannot send as much today.",
    "handling_capacity": "The location cannot handle as much today, sent and received.",
    "receiving_volume": "The location cannot receive as many litres today.",
    "lane_volume": "The lane cannot carry as many litres.",
    "stated_value": "The line states another value than its units have.",
    "within_a_zone": "Units move for their season within a price zone.",
    "zone_both_ways": "A price zone sends an item for its season and takes it, too.",
    "zone_units": "The units that are said to come to a zone, or leave it, are not those that do.",
    "zone_stock": "A zone has another stock than its season is weighed with.",
    "zone_gain": "The units that leave a zone gain another amount than is stated.",
    "zone_worth": "A zone's stock is worth another amount over the rest of the season.",
    "stated_benefit": "The order states another benefit than its units have.",
    "stated_forced_cost": "The line states another cost of what forces it than its units have.",
    "better_alternative": "Another quantity is worth more, and nothing forces this one.",
    "promised_twice": "The plans of the night together send more than is available.",
    "chosen_supplier": "No choice says why it is ordered from another than the preferred supplier.",
    "other_terms": "The other supplier has no terms for the item on the order day.",
    "preferred_supplier": "The item is bought from another supplier than the choice says.",
    "beyond_interval": "The other supplier's goods come too late to count against the level.",
    "form_of_choice": "The units are not from those that the choice names.",
    "units_of_choice": "The order has other units than the choice states.",
    "counted_once": "The goods of one supplier are not in the position that the other one fills.",
    "price_difference": "The choice states another difference of prices than its units have.",
    "gain_of_choice": "The choice gains another amount than its parts add up to.",
    "benefit_of_choice": "The order states another benefit than the choice of its supplier has.",
    "unknown_item": "The supplier does not supply this item there.",
    "minimum_order_quantity": "The order is below the supplier's minimum.",
    "remaining_life": "The order is likelier to pass the end of its life than to sell whole.",
    "supplier_minimum_value": "The order is worth less than the supplier's least value.",
    "raised_order": "The order was raised to the supplier's least value, and does not gain.",
    "document": "A supplier's lines to a destination are not one document, or those of several.",
    "document_value": "The document states another value than its lines have.",
    "budget": "A department orders for more than its budget of the month has left.",
    "supplier_capacity": "A supplier is asked for more in a week than it says it can deliver.",
    "own_packs": "Nothing is shared that would make the line differ from what it asks for itself.",
    "break_saving": "The line states another saving than its price break has.",
    "list_price": "The price without a break is not the supplier's.",
    "unknown_line": "No open line of an order of this supplier is known.",
    "not_changeable": "The line has been shipped, or a change of it waits for an answer.",
    "frozen": "The line is due within the days in which lines are left alone.",
    "moved_too_far": "The line is moved the wrong way, or by more days than policy allows.",
    "too_soon": "The day asked for has passed.",
    "part_of_line": "A part of the line is not whole multiples, or below its minimum.",
    "rest_of_line": "The rest of a line that is split has another day than the line.",
    "units_of_line": "The units are not those of the line, or not what the form says.",
    "stated_refusal": "The supplier refuses more or less often, or a gain is likelier than a yes.",
    "stated_fee": "The line states another fee than it has.",
    "not_needed": "The inventory position has reached its level, or is unknown.",
    "more_than_needed": "The order passes the level by a whole multiple or more.",
    "status": "The item is not replenished.",
    "terms_not_valid": "The supplier's terms do not hold on the order day.",
    "no_order_day": "The supplier takes no orders on that day of the week.",
    "unit_price": "The price is not what the supplier asks for so many.",
    "requested_on": "The order is asked for sooner than the lead time allows.",
    "undecided": "Nothing is decided of an open line.",
    "open_line": "The line is not open, or for another item or other units.",
    "no_candidate": "The line cannot be shipped from there on that day.",
    "promise": "The line comes after its promise, or on another day than stated.",
    "node_stock": "The node cannot promise as many units.",
    "node_capacity": "The node cannot ship as much on that day.",
    "refused_before": "The node refused the line, and nothing says that it would ship it now.",
    "node_closed": "The node is not known to ship on that day.",
    "stated_cost": "The line states other costs than it has.",
    "outside_cost": "The line may not wait, or states another cost of not shipping it.",
    "unserved_line": "A node serves the line in time, or it has another item or other units.",
    "no_substitute": "The item may not be sent in place of the one that was ordered.",
    "asked_again": "The customer has answered already whether he takes it.",
    "stated_acceptance": "Another chance that the customer takes it is stated than was learned.",
    "price_of_substitute": "The customer pays another price than policy says.",
    "buffer_units": "What is kept back and what is offered are not what the record has.",
    "buffer_pays": "The last unit offered costs more than it earns.",
    "least_buffer": "A smaller buffer pays.",
    "stated_unit_worth": "Another worth of the unit at the node is stated than it has.",
    "stated_chance": "Another chance is stated than the record has.",
    "unknown_record": "The record that is to be counted is not known, or has other units.",
    "count_pays": "The count gains no more than policy asks for.",
    "most_counts": "The location is asked for more counts than policy allows.",
    "better_count": "A record is left alone although a count of it would gain more.",
    "price_twice": "The price of the item in the zone is changed more than once.",
    "unknown_season": "The season of the item in the zone is not weighed.",
    "price_in_force": "The price stated is not the one in force.",
    "off_ladder": "The price is no rung of the ladder of policy, and none that is planned.",
    "no_fall": "The price does not fall.",
    "prior_price": "The price that the reduction is counted from is misstated.",
    "no_reduction": "The price is no reduction from the lowest one of the days before.",
    "reduced_too_far": "The price is too far below the lowest one of the days before.",
    "below_floor": "The price is below the lowest that policy allows.",
    "step_too_soon": "The last fall of the price is too recent.",
    "price_day": "The day is not one on which the price may change.",
    "units_of_zone": "The units are not those that the zone has.",
    "markdown_budget": "Markdowns of a department take off more than its budget has left.",
    "stated_worth": "The season is worth another amount with the price than stated.",
    "better_price": "Another price is worth more.",
    "family_apart": "Items that are priced together do not take one step together.",
    "stated_family_worth": "The items priced together are worth another amount than stated.",
    "stated_gain": "The terms of the gain do not add up to what is sold and kept.",
    "least_price_gain": "The price gains less than policy asks for.",
    "stated_gain_chance": "The price gains with another chance than stated.",
    "level_of_plan": "The plan states another level than its input.",
    "position_of_plan": "The plan states another position than its input.",
}
"""Check -> what it found wrong, in words."""


def report(rows: pl.DataFrame, keys: tuple[str, ...], rules: Rules) -> pl.DataFrame:
    """Rows where a rule is broken or cannot be told, in COLUMNS."""
    named = [pl.format(f"{key} {{}}", pl.col(key).cast(pl.String).fill_null("?")) for key in keys]
    return pl.concat(
        rows.filter(broken.fill_null(value=True)).select(
            check=pl.lit(check),
            keys=pl.concat_str(named, separator=", "),
            expected=pl.lit(expected) if isinstance(expected, str) else to_text(expected),
            found=to_text(pl.col(found) if isinstance(found, str) else found),
            message=pl.lit(MESSAGES[check]),
        )
        for check, (broken, expected, found) in rules.items()
    )


def to_text(value: pl.Expr) -> pl.Expr:
    """State a value in words; a missing one is `unknown`."""
    return value.cast(pl.String).fill_null("unknown")


def collect(*frames: pl.DataFrame) -> pl.DataFrame:
    """All findings in one frame, sorted."""
    return pl.concat(frames).sort(COLUMNS)


def report_excess(
    lines: pl.DataFrame,
    check: str,
    drawn: str,
    rooms: pl.DataFrame,
    *,
    unknown_is_none: bool = False,
) -> pl.DataFrame:
    """Report sums of lines that pass a limit.

    Args:
        lines: with the keys of `rooms`.
        check: name of the check.
        drawn: column of `lines` that is summed.
        rooms: keys, and as last column what the sum may reach; rows of one key agree.
        unknown_is_none: a missing limit is unknown stock, which can promise nothing; else it
            limits nothing.
    """
    *keys, room = rooms.columns
    limits = rooms.group_by(keys, maintain_order=True).agg(pl.col(room).min())
    sums = aggregate_groups(lines, keys, pl.col(drawn).sum()).join(limits, on=keys, how="left")
    slack = ROUNDING * (1 + pl.col(room)) if rooms.schema[room].is_float() else 0
    return report(
        sums if unknown_is_none else sums.filter(pl.col(room).is_not_null()),
        tuple(keys),
        {check: (pl.col(drawn) > pl.col(room) + slack, pl.format("at most {}", room), drawn)},
    )
