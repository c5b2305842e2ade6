"""Items that keep only so long: what of an order sells before its life ends.

What arrives may still be sold for the days that the retailer asks for on receipt. Units that were
there before it sell first (first in, first out), so the k-th unit of an order sells in its life if
the echelon asks for so many by then, without what is lost before the goods come, as was there and
k more. Nahmias, Perishable Inventory Theory: A Review, Operations Research 30 (1982).
"""

import datetime as dt

import polars as pl

from forecasting.distribution import quantile
from optimization.levels import Outlook, sum_echelon_days

_KEYS = ["sku", "location"]
_ITEM = ["sku", "destination"]

_LIKELY = 0.5
"""Chance to sell in its life that the last unit of an order must have: as likely as not."""


def add_life_demand(
    items: pl.DataFrame, pairs: pl.DataFrame, outlook: Outlook, *, first_day: dt.date
) -> pl.DataFrame:
    """Add to items what their echelon asks for until the life of tonight's goods ends.

    Args:
        items: what `select_purchase_items` gives.
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day from `first_day` on, receipts and seasons.
        first_day: day on which the plan orders.

    Returns:
        `items` with life_demand_mean (units), life_demand_variance (units^2), of the days from
        `first_day` to the end of that life, without what is lost before the goods come; and
        older_units, that are there before them. Missing where an item has no such life, or leaves
        the range before it ends.
    """
    left = pl.min_horizontal("least_remaining_days", "shelf_life_days")
    ends = pl.col("lead_time_mean") + left
    on_sale = (pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1
    living = items.filter(ends > 0, (ends <= on_sale).fill_null(value=True))
    windows = living.select("sku", location="destination", days=ends)
    sums = sum_echelon_days(pairs, outlook, windows, first_day=first_day)
    served = (pl.col("mean") - pl.col("lost_before")).clip(lower_bound=0.0)
    share = pl.when(pl.col("mean") > 0).then(served / pl.col("mean")).otherwise(0.0)
    told = (
        living.rename({"destination": "location"})
        .join(sums.drop("days"), on=_KEYS, validate="1:1", maintain_order="left")
        .join(
            _count_younger(living, outlook.receipts, first_day),
            on=_KEYS,
            how="left",
            maintain_order="left",
        )
        .select(
            "sku",
            destination="location",
            life_demand_mean=served,
            life_demand_variance=pl.col("variance") * share,
            older_units=pl.col("inventory_position") - pl.col("younger").fill_null(0),
        )
    )
    return items.join(told, on=_ITEM, how="left", validate="1:1", maintain_order="left")


def _count_younger(
    living: pl.DataFrame, receipts: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """sku, location, younger: units of the inventory position that come after tonight's goods."""
    days = (pl.col("due_on") - pl.lit(first_day)).dt.total_days()
    counted = living.select("sku", "lead_time_mean", "protection_days", location="destination")
    return (
        receipts.join(counted, on=_KEYS, maintain_order="left")
        .filter(days > pl.col("lead_time_mean"), days < pl.col("protection_days"))
        .group_by(_KEYS, maintain_order=True)
        .agg(younger=pl.col("units").sum())
    )


def count_life_units(items: pl.DataFrame) -> pl.Series:
    """Count the units of an order that are each as likely as not to sell before their life ends.

    Args:
        items: rows of frame `purchase_items` whose stock is known.

    Returns:
        Units, at least 0; missing where no life limits an order.
    """
    has = items["life_demand_mean"].is_not_null()
    some = items.filter(has)
    last = quantile(some["life_demand_mean"], some["life_demand_variance"], _LIKELY)
    units = pl.Series(last, dtype=pl.Int64) - some["older_units"]
    rows = items.select(row=pl.int_range(pl.len())).filter(has)
    counted = rows.with_columns(life_units=units.clip(lower_bound=0))
    return items.select(row=pl.int_range(pl.len())).join(
        counted, on="row", how="left", maintain_order="left"
    )["life_units"]
