"""The order-up-to levels of a night: of locations that a DC supplies, and of whole echelons."""

import datetime as dt

import polars as pl

from optimization.levels import (
    Outlook,
    Plan,
    build_echelon_windows,
    build_local_windows,
    set_order_up_to,
)
from optimization.value import add_line_part
from quality_checks.contracts import PlanningPolicy


def set_levels(
    pairs: pl.DataFrame,
    outlook: Outlook,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
) -> Plan:
    """Set the order-up-to level of every item-location that is replenished.

    What a DC supplies is filled by its own demand, what a supplier does by that of its echelon.
    Items are independent of each other, so pairs may come in ranges of skus.

    Args:
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day after `business_date`, receipts and seasons.
        policy: what stock costs, and how well each class must be served.
        business_date: the day that closed; plans order on the next.

    Returns:
        Lines as in the contract Targets, and the pairs left out with their problem.

    Raises:
        ValueError: a column is absent, or a value has no meaning; names the row.
    """
    first_day = business_date + dt.timedelta(days=1)
    waiting = policy.economics.backorder_kinds
    windows = [
        window(pairs, outlook, first_day=first_day, waiting_kinds=waiting)
        for window in (build_local_windows, build_echelon_windows)
    ]
    costed = pl.concat(windows, how="diagonal").with_columns(
        add_line_part(policy.lines.allocation_line_cost)
    )
    return set_order_up_to(costed, policy.economics)
