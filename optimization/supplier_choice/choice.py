"""Which items are ordered from another supplier, where that gains enough and orders still stand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from optimization.paths import SHORT, ItemCourses
from optimization.purchasing import Purchases
from optimization.supplier_choice.costs import cost_orders
from optimization.supplier_choice.orders import ITEM, list_candidates, price_candidates
from optimization.supplier_choice.statement import find_chances, restate_lines, state_choices
from optimization.supplier_choice.waiting import (
    find_best_waits,
    order_again,
    set_beside_waiting,
    wait_a_review,
)
from quality_checks.contracts import OfferedItems, OrderedItems, find_frame

_RAISED = "supplier_minimum_value"
_CLOSE = 9
"""Decimals of a gain that rank candidates: beyond them it is rounding."""

_OWN = {"lead_time_mean": "days", "lead_time_sd": "sd", "yield_mean": "yield"}


@dataclass(frozen=True)
class SuppliedOrders:
    """What is ordered, and from whom.

    Attributes:
        purchases: what is ordered of all items.
        items: frame `purchase_items`: each with the supplier that it is ordered from, twice where
            it is ordered from two.
        choices: the columns of the contract SupplierChoices without business_date.
        levels: the columns of the contract OrderLevels without business_date.
    """

    purchases: Purchases
    items: pl.DataFrame
    choices: pl.DataFrame
    levels: pl.DataFrame


@dataclass(frozen=True)
class SuppliedItems:
    """Items as orders from certain suppliers see them.

    Attributes:
        items: frame `purchase_items`.
        levels: the columns of the contract OrderLevels without business_date.
    """

    items: pl.DataFrame
    levels: pl.DataFrame


@dataclass(frozen=True)
class OrderPlanner:
    """How orders are planned.

    Attributes:
        plan: plans the orders of frame `purchase_items`, documents and budgets kept.
        others: items as each other supplier that has terms would bring them.
        put_ahead: frame `goods_ahead`, items as their preferred supplier brings them beside goods
            that are ordered from another: of sku, destination, units (that are), and days (until
            they come).
    """

    plan: Callable[[pl.DataFrame], Purchases]
    others: SuppliedItems
    put_ahead: Callable[[pl.DataFrame], SuppliedItems]

    def supply(self, items: pl.DataFrame, chosen: pl.DataFrame) -> SuppliedItems:
        """Items with the supplier that they are ordered from; a split one twice, and their levels.

        Args:
            items: frame `purchase_items` with preferred suppliers.
            chosen: sku, destination, other_supplier, form, other_units and other_days.
        """
        picked = chosen.select(*ITEM, "form", "other_units", supplier="other_supplier")
        split = chosen.filter(pl.col("form") == "split")
        most = pl.when(pl.col("form") == "split").then("other_units").alias("most_units")
        line = [*ITEM, "supplier"]
        others = self.others.items.join(picked, on=line, maintain_order="left")
        rest = self.put_ahead(
            split.select(*ITEM, units="other_units", days=pl.col("other_days").ceil())
        )
        no_most = pl.lit(None, pl.Int64).alias("most_units")
        columns = [*items.columns, "most_units"]
        alone = items.join(picked, on=ITEM, how="anti", maintain_order="left")
        own_levels = self.others.levels.join(
            picked.select("sku", "supplier", location="destination"),
            on=["sku", "location", "supplier"],
            how="semi",
        )
        return SuppliedItems(
            pl.concat(
                [
                    alone.with_columns(no_most).select(columns),
                    others.with_columns(most).select(columns),
                    rest.items.with_columns(no_most).select(columns),
                ]
            ).sort(line),
            pl.concat([own_levels, rest.levels]).sort("sku", "location", "supplier"),
        )


@dataclass(frozen=True)
class WeighedOrders:
    """Items that could be ordered from several suppliers, beside what these would bring.

    Attributes:
        ordered: frame `ordered_items` with item, the number of each, and preferred_days,
            preferred_sd and preferred_yield.
        offered: frame `offered_items`.
        breaks: frame `break_prices`.
        courses: the items without any order of tonight.
        review_days: until orders are placed again.
    """

    ordered: pl.DataFrame
    offered: pl.DataFrame
    breaks: pl.DataFrame
    courses: ItemCourses
    review_days: int

    @classmethod
    def of_items(
        cls,
        ordered: pl.DataFrame,
        offered: pl.DataFrame,
        breaks: pl.DataFrame,
        courses: ItemCourses,
        *,
        review_days: int,
    ) -> Self:
        """Put items, offers and courses together.

        Args:
            ordered: frame `ordered_items`.
            offered: frame `offered_items`.
            breaks: frame `break_prices`.
            courses: the items without any order of tonight.
            review_days: until orders are placed again.

        Raises:
            ValueError: a frame breaks its contract.
        """
        numbers = courses.paths.items.with_columns(pl.col("item").cast(pl.Int64))
        own = {f"preferred_{name}": column for column, name in _OWN.items()}
        known = find_frame(OrderedItems).read(ordered)
        known = known.join(numbers, on=ITEM, maintain_order="left").with_columns(**own)
        return cls(known, find_frame(OfferedItems).read(offered), breaks, courses, review_days)

    def weigh(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """Add to candidates what they cost, by the side of ordering from the preferred one alone.

        Args:
            candidates: what `list_candidates` gives.

        Returns:
            What `price_candidates` gives with the columns of `ordered_items`, and short_as_is,
            holding_as_is, short_then, holding_then and gain, currency; later_units (0),
            later_days, later_sd and later_yield, of goods that are ordered when orders are placed
            again, and later_price, what the other units cost more than the preferred supplier's
            then; later_gain, what it gains to order as planned tonight and the other units then,
            and again_gain, what ordering them then, too, gains on top of tonight's where they
            perish; both at least 0.
        """
        priced = price_candidates(candidates, self.ordered, self.breaks).with_columns(
            later_units=pl.lit(0, pl.Int64),
            later_days=pl.col("other_days") + self.review_days,
            later_sd="other_sd",
            later_yield="other_yield",
            # A lower price is no gain of waiting: tonight's units are then bought at the higher
            # one.
            later_price=(pl.col("other_price") - pl.col("preferred_price")).clip(lower_bound=0)
            * pl.col("other_units"),
        )
        planned = self.ordered.with_columns(preferred_units="quantity").with_columns(
            pl.lit(value).alias(f"{of}_{name}")
            for of in ("other", "later")
            for name, value in (("units", 0), ("days", 0.0), ("sd", 0.0), ("yield", 1.0))
        )
        now = cost_orders(self.courses, planned)
        as_is = self.ordered.with_columns(
            short_as_is=pl.Series(now[:, SHORT]),
            holding_as_is=pl.Series(now.sum(axis=1) - now[:, SHORT]),
        )
        rows = priced.join(as_is, on="item", validate="m:1", maintain_order="left")
        then = cost_orders(self.courses, rows)
        costs = pl.Series(then.sum(axis=1))
        saved = pl.col("short_as_is") - pl.col("short_then")
        saved += pl.col("holding_as_is") - pl.col("holding_then")
        return rows.with_columns(
            short_then=pl.Series(then[:, SHORT]),
            holding_then=pl.Series(then.sum(axis=1) - then[:, SHORT]),
            later_gain=self._weigh_later(
                wait_a_review(rows), pl.col("short_as_is") + pl.col("holding_as_is")
            ),
            again_gain=self._weigh_later(order_again(rows), pl.lit(costs)),
        ).with_columns(gain=saved - pl.col("price_difference"))

    def _weigh_later(self, rows: pl.DataFrame, without: pl.Expr) -> pl.Series:
        """What goods that are ordered a review later gain, beside the cost without them."""
        some = rows["later_units"] > 0
        costs = np.zeros(rows.height)
        costs[some.to_numpy()] = cost_orders(self.courses, rows.filter(some)).sum(axis=1)
        gain = without - pl.Series(costs) - pl.col("later_price")
        return rows.select(pl.when(some).then(gain.clip(lower_bound=0)).otherwise(0.0)).to_series()


def choose_suppliers(
    items: pl.DataFrame,
    weighed: WeighedOrders,
    planned: Purchases,
    planner: OrderPlanner,
    *,
    least_gain: float,
) -> SuppliedOrders:
    """Order items from another supplier, in whole or in part, where that gains more than a least.

    What it gains is what it gains beyond waiting: where the other supplier's goods would be as good
    if they were ordered when orders are placed again, nobody pays more tonight. That is what its
    line states.

    Orders are planned anew with what is chosen, and it is weighed again with the units that come of
    that. What another supplier does not take goes back to the preferred one, and so does what would
    have another order raised to its supplier's least value, or change what else is ordered from the
    preferred supplier, half of it at a time; until nothing does.

    Args:
        items: frame `purchase_items` with preferred suppliers.
        weighed: those of them that others would bring, too.
        planned: what is ordered of `items` from preferred suppliers alone.
        planner: how orders are planned.
        least_gain: what a choice must gain, currency.
    """
    alone = weighed.weigh(list_candidates(weighed.ordered, weighed.offered))
    waits = find_best_waits(alone)
    candidates = set_beside_waiting(alone, waits)
    beyond = pl.col("gain") - pl.col("wait_gain")
    best = (
        candidates.with_columns(rank=beyond.round(_CLOSE))
        .sort("item", "rank", descending=[False, True], maintain_order=True)
        .unique("item", keep="first", maintain_order=True)
        .drop("rank")
    )
    chosen = best.filter(beyond > least_gain)
    made = planned
    supplied = SuppliedItems(items, planner.others.levels.clear())
    while chosen.height:
        supplied = planner.supply(items, chosen)
        made = planner.plan(supplied.items)
        placed = set_beside_waiting(weighed.weigh(_read_units(chosen, made.lines)), waits)
        gains = placed.filter(pl.col("other_units") > 0, beyond > least_gain)
        kept = _drop_unsettling(gains, chosen, planned.lines, made.lines)
        same = kept.height == chosen.height and _list_parts(kept).equals(_list_parts(chosen))
        chosen = kept
        if same:
            break
    if chosen.is_empty():
        made, supplied = planned, SuppliedItems(items, planner.others.levels.clear())
    placed = find_chances(chosen.select(candidates.columns), weighed.courses)
    choices = state_choices(candidates, best, placed)
    stated = made._replace(lines=restate_lines(made.lines, placed))
    return SuppliedOrders(stated, supplied.items, choices, supplied.levels)


def _read_units(chosen: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What is chosen, with the units that are ordered of it."""
    kept = [name for name in chosen.columns if name.startswith("other_") and name != "other_price"]
    rows = chosen.select("item", "form", *kept, *ITEM, "supplier")
    for of, supplier in (("other", "other_supplier"), ("preferred", "supplier")):
        units = lines.select(
            *ITEM, pl.col("supplier").alias(supplier), pl.col("quantity").alias("ordered")
        )
        rows = rows.join(units, on=[*ITEM, supplier], how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("ordered").fill_null(0).alias(f"{of}_units")).drop(
            "ordered"
        )
    return rows.drop(*ITEM, "supplier")


