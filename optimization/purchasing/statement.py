"""What was decided about orders, as rows that say why and what else there was."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from optimization.frames import cast_to_contract, count_stock_days, word_amounts
from optimization.purchasing.breaks import price_orders
from optimization.purchasing.gain_chance import find_chance_to_gain
from optimization.purchasing.order_days import (
    NO_ORDER_DAY,
    find_day_asked_for,
    word_order_days,
)
from optimization.purchasing.quantities import list_free_quantities
from optimization.purchasing.sizes import FLOORS, SHELVES
from optimization.value import FloatArray
from quality_checks.contracts import PurchasePlan, name_documents

SPLIT = "split"
"""What set a quantity of which another supplier brings the rest."""

_CAPACITY = "supplier_capacity"
"""What set a quantity of which the supplier can deliver no more."""

_LIFE = "remaining_life"
"""What set a quantity of which more would not sell before its life ends; and why one waits."""

_BY_SUPPLIER = {
    "minimum_order_quantity": "supplier_minimum",
    "supplier_minimum_value": "supplier_minimum_value",
    "price_break": "price_break",
    _LIFE: _LIFE,
}
"""What set a quantity -> reason code, where a supplier or the life of goods did."""

_DOCUMENT = ("supplier", "destination")

_FIGURES = ("quantity", "margin_kept", "holding_cost", "waiting_cost")


class Ordered(NamedTuple):
    """What was decided.

    Attributes:
        items: rows of frame `purchase_items` that can be ordered, sized, with own_packs, own_money
            (what each takes by itself), packs (that are ordered), month and room of its
            budget, limit_price of that, capacity_limit, capacity_price and capacity_left of what
            its supplier can deliver, and missing_value of its document.
        breaks: frame `break_prices`.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
        order_day: day on which orders are placed.
    """

    items: pl.DataFrame
    breaks: pl.DataFrame
    exit_loss_share: float
    order_day: dt.date

    def value(self, items: pl.DataFrame, quantity: pl.Series) -> FloatArray:
        """Benefit of a quantity of each of some items, currency."""
        units = quantity.to_numpy()
        return price_orders(items, self.breaks, units, self.exit_loss_share).benefit


def state_lines(given: Ordered) -> pl.DataFrame:
    """State the lines that are ordered: the columns of PurchasePlan without business_date."""
    orders = given.items.filter(pl.col("packs") > 0).with_columns(
        quantity=pl.col("packs") * pl.col("order_multiple"), binding=_binding()
    )
    priced = price_orders(
        orders, given.breaks, orders["quantity"].to_numpy(), given.exit_loss_share
    )
    valued = orders.with_columns(
        list_price="unit_price",
        unit_price=pl.Series(priced.price),
        break_saving=pl.Series(priced.saving),
        margin_kept=pl.Series(priced.margin_kept),
        margin_given_up=pl.lit(0.0),
        holding_cost=pl.Series(priced.worth.holding_cost),
        benefit=pl.Series(priced.benefit),
        gain_chance=pl.Series(find_chance_to_gain(orders, priced.benefit)),
    ).with_columns(_best_neighbour(given, orders))
    named = _name_documents(valued, given.order_day)
    return cast_to_contract(_explain(_add_free(given, named), given.order_day), PurchasePlan)


def _binding() -> pl.Expr:
    """What set the quantity: what is shared with others, else the item's own."""
    fewer = pl.col("packs") * pl.col("unit_price") * pl.col("order_multiple") < pl.col("own_money")
    held = pl.col("level_binding").is_in(SHELVES)
    wanted, cut = pl.col("wanted_packs"), pl.col("packs") < pl.col("own_packs")
    return (
        pl.when(cut & _is_held_by_capacity(pl.lit(value=False)))
        .then(pl.lit(_CAPACITY))
        .when(cut & pl.col("room").is_not_null() & fewer)
        .then(pl.lit("budget"))
        .when(pl.col("packs") != pl.col("own_packs"))
        .then(pl.lit("supplier_minimum_value"))
        .when(pl.col("own_packs") > pl.max_horizontal(wanted, "minimum_packs"))
        .then(pl.lit("price_break"))
        .when(_is_split())
        .then(pl.lit(SPLIT))
        .when(pl.col("held_by_life"))
        .then(pl.lit(_LIFE))
        .when(pl.col("minimum_packs") > wanted)
        .then(pl.lit("minimum_order_quantity"))
        .when(pl.col("floor_packs") > pl.col("value_packs"))
        .then("level_binding")
        .when(held & (pl.col("value_packs") == pl.col("most_packs")))
        .then("level_binding")
        .otherwise(pl.lit("value"))
    )


