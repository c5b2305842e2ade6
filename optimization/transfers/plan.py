"""Transfers: sideways moves from where the last unit is worth little to where it is worth much.

Planned after allocation, so that nothing moves sideways that a DC sends tonight or on its next
order day. Who may give and take what is in `transfer_rules`, the choice of trips in
`transfer_search`, its proof in `transfer_bound`; this module puts them together and explains each
line.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from optimization.frames import (
    cast_to_contract,
    compute_daily_demand,
    count_stock_days,
    number_groups,
)
from optimization.lanes import UNLIMITED, compute_moving_cost, open_lanes
from optimization.transfers.alternatives import Rules, add_rejected
from optimization.transfers.limits import name_binding
from optimization.transfers.market import UnitWorth, build_market
from optimization.transfers.rules import add_movable_units, conflicts
from optimization.transfers.search import best_trips
from optimization.value import FloatArray, IntArray, StockValue, build_ladders
from quality_checks.contracts import (
    LanesLeft,
    LineRules,
    Movers,
    Places,
    TransferRules,
    TransfersPlan,
    TransferTrips,
    TripLimits,
    find_frame,
)

TRIES = 200
"""Neighbourhoods that the search tries in each set of places that lanes connect."""

_SEED = 0

_LANE = ["origin", "destination"]
_ROOMS = ("outbound_room", "handling_room", "receiving_litres")


class TransferPlan(NamedTuple):
    """What moves sideways, and how good it is.

    Attributes:
        lines: the columns of TransfersPlan without business_date.
        trips: the columns of TransferTrips without business_date.
        left_out: sku, location, origin, problem, as `conflicts` says.
        value: what trips gain beyond all costs and the least gains of lines and trips, currency.
        bound: no plan gains more than that, currency.
    """

    lines: pl.DataFrame
    trips: pl.DataFrame
    left_out: pl.DataFrame
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the plan may be below the best one, as a share of the bound."""
        return 1.0 - self.value / self.bound if self.bound > 0 else 0.0


_NOTHING_MOVED = pl.DataFrame(
    schema={"sku": pl.String, **dict.fromkeys(_LANE, pl.String), "quantity": pl.Int64}
)
_NO_LIMITS = find_frame(TripLimits).empty()


class ChosenTrips(NamedTuple):
    """Trips between locations, by what units are worth at both ends.

    Attributes:
        moved: frame `moved_units`.
        lanes: frame `lanes_left`, those that may be used.
        limits: frame `trip_limits`.
        value: what trips gain beyond all costs and what they and their lines must gain, currency.
        bound: no trips gain more than that, currency.
    """

    moved: pl.DataFrame
    lanes: pl.DataFrame
    limits: pl.DataFrame
    value: float
    bound: float


def plan_transfers(  # noqa: PLR0913  # a network and all that its trips must keep
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
    min_gain: float,
    rules: TransferRules | None = None,
    line_rules: LineRules | None = None,
    places: pl.DataFrame | None = None,
) -> TransferPlan:
    """Move units to where they are worth more, net of what the move costs.

    A sender keeps its own need, the lesser of order_up_to and presentation_min plus expected
    demand rounded up, out of what it has: neither its available units nor its position fall
    below it. Where item or location goes (clearance, closing) it keeps nothing but what is worth
    most there. A receiver is filled at most to order_up_to and shelf_max, and to the most cover of
    `line_rules`. A line runs only if it gains its cost and the least gain of `line_rules`. A pair
    that sends does not receive. Pairs with an unknown position or unknown available units take no
    part.

    Args:
        pairs: frame `movers`.
        lanes: frame `lanes_left`.
        weekday: weekday on which the moves ship, 0 for Monday.
        min_gain: what a trip must gain after all its costs, currency, at least 0.
        rules: least trip and size runs.
        line_rules: what a line costs, must gain, and may cover.
        places: frame `places` of every location; where not given there is none of its limits.

    Raises:
        ValueError: a frame breaks its contract, or min_gain is negative.
    """
    if not min_gain >= 0:
        raise ValueError(f"min_gain must be at least 0, not {min_gain}")
    rules, line_rules = rules or TransferRules(), line_rules or LineRules()
    stated = find_frame(Movers).read(pairs)
    rooms = None if places is None else find_frame(Places).read(places)
    left_out = conflicts(stated, lanes, rooms)
    known = add_movable_units(stated, rules, line_rules.most_cover_days).drop_nulls(
        ["inventory_position", "available"]
    )
    trips = choose_trips(
        known,
        lanes,
        rooms,
        StockValue.of_pairs,
        weekday=weekday,
        min_gain=min_gain,
        rules=rules,
        line_rules=line_rules,
    )
    planned = cast_to_contract(_lines(known, trips, (rules, line_rules)), TransfersPlan)
    return TransferPlan(planned, sum_trips(planned), left_out, trips.value, trips.bound)


