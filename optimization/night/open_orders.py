"""What a night does about the orders that suppliers have."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook
from optimization.night.item_days import list_members, sum_item_days
from optimization.open_orders import OpenOrderPlan, OpenOrders, plan_open_orders, take_up
from quality_checks.contracts import CapacityRooms, PlanningPolicy, find_frame


def review_open_orders(  # noqa: PLR0913  # what a night knows
    *,
    orders: pl.DataFrame,
    chances: pl.DataFrame,
    arrivals: pl.DataFrame,
    items: pl.DataFrame,
    pairs: pl.DataFrame,
    outlook: Outlook,
    purchases: pl.DataFrame,
    longest_days: float,
    capacities: pl.DataFrame | None = None,
    policy: PlanningPolicy,
    business_date: dt.date,
) -> OpenOrderPlan:
    """State the risks of open order lines, and change or speed up those where it pays.

    What is ordered tonight is taken to come on the day it is asked for.

    Args:
        orders: frame `open_order_lines`.
        chances: frame `line_chances`.
        arrivals: frame `line_arrivals`.
        items: what `gather_purchase_inputs` gives.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day after `business_date`, receipts and seasons.
        purchases: the columns of the contract PurchasePlan.
        longest_days: the longest protection interval of an item with open lines. The paths of
            demand that are drawn of each depend on it, so it is that of all items where only some
            are reviewed.
        capacities: frame `capacity_rooms`; none where no supplier states any.
        policy: what may be changed, and what stock costs.
        business_date: the day that closed.
    """
    first_day = business_date + dt.timedelta(days=1)
    touched = items.join(
        orders, on=["sku", "destination"], how="semi", maintain_order="left"
    ).filter(pl.col("inventory_position").is_not_null(), pl.col("protection_days") > 0)
    demand = sum_item_days(touched, pairs, outlook, first_day=first_day, longest_days=longest_days)
    nodes = touched.select("sku", location="destination")
    ordered = (
        purchases.group_by("sku", "destination", "requested_on", maintain_order=True)
        .agg(units=pl.col("quantity").sum())
        .rename({"destination": "location", "requested_on": "due_on"})
    )
    none = find_frame(CapacityRooms).empty()
    return plan_open_orders(
        OpenOrders(
            lines=orders,
            chances=chances,
            arrivals=arrivals,
            items=touched,
            demand=demand,
            members=list_members(touched, pairs, outlook, first_day=first_day),
            receipts=outlook.receipts.join(nodes, on=["sku", "location"], how="semi"),
            ordered=ordered.join(nodes, on=["sku", "location"], how="semi"),
            rooms=take_up(none if capacities is None else capacities, purchases),
        ),
        policy.open_orders,
        policy.economics,
        as_of=business_date,
    )
