"""What the transfers of a night are given: pairs net of what DCs do, and rooms of places.

Order of a night: allocation, transfers, purchases. So that a transfer never undoes or doubles what
a DC does, pairs are shown to it with tonight's allocation on its way, and a pair whose next
delivery from a DC would be there within a day of a transfer is shown with what that DC has left
for it.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.allocation import (
    flag_leaving_range,
    limit_last_sale,
    list_supply,
    select_receivers,
    value_kept_units,
)
from quality_checks.contracts import PlannedPairs, find_frame

_PAIR = ["sku", "location"]
_NOTHING_ASKED = (
    "demand_mean",
    "demand_variance",
    "open_demand_mean",
    "open_demand_variance",
    "overage_cost",
    "surplus_step",
    "surplus_most",
)
"""What a DC asks of units that it owes to its stores: nothing beyond these."""

_HELD = ("on_hand", "in_transit", "on_order", "proposed_inbound")


def select_movers(
    pairs: pl.DataFrame,
    allocation: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    first_day: dt.date,
    launch_protected_days: int = 0,
) -> pl.DataFrame:
    """Frame `movers`: pairs net of what DCs do tonight and on their next order day.

    - A pair takes what the allocation sends it, and waits for its DC where that has units left and
      delivers them within a day of a transfer; the DC's units go to those that run out first.
    - A DC takes what it lacks for the pairs it supplies. Wherever these need a unit it can be sent,
      so each is worth what a unit kept there is (see `value_kept_units`). It sends nothing: that
      is the allocation's.
    - An item that leaves the range is in clearance: it may be taken up to what may still be sold.
    - A location that closes before the next delivery takes nothing and gives what it will not sell.

    Args:
        pairs: rows of frame `planned_pairs`.
        allocation: the columns of the contract Allocation.
        lanes: the columns of the contract Lanes.
        first_day: day on which goods ship.
        launch_protected_days: days from its launch during which an item is not sent on.
    """
    stated = find_frame(PlannedPairs).fill(pairs)
    movers = transfer_pairs(stated, allocation).join(
        _storage(stated, allocation), on="location", how="left", maintain_order="left"
    )
    movers = _by_calendar(movers, first_day, launch_protected_days).with_columns(
        receiving_room=pl.min_horizontal("receiving_room", "storage_room")
    )
    left = _left_at_dcs(stated, allocation)
    waiting = _await_dc(movers, left, lanes)
    nodes = _short_dcs(waiting, stated, left, first_day)
    return pl.concat([waiting, nodes], how="diagonal").sort(_PAIR)


def _storage(pairs: pl.DataFrame, allocation: pl.DataFrame) -> pl.DataFrame:
    """location, storage_room: units that a location can still hold; missing for no limit."""
    docked = allocation.group_by(location="destination", maintain_order=True).agg(
        docked=pl.col("quantity").sum()
    )
    held = sum((pl.col(name).fill_null(0) for name in _HELD), pl.lit(0))
    occupied = held.sum() + pl.col("docked").first().fill_null(0)
    return (
        pairs.join(docked, on="location", how="left")
        .group_by("location", maintain_order=True)
        .agg(storage_room=(pl.col("unit_capacity").first() - occupied).clip(lower_bound=0))
    )


def _by_calendar(pairs: pl.DataFrame, first_day: dt.date, protected_days: int) -> pl.DataFrame:
    """Pairs with just_launched, clearance and closing, and what these do to level and demand."""
    since_launch = (pl.lit(first_day) - pl.col("launch_date")).dt.total_days()
    open_days = (pl.col("closed_on") - pl.lit(first_day)).dt.total_days()
    days = pl.col("protection_days")
    open_share = pl.when(days > 0).then((open_days / days).clip(0, 1)).fill_null(1.0)
    raised = pl.max_horizontal("order_up_to", limit_last_sale(pairs, first_day))
    return pairs.with_columns(
        just_launched=(since_launch < protected_days).fill_null(value=False),
        clearance=flag_leaving_range(first_day),
        closing=(open_days <= days).fill_null(value=False),
        **{
            name: pl.col(name) * open_share
            for name in (
                "demand_mean",
                "demand_variance",
                "open_demand_mean",
                "open_demand_variance",
            )
        },
        order_up_to=pl.when(flag_leaving_range(first_day)).then(raised).otherwise("order_up_to"),
    )


def _left_at_dcs(pairs: pl.DataFrame, allocation: pl.DataFrame) -> pl.DataFrame:
    """dc, sku, left: units that a DC has once the allocation has left."""
    sent = allocation.group_by("sku", dc="origin", maintain_order=True).agg(
        sent=pl.col("quantity").sum()
    )
    left = pl.col("available").fill_null(0) - pl.col("sent").fill_null(0)
    return (
        list_supply(pairs)
        .join(sent, on=["dc", "sku"], how="left")
        .select("dc", "sku", left=left.clip(lower_bound=0))
    )


def _short() -> pl.Expr:
    level = pl.min_horizontal("order_up_to", "shelf_max")
    return (level - pl.col("inventory_position")).clip(lower_bound=0).fill_null(0)


def _await_dc(pairs: pl.DataFrame, left: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """Pairs with what their DC has left for them counted as theirs, where it is there in time."""
    soonest = (
        lanes.filter("allowed")
        .join(pairs.select(origin="location").unique(), on="origin", how="semi")
        .group_by(location="destination", maintain_order=True)
        .agg(soonest=pl.col("transit_days").min())
    )
    waits = pl.col("protection_days") <= pl.col("soonest") + 1
    before = pl.col("claim").cum_sum().over("dc", "sku") - pl.col("claim")
    covered = (pl.col("left").fill_null(0) - before).clip(lower_bound=0)
    return (
        pairs.join(soonest, on="location", how="left")
        .join(left, on=["dc", "sku"], how="left")
        .with_columns(claim=pl.when(waits).then(_short()).otherwise(0))
        .sort(pl.col("inventory_position") / pl.col("demand_mean"), *_PAIR, nulls_last=True)
        .with_columns(
            pl.col("inventory_position") + pl.min_horizontal("claim", covered),
        )
        .drop("soonest", "left", "claim")
        .sort(_PAIR)
    )


def _short_dcs(
    movers: pl.DataFrame, pairs: pl.DataFrame, left: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """DCs that lack units for the pairs they supply: they owe them these, and no more."""
    owed = movers.group_by("dc", "sku", maintain_order=True).agg(owed=_short().sum())
    worth = value_kept_units(pairs, first_day=first_day).select("dc", "sku", "kept_value")
    lacking = (
        owed.join(left, on=["dc", "sku"])
        .join(worth, on=["dc", "sku"])
        .with_columns(lacks=pl.col("owed") - pl.col("left"))
        .filter(pl.col("lacks") > 0, pl.col("kept_value") > 0)
        .rename({"dc": "location"})
    )
    return (
        pairs.join(lacking.select(*_PAIR, "lacks", "kept_value"), on=_PAIR)
        .with_columns(
            inventory_position=-pl.col("lacks"),
            available=pl.lit(0, pl.Int64),
            order_up_to=pl.lit(0, pl.Int64),
            presentation_min=pl.lit(0, pl.Int64),
            shelf_max=pl.lit(None, pl.Int64),
            receiving_room=pl.col("receiving_capacity"),
            recently_moved=pl.lit(value=True),
            underage_cost=pl.col("kept_value"),
            value_level=pl.lit(0, pl.Int64),
            sold_before=pl.lit(0, pl.Int64),
            **{name: pl.lit(0.0) for name in _NOTHING_ASKED},
            **{name: pl.lit(value=False, dtype=pl.Boolean)
               for name in ("just_launched", "clearance", "closing")},
        )
        .drop("lacks", "kept_value")
    )  # fmt: skip


def measure_rooms(
    pairs: pl.DataFrame, allocation: pl.DataFrame, handling_units: Mapping[str, int]
) -> pl.DataFrame:
    """Frame `places`: what the allocation leaves of the limits of locations.

    Args:
        pairs: rows of frame `planned_pairs`.
        allocation: the columns of the contract Allocation.
        handling_units: kind of location -> most units that one handles for transfers in a day,
            sent and received; those not named have no such limit.
    """
    stated = find_frame(PlannedPairs).fill(pairs)
    sent = allocation.group_by(location="origin", maintain_order=True).agg(
        sent=pl.col("quantity").sum()
    )
    taken = allocation.select("sku", "quantity", location="destination").join(
        stated.select("sku", "location", "volume"), on=_PAIR, maintain_order="left"
    )
    litres = aggregate_groups(
        taken, "location", litres=(pl.col("quantity") * pl.col("volume")).sum()
    )
    named = {str(kind): units for kind, units in handling_units.items()}
    hands = pl.col("kind").replace_strict(named, default=None, return_dtype=pl.Int64)
    return (
        stated.group_by("location", maintain_order=True)
        .agg(pl.col("kind", "outbound_capacity", "receiving_volume").first())
        .join(sent, on="location", how="left")
        .join(litres, on="location", how="left")
        .select(
            "location",
            outbound_room=(pl.col("outbound_capacity") - pl.col("sent").fill_null(0)).clip(
                lower_bound=0
            ),
            handling_room=hands,
            receiving_litres=(pl.col("receiving_volume") - pl.col("litres").fill_null(0)).clip(
                lower_bound=0
            ),
        )
        .sort("location")
    )


def transfer_pairs(pairs: pl.DataFrame, allocation: pl.DataFrame) -> pl.DataFrame:
    """Pairs of frame `movers`, once tonight's allocation is on its way.

    Args:
        pairs: rows of frame `planned_pairs`.
        allocation: the columns of the contract Allocation.
    """
    sent = allocation.group_by(
        "sku", pl.col("destination").alias("location"), maintain_order=True
    ).agg(pl.col("quantity").sum().alias("allocated"))
    docked = allocation.group_by(pl.col("destination").alias("location"), maintain_order=True).agg(
        pl.col("quantity").sum().alias("docked")
    )
    return (
        select_receivers(pairs)
        .join(sent, on=_PAIR, how="left")
        .join(docked, on="location", how="left")
        .with_columns(
            pl.col("inventory_position") + pl.col("allocated").fill_null(0),
            receiving_room=pl.max_horizontal(
                pl.col("receiving_room") - pl.col("docked").fill_null(0), 0
            ),
            # Goods that just came, or are about to, are not sent on.
            recently_moved=pl.col("recently_moved") | pl.col("allocated").is_not_null(),
        )
        .with_columns(
            pl.when(pl.col("receiving_capacity").is_not_null())
            .then(pl.col("receiving_room"))
            .alias("receiving_room")
        )
        .sort(_PAIR)
    )


def net_lanes(
    lanes: pl.DataFrame, allocation: pl.DataFrame, volumes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Frame `lanes_left`: lanes with what the allocation leaves of their capacity.

    Args:
        lanes: the columns of the contract Lanes.
        allocation: the columns of the contract Allocation.
        volumes: sku and volume of the contract Products, where known: without, the litres are all
            left.
    """
    ends = ["origin", "destination"]
    used = allocation.group_by(ends, maintain_order=True).agg(
        capacity_used=pl.col("quantity").sum()
    )
    limits = ["capacity"]
    if volumes is not None and "volume_capacity" in lanes.columns:
        litres = allocation.join(
            volumes.unique("sku", keep="first", maintain_order=True), on="sku", how="left"
        )
        drawn = (pl.col("quantity") * pl.col("volume").fill_null(0.0)).sum()
        used = used.join(
            litres.group_by(ends, maintain_order=True).agg(volume_capacity_used=drawn), on=ends
        )
        limits.append("volume_capacity")
    return (
        lanes.join(used, on=ends, how="left")
        .with_columns(
            (pl.col(limit) - pl.col(f"{limit}_used").fill_null(0)).clip(lower_bound=0)
            for limit in limits
        )
        .select(lanes.columns)
        .sort(ends)
    )
