"""What transfers choose from: units that pairs can give and take, lanes, and limits lanes share.

Everything is an array by number, for the compiled loops in `kernels`. A lane and an item of which
units would gain what a line must is an arc.
"""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from compilation import compiled, copy_array
from optimization.frames import number_groups
from optimization.value import FloatArray, IntArray, build_ladders

Flags = npt.NDArray[np.bool_]

LEAST_GAIN = 1e-9
"""A unit or a trip must gain more than that, in currency."""

LANE_LIMITS = (
    "lane_capacity",
    "outbound_capacity",
    "receiving_capacity",
    "handling_capacity",
    "handling_capacity",
    "receiving_volume",
    "lane_volume",
)
"""Limits that a unit on a lane draws on: its own, and those of the places at its two ends."""

IN_UNITS = 5
"""The first of `LANE_LIMITS` count units, the others litres."""

OF_LANE = (0, 6)
"""Those of `LANE_LIMITS` that are the lane's own."""


class UnitWorth(Protocol):
    """What each unit of a pair's position is worth to it."""

    def of_unit(self, pair: IntArray, k: IntArray) -> FloatArray:
        """Worth of the k-th unit at each pair, currency; never increasing with k."""


class TransferMarket(NamedTuple):
    """Pairs, lanes, arcs and limits; pairs lie item by item, lanes by their ends.

    Attributes:
        spare, want: units that a pair may give, and take, shape (pairs,).
        give_first, take_first: where a pair's units start in `give` and `take`, shape (pairs,).
        give: worth of each unit to its owner, in the order in which it goes, currency; never
            decreasing within a pair.
        take: worth of each unit to its receiver, currency; never increasing within a pair.
        fixed: what a trip must gain to run, currency, shape (lanes,).
        unit_cost: currency a unit, shape (lanes,).
        origin, destination: number of the place at each end, -1 for none, shape (lanes,).
        least_units: fewest units of a trip.
        line_cost: what a line, an arc that carries anything, must gain, currency.
        limits: row of each of `LANE_LIMITS` in `capacity`, -1 for none, shape (lanes, 7).
        capacity: units or litres, shape (limits,).
        volume: litres of a unit, shape (items,).
        lane_first: where the arcs of a lane start, shape (lanes + 1,).
        lane, item, sender, receiver: of each arc; the ends are pairs, shape (arcs,).
        item_first, item_arcs: where the arcs of an item start in `item_arcs`, shape (items + 1,),
            and their numbers, shape (arcs,).
    """

    spare: IntArray
    want: IntArray
    give_first: IntArray
    take_first: IntArray
    give: FloatArray
    take: FloatArray
    fixed: FloatArray
    unit_cost: FloatArray
    origin: IntArray
    destination: IntArray
    least_units: int
    line_cost: float
    limits: IntArray
    capacity: FloatArray
    volume: FloatArray
    lane_first: IntArray
    lane: IntArray
    item: IntArray
    sender: IntArray
    receiver: IntArray
    item_first: IntArray
    item_arcs: IntArray


def build_market(  # noqa: PLR0913  # what is moved, and what it must gain
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    worth: UnitWorth,
    *,
    min_gain: float,
    least_units: int,
    line_cost: float = 0.0,
) -> tuple[TransferMarket, pl.DataFrame]:
    """The market of some pairs and lanes, and its limits.

    Args:
        pairs: sku, location, inventory_position, spare, want (units), volume (litres),
            supply_location (missing for none), sorted by sku and location; rooms of the location,
            missing for no limit: receiving_room, outbound_room, handling_room (units),
            receiving_litres (litres).
        lanes: origin, destination, fixed_cost, lane_unit_cost, lane_capacity (units),
            lane_litres (litres), each of the last two missing for no limit.
        worth: the value of the pairs' units.
        min_gain: what a trip must gain beyond its fixed cost, currency.
        least_units: fewest units of a trip.
        line_cost: what a line must gain beyond what its units cost, currency.

    Returns:
        The market, and limit, origin, destination, capacity of each row of its capacity.
    """
    item, place = (number_groups(pairs, name).to_numpy() for name in ("sku", "location"))
    known = pairs.select("location", place=place).unique().sort("place")
    origin, destination = (
        copy_array(
            lanes.select(location=end)
            .join(known, on="location", how="left", maintain_order="left")["place"]
            .fill_null(-1)
        )
        for end in ("origin", "destination")
    )
    row = np.full((known.height, item.max(initial=-1) + 1), -1, dtype=np.int64)
    row[place, item] = np.arange(pairs.height)
    sources = pairs.select(location="supply_location").join(
        known, on="location", how="left", maintain_order="left"
    )
    spare, want = copy_array(pairs["spare"]), copy_array(pairs["want"])
    position = pairs["inventory_position"].to_numpy()

    def ladder(most: IntArray, step: int, start: int) -> FloatArray:
        pair, rung = build_ladders(most)
        return worth.of_unit(pair, position[pair] + start + step * rung)

    give, take = ladder(spare, -1, 0), ladder(want, 1, 1)
    first = (np.cumsum(spare) - spare, np.cumsum(want) - want)
    unit_cost = copy_array(lanes["lane_unit_cost"])
    source = copy_array(sources["place"].fill_null(-1))
    arcs = _list_arcs(
        row, origin, destination, unit_cost, source, spare, want, *first, give, take, line_cost
    )  # fmt: skip
    lane_first = np.searchsorted(arcs[0], np.arange(lanes.height + 1))
    limits, rows = _limits(pairs, lanes)
    items = row.shape[1]
    volume = np.zeros(items)
    volume[item] = pairs["volume"].fill_null(0.0).to_numpy()
    market = TransferMarket(
        spare,
        want,
        *first,
        give,
        take,
        lanes["fixed_cost"].to_numpy() + min_gain,
        unit_cost,
        origin,
        destination,
        least_units,
        line_cost,
        limits,
        copy_array(rows["capacity"]),
        volume,
        lane_first,
        *arcs,
        np.searchsorted(np.sort(arcs[1]), np.arange(items + 1)),
        np.argsort(arcs[1], kind="stable"),
    )
    return market, rows


