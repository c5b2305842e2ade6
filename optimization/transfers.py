"""Transfers: sideways moves from where the last unit is worth little to where it is worth much.

Planned after allocation, so that nothing moves sideways that a DC sends tonight. The choice of
trips is in `trips`; this module states who may give and take what, and explains each line.
"""

import numpy as np
import polars as pl

from optimization.frames import (
    FLAG,
    TEXT,
    UNITS,
    Input,
    days_of_stock,
    in_contract,
    numbered,
    window_daily_demand,
    worded,
)
from optimization.lanes import moving_cost, open_lanes, refuse_disagreeing_rooms
from optimization.marginal_value import BOUNDS, COLUMNS, IntArray, StockValue
from optimization.trips import Load, Market, Way, best_trips
from quality_checks.contracts.plans import TransfersPlan

PAIRS = Input(
    name="pairs",
    key=("sku", "location"),
    columns={
        "region": TEXT,
        "inventory_position": UNITS,
        "available": UNITS,
        "order_up_to": UNITS,
        "presentation_min": UNITS,
        "shelf_max": UNITS,
        "receiving_room": UNITS,
        "recently_moved": FLAG,
        **COLUMNS,
    },
    at_least={
        **BOUNDS,
        "order_up_to": 0,
        "presentation_min": 0,
        "shelf_max": 0,
        "receiving_room": 0,
    },
    nullable=("inventory_position", "available", "shelf_max", "receiving_room"),
)

BINDINGS = (
    "value",
    "sender_need",
    "order_up_to",
    "shelf_max",
    "lane_capacity",
    "receiving_capacity",
)
"""What can keep a line from being larger; `value`: the next unit gains less than it costs."""


def plan_transfers(
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
    min_gain: float,
) -> pl.DataFrame:
    """Move units to where they are worth more, net of what the move costs.

    A sender keeps its own need, the lesser of order_up_to and presentation_min plus expected
    demand rounded up, out of what it has: neither its available units nor its position fall
    below it. A receiver is filled at most to order_up_to and shelf_max. A pair that sends
    does not receive. Pairs with an unknown position or unknown available units take no part.

    Args:
        pairs: sku, location, region, inventory_position (as for `allocate`, with tonight's
            allocation), available (units that can leave now), order_up_to, presentation_min,
            shelf_max (missing for no limit), receiving_room (units the location can still receive
            today; missing for no limit), recently_moved (may not send; true also of what tonight's
            allocation sends here), and what `StockValue` needs: demand_mean, demand_variance,
            protection_days, underage_cost, overage_cost. Levels are the pair's own, not echelon
            levels.
        lanes: the columns of the contract Lanes, capacity being what is left of it.
        weekday: weekday on which the moves ship, 0 for Monday.
        min_gain: least gain of a trip after all its costs, currency, at least 0.

    Returns:
        The columns of TransfersPlan without business_date.

    Raises:
        ValueError: a column is absent, a value is missing or out of bounds, or min_gain is
            negative.
    """
    if not min_gain >= 0:
        raise ValueError(f"min_gain must be at least 0, not {min_gain}")
    known = PAIRS.read(pairs).drop_nulls(["inventory_position", "available"])
    refuse_disagreeing_rooms(known)
    known = known.with_columns(_limits())
    worth = StockValue.of_pairs(known)
    market = Market.of_pairs(known, worth)
    ways = _numbered_lanes(open_lanes(lanes, weekday), known)
    trips = best_trips(market, _ways(ways), min_gain)
    moved = _moved(known, ways, market, trips, worth)
    return in_contract(_explained(moved, known, ways, market), TransfersPlan)


def _limits() -> list[pl.Expr]:
    """Units a pair can spare, and units it can take."""
    need = pl.min_horizontal(
        "order_up_to", pl.col("presentation_min") + pl.col("demand_mean").ceil().cast(pl.Int64)
    )
    held = pl.min_horizontal("available", "inventory_position")
    level = pl.min_horizontal("order_up_to", "shelf_max")
    return [
        pl.when("recently_moved")
        .then(0)
        .otherwise((held - need).clip(lower_bound=0))
        .alias("spare"),
        (level - pl.col("inventory_position")).clip(lower_bound=0).alias("want"),
    ]


