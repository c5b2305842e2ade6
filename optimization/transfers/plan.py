"""Transfers: sideways moves from where the last unit is worth little to where it is worth much.

Planned after allocation, so that nothing moves sideways that a DC sends tonight or on its next
order day. Who may give and take what is in `transfer_rules`, the choice of trips in
`transfer_search`, its proof in `transfer_bound`; this module puts them together and explains each
line.
"""

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
    word_amounts,
)
from optimization.lanes import UNLIMITED, compute_moving_cost, open_lanes
from optimization.transfers.market import build_market
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
    find_frame,
)

TRIES = 200
"""Neighbourhoods that the search tries in each set of places that lanes connect."""

_SEED = 0

_LANE = ["origin", "destination"]
_LITRES = ("receiving_volume", "lane_volume")
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


class _Planned(NamedTuple):
    """Trips of lanes that share places, or of all: units by pair of pairs, and full limits."""

    moved: pl.DataFrame
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
    known = _roomed(known, rooms)
    ways = _usable(lanes, weekday, known)
    parts = [
        _plan_part(*part, min_gain=min_gain, rules=rules, line_rules=line_rules)
        for part in _parts(known, ways)
    ]
    planned = _lines(known, ways, parts, line_rules.transfer_line_cost)
    return TransferPlan(
        cast_to_contract(planned, TransfersPlan),
        cast_to_contract(_trips(planned), TransferTrips),
        left_out,
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


def _plan_part(  # see `plan_transfers`
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    min_gain: float,
    rules: TransferRules,
    line_rules: LineRules,
) -> _Planned:
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
    worth = StockValue.of_pairs(movers)
    market, limits = build_market(
        movers,
        lanes,
        worth,
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
    return _Planned(moved, limits.with_columns(used=pl.Series(trips.used)), trips.gain, trips.bound)


def _lines(
    pairs: pl.DataFrame, lanes: pl.DataFrame, parts: list[_Planned], line_cost: float
) -> pl.DataFrame:
    """A row a line with all that explains it."""
    none = {"sku": pl.String, "origin": pl.String, "destination": pl.String, "quantity": pl.Int64}
    moved = pl.concat([pl.DataFrame(schema=none), *(part.moved for part in parts)]).sort(
        *_LANE, "sku"
    )
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
        .join(lanes, on=_LANE)
        .sort(*_LANE, "sku")
    )  # fmt: skip
    return _explained(_priced(lines, pairs, line_cost), pairs, lanes, parts, line_cost)


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
    lanes: pl.DataFrame,
    parts: list[_Planned],
    line_cost: float,
) -> pl.DataFrame:
    """Lines with binding, and the best other use of the same units."""
    for name, ends in _LIMIT_ENDS:
        lines = lines.with_columns(_full(lines, parts, name, ends).alias(f"full_{name}_{ends[0]}"))
    other = _best_other_use(lines, pairs, lanes, line_cost)
    explained = (
        lines.join(other, on=[*_LANE, "sku"], how="left", maintain_order="left")
        .with_columns(
            words=pl.coalesce(
                pl.format("next unit to {} worth", "other_destination"),
                pl.format("keeping them at {} worth", "origin"),
            ),
            amount=pl.coalesce("other_net", "value_lost"),
            binding=_binding(),
        )
    )  # fmt: skip
    return explained.with_columns(
        packs="quantity",
        urgency_days=count_stock_days(compute_daily_demand()),
        reason=pl.when("clearance").then(pl.lit("clearance")).otherwise(
            pl.lit("surplus_to_shortage")
        ),
        rejected=word_amounts(explained["words"], explained["amount"]),
    )  # fmt: skip


_LIMIT_ENDS = (
    ("lane_capacity", ("origin", "destination")),
    ("outbound_capacity", ("origin",)),
    ("receiving_capacity", ("destination",)),
    ("handling_capacity", ("origin",)),
    ("handling_capacity", ("destination",)),
    ("receiving_volume", ("destination",)),
    ("lane_volume", ("origin", "destination")),
)
"""Limits that a line draws on, and the ends of the line that find them."""


