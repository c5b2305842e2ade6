"""What keeps units from moving to the zone that would make most of them."""

from collections.abc import Sequence

import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.lanes import open_lanes
from optimization.season_moves.inputs import MoveNetwork
from optimization.season_moves.weighed import WeighedZone
from optimization.transfers import ChosenTrips, name_full_limit

_LANE = ["origin", "destination"]


def draw_limits(limits: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Draw on limits by the lines that go: a few of those that were chosen may have been dropped.

    Args:
        limits: limit, origin, destination, capacity.
        lines: origin, destination, quantity, volume (litres).
    """
    drawn = lines.select(*_LANE, "quantity", litres=pl.col("quantity") * pl.col("volume"))
    used = []
    for limit, origin, destination in limits.select("limit", *_LANE).iter_rows():
        ends = {"origin": origin, "destination": destination}
        at = [pl.col(end) == place for end, place in ends.items() if place is not None]
        if limit == "handling_capacity":
            at = [(pl.col("origin") == origin) | (pl.col("destination") == origin)]
        measure = "litres" if limit.endswith("volume") else "quantity"
        used.append(float(drawn.filter(*at)[measure].sum()))
    return limits.with_columns(used=pl.Series(used, dtype=pl.Float64))


def find_move_limits(
    zones: Sequence[WeighedZone],
    moved: pl.DataFrame,
    network: MoveNetwork,
    trips: ChosenTrips,
    weekday: int,
) -> dict[tuple[str, str], str]:
    """What keeps the best move of each zone from being made whole, by item and zone."""
    sums = aggregate_groups(
        moved, ["sku", "origin_zone", "zone"], quantity=pl.col("quantity").sum()
    )
    goes = {(sku, origin, zone): units for sku, origin, zone, units in sums.iter_rows()}
    short = {
        found.key: found.wanted
        for found in zones
        if found.wanted is not None
        and goes.get((*found.key, found.wanted.zone), 0) < found.wanted.units
    }
    asked = pl.DataFrame(
        [(sku, zone, move.zone) for (sku, zone), move in short.items() if move.on_lane],
        schema=["sku", "origin_zone", "zone"],
        orient="row",
        schema_overrides=dict.fromkeys(("sku", "origin_zone", "zone"), pl.String),
    )
    ways = _list_ways(asked, moved, network, weekday)
    sends = {found.key: found.sends for found in zones}
    of_zone = ways.partition_by("sku", "origin_zone", as_dict=True)
    used = trips.limits if moved.is_empty() else draw_limits(trips.limits, moved.join(
        network.pairs.select("sku", "volume", destination="location"),
        on=["sku", "destination"], maintain_order="left"))  # fmt: skip
    return {
        key: "no_lane"
        if not move.on_lane
        else _name_limit(
            of_zone.get(key, ways.clear()),
            used,
            sends=(sends[key], sends[key[0], move.zone]),
            goes=(*key, move.zone) in goes,
        )
        for key, move in short.items()
    }


def _list_ways(
    asked: pl.DataFrame, moved: pl.DataFrame, network: MoveNetwork, weekday: int
) -> pl.DataFrame:
    """Lanes that ship tonight between the places of zones, with what is left at their ends."""
    sent, got = (
        moved.group_by("sku", location=end, maintain_order=True).agg(pl.col("quantity").sum())
        for end in _LANE
    )
    pairs = (
        network.pairs.join(sent.rename({"quantity": "sent"}), on=["sku", "location"], how="left",
                           maintain_order="left")
        .join(got.rename({"quantity": "got"}), on=["sku", "location"], how="left",
              maintain_order="left")
        .select(
            "sku", "location", "zone", "volume",
            can_send=pl.col("spare") > pl.col("sent").fill_null(0),
            can_take=pl.col("want") > pl.col("got").fill_null(0),
        )
    )  # fmt: skip
    giver = pairs.select("sku", "can_send", origin="location", origin_zone="zone")
    taker = pairs.select("sku", "zone", "volume", "can_take", destination="location")
    return (
        asked.join(giver, on=["sku", "origin_zone"], maintain_order="left_right")
        .join(open_lanes(network.lanes, weekday).select(_LANE), on="origin",
              maintain_order="left_right")
        .join(taker, on=["sku", "zone", "destination"], maintain_order="left")
        .sort("sku", "origin_zone", *_LANE)
    )  # fmt: skip


def _name_limit(
    ways: pl.DataFrame, limits: pl.DataFrame, *, sends: tuple[bool, bool], goes: bool
) -> str:
    """What keeps units of an item from going by any of the ways.

    Args:
        ways: lanes that ship tonight, with what is left at their ends.
        limits: frame `trip_limits`.
        sends: whether the zone, and the one that wants its units, may send tonight; else it takes.
        goes: whether some units go there.
    """
    here, there = sends
    if ways.is_empty():
        return "lane_days"
    if there or not here:
        return "zone_sends" if here else "zone_takes"
    able = ways.filter("can_send", "can_take")
    if able.is_empty():
        return "receiver_room" if ways["can_send"].any() else "sender_need"
    full = name_full_limit(able, limits)
    if full.null_count() == 0:
        return str(full[0])
    return "value" if goes else "trip_gain"