def _numbered_lanes(lanes: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lanes between known locations, with from_place and to_place."""
    places = pairs.select("location", place=numbered(pairs, "location")).unique()
    ways = lanes
    for end, name in (("origin", "from_place"), ("destination", "to_place")):
        ways = ways.join(places.rename({"location": end, "place": name}), on=end)
    return ways.sort("origin", "destination")


def _ways(lanes: pl.DataFrame) -> list[Way]:
    columns = ("from_place", "to_place", "fixed_cost", "lane_unit_cost", "lane_capacity")
    return [Way(*row) for row in lanes.select(columns).iter_rows()]


def _moved(
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    market: Market,
    trips: list[Load],
    worth: StockValue,
) -> pl.DataFrame:
    """One row a lane and sku: the pairs and lane, quantity, worth at both ends, and binding."""
    none = np.zeros(0, dtype=np.int64)

    def joined(name: str) -> IntArray:
        return np.concatenate([none, *(getattr(trip, name) for trip in trips)])

    sender, receiver, quantity = joined("sender"), joined("receiver"), joined("quantity")
    way = np.repeat(
        np.array([trip.way for trip in trips], dtype=np.int64), [len(t.sender) for t in trips]
    )
    position = pairs["inventory_position"].to_numpy()
    kept = position[sender] - joined("sent_before") - quantity
    had = position[receiver] + joined("received_before")
    giving, taking = market.giving, market.taking
    lane = lanes[way]
    lines = pairs[receiver].with_columns(
        lane["origin", "destination", "fixed_cost", "lane_unit_cost", "lane_capacity"],
        quantity=quantity,
        value_gained=worth.gain(receiver, had, quantity),
        value_lost=worth.gain(sender, kept, quantity),
        sender_spent=giving.moved[sender] == giving.most[sender],
        receiver_filled=taking.moved[receiver] == taking.most[receiver],
        dock_room=market.room[lane["to_place"].to_numpy()],
    )
    return lines.with_columns(binding=_binding(), moving_cost=moving_cost())


def _binding() -> pl.Expr:
    full = pl.col("quantity").sum().over("origin", "destination") == pl.col("lane_capacity")
    return (
        pl.when(pl.col("receiver_filled") & (pl.col("shelf_max") < pl.col("order_up_to")))
        .then(pl.lit("shelf_max"))
        .when("receiver_filled")
        .then(pl.lit("order_up_to"))
        .when("sender_spent")
        .then(pl.lit("sender_need"))
        .when(full)
        .then(pl.lit("lane_capacity"))
        .when(pl.col("dock_room") == 0)
        .then(pl.lit("receiving_capacity"))
        .otherwise(pl.lit("value"))
    )


def _explained(
    lines: pl.DataFrame, pairs: pl.DataFrame, lanes: pl.DataFrame, market: Market
) -> pl.DataFrame:
    """Lines with the rest of the contract, among it the best other use of the same units."""
    other = _best_other_use(lines, pairs, lanes, market)
    explained = lines.join(
        other, on=["origin", "destination", "sku"], how="left", maintain_order="left"
    ).with_columns(
        words=pl.coalesce(
            pl.format("next unit to {} worth", "other_destination"),
            pl.format("keeping them at {} worth", "origin"),
        ),
        amount=pl.coalesce("other_net", "value_lost"),
    )
    return explained.with_columns(
        packs="quantity",
        urgency_days=days_of_stock("inventory_position", window_daily_demand()),
        reason=pl.lit("surplus_to_shortage"),
        rejected=worded(explained["words"], explained["amount"]),
    )


def _best_other_use(
    lines: pl.DataFrame, pairs: pl.DataFrame, lanes: pl.DataFrame, market: Market
) -> pl.DataFrame:
    """By line the destination in reach whose next unit is still worth most, net of the lane."""
    taking = market.taking
    wanting = (taking.moved < taking.most) & (market.giving.moved == 0)
    next_unit = taking.value[(taking.first + taking.moved)[wanting]]
    still_short = pairs.filter(pl.Series(wanting)).select(
        "sku", pl.col("location").alias("other_destination"), next_unit=next_unit
    )
    reach = lanes.select(
        "origin", pl.col("destination").alias("other_destination"), cost="lane_unit_cost"
    )
    return (
        lines.select("origin", "destination", "sku")
        .join(reach, on="origin")
        .join(still_short, on=["sku", "other_destination"])
        .filter(pl.col("other_destination") != pl.col("destination"))
        .with_columns(other_net=pl.col("next_unit") - pl.col("cost"))
        .sort("other_net", "other_destination", descending=[True, False])
        .group_by("origin", "destination", "sku", maintain_order=True)
        .agg(pl.col("other_destination", "other_net").first())
    )
