"""Purchase proposals: what to order from suppliers tonight, in documents that suppliers accept.

Each item by itself takes the multiples that are each worth more than they cost, what a floor or
the supplier's minimum forces beyond, and a price break where that is worth more; never more than
sells before its life ends. The lines of a supplier to a destination are one document: where they do
not reach the supplier's least value of an order, further multiples are added at the least loss, or
the document waits, whichever is worth more. Where a department's budget of the month, or what a
supplier says it can deliver in a week, has no room for all, it goes where it brings most.
"""

import datetime as dt
from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.frames import number_groups
from optimization.purchasing.breaks import price_orders
from optimization.purchasing.capacities import keep_scarce, list_draws, name_tightest
from optimization.purchasing.joint import MOST_ITEMS, Choice, OrderMarket, solve_orders
from optimization.purchasing.order_days import NO_ORDER_DAY, match_order_day
from optimization.purchasing.quantities import (
    list_finer_quantities,
    list_larger_quantities,
    list_own_quantities,
    list_smaller_quantities,
)
from optimization.purchasing.sizes import size_items
from optimization.purchasing.statement import Ordered, state_left_out, state_lines
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import (
    BreakPrices,
    BudgetRooms,
    CapacityRooms,
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
            supplier_minimum_value, budget_full or capacity_full), of the quantity that is not
            ordered quantity (units), margin_kept and holding_cost (currency), what waiting_cost
            (currency) it costs to leave it, and of what keeps it limit, missing_value and
            limit_price (currency); missing where they have no say.
        value: benefit of the lines, before floors take what is left of limits; currency.
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


def plan_purchases(  # noqa: PLR0913  # what a night knows
    items: pl.DataFrame,
    breaks: pl.DataFrame,
    rooms: pl.DataFrame,
    economics: Economics,
    *,
    as_of: dt.date,
    capacities: pl.DataFrame | None = None,
) -> Purchases:
    """Order what is worth more than it costs, and what policy or the supplier forces.

    Orders are placed the day after `as_of`.

    Args:
        items: frame `purchase_items`.
        breaks: frame `break_prices`.
        rooms: frame `budget_rooms`.
        economics: what a unit loses that is left at the exit of its item.
        as_of: business date.
        capacities: frame `capacity_rooms`; none where no supplier states any.

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
    stated = pl.DataFrame(schema=find_frame(CapacityRooms).schema)
    stated = stated if capacities is None else find_frame(CapacityRooms).read(capacities)
    draws = list_draws(sized, stated, order_day)
    together = _order_together(sized, breaks, rooms, draws, share)
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
    """What is ordered of items where they share something.

    Attributes:
        items: with packs, limit_price, what money of its budget would bring, capacity_limit, the
            tightest capacity in words, capacity_price, what a unit of it would bring, and
            capacity_left, the units of it that nobody takes.
        value: of what is ordered, currency.
        bound: no choice is worth more, currency.
    """

    items: pl.DataFrame
    value: float
    bound: float


def _order_together(
    sized: pl.DataFrame,
    breaks: pl.DataFrame,
    rooms: pl.DataFrame,
    draws: pl.DataFrame,
    share: float,
) -> _Together:
    """Decide what is ordered of each item where documents, budgets and capacities have a say."""
    quantities, scarce = _list_quantities(sized, breaks, draws)
    options = _value(sized, quantities, breaks, share).sort("pair", "money", "packs")
    if options.is_empty():
        return _Together(_add_prices(sized.with_columns(packs=pl.lit(0, pl.Int64))), 0.0, 0.0)
    market = _build_market(sized, options, rooms, scarce)
    choice = solve_orders(market)
    lacking = _mark_lacking(sized, draws).filter(pl.col("lacks") > 0, ~pl.col("of_many"))
    for _ in range(_FINER_LOOKS):
        taken = options[choice.option[choice.option >= 0]].select("pair", "packs")
        finer = list_finer_quantities(lacking, options, taken)
        if choice.bound - choice.value <= _CLOSE * choice.bound or finer.is_empty():
            break
        more = _value(sized, finer, breaks, share)
        wider = pl.concat([options, more]).sort("pair", "money", "packs")
        wide = _build_market(sized, wider, rooms, scarce)
        chosen = solve_orders(wide)
        # Of more states not all are looked at.
        if chosen.value < choice.value:
            break
        options, market, choice = wider, wide, chosen
    taken = options[choice.option[choice.option >= 0]].select("pair", "packs")
    ordered = sized.join(taken, on="pair", how="left", maintain_order="left")
    items = _add_prices(
        ordered.with_columns(pl.col("packs").fill_null(0)),
        rooms.select("department", limit_price=pl.Series(choice.limit_price[: rooms.height])),
        name_tightest(scarce, _price_capacities(market, choice, rooms.height)),
    )
    return _Together(items, choice.value, choice.bound)


def _price_capacities(market: OrderMarket, choice: Choice, budgets: int) -> pl.DataFrame:
    """What a unit of each scarce capacity would bring, and what is left of it."""
    left = market.room - market.sum_limits(choice.option)
    return pl.DataFrame(
        {
            "capacity": np.arange(len(market.room) - budgets),
            "capacity_price": choice.limit_price[budgets:],
            "left": left[budgets:],
        }
    )


def _add_prices(
    items: pl.DataFrame,
    budgets: pl.DataFrame | None = None,
    capacities: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Add what one more of their limits would bring to items; nothing where nothing is shared."""
    none = {"department": pl.String, "limit_price": pl.Float64}
    words = {
        "pair": pl.Int64,
        "capacity_price": pl.Float64,
        "capacity_limit": pl.String,
        "capacity_left": pl.Float64,
    }
    of_budget = pl.DataFrame(schema=none) if budgets is None else budgets
    of_capacity = pl.DataFrame(schema=words) if capacities is None else capacities
    return (
        items.join(of_budget, on="department", how="left", maintain_order="left")
        .join(of_capacity, on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("limit_price", "capacity_price").fill_null(0.0))
    )


