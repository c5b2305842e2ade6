"""What is ordered from suppliers in a night."""

import datetime as dt

import polars as pl

from optimization.levels import Plan, build_echelon_windows
from optimization.purchasing import plan_purchases, select_purchase_items
from quality_checks.contracts import PlanningPolicy


def gather_purchase_inputs(  # noqa: PLR0913  # what orders rest on
    pairs: pl.DataFrame,
    forecast: pl.DataFrame,
    targets: pl.DataFrame,
    terms: pl.DataFrame,
    *,
    business_date: dt.date,
    seasons: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Put together the supplier-fed nodes with their echelon's demand and stock, level and terms.

    Args:
        pairs: the columns of the contract PlanningPairs.
        forecast: frame `daily_demand`, of every day after `business_date`.
        targets: the columns of the contract Targets.
        terms: frame `purchase_terms`.
        business_date: the day that closed; orders are placed on the next.
        seasons: frame `week_factors`, of the weeks beyond the forecast.

    Returns:
        Frame `purchase_items`.
    """
    first_day = business_date + dt.timedelta(days=1)
    return select_purchase_items(
        build_echelon_windows(pairs, forecast, first_day=first_day, seasons=seasons),
        targets,
        terms,
    )


def purchase_stock(items: pl.DataFrame, policy: PlanningPolicy, *, business_date: dt.date) -> Plan:
    """Order what echelons lack of their level, in minimums and multiples, where the order pays.

    Args:
        items: frame `purchase_items`.
        policy: what stock costs.
        business_date: the day that closed; orders are placed on the next.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    return plan_purchases(items, policy.economics, as_of=business_date)
