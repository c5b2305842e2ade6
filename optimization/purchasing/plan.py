"""Purchase proposals: what to order from suppliers tonight, in their minimums and multiples.

An order takes the multiples that are each worth more than they cost: demand that is lost before it
arrives is not saved by it, and what it leaves over is kept. What is forced beyond that, by the
service floor of a class or the supplier's minimum, is named with what it costs. An order that the
minimum raised must still gain; else it waits, and the row says so.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.frames import (
    Plan,
    days_of_stock,
    in_contract,
    worded,
)
from optimization.purchasing.worth import value_orders
from optimization.value import FloatArray, IntArray, StockValue
from quality_checks.contracts import Economics, PurchaseItems, PurchasePlan, find_frame

Flags = npt.NDArray[np.bool_]

LEAST_GAIN = 1e-9
"""A multiple must gain more than that, in currency."""

_FLOORS = ("service_floor", "presentation_min")
"""What can force a level above the one by value, by the binding of Targets."""

_SHELVES = ("shelf_max", "shelf_max_below_presentation_min")


def plan_purchases(items: pl.DataFrame, economics: Economics, *, as_of: dt.date) -> Plan:
    """Order what is worth more than it costs, and what policy or the supplier forces.

    Orders are placed the day after `as_of`.

    Args:
        items: frame `purchase_items`.
        economics: what a unit loses that is left at the exit of its item.
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
    usable = marked.filter(pl.col("problem").is_null() & pl.col("inventory_position").is_not_null())
    orders = _priced(_sized(usable, economics), economics)
    raised = pl.col("binding") == "minimum_order_quantity"
    pays = ~raised | (pl.col("benefit") > 0)
    skipped = orders.filter(~pays).with_columns(problem=pl.lit("minimum_not_worth_holding"))
    left_out = pl.concat(
        [skipped, marked.filter(pl.col("problem").is_not_null())], how="diagonal"
    ).select("sku", "destination", "supplier", "problem", "quantity", "margin_kept", "holding_cost")
    return Plan(
        in_contract(_explained(orders.filter(pays), order_day), PurchasePlan),
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


def _sized(items: pl.DataFrame, economics: Economics) -> pl.DataFrame:
    """Orders of at least one multiple, with what they are by value, by force, and in all."""
    short = items.filter(pl.col("inventory_position") < pl.col("order_up_to"))
    multiple = pl.col("order_multiple")
    need = pl.col("order_up_to") - pl.col("inventory_position")
    whole = -(-need // multiple)
    held = pl.col("level_binding").is_in(_SHELVES)
    forced = pl.col("level_binding").is_in(_FLOORS)
    minimum = -(-pl.col("minimum_order_quantity") // multiple)
    sized = short.with_columns(
        free_packs=pl.Series(count_paying_multiples(short, economics.exit_loss_share))
    ).with_columns(
        value_packs=pl.when(held)
        .then(pl.min_horizontal("free_packs", need // multiple))
        .otherwise("free_packs"),
        floor_packs=pl.when(forced).then(whole),
    )
    wanted = pl.max_horizontal("value_packs", "floor_packs")
    return (
        sized.filter(wanted > 0)
        .with_columns(packs=pl.max_horizontal(wanted, minimum), minimum_packs=minimum)
        .with_columns(
            quantity=pl.col("packs") * multiple,
            free_quantity=pl.col("free_packs") * multiple,
            binding=pl.when(minimum > wanted)
            .then(pl.lit("minimum_order_quantity"))
            .when(pl.col("floor_packs") > pl.col("value_packs"))
            .then("level_binding")
            .when(held & (pl.col("value_packs") == need // multiple))
            .then("level_binding")
            .otherwise(pl.lit("value")),
        )
    )


def count_paying_multiples(items: pl.DataFrame, exit_loss_share: float) -> IntArray:
    """Count the multiples of each item that are worth more than they cost: the first that are.

    Each is worth no more than the one before, so the last that pays is found by doubling, then
    halving.

    Args:
        items: rows of frame `purchase_items`.
        exit_loss_share: of its price that a unit left at the exit of its item loses.

    Returns:
        Multiples, shape (items,).
    """
    multiple = items["order_multiple"].to_numpy()
    short = pl.max_horizontal("order_up_to", "value_level") - pl.col("inventory_position")
    most = items.select(short.clip(lower_bound=0)).to_series().to_numpy()
    low, high = np.zeros(items.height, dtype=np.int64), -(-most // multiple) + 1

    def pays(packs: IntArray) -> Flags:
        units = packs * multiple
        more, less = (
            value_orders(items, held, exit_loss_share).benefit for held in (units, units - multiple)
        )
        return np.asarray(more - less > LEAST_GAIN)

    while (still := pays(high)).any():
        low, high = np.where(still, high, low), np.where(still, 2 * high, high)
    while (low < high).any():
        middle = (low + high + 1) // 2
        worth = pays(middle)
        low, high = np.where(worth, middle, low), np.where(worth, high, middle - 1)
    return low


def _priced(orders: pl.DataFrame, economics: Economics) -> pl.DataFrame:
    """Add what the orders keep and cost, and what is forced of them costs."""
    share = economics.exit_loss_share
    chosen = value_orders(orders, orders["quantity"].to_numpy(), share)
    free = value_orders(orders, orders["free_quantity"].to_numpy(), share).benefit
    beside = _best_neighbour(orders, share)
    return orders.with_columns(
        margin_kept=pl.Series(chosen.margin_kept),
        holding_cost=pl.Series(chosen.holding_cost),
        benefit=pl.Series(chosen.benefit),
        gain_chance=pl.Series(_chance_to_gain(orders, chosen.benefit)),
        forced_cost=pl.Series(np.maximum(free - chosen.benefit, 0.0)),
        free_benefit=pl.Series(free),
    ).with_columns(beside)


def _chance_to_gain(orders: pl.DataFrame, benefit: FloatArray) -> FloatArray:
    position = orders["inventory_position"].cast(pl.Int64).to_numpy()
    return StockValue.of_pairs(orders).chance_to_gain(
        np.arange(orders.height), position, orders["quantity"].to_numpy(), benefit
    )


def _best_neighbour(orders: pl.DataFrame, share: float) -> list[pl.Series]:
    """The better of one multiple less and one more, as far as the supplier takes them."""
    multiple, quantity = orders["order_multiple"].to_numpy(), orders["quantity"].to_numpy()
    less = quantity - multiple
    # Below the minimum nothing is ordered at all.
    less = np.where(less >= orders["minimum_order_quantity"].to_numpy(), less, 0)
    more = quantity + multiple
    worth_less, worth_more = (value_orders(orders, q, share).benefit for q in (less, more))
    fewer = worth_less >= worth_more
    return [
        pl.Series("next_quantity", np.where(fewer, less, more)),
        pl.Series("next_benefit", np.where(fewer, worth_less, worth_more)),
    ]


def _explained(orders: pl.DataFrame, order_day: dt.date) -> pl.DataFrame:
    """Complete the orders; the rejected alternative is the best other quantity."""
    forced = pl.col("free_quantity") != pl.col("quantity")
    freer = forced & (pl.col("free_benefit") > pl.col("next_benefit"))
    other = orders.with_columns(
        other_quantity=pl.when(freer).then("free_quantity").otherwise("next_quantity"),
        other_benefit=pl.when(freer).then("free_benefit").otherwise("next_benefit"),
    ).with_columns(
        words=pl.when(pl.col("other_quantity") > 0)
        .then(pl.format("order of {} worth", "other_quantity"))
        .otherwise(pl.lit("no order, worth")),
    )
    lead_days = pl.col("lead_time_mean").ceil().cast(pl.Int64)
    reason = (
        pl.when(pl.col("binding") == "minimum_order_quantity")
        .then(pl.lit("supplier_minimum"))
        .when(pl.col("binding").is_in(_FLOORS))
        .then(pl.lit("service_floor"))
        .otherwise(pl.lit("below_target"))
    )
    return other.with_columns(
        requested_on=pl.lit(order_day) + pl.duration(days=lead_days),
        urgency_days=days_of_stock(pl.col("daily_demand")),
        reason=reason,
        rejected=worded(other["words"], other["other_benefit"]),
    )
