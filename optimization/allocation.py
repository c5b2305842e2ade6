"""Allocation: what each DC sends tonight to the locations it supplies.

Every pair short of its order-up-to level bids for case packs, one after the other. Bids are served
in one order over all skus: packs that start below the presentation minimum first, then by worth
of a unit net of the lane, ties by priority and keys. A pack goes out if the DC, the lane and
the destination's dock have room for all of it. The worth of a pair's packs never increases
(see `marginal_value`) and a sku has one pack size, so for a DC's units alone this is the
optimum (Fox, Discrete Optimization via Marginal Analysis, Management Science 13, 1966); with
limits shared between skus it is a good plan, not the best.
"""

from collections.abc import Callable

import numba
import numpy as np
import polars as pl

from optimization.frames import (
    TEXT,
    UNITS,
    Input,
    Plan,
    days_of_stock,
    in_contract,
    numbered,
    window_daily_demand,
    worded,
)
from optimization.lanes import (
    LANES,
    UNLIMITED,
    moving_cost,
    open_lanes,
    refuse_disagreeing_rooms,
)
from optimization.marginal_value import BOUNDS, COLUMNS, IntArray, StockValue, ladders
from quality_checks.contracts.plans import Allocation

RECEIVERS = Input(
    name="receivers",
    key=("sku", "location"),
    columns={
        "region": TEXT,
        "dc": TEXT,
        "inventory_position": UNITS,
        "order_up_to": UNITS,
        "presentation_min": UNITS,
        "shelf_max": UNITS,
        "case_pack": UNITS,
        "priority": UNITS,
        "receiving_room": UNITS,
        **COLUMNS,
    },
    at_least={
        **BOUNDS,
        "order_up_to": 0,
        "presentation_min": 0,
        "shelf_max": 0,
        "case_pack": 1,
        "receiving_room": 0,
    },
    nullable=("inventory_position", "shelf_max", "receiving_room"),
)
SUPPLY = Input(
    name="supply", key=("dc", "sku"), columns={"available": UNITS}, nullable=("available",)
)

BINDINGS = ("dc_supply", "receiving_capacity", "lane_capacity", "order_up_to", "shelf_max")
"""What can keep a line from being larger; the first three by the code of a refusal less 1."""

WORTH_DECIMALS = 9
"""Worths that agree so far are ties: the last bits of a float may not rank stores."""


