"""Why a DC sends so many packs of an item to a location."""

import numpy as np
import polars as pl

from optimization.allocation import (
    build_keeping,
    count_covered_packs,
    flag_leaving_range,
    limit_fences,
    limit_last_sale,
)
from optimization.explanation.allocation_steps import ALLOCATION_STEPS, FENCED
from optimization.explanation.common import with_facts, with_line_cost, with_moving_cost
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import Explained
from optimization.levels import count_local_units
from optimization.value import IntArray, StockValue, build_pack_ladders

LIMIT_SCOPES = {
    "lane_capacity": pl.format("{} to {}", "origin", "destination"),
    "lane_volume": pl.format("{} to {}", "origin", "destination"),
    "receiving_capacity": pl.col("destination"),
    "receiving_volume": pl.col("destination"),
    "storage": pl.col("destination"),
    "outbound_capacity": pl.col("origin"),
    "department_budget": pl.col("department"),
}
"""Limit that can keep a line from its next pack -> scope of it that the line draws on."""

_DRAWN = {"litres": pl.col("volume"), "currency": pl.col("unit_cost")}
"""Measure of a limit -> how much of it a unit draws; of one in units it draws one."""

_END = ["sku", "destination"]


def explain_allocation(night: PlannedNight) -> Explained:
    """Lines of the allocation, from demand to the packs that each limit leaves."""
    lines = with_facts(night.lines("allocation"), night)
    lines = _with_need(lines, night)
    lines = _with_dc(lines, night)
    lines = _with_worth(lines, night)
    return Explained(_with_limit(lines, night), ALLOCATION_STEPS)