def choose_trips(  # noqa: PLR0913  # a network and all that its trips must keep
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    rooms: pl.DataFrame | None,
    value_pairs: Callable[[pl.DataFrame], UnitWorth],
    *,
    weekday: int,
    min_gain: float,
    rules: TransferRules,
    line_rules: LineRules,
) -> ChosenTrips:
    """Choose the trips that gain most, of what pairs can spare and want.

    Args:
        pairs: frame `movers` with spare and want (units).
        lanes: frame `lanes_left`.
        rooms: frame `places`; where missing there is none of its limits.
        value_pairs: values the units of some of the pairs, in their order.
        weekday: weekday on which the moves ship, 0 for Monday.
        min_gain: what a trip must gain after all its costs, currency.
        rules: least trip.
        line_rules: what a line costs and must gain.
    """
    roomed = _roomed(pairs, rooms)
    ways = _usable(lanes, weekday, roomed)
    parts = [
        _plan_part(*part, value_pairs, min_gain=min_gain, rules=rules, line_rules=line_rules)
        for part in _parts(roomed, ways)
    ]
    return ChosenTrips(
        pl.concat([_NOTHING_MOVED, *(part.moved for part in parts)]),
        ways,
        pl.concat([_NO_LIMITS, *(part.limits for part in parts)]),
        sum((part.value for part in parts), 0.0),
        sum((part.bound for part in parts), 0.0),
    )


def _roomed(pairs: pl.DataFrame, rooms: pl.DataFrame | None) -> pl.DataFrame:
    """Pairs with the rooms of their location."""
    if rooms is None:
        types = find_frame(Places).schema
        return pairs.with_columns(pl.lit(None, types[name]).alias(name) for name in _ROOMS)
    return pairs.join(rooms, on="location", how="left", maintain_order="left")


