"""What is ordered from suppliers in a night."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from optimization.levels import Outlook, build_echelon_windows
from optimization.night.item_days import sum_item_days
from optimization.paths import build_courses
from optimization.purchasing import (
    Purchases,
    list_budget_rooms,
    plan_purchases,
    select_purchase_items,
)
from optimization.supplier_choice import (
    SuppliedOrders,
    WeighedOrders,
    choose_suppliers,
    list_ordered_items,
)
from quality_checks.contracts import PlanningPolicy, SupplierChoices, find_contract


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


@dataclass(frozen=True)
class OtherSuppliers:
    """What the suppliers are weighed by that an item could be ordered from as well.

    Attributes:
        terms: frame `other_terms`.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day after the business date, receipts and seasons.
    """

    terms: pl.DataFrame
    pairs: pl.DataFrame
    outlook: Outlook


def purchase_stock(  # noqa: PLR0913  # what a night knows
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    spent: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
    others: OtherSuppliers | None = None,
) -> SuppliedOrders:
    """Order what is worth more than it costs, in documents that suppliers accept, within budgets.

    Args:
        items: what `gather_purchase_inputs` gives.
        breaks: frame `break_prices`.
        spent: department, and spent, what was ordered so far in the month of the order, currency.
        policy: what stock costs, and budgets.
        business_date: the day that closed; orders are placed on the next.
        others: suppliers that items could be ordered from beside the preferred ones, if any.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    order_day = business_date + dt.timedelta(days=1)
    rooms = list_budget_rooms(policy.purchasing, spent, order_day)

    def plan_orders(supplied: pl.DataFrame) -> Purchases:
        return plan_purchases(supplied, breaks, rooms, policy.economics, as_of=business_date)

    planned = plan_orders(items)
    none = SuppliedOrders(planned, items, find_contract(SupplierChoices).empty())
    if others is None:
        return none
    ordered = list_ordered_items(items, others.terms, planned)
    if ordered.is_empty():
        return none
    nodes = ordered.select("sku", location="destination")
    receipts = others.outlook.receipts.join(nodes, on=["sku", "location"], how="semi")
    courses = build_courses(
        ordered,
        sum_item_days(ordered, others.pairs, others.outlook, first_day=order_day),
        receipts,
        receipts.clear(),
        policy.economics,
        first_day=order_day,
    )
    return choose_suppliers(
        items,
        WeighedOrders.of_items(ordered, others.terms, breaks, courses),
        planned,
        plan_orders,
        least_gain=policy.purchasing.least_supplier_gain,
        order_day=order_day,
    )
