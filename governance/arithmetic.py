"""The arithmetic of an action as one line of plain words."""

from collections.abc import Mapping

PACKS = ("case_pack", "order_multiple")
"""Steps that say how many units a pack holds."""

_COURSES = frozenset({"lost_as_is", "lost_then", "holding_as_is", "holding_then"})
"""Steps that say what an open order line costs as things are, and with the action."""


_SHIPPED = frozenset({"otherwise", "moving_cost", "margin_given_up", "asked"})
"""Steps that say what shipping a customer's line costs, and what doing nothing about it does."""


def write_arithmetic(steps: Mapping[str, float]) -> str | None:
    """How a quantity follows from level and position, or what an action costs and spares.

    For example "level 27 - position 3 = 24 = 4 packs of 6", or "41.8 units short as things are,
    23.6 with it; stock costs 14.36 to keep, then 18.29", or "shipping costs 4.10 and units worth
    0.80, doing nothing 31.20".

    Args:
        steps: name of a step of the action's explanation -> its value.

    Returns:
        The line; None for an action that does neither.
    """
    if steps.keys() >= _COURSES:
        short, kept = steps["lost_as_is"], steps["holding_as_is"]
        return (
            f"{short:,.1f} units short as things are, {steps['lost_then']:,.1f} with it; "
            f"stock costs {kept:,.2f} to keep, then {steps['holding_then']:,.2f}"
        )
    if steps.keys() >= _SHIPPED:
        return (
            f"shipping costs {steps['moving_cost']:,.2f} and units worth "
            f"{steps['margin_given_up']:,.2f}, doing nothing {steps['otherwise']:,.2f}"
        )
    if not {"need", "inventory_position", "quantity"} <= steps.keys():
        return None
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