def _usable(lanes: pl.DataFrame, weekday: int, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lanes that ship from who has units to spare to who wants any, a missing limit missing.

    Others would only tie regions together: a DC's lanes to its stores carry the allocation.
    """
    litres = find_frame(LanesLeft).read(lanes).select(*_LANE, lane_litres="volume_capacity")
    ends = {
        end: pairs.filter(pl.col(most) > 0)
        .select(pl.col("location").alias(end))
        .unique(maintain_order=True)
        for end, most in zip(_LANE, ("spare", "want"), strict=True)
    }
    return (
        open_lanes(lanes, weekday)
        .join(litres, on=_LANE, how="left")
        .join(ends["origin"], on="origin", how="semi")
        .join(ends["destination"], on="destination", how="semi")
        .with_columns(
            lane_capacity=pl.when(pl.col("lane_capacity") < UNLIMITED).then("lane_capacity")
        )
        .sort(_LANE)
    )


def _parts(pairs: pl.DataFrame, lanes: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Pairs and lanes of each set of places that lanes connect: they share nothing with others."""
    places = pairs.select("location").unique().sort("location").with_row_index("place")
    ends = [
        lanes.select(location=end).join(places, on="location", how="left", maintain_order="left")
        for end in _LANE
    ]
    size = places.height
    graph = coo_array(
        (np.ones(lanes.height), tuple(end["place"].to_numpy() for end in ends)), shape=(size, size)
    )
    part = connected_components(graph, directed=False)[1] if size else np.zeros(0, dtype=np.int32)
    of_place = places.select("location", part=pl.Series(part, dtype=pl.Int64))
    shared = lanes.join(of_place, left_on="origin", right_on="location", maintain_order="left")
    members = pairs.join(of_place, on="location", maintain_order="left")
    return [
        (members.filter(pl.col("part") == number), shared.filter(pl.col("part") == number))
        for number in shared["part"].unique().sort()
    ]


def _plan_part(  # noqa: PLR0913  # see `choose_trips`
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    value_pairs: Callable[[pl.DataFrame], UnitWorth],
    *,
    min_gain: float,
    rules: TransferRules,
    line_rules: LineRules,
) -> ChosenTrips:
    """Trips between places that lanes connect."""
    # No pair can move more of an item than the others take or have.
    movers = (
        pairs.with_columns(
            pl.min_horizontal("spare", pl.col("want").sum().over("sku")),
            pl.min_horizontal("want", pl.col("spare").sum().over("sku")),
        )
        .filter((pl.col("spare") > 0) | (pl.col("want") > 0))
        .sort("sku", "location")
    )
    market, limits = build_market(
        movers,
        lanes,
        value_pairs(movers),
        min_gain=min_gain,
        least_units=rules.least_units,
        line_cost=line_rules.transfer_line_cost + line_rules.least_transfer_gain,
    )
    trips = best_trips(market, tries=TRIES, seed=_SEED)
    arcs = np.flatnonzero(trips.moved)
    way, sender = market.lane[arcs], market.sender[arcs]
    moved = movers[sender].select("sku").with_columns(
        lanes[way].select(_LANE), quantity=pl.Series(trips.moved[arcs], dtype=pl.Int64)
    )  # fmt: skip
    used = limits.with_columns(used=pl.Series(trips.used)).select(_NO_LIMITS.columns)
    return ChosenTrips(moved, lanes, used, trips.gain, trips.bound)


def _lines(pairs: pl.DataFrame, trips: ChosenTrips, rules: Rules) -> pl.DataFrame:
    """A row a line with all that explains it."""
    moved = trips.moved.sort(*_LANE, "sku")
    ends = pairs.with_columns(row=pl.int_range(pl.len()), worth_of=number_groups(pairs, "sku"))
    lines = moved.with_columns(
        sent=pl.col("quantity").sum().over("origin", "sku"),
        got=pl.col("quantity").sum().over("destination", "sku"),
    )
    lines = (
        lines.join(
            ends.select("sku", pl.col("location").alias("origin"), "spare", "run_kept",
                        giver="row"),
            on=["sku", "origin"],
        )
        .join(ends.rename({"location": "destination", "row": "taker"}).drop("spare", "run_kept"),
              on=["sku", "destination"])
        .join(trips.lanes, on=_LANE)
        .sort(*_LANE, "sku")
    )  # fmt: skip
    priced = _priced(lines, pairs, rules[1].transfer_line_cost)
    return _explained(priced, pairs, trips.limits, rules)


def _priced(lines: pl.DataFrame, pairs: pl.DataFrame, line_cost: float) -> pl.DataFrame:
    """Lines with what they gain and cost: what a pair gains or loses is shared by its units."""
    worth = StockValue.of_pairs(pairs)
    giver, taker, sent, got = (lines[name].to_numpy() for name in ("giver", "taker", "sent", "got"))
    position = pairs["inventory_position"].to_numpy()
    lost = worth.gain(giver, position[giver] - sent, sent) / sent
    gained = worth.gain(taker, position[taker], got) / got
    priced = lines.with_columns(
        value_gained=pl.Series(gained, dtype=pl.Float64) * pl.col("quantity"),
        value_lost=pl.Series(lost, dtype=pl.Float64) * pl.col("quantity"),
    ).with_columns(moving_cost=compute_moving_cost(line_cost))
    benefit = priced["value_gained"] - priced["value_lost"] - priced["moving_cost"]
    each = (benefit / priced["quantity"]).to_numpy()
    chance = worth.chance_to_gain(taker, position[taker], got, each * got)
    losing = pl.Series(_cost_losing_units(lines, worth, position), dtype=pl.Float64)
    return priced.with_columns(
        gain_chance=pl.Series(chance, dtype=pl.Float64),
        forced_cost=pl.max_horizontal(-benefit, losing, 0.0),
    )


def _cost_losing_units(lines: pl.DataFrame, worth: StockValue, position: IntArray) -> FloatArray:
    """What those of the last units of each line lose that are worth less where they go."""
    line, rung = build_ladders(lines["quantity"].to_numpy())
    giver, taker, sent, got, lane_cost = (
        lines[name].to_numpy()[line] for name in ("giver", "taker", "sent", "got", "lane_unit_cost")
    )
    gained = worth.of_unit(taker, position[taker] + got - rung)
    lost = worth.of_unit(giver, position[giver] - sent + 1 + rung)
    loss = np.maximum(lost + lane_cost - gained, 0.0)
    return np.bincount(line, weights=loss, minlength=lines.height).astype(np.float64)


def _explained(
    lines: pl.DataFrame,
    pairs: pl.DataFrame,
    limits: pl.DataFrame,
    rules: Rules,
) -> pl.DataFrame:
    """Lines with binding, and the best that could have been done in their place."""
    bound = lines.with_columns(binding=name_binding(lines, limits))
    return add_rejected(bound, pairs, limits, rules).with_columns(
        packs="quantity",
        urgency_days=count_stock_days(compute_daily_demand()),
        reason=pl.when("clearance").then(pl.lit("clearance")).otherwise(
            pl.lit("surplus_to_shortage")
        ),
    )  # fmt: skip


def sum_trips(lines: pl.DataFrame) -> pl.DataFrame:
    """Sum up what each trip carries and gains.

    Args:
        lines: the columns of TransfersPlan without business_date.

    Returns:
        The columns of TransferTrips without business_date.
    """
    trips = (
        lines.group_by(_LANE, maintain_order=True)
        .agg(
            pl.col("region").first(),
            pl.len().alias("lines"),
            pl.col("quantity", "value_gained", "value_lost", "moving_cost").sum(),
        )
        .with_columns(benefit=pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost"))
    )
    return cast_to_contract(trips, TransferTrips)