def _list_parts(chosen: pl.DataFrame) -> pl.DataFrame:
    """Units of split orders that the other supplier brings, which the rest of each counts on."""
    return chosen.filter(pl.col("form") == "split").select("item", "other_units")


def _drop_unsettling(
    placed: pl.DataFrame, chosen: pl.DataFrame, planned: pl.DataFrame, made: pl.DataFrame
) -> pl.DataFrame:
    """Drop choices that raise the other supplier's order or move the preferred one's.

    Of the choices of such an order the half goes back that gains least beyond waiting: fewer may
    not disturb it.
    """
    order, line = ["supplier", "destination"], [*ITEM, "supplier"]
    raised = [
        lines.filter(pl.col("binding") == _RAISED).select(order).unique(maintain_order=True)
        for lines in (made, planned)
    ]
    newly = raised[0].join(raised[1], on=order, how="anti")
    before, after = (
        lines.join(chosen, on=ITEM, how="anti").select(*line, "quantity", "packs", "own_packs")
        for lines in (planned, made)
    )
    then = pl.col("quantity_right")
    fewer = then.fill_null(0) < pl.col("quantity").fill_null(0)
    # A line that gets more of what it asks for by itself has room that a choice left to it.
    fills = then.ne_missing(pl.col("quantity")) & (
        pl.col("packs_right") > pl.col("own_packs_right")
    )
    moved = before.join(after, on=line, how="full", coalesce=True).filter(
        fewer | fills.fill_null(value=False)
    )
    newly = newly.rename({"supplier": "other_supplier"})
    for disturbed in (newly, moved.select(order).unique(maintain_order=True)):
        own = disturbed.columns
        marked = placed.join(
            disturbed.with_columns(disturbed=pl.lit(value=True)),
            on=own,
            how="left",
            maintain_order="left",
        )
        beyond = (pl.col("gain") - pl.col("wait_gain")).round(_CLOSE)
        rank = beyond.rank("ordinal", descending=True).over(own)
        stays = pl.col("disturbed").is_null() | (rank <= pl.len().over(own) // 2)
        placed = marked.filter(stays).drop("disturbed")
    return placed
