"""What is known of the DC that replenishes an item-location: its stock, what comes, and when."""

from collections.abc import Mapping
from typing import Any

from quality_checks.contracts import SHORTAGE_REASONS

_CENT = 0.01


def describe_gap(row: Mapping[str, Any]) -> str:
    """Describe from when a DC is empty, which goods end that, and what its places lose until then.

    Args:
        row: the columns of frame `short_item_locations`, of a DC that is or will be empty.
    """
    since = "It is empty" if row["state"] == "empty" else f"It is empty by {row['empty_on']}"
    lost = f"Its places lose {row['gap_lost_margin']:,.2f} {row['currency']} of margin until then"
    # Within half a cent the two are the same.
    elsewhere = row["gap_lost_margin"] - (row["lost_margin"] or 0.0)
    if elsewhere >= _CENT:
        lost += f", {elsewhere:,.2f} of it at places that run short by their own rows"
    return f"{since}. {describe_goods(row)} {lost}."


def describe_goods(row: Mapping[str, Any]) -> str:
    """Describe the next goods of a DC after it is empty, and what share of the lack they are.

    Args:
        row: the columns of frame `short_item_locations`, with a gap of the DC.
    """
    if row["goods_on"] is None:
        return "No goods are due there before its next order would bring some, or the item leaves."
    documents = (row["goods_documents"] or "orders of ours").replace(";", ", ")
    return (
        f"{row['goods_units']:,} units come there on {row['goods_on']} by {documents}, "
        f"{row['goods_share']:.0%} of what its places then lack."
    )


def describe_supply(row: Mapping[str, Any]) -> str:
    """Describe what the DC has and when its next goods are due, or why none are.

    Args:
        row: the columns of frame `short_item_locations`.
    """
    if row["supply_location"] is None:
        return ""
    if row["goods_here_on"] is not None:
        return (
            f"It has {row['supply_available']} available. {describe_goods(row)} "
            f"They can be here on {row['goods_here_on']}."
        )
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
    stated = SHORTAGE_REASONS[row["supply_reason"]].words
    # The words are of the DC: what limits its order, not the place's own.
    left_out = stated.format(**{**row, "limit": spell_limit(row["supply_limit"])})
    return f"{parts[0]}; nothing is due there and nothing is ordered. {left_out}"


def spell_limit(limit: str | None) -> str:
    """Spell a limit as a plan names it in plain words; empty where there is none.

    Args:
        limit: of a plan.
    """
    return (limit or "").replace("_", " ")