def _with_need(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add level, inventory position, need and its packs, and what raised or capped the level."""
    rules = night.policy.lines
    sells = (pl.col("protection_days") > 0) & pl.col("demand_mean").is_not_null()
    takers = night.allocated_from.receivers.with_columns(
        covered_packs=pl.when(sells).then(count_covered_packs(rules.most_cover_days))
    ).select(
        "sku",
        "covered_packs",
        pl.col("location").alias("destination"),
        "inventory_position",
        pl.col("order_up_to").alias("level"),
        "demand_variance",
    )
    leaving = flag_leaving_range(night.first_day)
    launching = (pl.col("launch_date") >= night.first_day) & (pl.col("order_up_to") > 0)
    launching = launching.fill_null(value=False) & ~leaving
    pack, least = pl.col("case_pack"), night.policy.allocation.least_line_units
    known = lines.join(takers, on=_END, how="left", maintain_order="left")
    return (
        known.with_columns(
            later=_above_zero(count_local_units() - pl.col("covered_units")),
            last_sale=pl.when(leaving).then(limit_last_sale(known, night.first_day)),
            launch_minimum=pl.when(launching).then("own_presentation_min"),
            need=pl.col("level") - pl.col("inventory_position"),
            least_line_units=pl.when(pl.lit(least > 1)).then(pl.lit(least)),
            most_cover_days=pl.when(pl.col("covered_packs").is_not_null()).then(
                pl.lit(rules.most_cover_days)
            ),
        )
        .with_columns(
            need_packs=_packs(pl.col("need"), pack),
            least_packs=_packs(pl.col("least_line_units"), pack),
            shelf_packs=(pl.col("shelf_max") - pl.col("inventory_position")) // pack,
            owed_packs=_above_zero(_packs(-pl.col("inventory_position"), pack)),
            shown_packs=_above_zero(
                _packs(pl.col("presentation_min") - pl.col("inventory_position"), pack)
            ),
        )
        .with_columns(
            cover_packs=pl.when(pl.col("covered_packs").is_not_null()).then(
                pl.max_horizontal(
                    "covered_packs", "owed_packs", "shown_packs", pl.col("least_packs").fill_null(1)
                )
            )
        )
    )


def _packs(units: pl.Expr, pack: pl.Expr) -> pl.Expr:
    return -(-units // pack)


def _above_zero(packs: pl.Expr) -> pl.Expr:
    return pl.when(packs > 0).then(packs)


def _with_dc(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the DC has, sends elsewhere and keeps for others, and what a unit kept is worth."""
    own = ["origin", "sku"]
    sent = (
        night.plans["allocation"]
        .group_by(own, maintain_order=True)
        .agg(dc_sent=pl.col("quantity").sum())
    )
    given = night.allocated_from
    held = given.supply.select("sku", origin="dc", dc_available="available")
    kept = given.kept.rename({"dc": "origin"})
    left = _fences_left(night)
    of_dc = left.group_by(own, maintain_order=True).agg(
        pl.col("left").filter(kind=kind).sum().alias(f"fenced_{kind}") for kind in FENCED
    )
    of_line = left.select("sku", "destination", own_fence="left")
    fenced = {
        kind: pl.col(f"fenced_{kind}")
        - pl.when(kind_of_destination=kind).then(pl.col("own_fence").fill_null(0)).otherwise(0)
        for kind in FENCED
    }
    elsewhere = pl.sum_horizontal(fenced.values())
    shares = {str(kind): share for kind, share in night.policy.allocation.ring_fence.items()}
    valued = night.targets.select(
        "sku",
        origin="location",
        dc_underage_cost="underage_cost",
        dc_overage_cost="overage_cost",
        dc_stock_out_chance="stock_out_chance",
    )
    stays = pl.col("resupply_days").is_not_null() | pl.col("kept_value").is_null()
    return (
        lines.join(held, on=own, how="left", maintain_order="left")
        .join(valued, on=own, how="left", validate="m:1", maintain_order="left")
        .join(sent, on=own, how="left", maintain_order="left")
        .join(kept, on=own, how="left", maintain_order="left")
        .join(of_dc, on=own, how="left", maintain_order="left")
        .join(of_line, on=_END, how="left", maintain_order="left")
        .with_columns(
            dc_sent_elsewhere=pl.col("dc_sent") - pl.col("quantity"),
            fenced_elsewhere=_above_zero(elsewhere),
            dc_packs=(
                pl.col("dc_available")
                - (pl.col("dc_sent") - pl.col("quantity"))
                - elsewhere.fill_null(0)
            )
            // pl.col("case_pack"),
            full_packs=pl.when(pl.col("kept_value").fill_null(0.0) == 0).then(
                pl.min_horizontal(pl.col("need") // pl.col("case_pack"), "covered_packs")
            ),
            kept_value=pl.col("kept_value").fill_null(0.0),
            kept_for_later=pl.when(stays).then(pl.col("kept_value").fill_null(0.0)),
            kept_in_vain=pl.when(~stays).then("kept_value"),
            **{
                f"fence_share_{kind}": pl.when(units > 0).then(pl.lit(shares.get(kind)))
                for kind, units in fenced.items()
            },
        )
    )


def _fences_left(night: PlannedNight) -> pl.DataFrame:
    """Units of fences that their location does not take: origin, sku, destination, kind, left."""
    given = night.allocated_from
    named = {"dc": "origin", "location": "destination"}
    fences = limit_fences(given.fences, given.supply).rename(named)
    got = night.plans["allocation"].select("origin", "sku", "destination", "quantity")
    kinds = night.pairs.select("sku", "kind", destination="location")
    return (
        fences.join(got, on=["origin", "sku", "destination"], how="left")
        .join(kinds, on=["sku", "destination"], how="left")
        .with_columns(left=(pl.col("fence") - pl.col("quantity").fill_null(0)).clip(lower_bound=0))
    )


def _with_worth(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what units are worth there and at the DC, and how many packs are worth their cost."""
    rules, line_cost = night.policy.allocation, night.policy.lines.allocation_line_cost
    known = with_moving_cost(
        with_line_cost(lines, night.policy.lines, "dc_pick_seconds"),
        night.plans["allocation"],
        night.lanes,
        line_cost,
        fixed=not rules.scheduled_shipments,
    )
    worth, keeping = StockValue.of_pairs(known), build_keeping(known)
    pair = np.arange(known.height)
    position, quantity, pack = (
        known[name].to_numpy() for name in ("inventory_position", "quantity", "case_pack")
    )
    weights = {int(k): float(v) for k, v in rules.priority_weight.items()}
    weight = pl.col("priority").replace_strict(weights, default=None, return_dtype=pl.Float64)
    most = known.select(pl.max_horizontal("need_packs", "packs") + 1).to_series().to_numpy()
    start, ladder = build_pack_ladders(
        worth,
        keeping,
        known.select(weight.fill_null(1.0)).to_series().to_numpy(),
        known["lane_unit_cost"].to_numpy(),
        position,
        pack,
        most,
    )
    lane = known["lane_unit_cost"].to_numpy()

    def net(stock: IntArray) -> pl.Series:
        gain = worth.gain(pair, stock, pack) - keeping.forgone(pair, stock, pack) - lane * pack
        return pl.Series(gain, dtype=pl.Float64)

    sold = worth.sold(pair, position + quantity) - worth.sold(pair, position)
    forgone = keeping.forgone(pair, position, quantity)
    closed = pl.col("binding") == "shipment_cost"
    surplus = worth.surplus(pair, position + quantity) - worth.surplus(pair, position)
    return known.with_columns(
        priority_weight=weight,
        surplus=_above_zero(pl.lit(pl.Series(surplus))),
        forced_cost=_above_zero(pl.col("forced_cost")),
        paying_packs=pl.when(~closed).then(pl.Series(_paying(start, ladder > 0))),
        worth_of_last=net(position + quantity - pack),
        worth_of_next=net(position + quantity),
        sold=pl.Series(sold),
        stranded=pl.when(pl.col("kept_value") != 0).then(pl.Series(forgone) / pl.col("kept_value")),
    ).with_columns(
        worth_packs=pl.max_horizontal(
            "paying_packs", "owed_packs", "shown_packs", "full_packs", "least_packs"
        ),
    )


def _paying(start: IntArray, pays: np.ndarray) -> IntArray:
    """How many packs of each line pay: worths never increase, so these are its first."""
    counts = np.concatenate([[0], np.cumsum(pays)])
    return np.asarray(counts[start[1:]] - counts[start[:-1]], dtype=np.int64)


def _with_limit(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add the shared limit that cut the line, if one did: its room, what others use, its price."""
    scope = pl.coalesce(
        pl.when(pl.col("binding") == limit).then(of_line) for limit, of_line in LIMIT_SCOPES.items()
    )
    prices = night.limit_prices.select(
        pl.col("limit").alias("binding"),
        pl.col("scope").alias("limit_scope"),
        "measure",
        pl.col("capacity").alias("limit_capacity"),
        pl.col("used").alias("limit_used"),
        pl.col("price").alias("limit_price"),
    )
    draw = pl.coalesce("limit_litres", "limit_currency", 1.0)
    room = pl.col("limit_capacity") - pl.col("limit_used_elsewhere")
    return (
        lines.with_columns(limit_scope=scope)
        .join(prices, on=["binding", "limit_scope"], how="left", maintain_order="left")
        .with_columns(
            pl.when(measure=measure).then(drawn).alias(f"limit_{measure}")
            for measure, drawn in _DRAWN.items()
        )
        .with_columns(
            limit_used_elsewhere=pl.col("limit_used") - draw * pl.col("quantity"),
            planned_units=pl.when(pl.col("limit_used").is_not_null()).then("quantity"),
        )
        .with_columns(limit_packs=(room / (draw * pl.col("case_pack")) + 1e-6).floor())
    )
