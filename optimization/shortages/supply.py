"""What is known of the DC that replenishes an item-location: its stock, and what comes there."""

from collections.abc import Mapping
from typing import Any

from quality_checks.contracts import SHORTAGE_REASONS


def describe_supply(row: Mapping[str, Any]) -> str:
    """Describe what the DC has and when its next goods are due, or why none are.

    Args:
        row: the columns of frame `short_item_locations`.
    """
    if row["supply_location"] is None:
        return ""
    parts = [f"It has {row['supply_available']} available"]
    if row["supply_receipt_on"] is not None:
        parts.append(f"{row['supply_receipt_units']} are due there on {row['supply_receipt_on']}")
    if row["supply_planned_on"] is not None:
        parts.append(
            f"{row['supply_planned_units']} more are ordered tonight for {row['supply_planned_on']}"
        )
    if len(parts) > 1:
        return "; ".join(parts) + "."
    if row["supply_reason"] is None:
        return f"{parts[0]}; nothing is due there, and its echelon is at its level."
    left_out = SHORTAGE_REASONS[row["supply_reason"]].words
    return f"{parts[0]}; nothing is due there and nothing is ordered. {left_out}"
