"""What is ordered from suppliers in a night."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook, build_echelon_windows
from optimization.night.item_days import find_longest_days, list_members, sum_item_days
from optimization.night.suppliers import SupplierNight
from optimization.paths import build_courses
from optimization.purchasing import (
    Purchases,
    add_stranded_units,
    count_wanted_units,
    list_budget_rooms,
    match_order_day,
    plan_purchases,
    select_purchase_items,
)
from optimization.supplier_choice import (
    OrderPlanner,
    SuppliedOrders,
    WeighedOrders,
    choose_suppliers,
)
from quality_checks.contracts import (
    OrderLevels,
    PlanningPolicy,
    PurchaseItems,
    SupplierChoices,
    find_contract,
    find_frame,
)

_MADE = (SupplierChoices, OrderLevels)
"""What is stated where items could be ordered from several suppliers."""


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
    items = select_purchase_items(windows, targets, terms)
    members = list_members(
        items.filter(pl.col("protection_days") > 0), pairs, outlook, first_day=first_day
    )
    return add_stranded_units(items, members)


def purchase_stock(  # noqa: PLR0913  # what a night knows
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    spent: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
    suppliers: SupplierNight | None = None,
    capacities: pl.DataFrame | None = None,
) -> SuppliedOrders:
    """Order what is worth more than it costs, in documents that suppliers accept, within limits.

    Args:
        items: what `gather_purchase_inputs` gives.
        breaks: frame `break_prices`.
        spent: frame `ordered_in_month`, of the month of the orders.
        policy: what stock costs, and budgets.
        business_date: the day that closed; orders are placed on the next.
        suppliers: what items would be like from other suppliers than the preferred ones, if any.
        capacities: frame `capacity_rooms`; none where no supplier states any.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    order_day = business_date + dt.timedelta(days=1)
    rooms = list_budget_rooms(policy.purchasing, spent, order_day)

    def plan(supplied: pl.DataFrame) -> Purchases:
        return plan_purchases(
            supplied,
            breaks,
            rooms,
            policy.economics,
            as_of=business_date,
            capacities=capacities,
        )

    planned = plan(items)
    none = SuppliedOrders(
        planned, items, *(pl.DataFrame(schema=find_contract(model).made_schema) for model in _MADE)
    )
    if suppliers is None or suppliers.other_terms.is_empty():
        return none
    offered = _list_offers(suppliers, policy.economics.exit_loss_share, order_day)
    ordered = _list_ordered(items, offered, planned)
    if ordered.is_empty():
        return none
    nodes = ordered.select("sku", location="destination")
    receipts = suppliers.outlook.receipts.join(nodes, on=["sku", "location"], how="semi")
    courses = build_courses(
        ordered,
        sum_item_days(
            ordered,
            suppliers.pairs,
            suppliers.outlook,
            first_day=order_day,
            longest_days=find_longest_days(ordered),
        ),
        list_members(ordered, suppliers.pairs, suppliers.outlook, first_day=order_day),
        receipts,
        receipts.clear(),
        policy.economics,
        first_day=order_day,
    )
    return choose_suppliers(
        items,
        WeighedOrders.of_items(
            ordered, offered, breaks, courses, review_days=policy.supplier_review_days
        ),
        planned,
        OrderPlanner(plan, suppliers.others, suppliers.put_ahead),
        least_gain=policy.purchasing.least_supplier_gain,
    )


def _list_offers(
    suppliers: SupplierNight, exit_loss_share: float, order_day: dt.date
) -> pl.DataFrame:
    """Frame `offered_items`: what other suppliers would be asked for whose terms hold."""
    ends = (pl.col("valid_to") >= order_day).fill_null(value=True)
    usable = suppliers.others.items.filter(
        pl.col("valid_from") <= order_day,
        ends,
        match_order_day(order_day),
        pl.col("status") == "active",
        pl.col("inventory_position").is_not_null(),
    )
    wanted = count_wanted_units(find_frame(PurchaseItems).fill(usable), exit_loss_share)
    return usable.with_columns(quantity=pl.Series(wanted, dtype=pl.Int64)).filter(
        pl.col("quantity") > 0
    )


def _list_ordered(items: pl.DataFrame, offered: pl.DataFrame, planned: Purchases) -> pl.DataFrame:
    """Frame `ordered_items`: items that others would bring, and what is ordered as planned."""
    item = ["sku", "destination"]
    return (
        items.join(offered, on=item, how="semi", maintain_order="left")
        .filter(pl.col("inventory_position").is_not_null(), pl.col("protection_days") > 0)
        .join(planned.lines.select(*item, "quantity"), on=item, how="left", maintain_order="left")
        .with_columns(pl.col("quantity").fill_null(0))
    )
