"""The arithmetic of an action as one line of plain words."""

from collections.abc import Mapping

PACKS = ("case_pack", "order_multiple")
"""Steps that say how many units a pack holds."""


def write_arithmetic(steps: Mapping[str, float]) -> str | None:
    """How a quantity follows from level and position.

    For example "level 27 - position 3 = 24 = 4 packs of 6".

    Args:
        steps: name of a step of the action's explanation -> its value.

    Returns:
        The line; None for an action that fills no level.
    """
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