def _limits(pairs: pl.DataFrame, lanes: pl.DataFrame) -> tuple[IntArray, pl.DataFrame]:
    """Rows of capacity by lane, and the rows."""
    rooms = pairs.group_by("location", maintain_order=True).agg(
        outbound_capacity=pl.col("outbound_room").first(),
        receiving_capacity=pl.col("receiving_room").first(),
        handling_capacity=pl.col("handling_room").first(),
        receiving_volume=pl.col("receiving_litres").first(),
    )
    both = {
        "lane_capacity": lanes.select("origin", "destination", capacity="lane_capacity"),
        "lane_volume": lanes.select("origin", "destination", capacity="lane_litres"),
    }
    nowhere = pl.lit(None, pl.String)
    for name, end, other in (
        ("outbound_capacity", "origin", "destination"),
        ("receiving_capacity", "destination", "origin"),
        ("handling_capacity", "origin", "destination"),
        ("receiving_volume", "destination", "origin"),
    ):
        both[name] = rooms.select(
            pl.col("location").alias(end), nowhere.alias(other), capacity=name
        )
    rows = (
        pl.concat(
            frame.select(
                pl.lit(name).alias("limit"), "origin", "destination", pl.col("capacity").cast(float)
            )
            for name, frame in both.items()
        )
        .filter(pl.col("capacity").is_not_null())
        .sort("limit", "origin", "destination")
        .with_row_index("row")
    )
    found = np.full((lanes.height, len(LANE_LIMITS)), -1, dtype=np.int64)
    # A place's hands count what it sends and what it receives alike.
    keys = (
        {"origin": "origin", "destination": "destination"}, {"origin": "origin"},
        {"destination": "destination"}, {"origin": "origin"}, {"destination": "origin"},
        {"destination": "destination"}, {"origin": "origin", "destination": "destination"},
    )  # fmt: skip
    for number, (name, key) in enumerate(zip(LANE_LIMITS, keys, strict=True)):
        joined = lanes.join(
            rows.filter(pl.col("limit") == name).select(*key.values(), "row"),
            left_on=list(key),
            right_on=list(key.values()),
            how="left",
            maintain_order="left",
        )
        found[:, number] = joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()
    return found, rows.drop("row")


@compiled
def _list_arcs(  # noqa: C901, PLR0913, PLR0917  # the parts of a market
    row: IntArray,
    origin: IntArray,
    destination: IntArray,
    unit_cost: FloatArray,
    source: IntArray,
    spare: IntArray,
    want: IntArray,
    give_first: IntArray,
    take_first: IntArray,
    give: FloatArray,
    take: FloatArray,
    line_cost: float,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Lane, item, sender and receiver of each arc, lane by lane; twice: to count, then to fill."""
    found = 0
    lane = np.empty(0, dtype=np.int64)
    item, sender, receiver = lane, lane, lane
    for fill in range(2):
        if fill:
            lane, item = np.empty(found, dtype=np.int64), np.empty(found, dtype=np.int64)
            sender, receiver = np.empty(found, dtype=np.int64), np.empty(found, dtype=np.int64)
            found = 0
        for way in range(len(origin)):
            if origin[way] < 0 or destination[way] < 0:
                continue
            for i in range(row.shape[1]):
                a, b = row[origin[way], i], row[destination[way], i]
                if a < 0 or b < 0 or spare[a] == 0 or want[b] == 0:
                    continue
                # What a DC sends to those it supplies is the allocation's.
                if source[b] == origin[way]:
                    continue
                gain = 0.0
                for n in range(min(spare[a], want[b])):
                    more = take[take_first[b] + n] - give[give_first[a] + n] - unit_cost[way]
                    if more <= LEAST_GAIN:
                        break
                    gain += more
                if gain <= max(line_cost, LEAST_GAIN):
                    continue
                if fill:
                    lane[found], item[found], sender[found], receiver[found] = way, i, a, b
                found += 1
    return lane, item, sender, receiver
