"""The demand of items over the stretches that orders of them are weighed by, and who asks."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook, list_member_shares, sum_echelon_days
from optimization.paths import list_ends


def sum_item_days(
    items: pl.DataFrame,
    pairs: pl.DataFrame,
    outlook: Outlook,
    *,
    first_day: dt.date,
    longest_days: float,
) -> pl.DataFrame:
    """Sum the demand of items up to the end of each stretch of their protection intervals.

    Args:
        items: sku, destination and protection_days, above 0.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day from `first_day` on, receipts and seasons.
        first_day: day on which the plan orders.
        longest_days: the longest of the intervals; items have as many stretches as it needs.

    Returns:
        Frame `echelon_demand`.
    """
    ends = _list_item_ends(items, longest_days)
    demand = sum_echelon_days(pairs, outlook, ends, first_day=first_day)
    return demand.rename({"location": "destination"})


def list_members(
    items: pl.DataFrame, pairs: pl.DataFrame, outlook: Outlook, *, first_day: dt.date
) -> pl.DataFrame:
    """List the locations below the nodes of items, by what they ask for and what they have.

    Args:
        items: sku, destination and protection_days, above 0.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day from `first_day` on, receipts and seasons.
        first_day: day on which the plan orders.

    Returns:
        Frame `member_stock`.
    """
    windows = items.select("sku", location="destination", days="protection_days")
    return list_member_shares(pairs, outlook, windows, first_day=first_day).rename(
        {"node": "destination"}
    )


def find_longest_days(items: pl.DataFrame) -> float:
    """Find the longest protection interval of items, days; 1 without any.

    Args:
        items: what `gather_purchase_inputs` gives.
    """
    longest = items["protection_days"].max()
    return float(longest) if isinstance(longest, float) else 1.0


def _list_item_ends(items: pl.DataFrame, longest_days: float) -> pl.DataFrame:
    """sku, location, days: ends of the stretches of each item, cut at its protection interval."""
    return (
        items.select("sku", "protection_days", location="destination")
        .join(pl.DataFrame({"end": list_ends(longest_days)}), how="cross", maintain_order="left")
        .select("sku", "location", days=pl.min_horizontal("end", "protection_days"))
    )