def _full(
    lines: pl.DataFrame, parts: list[_Planned], name: str, ends: tuple[str, ...]
) -> pl.Series:
    """By line whether one more unit would pass a limit."""
    schema = dict.fromkeys(("origin", "destination"), pl.String)
    schema_all = {**schema, "left": pl.Float64}
    rows = [
        part.limits.filter(pl.col("limit") == name).select(
            *_LANE, left=pl.col("capacity") - pl.col("used")
        )
        for part in parts
    ]
    left = pl.concat([pl.DataFrame(schema=schema_all), *rows])
    # The rows of a place's hands name it as origin, whichever end of a line it is.
    stated = ["origin"] if name == "handling_capacity" else list(ends)
    drawn = pl.col("volume").fill_null(0.0) if name in _LITRES else pl.lit(1.0)
    joined = lines.join(
        left.select(*stated, "left"),
        left_on=list(ends),
        right_on=stated,
        how="left",
        maintain_order="left",
    )
    return joined.select((pl.col("left") < drawn).fill_null(value=False).alias("full")).to_series()


def _binding() -> pl.Expr:
    filled = pl.col("inventory_position") + pl.col("got") >= pl.min_horizontal(
        "order_up_to", "shelf_max"
    )
    on_shelf = filled & (pl.col("shelf_max") < pl.col("order_up_to"))
    covered = pl.col("cover_kept") & (pl.col("got") == pl.col("want"))
    spent = pl.col("sent") == pl.col("spare")
    rules = [
        (on_shelf, "shelf_max"),
        (filled, "order_up_to"),
        (covered, "most_cover"),
        (spent & pl.col("run_kept"), "size_run"),
        (spent, "sender_need"),
        *((pl.col(f"full_{name}_{ends[0]}"), name) for name, ends in _LIMIT_ENDS),
    ]
    return pl.coalesce(
        *(pl.when(holds).then(pl.lit(name)) for holds, name in rules), pl.lit("value")
    )


def _best_other_use(
    lines: pl.DataFrame, pairs: pl.DataFrame, lanes: pl.DataFrame, line_cost: float
) -> pl.DataFrame:
    """By line the destination in reach whose next unit is worth most, net of lane and new line."""
    got = lines.group_by("sku", location="destination", maintain_order=True).agg(
        got=pl.col("quantity").sum()
    )
    sent = lines.select("sku", location="origin").unique(maintain_order=True)
    left = (
        pairs.with_row_index("row")
        .filter(pl.col("want") > 0)
        .join(lines.select("sku").unique(), on="sku", how="semi")
        .join(got, on=["sku", "location"], how="left")
        .join(sent, on=["sku", "location"], how="anti")
        .with_columns(pl.col("got").fill_null(0))
        .filter(pl.col("got") < pl.col("want"))
    )
    row: IntArray = left["row"].cast(pl.Int64).to_numpy()
    following = (left["inventory_position"] + left["got"] + 1).to_numpy()
    next_unit = StockValue.of_pairs(pairs).of_unit(row, following)
    still_short = left.select(
        "sku", other_destination="location", next_unit=pl.Series(next_unit, dtype=pl.Float64)
    )
    reach = lanes.select("origin", other_destination="destination", cost="lane_unit_cost")
    runs = lines.select("sku", "origin", other_destination="destination", line=0.0)
    return (
        lines.select(*_LANE, "sku")
        .join(still_short, on="sku")
        .join(reach, on=["origin", "other_destination"])
        .filter(pl.col("other_destination") != pl.col("destination"))
        .join(runs, on=["sku", "origin", "other_destination"], how="left")
        .with_columns(
            other_net=pl.col("next_unit") - pl.col("cost") - pl.col("line").fill_null(line_cost)
        )
        .sort("other_net", "other_destination", descending=[True, False])
        .group_by(*_LANE, "sku", maintain_order=True)
        .agg(pl.col("other_destination", "other_net").first())
    )


def _trips(lines: pl.DataFrame) -> pl.DataFrame:
    """What each trip carries and gains."""
    return (
        lines.group_by(_LANE, maintain_order=True)
        .agg(
            pl.col("region").first(),
            pl.len().alias("lines"),
            pl.col("quantity", "value_gained", "value_lost", "moving_cost").sum(),
        )
        .with_columns(benefit=pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost"))
    )
