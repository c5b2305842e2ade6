"""The arithmetic of an action as one line of plain words."""

from collections.abc import Mapping

PACKS = ("case_pack", "order_multiple")
"""Steps that say how many units a pack holds."""

_SAID = {
    frozenset({"lost_as_is", "lost_then", "holding_as_is", "holding_then"}): (
        "{lost_as_is:,.1f} units short as things are, {lost_then:,.1f} with it; "
        "stock costs {holding_as_is:,.2f} to keep, then {holding_then:,.2f}"
    ),
    frozenset({"otherwise", "moving_cost", "margin_given_up", "asked"}): (
        "shipping costs {moving_cost:,.2f} and units worth {margin_given_up:,.2f}, "
        "doing nothing {otherwise:,.2f}"
    ),
    frozenset({"sold_as_is", "sold_then", "proceeds_as_is", "proceeds_then"}): (
        "{sold_as_is:,.1f} units sell for {proceeds_as_is:,.2f} as things are, "
        "{sold_then:,.1f} for {proceeds_then:,.2f} with it"
    ),
    frozenset({"wrong_chance", "missing_mean", "lost_a_review"}): (
        "{missing_mean:,.1f} of {on_hand:,.0f} units expected to be missing; not to know costs "
        "{lost_a_review:,.2f} a review, for {reviews:,.1f} of them"
    ),
}
"""Steps of an order line, a customer's line, a season, a record -> what is said of an action."""


def write_arithmetic(steps: Mapping[str, float]) -> str | None:
    """How a quantity follows from level and position, or what an action costs and spares.

    For example "level 27 - position 3 = 24 = 4 packs of 6", or "41.8 units short as things are,
    23.6 with it; stock costs 14.36 to keep, then 18.29", or "shipping costs 4.10 and units worth
    0.80, doing nothing 31.20", or "3.6 of 5 units expected to be missing; not to know costs 8.00 a
    review, for 4.0 of them", or "40.2 units sell for 1,204.50 as things are, 61.0 for 1,462.00
    with it".

    Args:
        steps: name of a step of the action's explanation -> its value.

    Returns:
        The line; None for an action that does neither.
    """
    # An order from another supplier has steps of both; what is short then is beside another order.
    if not {"need", "inventory_position", "quantity"} <= steps.keys():
        words = next((words for needed, words in _SAID.items() if steps.keys() >= needed), None)
        return None if words is None else words.format_map(steps)
    level = steps.get("level", steps.get("order_up_to", 0.0))
    need, quantity = steps["need"], steps["quantity"]
    line = f"level {level:,.0f} - position {steps['inventory_position']:,.0f} = {need:,.0f}"
    size = next((steps[name] for name in PACKS if name in steps), None)
    if size is None:
        return line if need == quantity else f"{line}, cut to {quantity:,.0f}"
    packs = f"{steps['packs']:,.0f} {'pack' if steps['packs'] == 1 else 'packs'} of {size:,.0f}"
    if need == quantity:
        return f"{line} = {packs}"
    verb = "rounded to" if quantity > need or need - quantity < size else "cut to"
    return f"{line}, {verb} {packs} = {quantity:,.0f}"