def _list_quantities(
    sized: pl.DataFrame, breaks: pl.DataFrame, draws: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """List the quantities of all that may be in a document, and the capacities they could pass.

    Returns:
        pair, packs; and what `keep_scarce` gives.
    """
    marked = _mark_lacking(sized, draws)
    within = marked.filter(pl.col("asked") & ((pl.col("lacks") > 0) | (pl.col("own_packs") > 0)))
    lacking = within.filter(pl.col("lacks") > 0)
    free = pl.concat(
        [
            list_own_quantities(within, breaks),
            list_larger_quantities(lacking, breaks, pl.col("lacks")),
        ]
    )
    most = (
        free.group_by("pair", maintain_order=True).agg(pl.col("packs").max()).join(sized, on="pair")
    )
    units = most.select("pair", units=pl.col("packs") * pl.col("order_multiple"))
    scarce = keep_scarce(draws, units)
    limited = pl.col("room").is_not_null() | pl.col("pair").is_in(scarce["pair"].implode())
    smaller = list_smaller_quantities(within.filter(limited))
    return pl.concat([free, smaller]).unique(maintain_order=True), scarce


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


def _mark_lacking(sized: pl.DataFrame, draws: pl.DataFrame) -> pl.DataFrame:
    """Add what an item may have to make up for its document, and which quantities do.

    Where a limit cuts what the others of a document ask for, one may have to make up all of its
    least value. Of many items some fit all the same.

    Returns:
        The items with lacks (currency), fewest_packs, below which nothing further makes it up, and
        of_many (that it draws on limits of many items).
    """
    drawing = sized.with_columns(
        drawing=pl.col("room").is_not_null() | pl.col("pair").is_in(draws["pair"].implode())
    ).with_columns(together=pl.col("drawing").any().over("document"))
    least = pl.col("minimum_order_value").fill_null(0.0)
    few = drawing.filter("together", "asked").height <= MOST_ITEMS
    limited = pl.col("together") & pl.lit(few)
    beyond = pl.when(limited).then(0).otherwise(pl.col("own_packs") + 1)
    return drawing.with_columns(
        lacks=pl.when(limited).then(least).otherwise("missing_value"),
        fewest_packs=pl.max_horizontal("minimum_packs", beyond),
        # Limits of many items leave nothing open for want of quantities.
        of_many=pl.col("drawing") & ~pl.lit(few),
    ).drop("drawing", "together")


def _build_market(
    sized: pl.DataFrame, options: pl.DataFrame, rooms: pl.DataFrame, scarce: pl.DataFrame
) -> OrderMarket:
    """Number what the options share."""
    items = options.select("pair").unique(maintain_order=True)
    items = items.join(sized, on="pair", how="left", validate="1:1", maintain_order="left")
    limit = _list_limits(items, rooms, scarce)
    document = number_groups(items, "document").to_numpy()
    documents = (
        items.with_columns(document=document, limited=pl.Series((limit >= 0).any(axis=1)))
        .group_by("document", maintain_order=True)
        .agg(
            pl.col("minimum_order_value").first().fill_null(0.0),
            waits=(pl.col("missing_value") > 0).any() | pl.col("limited").any(),
        )
        .sort("document")
    )
    least = documents["minimum_order_value"].to_numpy()
    counts = options.group_by("pair", maintain_order=True).len()["len"].cast(pl.Int64).to_numpy()
    start = np.append(0, np.cumsum(counts))
    rows = options.join(items, on="pair", how="left", maintain_order="left")
    is_floor = rows.select(
        (pl.col("packs") == pl.col("own_packs")) & (pl.col("floor_packs") > 0)
    ).to_series().to_numpy() & np.repeat((limit >= 0).any(axis=1), counts)
    number = np.where(is_floor, np.arange(options.height), -1)
    units = rows.select(pl.col("packs") * pl.col("order_multiple")).to_series().cast(pl.Float64)
    drawn = [options["money"], *[units] * (limit.shape[1] - 1)]
    return OrderMarket(
        start=start,
        # Copies: columns are read-only or not as polars keeps them, which kernels tell apart.
        money=np.array(options["money"]),
        benefit=np.array(options["benefit"]),
        document=document,
        limit=limit,
        use=np.column_stack([of.to_numpy() for of in drawn]),
        floor=np.maximum.reduceat(number, start[:-1]),
        least_value=least,
        may_wait=(least > 0) & documents["waits"].to_numpy(),
        room=np.append(rooms["room"].to_numpy(), _list_rooms(scarce)),
    )


def _list_limits(items: pl.DataFrame, rooms: pl.DataFrame, scarce: pl.DataFrame) -> IntArray:
    """Limits of each item: its budget, then the capacities, which are numbered after budgets."""
    row = items.select("pair", row=pl.int_range(pl.len()))
    of = scarce.join(row, on="pair", maintain_order="left")
    place = of["column"].to_numpy()
    capacities = np.full((items.height, place.max(initial=-1) + 1), -1)
    capacities[of["row"].to_numpy(), place] = rooms.height + of["capacity"].to_numpy()
    return np.column_stack([items["budget"].fill_null(-1).to_numpy(), capacities])


def _list_rooms(scarce: pl.DataFrame) -> FloatArray:
    """Room of each capacity by its number."""
    rooms = scarce.unique("capacity", keep="first").sort("capacity")["room"]
    return rooms.cast(pl.Float64).to_numpy()
