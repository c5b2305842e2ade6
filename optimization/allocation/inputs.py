"""What the allocation of a night is given: receivers by occasion, limits, fences, and worth kept.

Three occasions share one method and differ in what they are given:

- Replenishment: a pair is filled to its level; a unit kept at the DC is worth what the last unit of
  the echelon is (see `value_kept_units`).
- Launch: a pair of an item that is not on sale yet is filled to its level on top of its shelf's own
  presentation minimum, since the shelf must still look full once the first units are sold. What
  people ask of the level stands in the level, and is not filled twice.
- End of season: where the item leaves the range before the next delivery would come, what is left
  at the DC is lost there as surely as in a store. So a unit kept is worth less than nothing, and a
  pair takes all that it may sell.
"""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import polars as pl

from forecasting.distribution import find_quantile
from quality_checks.contracts import Limits, find_frame

_LIMITS = find_frame(Limits)

LAST_SALE = 0.99
"""Probability of demand up to which a pair takes units of an item that leaves the range."""


def build_receivers(pairs: pl.DataFrame, *, first_day: dt.date) -> pl.DataFrame:
    """Frame `receivers`: pairs that a DC supplies, each on its occasion.

    Args:
        pairs: rows of frame `planned_pairs`.
        first_day: day on which the DCs ship.
    """
    free = (pl.col("on_hand") - pl.col("damaged")).clip(lower_bound=0)
    owed = (pl.col("reserved") - free).clip(lower_bound=0).fill_null(0)
    pushed = flag_leaving_range(first_day)
    launching = (pl.col("launch_date") >= first_day) & (pl.col("order_up_to") > 0)
    occasion = pl.when(pushed).then(pl.lit("leaving_range")).when(launching).then(pl.lit("launch"))
    level = pl.col("order_up_to")
    level = (
        pl.when(pushed)
        .then(pl.max_horizontal(level, "last_sale"))
        .when(launching)
        .then(level + pl.col("own_presentation_min"))
        .otherwise(level)
    )
    return (
        pairs.with_columns(last_sale=limit_last_sale(pairs, first_day))
        .with_columns(
            order_up_to=pl.min_horizontal(level, "shelf_max"),
            occasion=occasion,
        )
        .pipe(select_receivers)
        .with_columns(pl.col("inventory_position") - owed)
        .drop("last_sale")
    )