def allocate(
    receivers: pl.DataFrame,
    supply: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
) -> Plan:
    """Send the units of DCs where they are worth most, in case packs.

    A pair is filled up to order_up_to in whole packs. The pack that would pass the level is sent
    only if it is worth more than it costs, or if the pair is below its presentation minimum.
    Nothing passes shelf_max.

    Args:
        receivers: sku, location, region, dc (that supplies it), inventory_position (units
            available, in transit, on order and proposed inbound; outbound proposals have left
            `available` already; missing where the stock is unknown), order_up_to,
            presentation_min, shelf_max (missing for no limit), case_pack (units), priority (1
            first), receiving_room (units the location can still receive today; missing for no
            limit), and what `StockValue` needs: demand_mean, demand_variance, protection_days,
            underage_cost, overage_cost.
        supply: dc, sku, available (units; missing where unknown).
        lanes: the columns of the contract Lanes, capacity being what is left of it.
        weekday: weekday on which the DCs ship, 0 for Monday.

    Returns:
        lines: the columns of Allocation without business_date. left_out: sku, location, problem
        for pairs that may be short and cannot be served: stock_unknown, no_lane,
        dc_stock_unknown, case_pack_above_shelf_max.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    receivers, supply = RECEIVERS.read(receivers), SUPPLY.read(supply)
    refuse_disagreeing_rooms(receivers)
    pairs = _with_supply(receivers, supply, lanes, weekday)
    short = pairs.filter(
        pl.col("problem").is_null() & pl.col("open") & (pl.col("wanted_packs") > 0)
    )
    worth = StockValue.of_pairs(short)
    bids = _bids(short, worth)
    bids = bids.with_columns(refused=pl.Series(_served(short, bids), dtype=pl.Int64))
    left_out = pairs.filter(pl.col("problem").is_not_null()).select("sku", "location", "problem")
    return Plan(in_contract(_lines(short, bids, worth), Allocation), left_out)


def _with_supply(
    receivers: pl.DataFrame, supply: pl.DataFrame, lanes: pl.DataFrame, weekday: int
) -> pl.DataFrame:
    """Receivers with their DC's units, their lane, the packs they want, and their problem."""
    names = {"origin": "dc", "destination": "location"}
    allowed = LANES.read(lanes).filter("allowed").rename(names)
    today = open_lanes(lanes, weekday).rename(names).with_columns(open=True)
    shortage = pl.col("order_up_to") - pl.col("inventory_position")
    room = pl.col("shelf_max").fill_null(UNLIMITED) - pl.col("inventory_position")
    pack = pl.col("case_pack")
    unfit = (pack > pl.col("shelf_max")) & (room < pack)
    short = shortage > 0
    return (
        receivers.join(supply, on=["dc", "sku"], how="left")
        .join(allowed.select("dc", "location", has_lane=True), on=["dc", "location"], how="left")
        .join(today, on=["dc", "location"], how="left")
        .sort("sku", "location")
        .with_columns(
            pl.col("open").fill_null(value=False),
            full_packs=shortage // pack,
            fitting_packs=(room // pack).clip(lower_bound=0),
            wanted_packs=-(-shortage // pack),
            problem=pl.when(pl.col("inventory_position").is_null())
            .then(pl.lit("stock_unknown"))
            .when(short & pl.col("has_lane").is_null())
            .then(pl.lit("no_lane"))
            .when(short & pl.col("available").is_null())
            .then(pl.lit("dc_stock_unknown"))
            .when(short & unfit)
            .then(pl.lit("case_pack_above_shelf_max")),
        )
    )


def _bids(short: pl.DataFrame, worth: StockValue) -> pl.DataFrame:
    """One row a pack that a pair wants, in the order in which they are served.

    Columns: pair (row of `short`), net (worth of the pack less the lane's unit cost).
    """
    pack = short["case_pack"].to_numpy()
    # One pack more than the DC holds is enough to see that its units ran out.
    affordable = np.maximum(short["available"].to_numpy(), 0) // pack + 1
    wanted = np.minimum(short["wanted_packs"], short["fitting_packs"])
    pair, rung = ladders(np.minimum(wanted, affordable))
    start = short["inventory_position"].to_numpy()[pair] + rung * pack[pair]
    lane_cost = short["lane_unit_cost"].to_numpy()[pair] * pack[pair]
    net = worth.gain(pair, start, pack[pair]) - lane_cost
    bids = pl.DataFrame({"pair": pair, "rung": rung, "start": start, "net": net}).join(
        short.select(
            "presentation_min",
            "priority",
            "full_packs",
            "case_pack",
            pair=pl.int_range(pl.len()),
        ),
        on="pair",
        maintain_order="left",
    )
    shown = pl.col("start") >= pl.col("presentation_min")
    passes_level = pl.col("rung") >= pl.col("full_packs")
    return (
        bids.filter(~(passes_level & shown & (pl.col("net") <= 0)))
        .sort(
            shown,
            -(pl.col("net") / pl.col("case_pack")).round(WORTH_DECIMALS),
            "priority",
            "pair",
            "rung",
        )
        .select("pair", "net")
    )


def _served(short: pl.DataFrame, bids: pl.DataFrame) -> IntArray:
    """Per bid 0 if it is served, else 1 + the position in BINDINGS of the limit that refused it."""
    limited = {
        ("dc", "sku"): short["available"],
        ("location",): short["receiving_room"].fill_null(UNLIMITED),
        ("dc", "location"): short["lane_capacity"],
    }
    pair = bids["pair"].to_numpy()
    user = np.zeros((len(limited), bids.height), dtype=np.int64)
    left = np.zeros((len(limited), short.height), dtype=np.int64)
    for limit, (columns, units) in enumerate(limited.items()):
        number = numbered(short, *columns).to_numpy()
        user[limit] = number[pair]
        left[limit, number] = units.to_numpy()
    return _serve(short["case_pack"].to_numpy()[pair], user, left)


def _serve_in_order(pack: IntArray, user: IntArray, left: IntArray) -> IntArray:
    """Serve bids in order while every limit has room for the whole pack.

    `pack` has shape (bids,); `user` (limits, bids) numbers who draws on each limit, and `left`
    (limits, numbers) is what it has left, drawn down in place.
    """
    refused = np.zeros(len(pack), dtype=np.int64)
    for bid in range(len(pack)):
        for limit in range(len(user)):
            if left[limit, user[limit, bid]] < pack[bid]:
                refused[bid] = limit + 1
                break
        if refused[bid] == 0:
            for limit in range(len(user)):
                left[limit, user[limit, bid]] -= pack[bid]
    return refused


_serve: Callable[..., IntArray] = numba.njit(cache=True)(_serve_in_order)


def _lines(short: pl.DataFrame, bids: pl.DataFrame, worth: StockValue) -> pl.DataFrame:
    taken = bids.group_by("pair").agg(
        packs=(pl.col("refused") == 0).sum().cast(pl.Int64),
        code=pl.col("refused").filter(pl.col("refused") > 0).first(),
    )
    lines = (
        short.with_columns(pair=pl.int_range(pl.len()))
        .join(taken.filter(pl.col("packs") > 0), on="pair")
        .sort("sku", "location")
        .with_columns(quantity=pl.col("packs") * pl.col("case_pack"))
    )
    pair, stock, sent, pack = (
        lines[name].to_numpy() for name in ("pair", "inventory_position", "quantity", "case_pack")
    )
    next_pack = worth.gain(pair, stock + sent, pack) - (lines["lane_unit_cost"] * pack).to_numpy()
    below_minimum = pl.col("inventory_position") < pl.col("presentation_min")
    shelf_full = pl.col("packs") + 1 > pl.col("fitting_packs")
    refusal = pl.col("code").replace_strict(dict(enumerate(BINDINGS[:3], start=1)))
    explained = (
        lines.rename({"dc": "origin", "location": "destination"})
        .with_columns(
            value_gained=worth.gain(pair, stock, sent),
            value_lost=0.0,
            moving_cost=moving_cost(),
            urgency_days=days_of_stock("inventory_position", window_daily_demand()),
            reason=pl.when(below_minimum)
            .then(pl.lit("below_presentation_min"))
            .otherwise(pl.lit("below_target")),
            binding=pl.coalesce(
                refusal,
                pl.when(shelf_full).then(pl.lit("shelf_max")).otherwise(pl.lit("order_up_to")),
            ),
            next_pack=next_pack,
        )
        .join(_best_refused(short, bids), on=["origin", "sku"], how="left", maintain_order="left")
        .with_columns(
            other=pl.format(
                "next pack to {} worth", pl.coalesce("refused_location", "destination")
            ),
            other_net=pl.coalesce("refused_net", "next_pack"),
        )
    )
    return explained.with_columns(rejected=worded(explained["other"], explained["other_net"]))


def _best_refused(short: pl.DataFrame, bids: pl.DataFrame) -> pl.DataFrame:
    """First refused bid for each DC and sku: origin, sku, refused_location, refused_net."""
    named = short.select(
        "sku", origin="dc", refused_location="location", pair=pl.int_range(pl.len())
    )
    return (
        bids.filter(pl.col("refused") > 0)
        .join(named, on="pair", maintain_order="left")
        .group_by("origin", "sku", maintain_order=True)
        .agg(pl.col("refused_location").first(), refused_net=pl.col("net").first())
    )
