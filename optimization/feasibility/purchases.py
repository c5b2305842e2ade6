"""Whether suppliers accept what a purchase plan orders, and somebody needs it."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import CENT, ORDER, collect, report
from optimization.feasibility.order_worth import find_order_worth_problems
from optimization.feasibility.shared_rules import line_problems, pack_problems

_WORTH = (
    "underage_cost",
    "overage_cost",
    "surplus_step",
    "surplus_most",
    "value_level",
    "sold_before",
    "open_demand_mean",
    "open_demand_variance",
    "open_life_mean",
    "open_life_variance",
)
"""What values a unit of an item."""


def find_purchase_problems(
    purchases: pl.DataFrame, items: pl.DataFrame, *, as_of: dt.date, exit_loss_share: float
) -> pl.DataFrame:
    """What a supplier would refuse, what nobody needs, and what is worth less than it says.

    Args:
        purchases: the columns of PurchasePlan.
        items: frame `purchase_items`.
        as_of: business date; orders go out the day after.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
    """
    worth = items.select(*ORDER, *_WORTH, "minimum_order_quantity", "order_multiple")
    valued = purchases.join(worth, on=list(ORDER))
    terms = items.select(
        *ORDER,
        "status",
        "minimum_order_quantity",
        "order_multiple",
        "lead_time_mean",
        "valid_from",
        "valid_to",
        position="inventory_position",
        level="order_up_to",
        terms_price="unit_price",
    )
    lines = purchases.join(terms, on=list(ORDER), how="left")
    known = lines.filter(pl.col("order_multiple").is_not_null())
    order_day = as_of + dt.timedelta(days=1)
    # What value alone chose is weighed unit by unit: see `find_order_worth_problems`.
    forced = pl.col("binding") != "value"
    least = pl.max_horizontal(pl.col("level") - pl.col("position"), "minimum_order_quantity")
    most = least + pl.col("order_multiple") - 1
    earliest = pl.lit(order_day) + pl.duration(days=pl.col("lead_time_mean").floor())
    ends = pl.col("valid_to").cast(pl.String).fill_null("no end")
    valid = (pl.col("valid_from") <= order_day) & (pl.col("valid_to") >= order_day).fill_null(
        value=True
    )
    off_price = (pl.col("unit_price") - pl.col("terms_price")).abs() >= CENT
    return collect(
        find_order_worth_problems(valued, exit_loss_share),
        line_problems(purchases, ORDER),
        report(lines, ORDER, {
            "unknown_item": (
                pl.col("order_multiple").is_null(), "an item of this supplier", pl.lit("none")
            ),
        }),
        pack_problems(known, ORDER, "order_multiple"),
        report(known, ORDER, {
            "minimum_order_quantity": (
                pl.col("quantity") < pl.col("minimum_order_quantity"),
                pl.format("at least {}", "minimum_order_quantity"), "quantity",
            ),
            "not_needed": (
                pl.col("position") >= pl.col("level"),
                pl.format("a position below {}", "level"), "position",
            ),
            "more_than_needed": (
                forced & (pl.col("quantity") > most), pl.format("at most {}", most), "quantity"
            ),
            "status": (pl.col("status") != "active", "active", "status"),
            "terms_not_valid": (
                ~valid, pl.format("{} to {}", "valid_from", ends), pl.lit(str(order_day))
            ),
            "unit_price": (off_price, pl.col("terms_price"), "unit_price"),
            "requested_on": (
                pl.col("requested_on") < earliest,
                pl.format("not before {}", earliest.cast(pl.Date)), "requested_on",
            ),
            "level_of_plan": (
                pl.col("order_up_to") != pl.col("level"), pl.col("level"), "order_up_to"
            ),
            "position_of_plan": (
                pl.col("inventory_position") != pl.col("position"),
                pl.col("position"), "inventory_position",
            ),
        }),
    )  # fmt: skip