def flag_leaving_range(first_day: dt.date) -> pl.Expr:
    """Whether an item leaves the range within the window, and what is sent now still comes in time.

    The columns read are exit_date, protection_days and lead_time_mean.
    """
    days = (pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1.0
    ends = (days <= pl.col("protection_days")) & (days > pl.col("lead_time_mean"))
    return ends.fill_null(value=False)


def limit_last_sale(pairs: pl.DataFrame, first_day: dt.date) -> pl.Series:
    """Up to how many units a pair takes an item that leaves the range; 0 where it stays.

    Args:
        pairs: demand_mean, demand_variance and what `flag_leaving_range` reads.
        first_day: day on which goods ship.
    """
    leaving = np.flatnonzero(pairs.select(flag_leaving_range(first_day)).to_series().to_numpy())
    units = np.zeros(pairs.height, dtype=np.int64)
    mean, variance = (pairs[name].gather(leaving) for name in ("demand_mean", "demand_variance"))
    units[leaving] = find_quantile(mean, variance, LAST_SALE)
    return pl.Series(units)


def value_kept_units(pairs: pl.DataFrame, *, first_day: dt.date) -> pl.DataFrame:
    """Frame `kept_units`: worth of a unit that stays at a DC.

    The last unit of an echelon (a DC and all it supplies) is sold before the next order of the DC
    can be there with the chance that the echelon's stock runs out. Its worth, if above 0, is what a
    unit kept is worth: wherever demand turns up, it can still be sent. For an item that leaves the
    range before the next delivery it is the loss on a unit left over.

    Args:
        pairs: rows of frame `planned_pairs`.
        first_day: day on which the DCs ship.
    """
    nodes = pairs.filter("echelon")
    sold = pl.col("stock_out_chance").fill_null(0.0)
    worth = pl.col("underage_cost") * sold - pl.col("overage_cost") * (1 - sold)
    leaving = (
        pairs.filter(pl.col("supply_location").is_not_null(), flag_leaving_range(first_day))
        .group_by("sku", dc="supply_location", maintain_order=True)
        .agg(lost=pl.col("overage_cost").mean())
    )
    return (
        nodes.rename({"location": "dc"})
        .with_columns(worth=worth.clip(lower_bound=0.0))
        .join(leaving, on=["dc", "sku"], how="left")
        .select(
            "dc",
            "sku",
            kept_value=pl.coalesce(-pl.col("lost"), "worth"),
            resupply_days=pl.when(pl.col("lost").is_null()).then(pl.col("protection_days")),
        )
        .sort("dc", "sku")
    )


def set_ring_fences(pairs: pl.DataFrame, shares: Mapping[str, float]) -> pl.DataFrame:
    """Frame `ring_fences`: part of a DC's units that only one online location may take.

    Args:
        pairs: rows of frame `planned_pairs`.
        shares: kind of location -> share of the DC's available units for each location of it.
    """
    named = {str(kind): float(share) for kind, share in shares.items()}
    share = pl.col("kind").replace_strict(named, default=0.0, return_dtype=pl.Float64)
    return (
        pairs.filter(pl.col("supply_location").is_not_null(), share > 0)
        .select("sku", "location", share.alias("share"), dc="supply_location")
        .join(list_supply(pairs), on=["dc", "sku"])
        .select(
            "dc",
            "sku",
            "location",
            units=(pl.col("available").fill_null(0) * pl.col("share")).floor().cast(pl.Int64),
        )
    )


def list_shared_limits(
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    department_budget: Mapping[str, float],
    outbound_lines: Mapping[str, int],
) -> pl.DataFrame:
    """Frame `limits`: what lines share beyond docks and lanes in units.

    Args:
        pairs: rows of frame `planned_pairs`.
        lanes: frame `lanes_left`.
        department_budget: department -> most value of units sent in a night, currency.
        outbound_lines: DC -> most lines that it picks a day.
    """
    held = pl.col("on_hand") + pl.col("in_transit") + pl.col("on_order")
    inbound = pl.col("proposed_inbound") - pl.col("proposed_outbound")
    places = pairs.group_by("location", maintain_order=True).agg(
        pl.col("receiving_volume", "outbound_capacity", "unit_capacity").first(),
        occupied=(held + inbound).sum(),
    )
    room = (pl.col("unit_capacity") - pl.col("occupied")).clip(lower_bound=0)
    budget = pl.DataFrame(
        {"department": list(department_budget), "capacity": list(department_budget.values())},
        schema={"department": pl.String, "capacity": pl.Float64},
    )
    picks = pl.DataFrame(
        {"origin": list(outbound_lines), "capacity": list(outbound_lines.values())},
        schema={"origin": pl.String, "capacity": pl.Float64},
    )
    return pl.concat(
        [
            _stated("receiving_volume", "litres", places, destination="location"),
            _stated("outbound_capacity", "units", places, origin="location"),
            _stated(
                "storage", "units", places.with_columns(storage=room), destination="location"
            ),
            _stated(
                "lane_volume",
                "litres",
                lanes.with_columns(lane_volume="volume_capacity"),
                origin="origin",
                destination="destination",
            ),
            _stated(
                "department_budget",
                "currency",
                budget.with_columns(department_budget="capacity"),
                department="department",
            ),
            _stated("outbound_lines", "lines", picks.with_columns(outbound_lines="capacity"),
                    origin="origin"),
        ]
    )  # fmt: skip


def _stated(limit: str, measure: str, rows: pl.DataFrame, **ends: str) -> pl.DataFrame:
    """Limits of one name, from the rows that state such a capacity."""
    return (
        rows.filter(pl.col(limit).is_not_null())
        .select(
            pl.lit(limit).alias("limit"),
            *(
                pl.col(ends[end]).alias(end) if end in ends else pl.lit(None, pl.String).alias(end)
                for end in ("origin", "destination", "department")
            ),
            pl.lit(measure).alias("measure"),
            pl.col(limit).cast(pl.Float64).alias("capacity"),
        )
        .select(_LIMITS.columns)
        .sort(_LIMITS.key)
    )


def find_barred_pairs(pairs: pl.DataFrame, *, first_day: dt.date) -> pl.DataFrame:
    """Frame `barred_pairs`: those whose location closes before what is sent now would be there.

    Args:
        pairs: rows of frame `planned_pairs`.
        first_day: day on which the DCs ship.
    """
    days_open = (pl.col("closed_on") - pl.lit(first_day)).dt.total_days()
    return pairs.filter(
        pl.col("supply_location").is_not_null(), days_open <= pl.col("lead_time_mean")
    ).select("sku", "location", problem=pl.lit("closes_before_arrival"))


def select_receivers(pairs: pl.DataFrame) -> pl.DataFrame:
    """Frame `receivers`: pairs that a DC supplies.

    Args:
        pairs: rows of frame `planned_pairs`.
    """
    return pairs.filter(
        pl.col("supply_location").is_not_null(), pl.col("status") == "active"
    ).with_columns(dc=pl.col("supply_location"), receiving_room=pl.col("receiving_capacity"))


def list_supply(pairs: pl.DataFrame) -> pl.DataFrame:
    """Frame `dc_supply`: what every node that supplies others has.

    Args:
        pairs: rows of frame `planned_pairs`.
    """
    suppliers = pairs["supply_location"].drop_nulls().unique(maintain_order=True)
    return pairs.filter(pl.col("location").is_in(suppliers.to_list())).select(
        pl.col("location").alias("dc"), "sku", "available"
    )
