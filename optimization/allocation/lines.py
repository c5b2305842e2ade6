"""Lines of an allocation: their money, and what keeps them from being larger."""

import numpy as np
import polars as pl

from optimization.allocation.alternatives import add_rejected
from optimization.allocation.kernels import AllocationMarket, name_shortages
from optimization.allocation.limits import SharedLimits
from optimization.allocation.prices import Solution
from optimization.frames import compute_daily_demand, count_stock_days
from optimization.lanes import compute_moving_cost
from optimization.value import FloatArray, Keeping, StockValue, build_ladders
from quality_checks.contracts import LineRules


def explained_lines(
    pairs: pl.DataFrame, worth: StockValue, keeping: Keeping, rules: LineRules
) -> pl.DataFrame:
    """Lines with the columns of the contract Allocation, and others; `pairs` of `pair_outcomes`."""
    served = pairs.filter(pl.col("sent") > 0)
    pair, stock, quantity = (
        served[name].to_numpy() for name in ("pair", "inventory_position", "quantity")
    )
    below_minimum = pl.col("inventory_position") < pl.col("presentation_min")
    explained = (
        served.rename({"dc": "origin", "location": "destination", "sent": "packs_sent"})
        .drop("packs")
        .with_columns(
            packs="packs_sent",
            value_gained=worth.gain(pair, stock, quantity),
            value_lost=keeping.forgone(pair, stock, quantity),
            urgency_days=count_stock_days(compute_daily_demand()),
            reason=pl.when(pl.col("inventory_position") < 0)
            .then(pl.lit("owed_to_customers"))
            .when(below_minimum)
            .then(pl.lit("below_presentation_min"))
            .when(pl.col("packs_sent") <= pl.col("covered_packs"))
            .then(pl.lit("below_target"))
            .otherwise(pl.coalesce("occasion", pl.lit("unbreakable_pack"))),
        )
        .with_columns(moving_cost=compute_moving_cost(rules.allocation_line_cost))
    )
    benefit = explained["value_gained"] - explained["value_lost"] - explained["moving_cost"]
    chance = worth.chance_to_gain(pair, stock, quantity, benefit.to_numpy())
    losing = pl.Series(_cost_losing_packs(explained, worth, keeping), dtype=pl.Float64)
    return add_rejected(explained, pairs, worth, keeping, rules).with_columns(
        forced_cost=pl.max_horizontal(-benefit, losing, 0.0),
        gain_chance=pl.Series(chance, dtype=pl.Float64),
    )


def _cost_losing_packs(lines: pl.DataFrame, worth: StockValue, keeping: Keeping) -> FloatArray:
    """What the packs of each line beyond the fewest lose that are worth less than they cost."""
    line, rung = build_ladders(lines["packs"].to_numpy())
    position, pack, pair, first, lane_cost = (
        lines[name].to_numpy()[line]
        for name in ("inventory_position", "case_pack", "pair", "first", "lane_unit_cost")
    )
    stock = position + rung * pack
    net = worth.gain(pair, stock, pack) - keeping.forgone(pair, stock, pack) - lane_cost * pack
    loss = np.where(rung >= first, np.maximum(-net, 0.0), 0.0)
    return np.bincount(line, weights=loss, minlength=lines.height).astype(np.float64)


def pair_outcomes(  # noqa: PLR0913, PLR0917  # a plan and all that it was made from
    short: pl.DataFrame,
    shared: SharedLimits,
    market: AllocationMarket,
    solution: Solution,
    worth: StockValue,
    keeping: Keeping,
    line_cost: float,
) -> pl.DataFrame:
    """Pairs with pair, sent (packs), quantity, next_net (worth of one more pack) and binding."""
    left = solution.left
    shortage = np.empty(short.height, dtype=np.int32)
    most = np.diff(market.ladder_start).astype(np.int32)
    name_shortages(market, left, most, shortage)
    group = np.repeat(np.arange(len(market.free)), np.diff(market.group_start))
    fences_left = np.bincount(group, weights=left.fence, minlength=len(market.free))
    pack = market.pack.astype(np.int64)
    quantity = left.sent * pack
    pair = np.arange(short.height)
    stock = short["inventory_position"].to_numpy() + quantity
    next_net = (
        worth.gain(pair, stock, pack)
        - keeping.forgone(pair, stock, pack)
        - short["lane_unit_cost"].to_numpy() * pack
        - np.where(left.sent == 0, line_cost, 0.0)
    )
    names = dict(enumerate(shared.kinds, start=1))
    full = pl.col("sent") >= pl.col("packs")
    fenced_off = (pl.col("shortage") == 0) & (pl.col("fences_left") > 0)
    return short.with_columns(
        pair=pair,
        sent=pl.Series(left.sent.astype(np.int64)),
        quantity=quantity,
        next_net=next_net,
        shortage=pl.Series(shortage).cast(pl.Int64),
        fences_left=pl.Series(fences_left[group]),
        closed=pl.Series(solution.closed),
    ).with_columns(
        binding=pl.when(full & (pl.col("sent") + 1 > pl.col("fitting_packs")))
        .then(pl.lit("shelf_max"))
        .when(full & (pl.col("packs") < pl.col("wanted_packs")))
        .then(pl.lit("most_cover"))
        .when(full)
        .then(pl.lit("order_up_to"))
        .when(pl.col("next_net") <= 0)
        .then(pl.lit("value"))
        .when("closed")
        .then(pl.lit("shipment_cost"))
        .when(fenced_off)
        .then(pl.lit("ring_fence"))
        .when(pl.col("shortage") == 0)
        .then(pl.lit("dc_supply"))
        .otherwise(
            pl.col("shortage").replace_strict(names, default="value", return_dtype=pl.String)
        )
    )
