"""Whether suppliers accept what a purchase plan orders, and somebody needs it."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import CENT, ORDER, ROUNDING, collect, report
from optimization.feasibility.order_documents import (
    capacity_problems,
    document_problems,
    room_problems,
)
from optimization.feasibility.order_worth import find_order_worth_problems
from optimization.feasibility.shared_rules import line_problems, pack_problems
from optimization.feasibility.worth import find_chance_of_sale
from quality_checks.contracts import PurchaseItems, PurchasingRules, find_frame

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

_LIFE = ("life_demand_mean", "life_demand_variance", "older_units")
"""What limits an order by the life of its goods."""

_LIKELY = 0.5
"""The least chance with which the last unit of an order must sell before its life ends."""

_SHARED = ("supplier_minimum_value", "budget", "supplier_capacity")
"""What sets a line that is not the item's own."""


def find_purchase_problems(  # noqa: PLR0913  # what an order rests on
    purchases: pl.DataFrame,
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    spent: pl.DataFrame,
    rules: PurchasingRules,
    *,
    as_of: dt.date,
    exit_loss_share: float,
    capacities: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What a supplier would refuse, what nobody needs, and what is worth less than it says.

    Args:
        purchases: the columns of PurchasePlan.
        items: frame `purchase_items`.
        breaks: frame `break_prices`.
        spent: frame `ordered_in_month`, of the month of the orders.
        rules: budgets by department and month.
        as_of: business date; orders go out the day after.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
        capacities: frame `capacity_rooms`; none where no supplier states any.

    Returns:
        Frame `plan_problems`.
    """
    order_day = as_of + dt.timedelta(days=1)
    terms = (
        find_frame(PurchaseItems)
        .fill(items)
        .select(
            *ORDER,
            "status",
            "department",
            "level_binding",
            "minimum_order_quantity",
            "order_multiple",
            "lead_time_mean",
            "valid_from",
            "valid_to",
            "supplier_weekdays",
            *_WORTH,
            *_LIFE,
            position="inventory_position",
            level="order_up_to",
            terms_price="unit_price",
            least_value="minimum_order_value",
        )
    )
    lines = purchases.join(terms, on=list(ORDER), how="left")
    known = lines.filter(pl.col("order_multiple").is_not_null())
    return collect(
        find_order_worth_problems(known, breaks, exit_loss_share),
        line_problems(purchases, ORDER),
        report(lines, ORDER, {
            "unknown_item": (
                pl.col("order_multiple").is_null(), "an item of this supplier", pl.lit("none")
            ),
        }),
        pack_problems(known, ORDER, "order_multiple"),
        _need_problems(known),
        _life_problems(known),
        _terms_problems(known, order_day),
        document_problems(known),
        room_problems(known, spent, rules, order_day),
        *([] if capacities is None else [capacity_problems(known, capacities)]),
    )  # fmt: skip


def _need_problems(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that nobody needs, or of more than anybody does, and that say so of themselves."""
    binding = pl.col("binding")
    fills = binding == "supplier_minimum_value"
    # What value and prices chose, in whole or split, is weighed unit by unit: see
    # `find_order_worth_problems`.
    forced = ~binding.is_in(["value", "price_break", "remaining_life", "split", *_SHARED])
    least = pl.max_horizontal(pl.col("level") - pl.col("position"), "minimum_order_quantity")
    most = least + pl.col("order_multiple") - 1
    return report(lines, ORDER, {
        "not_needed": (
            (pl.col("position") >= pl.col("level")) & ~fills,
            pl.format("a position below {}", "level"), "position",
        ),
        "more_than_needed": (
            forced & (pl.col("quantity") > most), pl.format("at most {}", most), "quantity"
        ),
        "own_packs": (
            (pl.col("packs") != pl.col("own_packs")) != binding.is_in(list(_SHARED)),
            pl.format("{} packs by itself", "packs"), "own_packs",
        ),
        "level_of_plan": (
            pl.col("order_up_to") != pl.col("level"), pl.col("level"), "order_up_to"
        ),
        "position_of_plan": (
            pl.col("inventory_position") != pl.col("position"),
            pl.col("position"), "inventory_position",
        ),
    })  # fmt: skip


def _life_problems(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines whose last unit is likelier to be left at the end of its life than to sell by then."""
    living = lines.filter(pl.col("life_demand_mean").is_not_null())
    mean, variance = (living[name].to_numpy() for name in _LIFE[:2])
    last = (living["older_units"] + living["quantity"]).to_numpy()
    chance = pl.Series("life_chance", find_chance_of_sale(mean, variance, last))
    return report(living.with_columns(chance), ORDER, {
        "remaining_life": (
            (pl.col("life_chance") < _LIKELY - ROUNDING) | pl.col("life_units").is_null(),
            pl.format("a last unit that sells in its life with {}", pl.lit(_LIKELY)),
            pl.col("life_chance").round(3),
        ),
    })  # fmt: skip


def _terms_problems(lines: pl.DataFrame, order_day: dt.date) -> pl.DataFrame:
    """Lines that a supplier would not take as they are."""
    earliest = pl.lit(order_day) + pl.duration(days=pl.col("lead_time_mean").floor())
    ends = pl.col("valid_to").cast(pl.String).fill_null("no end")
    valid = (pl.col("valid_from") <= order_day) & (pl.col("valid_to") >= order_day).fill_null(
        value=True
    )
    off_list = (pl.col("list_price") - pl.col("terms_price")).abs() >= CENT
    return report(lines, ORDER, {
        "minimum_order_quantity": (
            pl.col("quantity") < pl.col("minimum_order_quantity"),
            pl.format("at least {}", "minimum_order_quantity"), "quantity",
        ),
        "status": (pl.col("status") != "active", "active", "status"),
        "terms_not_valid": (
            ~valid, pl.format("{} to {}", "valid_from", ends), pl.lit(str(order_day))
        ),
        "no_order_day": (
            (pl.col("supplier_weekdays").str.slice(order_day.weekday(), 1) == "0").fill_null(
                value=False
            ),
            pl.format("a day of {}", "supplier_weekdays"), pl.lit(str(order_day)),
        ),
        "list_price": (off_list, pl.col("terms_price"), "list_price"),
        "requested_on": (
            pl.col("requested_on") < earliest,
            pl.format("not before {}", earliest.cast(pl.Date)), "requested_on",
        ),
    })  # fmt: skip
