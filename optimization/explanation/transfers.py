"""Why so many units of an item move sideways from one location to another."""

import numpy as np
import polars as pl

from optimization.allocation import select_receivers
from optimization.explanation.common import with_facts, with_line_cost, with_moving_cost
from optimization.explanation.night import PlannedNight
from optimization.explanation.season_moves import select_season_lines
from optimization.explanation.steps import POLICY, Explained
from optimization.explanation.transfer_steps import OF_DAYS, TRANSFER_STEPS
from optimization.levels import count_local_units
from optimization.night import TransferInputs
from optimization.transfers import add_movable_units
from optimization.value import FloatArray, IntArray, StockValue
from quality_checks.contracts import SEASON_WORTH, Movers, find_frame

LIMIT_ENDS = {
    "lane_capacity": (("origin", "destination"),),
    "lane_volume": (("origin", "destination"),),
    "outbound_capacity": (("origin",),),
    "receiving_capacity": (("destination",),),
    "receiving_volume": (("destination",),),
    "handling_capacity": (("origin",), ("destination",)),
}
"""Limit that can keep a line from its next unit -> the ends that it may hold for."""

_LITRES = ("lane_volume", "receiving_volume")

_STATED = {
    "lane_capacity": ("landing.lanes", "capacity"),
    "lane_volume": ("landing.lanes", "volume_capacity"),
    "outbound_capacity": ("landing.locations", "outbound_capacity"),
    "receiving_capacity": ("landing.locations", "receiving_capacity"),
    "receiving_volume": ("landing.locations", "receiving_volume"),
}
"""Limit -> the table and the column that state it; handling is stated by policy."""

_AT_SENDER = (
    "protection_days",
    "demand_mean",
    "demand_sd",
    "open_demand_mean",
    "open_demand_sd",
    "sold_before",
    "underage_cost",
    "overage_cost",
    "value_level",
    "surplus_step",
    "surplus_most",
)
"""Columns of the sender's targets that are told."""

_STOCK = ("on_hand", "reserved", "damaged", "proposed_outbound", "available", "in_transit",
          "on_order", "proposed_inbound")  # fmt: skip


def explain_transfers(night: PlannedNight) -> Explained:
    """Lines of the transfers: what the receiver lacks, the sender spares, and each limit leaves."""
    season, key = select_season_lines(night), "action_id"
    stated = night.lines("transfer").join(season, on=key, how="anti", maintain_order="left")
    lines = with_facts(stated, night)
    plan = night.plans["transfer"].filter(pl.col("reason") != SEASON_WORTH)
    rules = night.policy.lines
    lines = with_line_cost(lines, rules, "store_pick_seconds")
    lines = with_moving_cost(lines, plan, night.lanes, rules.transfer_line_cost, fixed=True)
    movers = _movers(night)
    lines = _with_senders(_with_ends(lines, movers, night), night)
    lines = _with_trip(lines, night.policy.transfers.least_units)
    lines = _with_worth(lines, movers)
    return Explained(_with_limit(lines, movers, night), TRANSFER_STEPS)


def _movers(night: PlannedNight) -> pl.DataFrame:
    """Pairs as the transfers saw them, with what made their position and their level."""
    given, key = night.transferred_from, ["sku", "location"]
    seen = given.movers
    before = select_receivers(night.planned).select(
        *key, own_position="inventory_position", own_level="order_up_to"
    )
    levels = night.targets.select(*key, stated_level="order_up_to")
    sent = (
        night.plans["allocation"]
        .group_by("sku", location="destination", maintain_order=True)
        .agg(allocated=pl.col("quantity").sum())
    )
    most_days = given.line_rules.most_cover_days
    sizes = add_movable_units(find_frame(Movers).read(seen), given.rules, most_days).drop(
        "order_up_to", "inventory_position", "available"
    )
    added = pl.col("inventory_position") - pl.col("own_position")
    raised = pl.when(pl.col("order_up_to") > pl.col("own_level")).then("order_up_to")
    held = night.pairs.select("sku", dc="location", dc_available="available")
    from_dc = (
        night.plans["allocation"]
        .group_by("sku", dc="origin", maintain_order=True)
        .agg(dc_sent=pl.col("quantity").sum())
    )
    awaited = _above_zero(added - pl.col("allocated").fill_null(0))
    return (
        seen.select(*key, *_STOCK, "inventory_position", "order_up_to", "dc")
        .join(sizes, on=key, how="left", validate="1:1")
        .join(before, on=key, how="left", validate="1:1")
        .join(levels, on=key, how="left", validate="1:1")
        .join(sent, on=key, how="left", validate="1:1")
        .join(held, on=["sku", "dc"], how="left", validate="m:1")
        .join(from_dc, on=["sku", "dc"], how="left", validate="m:1")
        .sort(key)
        .with_columns(
            *(pl.when(awaited.is_not_null()).then(name) for name in ("dc_available", "dc_sent")),
            # A node that a supplier feeds takes part only as one that lacks units for its stores.
            lacks=pl.when(pl.col("own_position").is_null()).then(-pl.col("inventory_position")),
            awaited=awaited,
            later=_above_zero(count_local_units() - pl.col("own_position")),
            last_sale=raised,
            row=pl.int_range(pl.len()),
        )
    )


