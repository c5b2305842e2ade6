"""What is ordered from suppliers in a night."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook, build_echelon_windows
from optimization.purchasing import (
    Purchases,
    list_budget_rooms,
    plan_purchases,
    select_purchase_items,
)
from quality_checks.contracts import PlanningPolicy


def gather_purchase_inputs(  # noqa: PLR0913  # what a night knows
    pairs: pl.DataFrame,
    outlook: Outlook,
    targets: pl.DataFrame,
    terms: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
) -> pl.DataFrame:
    """Put together the supplier-fed nodes with their echelon's demand and stock, level and terms.

    Args:
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day after `business_date`, receipts and seasons.
        targets: the columns of the contract Targets.
        terms: frame `purchase_terms`.
        policy: which customers wait for what is out of stock.
        business_date: the day that closed; orders are placed on the next.

    Returns:
        Frame `purchase_items`.
    """
    first_day = business_date + dt.timedelta(days=1)
    windows = build_echelon_windows(
        pairs,
        outlook,
        first_day=first_day,
        waiting_kinds=policy.economics.backorder_kinds,
    )
    return select_purchase_items(windows, targets, terms)


def purchase_stock(
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    spent: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
) -> Purchases:
    """Order what is worth more than it costs, in documents that suppliers accept, within budgets.

    Args:
        items: frame `purchase_items`.
        breaks: frame `break_prices`.
        spent: department, and spent, what was ordered so far in the month of the order, currency.
        policy: what stock costs, and budgets.
        business_date: the day that closed; orders are placed on the next.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    order_day = business_date + dt.timedelta(days=1)
    rooms = list_budget_rooms(policy.purchasing, spent, order_day)
    return plan_purchases(items, breaks, rooms, policy.economics, as_of=business_date)
