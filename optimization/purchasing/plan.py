"""Purchase proposals: what to order from suppliers tonight, in their minimums and multiples.

A destination below its order-up-to level orders the shortfall. Where the supplier's minimum or
multiple raises the quantity, the whole order must keep more margin than it costs to hold;
otherwise the order waits, and the row says so.
"""

import datetime as dt

import numpy as np
import polars as pl

from optimization.frames import (
    Plan,
    days_of_stock,
    in_contract,
    worded,
)
from optimization.value import FloatArray, IntArray, StockValue, compute_sale_margin
from quality_checks.contracts import Economics, PurchaseItems, PurchasePlan, find_frame

LEAST_DAILY_DEMAND = 1e-9
"""Units a day that stand for no demand, so that a unit waits for ever and not 0 / 0 days."""


def plan_purchases(items: pl.DataFrame, economics: Economics, *, as_of: dt.date) -> Plan:
    """Order what is short of its level, where the order pays.

    Orders are placed the day after `as_of`. margin_kept is the expected margin of what the order
    sells within the protection window. holding_cost is what its units cost, the markdown to come
    pro rata, until demand at its daily mean reaches them (at most holding_horizon_days each).

    Args:
        items: frame `purchase_items`.
        economics: holding and markdown shares, holding horizon.
        as_of: business date.

    Returns:
        lines: the columns of PurchasePlan without business_date. left_out: sku, destination,
        supplier, problem (stock_unknown, not_replenished, terms_not_valid or, of orders that do not
        pay, minimum_not_worth_holding), and of the last quantity (units), margin_kept and
        holding_cost (currency), else missing.

    Raises:
        ValueError: `items` breaks its contract.
    """
    order_day = as_of + dt.timedelta(days=1)
    marked = find_frame(PurchaseItems).read(items).with_columns(problem=_problem(order_day))
    short = marked.filter(
        pl.col("problem").is_null() & (pl.col("inventory_position") < pl.col("order_up_to"))
    )
    orders = _priced(_sized(short), economics)
    raised = pl.col("quantity") > pl.col("shortfall")
    pays = ~raised | (pl.col("margin_kept") > pl.col("holding_cost"))
    skipped = orders.filter(~pays).with_columns(problem=pl.lit("minimum_not_worth_holding"))
    left_out = pl.concat(
        [skipped, marked.filter(pl.col("problem").is_not_null())], how="diagonal"
    ).select("sku", "destination", "supplier", "problem", "quantity", "margin_kept", "holding_cost")
    return Plan(
        in_contract(_explained(orders.filter(pays), economics, order_day), PurchasePlan),
        left_out.sort("sku", "destination"),
    )


def _problem(order_day: dt.date) -> pl.Expr:
    """Why an item cannot be ordered; missing where it can, or where it needs nothing."""
    short = pl.col("inventory_position") < pl.col("order_up_to")
    valid = (pl.col("valid_from") <= order_day) & (pl.col("valid_to") >= order_day).fill_null(
        value=True
    )
    return (
        pl.when((pl.col("status") != "active") & short.fill_null(value=False))
        .then(pl.lit("not_replenished"))
        .when((pl.col("status") == "active") & pl.col("inventory_position").is_null())
        .then(pl.lit("stock_unknown"))
        .when(short & ~valid)
        .then(pl.lit("terms_not_valid"))
    )


def _sized(short: pl.DataFrame) -> pl.DataFrame:
    """Add the shortfall, the quantity in whole multiples, its packs, and what set the quantity."""
    shortfall = pl.col("order_up_to") - pl.col("inventory_position")
    least = pl.max_horizontal(shortfall, "minimum_order_quantity")
    packs = -(-least // pl.col("order_multiple"))
    rounded = -(-shortfall // pl.col("order_multiple"))
    return short.with_columns(
        shortfall=shortfall,
        packs=packs,
        quantity=packs * pl.col("order_multiple"),
        binding=pl.when(packs > rounded)
        .then(pl.lit("minimum_order_quantity"))
        .when(packs * pl.col("order_multiple") > shortfall)
        .then(pl.lit("order_multiple"))
        .otherwise(pl.lit("order_up_to")),
    )


def _priced(orders: pl.DataFrame, economics: Economics) -> pl.DataFrame:
    """Add the margin that the quantities keep, and what holding them costs."""
    margin, holding = _margin_and_holding(orders, orders["quantity"].to_numpy(), economics)
    return orders.with_columns(margin_kept=margin, holding_cost=holding)


def _margin_and_holding(
    orders: pl.DataFrame, quantity: IntArray, economics: Economics
) -> tuple[FloatArray, FloatArray]:
    position = orders["inventory_position"].to_numpy()
    price = orders["unit_price"].to_numpy()
    margin = compute_sale_margin("unit_price").clip(lower_bound=0)
    worth = StockValue.of_pairs(orders.with_columns(underage_cost=margin, overage_cost=0.0))
    pair = np.arange(orders.height)
    sold = worth.sold(pair, position + quantity) - worth.sold(pair, position)
    days = sum_waiting_days(orders, quantity, economics.holding_horizon_days)
    return worth.underage * sold, price * economics.keeping_rate_per_day * days


def sum_waiting_days(orders: pl.DataFrame, quantity: IntArray, horizon: float) -> FloatArray:
    """Sum the days that the units of an order are kept.

    The j-th unit arrives after the lead time and is sold on day (position + j) / daily demand, so
    it waits a + j * step days, at least 0 and at most the horizon.

    Args:
        orders: inventory_position (units), daily_demand (units a day), lead_time_mean (days).
        quantity: units of each order.
        horizon: days that a unit is kept at most.
    """
    daily = np.maximum(orders["daily_demand"].to_numpy(), LEAST_DAILY_DEMAND)
    step = 1 / daily
    a = orders["inventory_position"].to_numpy() * step - orders["lead_time_mean"].to_numpy()
    sold_at_once = np.clip(np.floor(-a / step), 0, quantity)
    sold_in_time = np.clip(np.floor((horizon - a) / step), sold_at_once, quantity)
    n = sold_in_time - sold_at_once
    between = a * n + step * n * (sold_at_once + sold_in_time + 1) / 2
    return np.asarray(between + (quantity - sold_in_time) * horizon)


def _explained(orders: pl.DataFrame, economics: Economics, order_day: dt.date) -> pl.DataFrame:
    """Complete the orders; the rejected alternative is one multiple less, or no order."""
    less = (orders["quantity"] - orders["order_multiple"]).clip(lower_bound=0)
    possible = less >= orders["minimum_order_quantity"]
    margin, holding = _margin_and_holding(orders, less.to_numpy(), economics)
    alternatives = orders.with_columns(
        words=pl.when(possible)
        .then(pl.format("order of {} worth", less))
        .otherwise(pl.lit("no order, worth")),
        amount=np.where(possible, margin - holding, 0.0),
    )
    lead_days = pl.col("lead_time_mean").ceil().cast(pl.Int64)
    return alternatives.with_columns(
        requested_on=pl.lit(order_day) + pl.duration(days=lead_days),
        urgency_days=days_of_stock(pl.col("daily_demand")),
        reason=pl.when(pl.col("binding") == "order_up_to")
        .then(pl.lit("below_target"))
        .otherwise(pl.lit("supplier_minimum")),
        rejected=worded(alternatives["words"], alternatives["amount"]),
    )
