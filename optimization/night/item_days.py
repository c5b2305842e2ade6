"""The demand of items over the stretches that orders of them are weighed by, and who asks."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook, list_member_shares, sum_echelon_days
from optimization.paths import list_ends


def sum_item_days(
    items: pl.DataFrame, pairs: pl.DataFrame, outlook: Outlook, *, first_day: dt.date
) -> pl.DataFrame:
    """Sum the demand of items up to the end of each stretch of their protection intervals.

    Args:
        items: sku, destination and protection_days, above 0.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day from `first_day` on, receipts and seasons.
        first_day: day on which the plan orders.

    Returns:
        Frame `echelon_demand`.
    """
    demand = sum_echelon_days(pairs, outlook, _list_item_ends(items), first_day=first_day)
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


def _list_item_ends(items: pl.DataFrame) -> pl.DataFrame:
    """sku, location, days: ends of the stretches of each item, cut at its protection interval."""
    longest = items["protection_days"].max()
    ends = list_ends(float(longest) if isinstance(longest, float) else 1.0)
    return (
        items.select("sku", "protection_days", location="destination")
        .join(pl.DataFrame({"end": ends}), how="cross", maintain_order="left")
        .select("sku", "location", days=pl.min_horizontal("end", "protection_days"))
    )