def _is_held_by_capacity(waits: pl.Expr) -> pl.Expr:
    """Whether what its supplier can deliver is scarcer for an item than the budget's money.

    Where one more of either would bring nothing, what is left of the capacity tells; nothing is
    taken of it by a document that waits.
    """
    price = pl.col("capacity_price")
    step = pl.when(pl.col("packs") == 0).then("minimum_packs").otherwise(1)
    full = (price > 0) | (pl.col("capacity_left") < step * pl.col("order_multiple")) | waits
    by_budget = pl.col("limit_price") * pl.col("unit_price")
    scarcer = pl.col("room").is_null() | (full & (price >= by_budget))
    return pl.col("capacity_limit").is_not_null() & scarcer


def _is_split() -> pl.Expr:
    """Whether another supplier brings the units that this one could bring as well."""
    most = (pl.col("most_units") // pl.col("order_multiple")).fill_null(-1)
    return pl.col("own_packs") == most


def _best_neighbour(given: Ordered, orders: pl.DataFrame) -> list[pl.Series]:
    """The better of one multiple less and one more, as far as the supplier takes them."""
    multiple, quantity = orders["order_multiple"], orders["quantity"]
    less = quantity - multiple
    # Below the minimum nothing is ordered at all.
    less = less.zip_with(less >= orders["minimum_order_quantity"], less * 0)
    more = quantity + multiple
    worth_less, worth_more = (given.value(orders, units) for units in (less, more))
    spoils = (more > orders["life_units"]).fill_null(value=False)
    # Of a split order more would be less of the other part, which is weighed elsewhere.
    fewer = pl.Series(worth_less >= worth_more) | (orders["binding"] == SPLIT) | spoils
    return [
        less.zip_with(fewer, more).alias("next_quantity"),
        pl.Series(worth_less).zip_with(fewer, pl.Series(worth_more)).alias("next_benefit"),
    ]


def _name_documents(orders: pl.DataFrame, order_day: dt.date) -> pl.DataFrame:
    """Add the document of each line: its id, made of its keys, and what it is worth in all.

    The day, the supplier and the destination, as the items have one currency.
    """
    value = (pl.col("quantity") * pl.col("unit_price")).sum()
    return orders.with_columns(
        document=name_documents(pl.lit(order_day), "supplier", "destination"),
        document_value=value.over("supplier", "destination"),
    )


def _add_free(given: Ordered, orders: pl.DataFrame) -> pl.DataFrame:
    """Add the quantity that would be best if nothing forced another, and what the force costs."""
    listed = orders.with_columns(unit_price="list_price", pair=pl.int_range(pl.len()))
    rows = (
        list_free_quantities(listed, given.breaks)
        .join(listed, on="pair", how="left", validate="m:1", maintain_order="left")
        .rename({"packs_right": "ordered_packs"})
    )
    units = rows["packs"] * rows["order_multiple"]
    best = (
        rows.select("pair", free_quantity=units, free_benefit=pl.Series(given.value(rows, units)))
        .sort("pair", "free_benefit", "free_quantity", descending=[False, True, False])
        .unique("pair", keep="first", maintain_order=True)
    )
    split = pl.col("binding") == SPLIT
    forced = pl.col("free_benefit") - pl.col("benefit")
    return (
        orders.hstack(best.drop("pair"))
        .with_columns(
            free_quantity=pl.when(split).then("quantity").otherwise("free_quantity"),
            free_benefit=pl.when(split).then("benefit").otherwise("free_benefit"),
        )
        .with_columns(forced_cost=forced.clip(lower_bound=0.0))
    )


def _explain(orders: pl.DataFrame, order_day: dt.date) -> pl.DataFrame:
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
    reason = (
        pl.when(pl.col("binding").is_in(list(_BY_SUPPLIER)))
        .then(pl.col("binding").replace(_BY_SUPPLIER))
        .when(pl.col("binding").is_in(FLOORS))
        .then(pl.lit("service_floor"))
        .otherwise(pl.lit("below_target"))
    )
    return other.with_columns(
        requested_on=find_day_asked_for(order_day),
        urgency_days=count_stock_days(pl.col("daily_demand")),
        reason=reason,
        rejected=word_amounts(other["words"], other["other_benefit"]),
    )


def _find_problem() -> pl.Expr:
    """Why nothing is ordered of an item; waits tells that nothing of its document is."""
    return (
        pl.when(pl.col("wanted_packs") <= 0)
        .then(pl.lit(_LIFE))
        .when(pl.col("own_packs") == 0)
        .then(pl.lit("minimum_not_worth_holding"))
        .when((pl.col("missing_value") > 0) & pl.col("waits"))
        .then(pl.lit("supplier_minimum_value"))
        .when(_is_held_by_capacity(pl.col("waits")))
        .then(pl.lit("capacity_full"))
        .when(pl.col("room").is_not_null())
        .then(pl.lit("budget_full"))
        # What no limit holds waits for lines of its document that one does.
        .otherwise(pl.lit("supplier_minimum_value"))
    )


def _find_missing_value() -> pl.Expr:
    """What documents lack of their least value: where that is nothing, without what limits hold."""
    held = pl.col("capacity_limit").is_not_null() | pl.col("room").is_not_null()
    free = pl.when(held).then(0.0).otherwise("own_money").sum().over(_DOCUMENT)
    without = (pl.col("minimum_order_value") - free).clip(lower_bound=0.0)
    return pl.when(pl.col("missing_value") > 0).then("missing_value").otherwise(without)


def state_left_out(given: Ordered, barred: pl.DataFrame) -> pl.DataFrame:
    """State what is not ordered although it may be needed, and why.

    Args:
        given: what was decided.
        barred: items that cannot be ordered, with their problem.

    Returns:
        Columns as `Purchases` has them, sorted by sku and destination.
    """
    least = pl.max_horizontal("wanted_packs", "minimum_packs")
    own, spoils = pl.col("own_packs"), pl.col("held_by_life")
    skipped = (
        given.items.with_columns(
            waits=pl.col("packs").sum().over(_DOCUMENT) == 0,
            lacks=_find_missing_value(),
        )
        .filter(pl.col("packs") == 0, (pl.col("wanted_packs") > 0) | spoils)
        .with_columns(
            quantity=pl.when(own > 0).then(own).otherwise(least) * pl.col("order_multiple"),
            problem=_find_problem(),
        )
    )
    priced = price_orders(
        skipped, given.breaks, skipped["quantity"].to_numpy(), given.exit_loss_share
    )
    of_supplier = pl.col("problem") == "supplier_minimum_value"
    of_budget, of_life = pl.col("problem") == "budget_full", pl.col("problem") == _LIFE
    of_capacity = pl.col("problem") == "capacity_full"
    told = skipped.with_columns(
        margin_kept=pl.Series(priced.margin_kept),
        holding_cost=pl.Series(priced.worth.holding_cost),
        waiting_cost=pl.when(of_supplier | of_budget | of_capacity).then(
            pl.Series(priced.benefit).clip(lower_bound=0.0)
        ),
        limit=pl.when(of_supplier)
        .then(pl.format("least value {} of {}", pl.col("minimum_order_value").round(2), "supplier"))
        .when(of_budget)
        .then(pl.format("budget of {} in {}", "department", "month"))
        .when(of_capacity)
        .then("capacity_limit")
        .when(of_life)
        .then(pl.format("{} units that sell before their life ends", "life_units")),
        missing_value=pl.when(of_supplier).then("lacks"),
        limit_price=pl.when(of_budget).then("limit_price").when(of_capacity).then("capacity_price"),
    )
    keys = ["sku", "destination", "supplier", "problem"]
    limits = ["limit", "missing_value", "limit_price"]
    waits = pl.format("orders to {} are taken on {}", "supplier", word_order_days())
    none = barred.select(
        *keys,
        *(pl.lit(None).alias(name) for name in _FIGURES),
        limit=pl.when(problem=NO_ORDER_DAY).then(waits),
        missing_value=pl.lit(None),
        limit_price=pl.lit(None),
    )
    return pl.concat([told.select(*keys, *_FIGURES, *limits), none], how="vertical_relaxed").sort(
        "sku", "destination"
    )
