"""Purchase proposals: what to order from suppliers tonight, in documents that suppliers accept.

Each item by itself takes the multiples that are each worth more than they cost, what a floor or
the supplier's minimum forces beyond, and a price break where that is worth more; never more than
sells before its life ends. The lines of a
supplier to a destination are one document: where they do not reach the supplier's least value of an
order, further multiples are added at the least loss, or the document waits, whichever is worth
more. Where a department's budget of the month has no room for all, money goes where it brings most.
"""

import datetime as dt
from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.frames import number_groups
from optimization.purchasing.breaks import price_orders
from optimization.purchasing.joint import OrderMarket, solve_orders
from optimization.purchasing.order_days import NO_ORDER_DAY, match_order_day
from optimization.purchasing.quantities import (
    list_finer_quantities,
    list_larger_quantities,
    list_own_quantities,
    list_smaller_quantities,
)
from optimization.purchasing.sizes import size_items
from optimization.purchasing.statement import Ordered, state_left_out, state_lines
from quality_checks.contracts import (
    BreakPrices,
    BudgetRooms,
    Economics,
    PurchaseItems,
    find_frame,
)

_CLOSE = 1e-3
"""Share of the bound within which a plan is near enough."""

_FINER_LOOKS = 3
"""How often quantities that were passed over are looked at, beside those that were chosen."""


class Purchases(NamedTuple):
    """What is ordered, what is not, and how good that can be.

    Attributes:
        lines: the columns of PurchasePlan without business_date.
        left_out: sku, destination, supplier, problem (stock_unknown, not_replenished,
            terms_not_valid, no_order_day, minimum_not_worth_holding, remaining_life,
            supplier_minimum_value or budget_full), of the quantity that is not ordered quantity
            (units), margin_kept and holding_cost (currency), what waiting_cost (currency) it costs
            to leave it, and of what keeps it limit, missing_value and limit_price (currency);
            missing where they have no say.
        value: benefit of the lines, before floors take what is left of budgets; currency.
        bound: no plan of these quantities is worth more, currency.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the plan can be from the best, as a share of the bound."""
        # What rounding makes of a plan that is the best is no gap.
        return max(1 - self.value / self.bound, 0.0) if self.bound > 0 else 0.0


def plan_purchases(
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    rooms: pl.DataFrame,
    economics: Economics,
    *,
    as_of: dt.date,
) -> Purchases:
    """Order what is worth more than it costs, and what policy or the supplier forces.

    Orders are placed the day after `as_of`.

    Args:
        items: frame `purchase_items`.
        breaks: frame `break_prices`.
        rooms: frame `budget_rooms`.
        economics: what a unit loses that is left at the exit of its item.
        as_of: business date.

    Raises:
        ValueError: a frame breaks its contract.
    """
    order_day, share = as_of + dt.timedelta(days=1), economics.exit_loss_share
    breaks, rooms = find_frame(BreakPrices).read(breaks), find_frame(BudgetRooms).read(rooms)
    marked = find_frame(PurchaseItems).read(items).with_columns(problem=_problem(order_day))
    usable = (
        marked.filter(
            _valid(order_day),
            match_order_day(order_day),
            pl.col("status") == "active",
            pl.col("inventory_position").is_not_null(),
        )
        .join(rooms.with_columns(budget=pl.int_range(pl.len())), on="department", how="left")
        .sort("sku", "destination", "supplier")
    )
    sized = size_items(usable, share).with_columns(pair=pl.int_range(pl.len()))
    sized = _add_own(sized, breaks, share)
    together = _order_together(sized, breaks, rooms, share)
    given = Ordered(together.items, breaks, share, order_day)
    return Purchases(
        state_lines(given),
        state_left_out(given, marked.filter(pl.col("problem").is_not_null())),
        together.value,
        together.bound,
    )


def _valid(order_day: dt.date) -> pl.Expr:
    """Whether the terms hold on the day of the order."""
    ends = (pl.col("valid_to") >= order_day).fill_null(value=True)
    return (pl.col("valid_from") <= order_day) & ends


def _problem(order_day: dt.date) -> pl.Expr:
    """Why an item cannot be ordered; missing where it can, or where it needs nothing."""
    short = pl.col("inventory_position") < pl.col("order_up_to")
    return (
        pl.when((pl.col("status") != "active") & short.fill_null(value=False))
        .then(pl.lit("not_replenished"))
        .when((pl.col("status") == "active") & pl.col("inventory_position").is_null())
        .then(pl.lit("stock_unknown"))
        .when(short & ~_valid(order_day))
        .then(pl.lit("terms_not_valid"))
        .when(short & ~match_order_day(order_day))
        .then(pl.lit(NO_ORDER_DAY))
    )


def _add_own(sized: pl.DataFrame, breaks: pl.DataFrame, share: float) -> pl.DataFrame:
    """Add what each item takes by itself, and what its document lacks of its least value."""
    valued = _value(sized, list_own_quantities(sized, breaks), breaks, share)
    best = valued.sort("pair", "benefit", "packs", descending=[False, True, False]).unique(
        "pair", keep="first", maintain_order=True
    )
    own = best.select("pair", own_packs="packs", own_money="money")
    together = ["supplier", "destination"]
    asked = pl.col("own_packs").sum().over(together) > 0
    missing = pl.col("minimum_order_value").fill_null(0.0) - pl.col("own_money").sum().over(
        together
    )
    return sized.join(own, on="pair", maintain_order="left").with_columns(
        document=number_groups(sized, *together),
        asked=asked,
        missing_value=pl.when(asked & (missing > 0)).then(missing).otherwise(0.0),
    )


