"""Items with their demand, what their units cost, and all that comes to them."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from optimization.paths.courses import FloatArray, ItemCosts, place_units
from optimization.paths.demand_paths import DemandPaths, draw_paths
from quality_checks.contracts import Economics, OrderItems, ReceiptsDue, find_frame

_PAIR = ["sku", "destination"]
_SEED = 14
"""Of the paths of demand: nothing else is drawn, so it need not be chosen."""


@dataclass(frozen=True)
class ItemCourses:
    """Items with their demand, costs and all that comes to them.

    Attributes:
        paths: demand.
        costs: what units cost.
        receipts: units that come in each stretch, and after the last one, [item, stretch + 1].
    """

    paths: DemandPaths
    costs: ItemCosts
    receipts: FloatArray


def build_courses(  # noqa: PLR0913, PLR0917  # what an item is, sells, has, gets and costs
    items: pl.DataFrame,
    demand: pl.DataFrame,
    members: pl.DataFrame,
    receipts: pl.DataFrame,
    ordered: pl.DataFrame,
    economics: Economics,
    *,
    first_day: dt.date,
) -> ItemCourses:
    """Build the courses of items as things are: what documents bring, and what is ordered tonight.

    Args:
        items: frame `order_items`, with protection intervals above 0.
        demand: frame `echelon_demand`, at the ends of `list_ends` cut at the protection interval.
        members: frame `member_stock`, of the nodes.
        receipts: frame `receipts_due`, what documents bring to the nodes themselves.
        ordered: frame `receipts_due`, what is ordered tonight.
        economics: what stock costs.
        first_day: day from which days are counted.

    Raises:
        ValueError: a frame breaks its contract.
    """
    known = find_frame(OrderItems).read(items)
    paths = draw_paths(known, demand, members, seed=_SEED)
    numbers = paths.items.with_columns(pl.col("item").cast(pl.Int64)).join(
        known.select(*_PAIR, "protection_days"), on=_PAIR, maintain_order="left"
    )

    def read(rows: pl.DataFrame) -> pl.DataFrame:
        days = (pl.col("due_on") - pl.lit(first_day)).dt.total_days().clip(lower_bound=0)
        return (
            find_frame(ReceiptsDue)
            .read(rows)
            .rename({"location": "destination"})
            .join(numbers, on=_PAIR, maintain_order="left")
            .with_columns(days=days.cast(pl.Float64))
        )

    def place(due: pl.DataFrame) -> FloatArray:
        at = due["item"].to_numpy()
        units = due["units"].cast(pl.Float64).to_numpy()
        placed = np.zeros((known.height, paths.ends.shape[1] + 1))
        np.add.at(placed, at, place_units(paths.ends[at], due["days"].to_numpy(), units))
        return placed

    due = read(receipts)
    counted = due.filter(pl.col("days") < pl.col("protection_days"))
    coming = np.zeros(known.height)
    np.add.at(coming, counted["item"].to_numpy(), counted["units"].to_numpy())
    costs = ItemCosts.of_items(known, coming, paths.owned, economics)
    return ItemCourses(paths, costs, place(due) + place(read(ordered)))