def _above_zero(units: pl.Expr) -> pl.Expr:
    return pl.when(units > 0).then(units)


def _with_ends(lines: pl.DataFrame, movers: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the receiver lacks and the sender spares, and what other lines take of both."""
    taker = movers.select(
        "sku",
        "row",
        "allocated",
        "awaited",
        "dc",
        "dc_available",
        "dc_sent",
        "later",
        "last_sale",
        "lacks",
        pl.col("location").alias("destination"),
        pl.col("inventory_position").alias("position"),
        pl.min_horizontal("order_up_to", "shelf_max").alias("filled_to"),
        pl.when("cover_kept").then("want").alias("cover_room"),
        pl.col("underage_cost").alias("taker_underage"),
        pl.col("overage_cost").alias("taker_overage"),
    )
    goes = pl.col("clearance") | pl.col("closing")
    expected = pl.col("presentation_min") + pl.col("demand_mean").ceil().cast(pl.Int64)
    giver = movers.select(
        "sku",
        pl.col("location").alias("origin"),
        *(pl.col(name).alias(f"sender_{name}") for name in (*_STOCK, "row", "awaited", "dc",
          "dc_available", "dc_sent", "later", "last_sale", "presentation_min")),
        sender_inventory_position="inventory_position",
        sender_order_up_to="stated_level",
        sender_level="order_up_to",
        sender_need=pl.when(~goes).then(pl.min_horizontal("order_up_to", expected)),
        sender_keeps_nothing=pl.when(goes).then(0),
        spare=pl.when(~pl.col("run_kept")).then("spare"),
        run_spare=pl.when("run_kept").then("spare"),
    )  # fmt: skip
    own = pl.col("quantity")
    got = own.sum().over("sku", "destination") - own
    sent = own.sum().over("sku", "origin") - own
    of_dc = pl.col("lacks").is_not_null()
    sent_on = (
        night.plans["allocation"]
        .group_by("sku", destination="origin", maintain_order=True)
        .agg(sent_to_others=pl.col("quantity").sum())
    )
    return (
        lines.join(taker, on=["sku", "destination"], how="left", maintain_order="left")
        .join(giver, on=["sku", "origin"], how="left", maintain_order="left")
        .join(sent_on, on=["sku", "destination"], how="left", maintain_order="left")
        .with_columns(
            pl.when(of_dc).then("sent_to_others"),
            own_underage=pl.when(~of_dc).then("taker_underage"),
            own_overage=pl.when(~of_dc).then("taker_overage"),
            dc_underage=pl.when(of_dc).then("taker_underage"),
            dc_overage=pl.when(of_dc).then("taker_overage"),
            dc_stock_out_chance=pl.when(of_dc).then("stock_out_chance"),
            most_cover_days=pl.when(pl.col("cover_room").is_not_null()).then(
                pl.lit(night.policy.lines.most_cover_days)
            ),
            inventory_position=pl.when(~of_dc).then("position"),
            dc_position=pl.when(of_dc).then("position"),
            level=pl.when(~of_dc).then("filled_to"),
            dc_level=pl.when(of_dc).then("filled_to"),
            need=pl.col("filled_to") - pl.col("position"),
            got_elsewhere=got,
            sent_elsewhere=sent,
        )
        .with_columns(
            wanted=pl.min_horizontal("need", "cover_room") - pl.col("got_elsewhere"),
            spared=pl.coalesce("spare", "run_spare") - pl.col("sent_elsewhere"),
        )
    )


def _with_senders(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the targets say of the sender, and how much of its interval it is still open."""
    level = night.targets.select(
        "sku",
        *(pl.col(name).alias(f"sender_{name}") for name in _AT_SENDER),
        origin="location",
        sender_covered_units="inventory_position",
    )
    closes = night.locations.select("closed_on", origin="location")
    days = pl.col("sender_protection_days")
    closes_in = (pl.col("closed_on") - pl.lit(night.business_date)).dt.total_days()
    return (
        lines.join(level, on=["sku", "origin"], how="left", validate="m:1", maintain_order="left")
        .join(closes, on="origin", how="left", validate="m:1", maintain_order="left")
        .with_columns(sender_closes_in=pl.when(days > 0).then(closes_in))
        .with_columns(
            sender_open_share=((pl.col("sender_closes_in") - 1) / days).clip(0, 1),
        )
    )


def _with_trip(lines: pl.DataFrame, least_units: int) -> pl.DataFrame:
    """Add the units that the trip would lack of its least size without the line."""
    trip = pl.col("quantity").sum().over("origin", "destination")
    lacks = least_units - (trip - pl.col("quantity"))
    return lines.with_columns(
        trip_elsewhere=pl.when(lacks > 0).then(trip - pl.col("quantity")),
        least_trip_units=pl.when(lacks > 0).then(pl.lit(least_units)),
        trip_lacks=_above_zero(lacks),
    )


def _with_worth(lines: pl.DataFrame, movers: pl.DataFrame) -> pl.DataFrame:
    """Add what units are worth at both ends, and how many are worth moving."""
    worth = StockValue.of_pairs(movers)
    columns = ("row", "sender_row", "position", "sender_inventory_position", "got_elsewhere",
               "sent_elsewhere", "quantity")  # fmt: skip
    taker, giver, position, held, got, sent, quantity = (lines[n].to_numpy() for n in columns)
    cost = lines["lane_unit_cost"].to_numpy()
    most = lines.select(pl.min_horizontal("wanted", "spared")).to_series().to_numpy()

    def there(unit: IntArray) -> FloatArray:
        return worth.of_unit(taker, position + got + unit)

    def here(unit: IntArray) -> FloatArray:
        return worth.of_unit(giver, held - sent - unit + 1)

    paying = np.zeros_like(most)
    low, high = paying, most.copy()
    while (low < high).any():
        middle = (low + high + 1) // 2
        pays = there(middle) - here(middle) - cost > 0
        low, high = np.where(pays, middle, low), np.where(pays, high, middle - 1)
    sold = worth.sold(taker, position + got + quantity) - worth.sold(taker, position)
    missed = worth.sold(giver, held) - worth.sold(giver, held - sent - quantity)
    added = worth.surplus(taker, position + got + quantity) - worth.surplus(taker, position)
    saved = worth.surplus(giver, held) - worth.surplus(giver, held - sent - quantity)
    return lines.with_columns(
        paying_units=pl.Series(low),
        worth_there=pl.Series(there(quantity)),
        worth_here=pl.Series(here(quantity)),
        gain_of_next=pl.Series(there(quantity + 1) - here(quantity + 1) - cost),
        # A pair's gain is shared by the units of all its lines.
        sold=pl.Series(sold / (got + quantity) * quantity),
        sender_sold=pl.Series(missed / (sent + quantity) * quantity),
        surplus=_above_zero(pl.lit(pl.Series(added / (got + quantity) * quantity))),
        forced_cost=_above_zero(pl.col("forced_cost")),
        sender_surplus=_above_zero(pl.lit(pl.Series(saved / (sent + quantity) * quantity))),
    )


def _with_limit(lines: pl.DataFrame, movers: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add the limit that cut the line, if one did: what is left of it, and who else uses it."""
    rooms = pl.concat(
        _rooms(lines, limit, ends, _capacity(limit, ends, movers, night.transferred_from))
        for limit, of_limit in LIMIT_ENDS.items()
        for ends in of_limit
    )
    # Where both ends of a line have the limit, the tighter one is told.
    left = pl.col("limit_capacity") - pl.col("limit_used_elsewhere")
    tightest = rooms.sort(left, "limit_scope").unique(
        "action_id", keep="first", maintain_order=True
    )
    told = lines.join(tightest, on="action_id", how="left", maintain_order="left").with_columns(
        limit_units=(left / pl.col("limit_draw") + 1e-6).floor()
    )
    return _with_stated_limit(told, night)


def _with_stated_limit(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what states the limit that cut a line, and what the lines of both plans draw on it."""
    limited, litres = pl.col("limit_capacity").is_not_null(), pl.col("limit_unit") == "litres"
    stored = night.locations.select(limit_scope="location", limit_storage="unit_capacity")
    sent = night.plans["allocation"].select("origin", "destination", "quantity")
    taken = pl.concat(
        sent.group_by(ends, maintain_order=True).agg(limit_allocated=pl.col("quantity").sum())
        .select(
            "limit_allocated",
            binding=pl.lit(limit),
            limit_scope=pl.concat_str(ends, separator=" to "),
        )
        for limit, of_limit in LIMIT_ENDS.items()
        for ends in of_limit
        if limit not in {*_LITRES, "handling_capacity"}
    )  # fmt: skip
    at = ["binding", "limit_scope"]
    return (
        lines.join(_list_stated(night), on=at, how="left", maintain_order="left")
        .join(taken, on=at, how="left", maintain_order="left")
        .join(stored, on="limit_scope", how="left", maintain_order="left")
        .with_columns(
            limit_storage=pl.when(binding="receiving_capacity").then("limit_storage"),
            limit_litres=pl.when(litres).then("limit_draw"),
            planned_units=pl.when(limited).then("quantity"),
            limit_used_units=pl.when(limited & ~litres).then("limit_used"),
            limit_used_litres=pl.when(litres).then("limit_used"),
        )
    )


def _list_stated(night: PlannedNight) -> pl.DataFrame:
    """binding, limit_scope, limit_stated, and where that is stated."""
    kinds = night.policy.transfers.handling_units
    rows = [
        night.locations.select(
            binding=pl.lit("handling_capacity"),
            limit_scope="location",
            limit_stated=pl.col("kind")
            .replace_strict(dict(kinds), default=None, return_dtype=pl.Float64),
            limit_table=pl.lit(POLICY),
            limit_key=pl.lit("transfers.handling_units"),
            limit_column="kind",
        )
    ]  # fmt: skip
    for limit, (table, name) in _STATED.items():
        of_lane = table == "landing.lanes"
        frame = night.stated_lanes if of_lane else night.locations
        ends = ["origin", "destination"] if of_lane else ["location"]
        key = ";".join(f"{end}={{}}" for end in ends)
        rows.append(
            frame.select(
                binding=pl.lit(limit),
                limit_scope=pl.concat_str(ends, separator=" to "),
                limit_stated=pl.col(name).cast(pl.Float64),
                limit_table=pl.lit(table),
                limit_key=pl.format(key, *ends),
                limit_column=pl.lit(name),
            )
        )
    return pl.concat(rows)


def _capacity(
    limit: str, ends: tuple[str, ...], movers: pl.DataFrame, given: TransferInputs
) -> pl.DataFrame:
    """Add the ends of a limit, and what the allocation leaves of it."""
    frame, column = {
        "lane_capacity": (given.lanes, "capacity"),
        "lane_volume": (given.lanes, "volume_capacity"),
        "receiving_capacity": (
            movers.group_by("location", maintain_order=True).agg(pl.col("receiving_room").first()),
            "receiving_room",
        ),
        "outbound_capacity": (given.places, "outbound_room"),
        "receiving_volume": (given.places, "receiving_litres"),
        "handling_capacity": (given.places, "handling_room"),
    }[limit]
    named = list(ends) if len(ends) > 1 else [pl.col("location").alias(ends[0])]
    return frame.select(*named, limit_capacity=pl.col(column).cast(pl.Float64))


def _key_rows(limit: str, ends: tuple[str, ...]) -> pl.Expr:
    """The key of the rows of a plan that draw on a limit."""
    if limit == "handling_capacity":
        return pl.format(f"origin|destination={{}}{OF_DAYS}", ends[0])
    return pl.format(";".join(f"{end}={{}}" for end in ends) + OF_DAYS, *ends)


def _rooms(
    lines: pl.DataFrame, limit: str, ends: tuple[str, ...], capacity: pl.DataFrame
) -> pl.DataFrame:
    """For each line that a limit cut: its room, what other lines use, and what a unit draws."""
    draw = pl.col("volume").fill_null(0.0) if limit in _LITRES else pl.lit(1.0)
    drawn = lines.select(
        "action_id",
        "binding",
        "origin",
        "destination",
        limit_draw=draw,
        own=draw * pl.col("quantity"),
    )
    # The hands of a place move what it sends and what it receives.
    counted = ("origin", "destination") if limit == "handling_capacity" else (None,)
    used = (
        pl.concat(
            drawn.select(*([pl.col(end).alias(ends[0])] if end else ends), "own") for end in counted
        )
        .group_by(ends, maintain_order=True)
        .agg(used=pl.col("own").sum())
    )
    return (
        drawn.filter(pl.col("binding") == limit)
        .join(capacity, on=list(ends), how="inner", maintain_order="left")
        .join(used, on=list(ends), how="left", maintain_order="left")
        .select(
            "action_id",
            "limit_capacity",
            "limit_draw",
            limit_used_elsewhere=pl.col("used") - pl.col("own"),
            limit_used="used",
            limit_scope=pl.concat_str(ends, separator=" to "),
            limit_rows=_key_rows(limit, ends),
            limit_unit=pl.lit("litres" if limit in _LITRES else "units"),
        )
        .filter(pl.col("limit_capacity").is_not_null())
    )