class _Together(NamedTuple):
    """Items with packs, what is ordered, and limit_price, what money of its budget would bring."""

    items: pl.DataFrame
    value: float
    bound: float


def _order_together(
    sized: pl.DataFrame, breaks: pl.DataFrame, rooms: pl.DataFrame, share: float
) -> _Together:
    """Decide what is ordered of each item where documents and budgets have their say."""
    options = _list_options(sized, breaks, share)
    if options.is_empty():
        nothing = {"packs": pl.lit(0, pl.Int64), "limit_price": pl.lit(0.0)}
        return _Together(sized.with_columns(**nothing), 0.0, 0.0)
    market = _build_market(sized, options, rooms)
    choice = solve_orders(market)
    # What budgets leave open is not for want of quantities.
    lacking = sized.filter(pl.col("missing_value") > 0, pl.col("room").is_null())
    for _ in range(_FINER_LOOKS):
        taken = options[choice.option[choice.option >= 0]].select("pair", "packs")
        finer = list_finer_quantities(lacking, options, taken)
        if choice.bound - choice.value <= _CLOSE * choice.bound or finer.is_empty():
            break
        more = _value(sized, finer, breaks, share)
        options = pl.concat([options, more]).sort("pair", "money", "packs")
        market = _build_market(sized, options, rooms)
        choice = solve_orders(market)
    taken = options[choice.option[choice.option >= 0]].select("pair", "packs")
    prices = (
        options.select("pair")
        .unique(maintain_order=True)
        .with_columns(limit_price=pl.Series(market.price_items(choice.budget_price)))
    )
    items = (
        sized.join(taken, on="pair", how="left", maintain_order="left")
        .join(prices, on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("packs", "limit_price").fill_null(0))
    )
    return _Together(items, choice.value, choice.bound)


def _list_options(sized: pl.DataFrame, breaks: pl.DataFrame, share: float) -> pl.DataFrame:
    """List the quantities of all that may be in a document: pair, packs, money, benefit."""
    lacking = pl.col("missing_value") > 0
    within = sized.filter(pl.col("asked") & (lacking | (pl.col("own_packs") > 0)))
    quantities = pl.concat(
        [
            list_own_quantities(within, breaks),
            list_larger_quantities(within.filter(lacking), breaks, pl.col("missing_value")),
            list_smaller_quantities(within.filter(pl.col("room").is_not_null())),
        ]
    ).unique(maintain_order=True)
    return _value(within, quantities, breaks, share).sort("pair", "money", "packs")


def _value(
    sized: pl.DataFrame, quantities: pl.DataFrame, breaks: pl.DataFrame, share: float
) -> pl.DataFrame:
    """Add to quantities (pair, packs) the money that they take and what they are worth."""
    rows = quantities.sort("pair", "packs").join(
        sized, on="pair", how="left", validate="m:1", maintain_order="left"
    )
    units = (rows["packs"] * rows["order_multiple"]).to_numpy()
    priced = price_orders(rows, breaks, units, share)
    return rows.select(
        "pair",
        "packs",
        money=pl.Series(priced.price * units),
        benefit=pl.Series(priced.benefit),
    )


def _build_market(sized: pl.DataFrame, options: pl.DataFrame, rooms: pl.DataFrame) -> OrderMarket:
    """Number what the options share."""
    items = options.select("pair").unique(maintain_order=True)
    items = items.join(sized, on="pair", how="left", validate="1:1", maintain_order="left")
    document = number_groups(items, "document").to_numpy()
    documents = (
        items.with_columns(document=document)
        .group_by("document", maintain_order=True)
        .agg(
            pl.col("minimum_order_value").first().fill_null(0.0),
            waits=(pl.col("missing_value") > 0).any() | pl.col("room").is_not_null().any(),
        )
        .sort("document")
    )
    least = documents["minimum_order_value"].to_numpy()
    counts = options.group_by("pair", maintain_order=True).len()["len"].cast(pl.Int64).to_numpy()
    is_floor = (
        options.join(items, on="pair", how="left", maintain_order="left")
        .select(
            (pl.col("packs") == pl.col("own_packs"))
            & (pl.col("floor_packs") > 0)
            & pl.col("room").is_not_null()
        )
        .to_series()
        .to_numpy()
    )
    start = np.append(0, np.cumsum(counts))
    number = np.where(is_floor, np.arange(options.height), -1)
    return OrderMarket(
        start=start,
        # Copies: columns are read-only or not as polars keeps them, which kernels tell apart.
        money=np.array(options["money"]),
        benefit=np.array(options["benefit"]),
        document=document,
        budget=items["budget"].fill_null(-1).to_numpy(),
        floor=np.maximum.reduceat(number, start[:-1]),
        least_value=least,
        may_wait=(least > 0) & documents["waits"].to_numpy(),
        room=rooms["room"].to_numpy(),
    )
