"""What stock of goods that keep only so long can still sell, before their life ends.

Goods of an order may be sold for the days that the retailer asks for on receipt. Units that are
there before them sell first (first in, first out), so that the k-th unit of a position sells in its
life if so many are asked for by then, without what is lost before the goods come. Nahmias,
Perishable Inventory Theory: A Review, Operations Research 30 (1982).
"""

import datetime as dt

import numpy as np
import polars as pl

from forecasting.distribution import find_quantile
from optimization.levels.open_demand import SumDemand

_KEYS = ["sku", "location"]

_LIKELY = 0.5
"""Chance to sell in its life that the last unit of a position must have: as likely as not."""


def add_life_demand(
    pairs: pl.DataFrame, receipts: pl.DataFrame, sum_demand: SumDemand, *, first_day: dt.date
) -> pl.DataFrame:
    """Add to pairs what is asked for until the life of tonight's goods ends, and open demand by it.

    Where that life ends within the protection interval, only what sells until then can still be
    served: the units of a later day spoil.

    Args:
        pairs: what `add_open_demand` gives, with lead_time_mean, shelf_life_days,
            least_remaining_days (days) and exit_date.
        receipts: frame `receipts_due`.
        sum_demand: sums the demand of pairs over windows from `first_day` on.
        first_day: day on which goods leave and orders are placed.

    Returns:
        `pairs` with life_demand_mean (units), life_demand_variance (units^2), of the days from
        `first_day` to the end of that life, without what is lost before the goods come; and
        older_units, that are there before them. Missing where an item has no such life, or leaves
        the range before it ends. Of open_demand_mean and open_demand_variance no more is left than
        sells in that life.
    """
    left = pl.min_horizontal("least_remaining_days", "shelf_life_days")
    ends = pl.col("lead_time_mean") + left
    on_sale = (pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1
    living = pairs.filter(ends > 0, (ends <= on_sale).fill_null(value=True))
    windows = living.select(*_KEYS, "wait_days", days=ends, lead_time_sd=pl.lit(0.0))
    served = (pl.col("mean") - pl.col("lost_before")).clip(lower_bound=0.0)
    share = pl.when(pl.col("mean") > 0).then(served / pl.col("mean")).otherwise(0.0)
    told = (
        living.with_columns(life_ends=ends)
        .join(sum_demand(windows), on=_KEYS, validate="1:1", maintain_order="left")
        .join(
            _count_younger(living, receipts, first_day), on=_KEYS, how="left", maintain_order="left"
        )
        .select(
            *_KEYS,
            "life_ends",
            life_demand_mean=served,
            life_demand_variance=pl.col("variance") * share,
            older_units=pl.col("inventory_position") - pl.col("younger").fill_null(0),
        )
    )
    joined = pairs.join(told, on=_KEYS, how="left", validate="1:1", maintain_order="left")
    return joined.with_columns(_cut_open_demand()).drop("life_ends")


def count_younger_units() -> pl.Expr:
    """Units of a position that come after tonight's goods, and sell after them.

    The columns read are inventory_position and older_units.
    """
    return (pl.col("inventory_position") - pl.col("older_units")).fill_null(0)


def limit_by_life(pairs: pl.DataFrame) -> pl.Series:
    """Find the position whose last unit is as likely as not to sell before its life ends.

    Args:
        pairs: life_demand_mean, life_demand_variance, older_units and inventory_position of the
            frame `windowed_pairs`.

    Returns:
        Units, at least 0; missing where no life limits a position.
    """
    has = pairs["life_demand_mean"].is_not_null()
    some = pairs.filter(has)
    last = find_quantile(some["life_demand_mean"], some["life_demand_variance"], _LIKELY)
    units = np.zeros(pairs.height, dtype=np.int64)
    younger = some.select(count_younger_units()).to_series().to_numpy()
    units[has.to_numpy()] = np.maximum(last + younger, 0)
    return pl.Series("life_level", units).set(~has, None)


def _cut_open_demand() -> list[pl.Expr]:
    """Open demand, no more of it than sells before the life of tonight's goods ends."""
    sells = pl.col("life_demand_mean") + count_younger_units() - pl.col("sold_before")
    short = (pl.col("life_ends") < pl.col("protection_days")).fill_null(value=False)
    least = pl.min_horizontal(sells.clip(lower_bound=0.0), "open_demand_mean")
    mean = pl.when(short).then(least).otherwise("open_demand_mean")
    share = pl.when(pl.col("open_demand_mean") > 0).then(mean / pl.col("open_demand_mean"))
    return [
        mean.alias("open_demand_mean"),
        (pl.col("open_demand_variance") * share.fill_null(1.0)).alias("open_demand_variance"),
    ]


def _count_younger(
    living: pl.DataFrame, receipts: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """sku, location, younger: units of the inventory position that come after tonight's goods."""
    days = (pl.col("due_on") - pl.lit(first_day)).dt.total_days()
    counted = living.select(*_KEYS, "lead_time_mean", "protection_days")
    return (
        receipts.join(counted, on=_KEYS, maintain_order="left")
        .filter(days > pl.col("lead_time_mean"), days < pl.col("protection_days"))
        .group_by(_KEYS, maintain_order=True)
        .agg(younger=pl.col("units").sum())
    )
