"""Why so many units of an item move sideways from one location to another."""

import numpy as np
import polars as pl

from optimization.allocation import receivers
from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    demand_steps,
    level_steps,
    moving_steps,
    of_action,
    stock_steps,
    with_facts,
    with_moving_cost,
)
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import (
    AT_DESTINATION,
    AT_ORIGIN,
    LINE,
    Explained,
    Source,
    Step,
)
from optimization.transfers import (
    lanes_left,
    movable,
    transfer_movers,
    transfer_places,
)
from optimization.value import FloatArray, IntArray, StockValue
from quality_checks.contracts import Movers, frame_of

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
_STOCK = ("on_hand", "reserved", "damaged", "proposed_outbound", "available", "in_transit",
          "on_order", "proposed_inbound")  # fmt: skip
_PLANNER = "optimization.transfers.plan_transfers"
_MOVERS = "optimization.transfers.transfer_movers"


def explain_transfers(night: PlannedNight) -> Explained:
    """Lines of the transfers: what the receiver lacks, the sender spares, and each limit leaves."""
    lines = with_facts(night.lines("transfer"), night)
    lines = with_moving_cost(lines, night.transfers_plan, night.lanes, fixed=True)
    movers = _movers(night)
    lines = _with_ends(lines, movers)
    lines = _with_worth(lines, movers)
    return Explained(_with_limit(lines, movers, night), _PARTS)


def _movers(night: PlannedNight) -> pl.DataFrame:
    """Pairs as the transfers saw them, with what made their position and their level."""
    rules, key = night.policy.transfers, ["sku", "location"]
    seen = transfer_movers(
        night.planned,
        night.allocation,
        night.lanes,
        first_day=night.first_day,
        launch_protected_days=rules.launch_protected_days,
    )
    before = receivers(night.planned).select(
        *key, "order_cap", own_position="inventory_position", capped_level="order_up_to"
    )
    levels = night.targets.select(*key, stated_level="order_up_to")
    sent = night.allocation.group_by("sku", location="destination").agg(
        allocated=pl.col("quantity").sum()
    )
    sizes = movable(frame_of(Movers).read(seen), rules).drop(
        "order_up_to", "inventory_position", "available"
    )
    added = pl.col("inventory_position") - pl.col("own_position")
    raised = pl.when(pl.col("order_up_to") > pl.col("capped_level")).then("order_up_to")
    return (
        seen.select(*key, *_STOCK, "inventory_position", "order_up_to")
        .join(sizes, on=key, how="left", validate="1:1")
        .join(before, on=key, how="left", validate="1:1")
        .join(levels, on=key, how="left", validate="1:1")
        .join(sent, on=key, how="left", validate="1:1")
        .sort(key)
        .with_columns(
            # A node that a supplier feeds takes part only as one that lacks units for its stores.
            lacks=pl.when(pl.col("own_position").is_null()).then(-pl.col("inventory_position")),
            awaited=_above_zero(added - pl.col("allocated").fill_null(0)),
            last_sale=raised,
            row=pl.int_range(pl.len()),
        )
    )


def _above_zero(units: pl.Expr) -> pl.Expr:
    return pl.when(units > 0).then(units)


def _with_ends(lines: pl.DataFrame, movers: pl.DataFrame) -> pl.DataFrame:
    """What the receiver lacks and the sender spares, and what other lines take of both."""
    taker = movers.select(
        "sku",
        "row",
        "allocated",
        "awaited",
        "last_sale",
        "lacks",
        pl.col("location").alias("destination"),
        pl.col("inventory_position").alias("position"),
        pl.min_horizontal("order_up_to", "shelf_max").alias("filled_to"),
        pl.when(pl.col("lacks").is_null()).then("order_cap").alias("order_cap_held"),
        pl.col("underage_cost").alias("taker_underage"),
        pl.col("overage_cost").alias("taker_overage"),
    )
    goes = pl.col("clearance") | pl.col("closing")
    expected = pl.col("presentation_min") + pl.col("demand_mean").ceil().cast(pl.Int64)
    giver = movers.select(
        "sku",
        pl.col("location").alias("origin"),
        *(pl.col(name).alias(f"sender_{name}") for name in (*_STOCK, "row", "awaited", "last_sale",
          "order_cap", "presentation_min", "demand_mean", "underage_cost", "overage_cost")),
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
    return (
        lines.join(taker, on=["sku", "destination"], how="left", maintain_order="left")
        .join(giver, on=["sku", "origin"], how="left", maintain_order="left")
        .with_columns(
            inventory_position=pl.when(~of_dc).then("position"),
            dc_position=pl.when(of_dc).then("position"),
            level=pl.when(~of_dc).then("filled_to"),
            dc_level=pl.when(of_dc).then("filled_to"),
            need=pl.col("filled_to") - pl.col("position"),
            got_elsewhere=got,
            sent_elsewhere=sent,
        )
        .with_columns(
            wanted=pl.col("need") - pl.col("got_elsewhere"),
            spared=pl.coalesce("spare", "run_spare") - pl.col("sent_elsewhere"),
        )
    )


def _with_worth(lines: pl.DataFrame, movers: pl.DataFrame) -> pl.DataFrame:
    """What units are worth at both ends, and how many are worth moving."""
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
    return lines.with_columns(
        paying_units=pl.Series(low),
        worth_there=pl.Series(there(quantity)),
        worth_here=pl.Series(here(quantity)),
        gain_of_next=pl.Series(there(quantity + 1) - here(quantity + 1) - cost),
        # A pair's gain is shared by the units of all its lines.
        sold=pl.Series(sold / (got + quantity) * quantity),
        sender_sold=pl.Series(missed / (sent + quantity) * quantity),
    )


def _with_limit(lines: pl.DataFrame, movers: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """The limit that cut the line, if one did: what is left for transfers, and who else uses it."""
    rooms = pl.concat(
        _rooms(lines, limit, ends, _capacity(limit, ends, movers, night))
        for limit, of_limit in LIMIT_ENDS.items()
        for ends in of_limit
    )
    # Where both ends of a line have the limit, the tighter one is told.
    left = pl.col("limit_capacity") - pl.col("limit_used_elsewhere")
    tightest = rooms.sort(left, "limit_scope").unique("action_id", keep="first")
    return lines.join(tightest, on="action_id", how="left", maintain_order="left").with_columns(
        limit_units=(left / pl.col("limit_draw") + 1e-6).floor()
    )


def _capacity(
    limit: str, ends: tuple[str, ...], movers: pl.DataFrame, night: PlannedNight
) -> pl.DataFrame:
    """The ends of a limit, and limit_capacity: what the allocation leaves of it."""
    if limit in {"lane_capacity", "lane_volume"}:
        volumes = night.planned.select("sku", "volume")
        column = "capacity" if limit == "lane_capacity" else "volume_capacity"
        lanes = lanes_left(night.lanes, night.allocation, volumes)
        return lanes.select(*ends, limit_capacity=pl.col(column).cast(pl.Float64))
    if limit == "receiving_capacity":
        docks = movers.group_by("location").agg(pl.col("receiving_room").first())
        return docks.select(
            pl.col("location").alias(ends[0]),
            limit_capacity=pl.col("receiving_room").cast(pl.Float64),
        )
    hands = {str(kind): most for kind, most in night.policy.transfers.handling_units.items()}
    places = transfer_places(night.planned, night.allocation, hands)
    column = {
        "outbound_capacity": "outbound_room",
        "receiving_volume": "receiving_litres",
        "handling_capacity": "handling_room",
    }[limit]
    return places.select(
        pl.col("location").alias(ends[0]), limit_capacity=pl.col(column).cast(pl.Float64)
    )


def _rooms(
    lines: pl.DataFrame, limit: str, ends: tuple[str, ...], capacity: pl.DataFrame
) -> pl.DataFrame:
    """By line that a limit cut: its room at some ends, what other lines use, what a unit draws."""
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
        .group_by(ends)
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
            limit_scope=pl.concat_str(ends, separator=" to "),
            limit_unit=pl.lit("litres" if limit in _LITRES else "units"),
        )
        .filter(pl.col("limit_capacity").is_not_null())
    )


def _other_lines(name: str, words: str, key: str) -> Step:
    return Step(name, "units", words, Source("plans.transfers_plan", key, "quantity"))


_COMING = "available + in_transit + on_order + proposed_inbound"
_SENDER_COMING = "sender_available + sender_in_transit + sender_on_order + sender_proposed_inbound"
_RECEIVER = [
    *stock_steps("", AT_DESTINATION),
    Step("allocated", "units", "sent to it by its DC tonight",
         Source("plans.allocation", "sku={sku};destination={destination}", "quantity")),
    Step("awaited", "units", "that its DC has left for its next order", function=_MOVERS),
    Step("inventory_position", "units", "inventory position",
         formula=f"{_COMING} + COALESCE(allocated, 0) + COALESCE(awaited, 0)", function=_MOVERS),
    Step("dc_lacks", "units", "that it lacks for those it supplies", function=_MOVERS,
         value="lacks"),
    Step("inventory_position", "units", "position of a node that owes units",
         formula="-dc_lacks", value="dc_position"),
]  # fmt: skip
_NEED = [
    Step("last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.last_sale"),
    Step("order_cap", "units", "most of one order where demand does not wait",
         Source("plans.targets", AT_DESTINATION, "order_cap"), value="order_cap_held"),
    Step("level", "units", "level that tonight fills up to",
         formula="LEAST(GREATEST(LEAST(order_up_to, "
         f"GREATEST({_COMING}, 0) + order_cap), last_sale), shelf_max)", function=_MOVERS),
    Step("level", "units", "level of a node that owes units: it takes what it lacks",
         formula="0 * dc_lacks", value="dc_level"),
    Step("need", "units", "short of the level", formula="level - inventory_position"),
]  # fmt: skip
_SENDER = [
    *stock_steps("sender_", AT_ORIGIN),
    Step("sender_awaited", "units", "that its DC has left for its next order", function=_MOVERS),
    Step("sender_inventory_position", "units", "inventory position of {origin}",
         formula=f"{_SENDER_COMING} + COALESCE(sender_awaited, 0)", function=_MOVERS),
    Step("sender_order_up_to", "units", "order-up-to level of {origin}",
         Source("plans.targets", AT_ORIGIN, "order_up_to"),
         function="optimization.levels.order_up_to"),
    Step("sender_order_cap", "units", "most of one order where demand does not wait",
         Source("plans.targets", AT_ORIGIN, "order_cap")),
    Step("sender_last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.last_sale"),
    Step("sender_level", "units", "level of {origin} tonight",
         formula="GREATEST(LEAST(sender_order_up_to, "
         f"GREATEST({_SENDER_COMING}, 0) + sender_order_cap), sender_last_sale)",
         function=_MOVERS),
    Step("sender_presentation_min", "units", "presentation minimum of {origin}",
         Source("landing.item_locations", AT_ORIGIN, "presentation_min")),
    Step("sender_demand_mean", "units", "demand expected at {origin} in its interval",
         function=_MOVERS),
    Step("sender_need", "units", "that {origin} keeps",
         formula="LEAST(sender_level, sender_presentation_min + CEIL(sender_demand_mean))",
         function="optimization.transfers.movable"),
    Step("sender_need", "units", "that {origin} must keep: the item or the location goes",
         function="optimization.transfers.movable", value="sender_keeps_nothing"),
    Step("spare", "units", "that {origin} can spare",
         formula="GREATEST(LEAST(sender_available, sender_inventory_position) - sender_need, 0)",
         function="optimization.transfers.movable"),
    Step("spare", "units", "that {origin} can spare: one of each size stays",
         formula="sender_available - 1", function="optimization.transfers.movable",
         value="run_spare"),
]  # fmt: skip
_LIMITS = [
    _other_lines("got_elsewhere", "of the need, from other locations",
                 "sku={sku};destination={destination};origin<>{origin}"),
    Step("wanted", "units", "still wanted", formula="need - got_elsewhere"),
    _other_lines("sent_elsewhere", "of what is spare, to other locations",
                 "sku={sku};origin={origin};destination<>{destination}"),
    Step("spared", "units", "still spare", formula="spare - sent_elsewhere"),
    Step("worth_there", "currency", "worth of the last unit sent, at {destination}",
         function="optimization.value.StockValue"),
    Step("worth_here", "currency", "worth of the same unit at {origin}",
         function="optimization.value.StockValue"),
    Step("gain_of_next", "currency", "that one unit more would gain, net",
         function="optimization.value.StockValue"),
    Step("paying_units", "units", "of these worth more there than here",
         function="optimization.value.StockValue"),
    Step("limit_capacity", "{limit_unit}", "{binding} of {limit_scope} left for transfers",
         function="optimization.transfers.transfer_places"),
    Step("limit_used_elsewhere", "{limit_unit}", "of it used by other lines", function=_PLANNER),
    Step("limit_draw", "{limit_unit}", "of it that a unit draws", function=_PLANNER),
    Step("limit_units", "units", "that {binding} leaves room for",
         formula="FLOOR((limit_capacity - limit_used_elsewhere) / limit_draw + 0.000001)"),
]  # fmt: skip
_BENEFIT = [
    Step("taker_underage", "currency", "cost of a unit short at {destination}", function=_MOVERS),
    Step("taker_overage", "currency", "cost of a unit left over there", function=_MOVERS),
    Step("sold", "units", "of them expected to sell there",
         function="optimization.value.StockValue"),
    of_action("margin_kept", "currency", "margin kept",
              "sold * taker_underage - (quantity - sold) * taker_overage"),
    Step("sender_underage_cost", "currency", "cost of a unit short at {origin}",
         Source("plans.targets", AT_ORIGIN, "underage_cost")),
    Step("sender_overage_cost", "currency", "cost of a unit left over there",
         Source("plans.targets", AT_ORIGIN, "overage_cost")),
    Step("sender_sold", "units", "of them expected to sell at {origin}",
         function="optimization.value.StockValue"),
    of_action(
        "margin_given_up", "currency", "given up at {origin}",
        "sender_sold * sender_underage_cost - (quantity - sender_sold) * sender_overage_cost",
    ),
    of_action("holding_cost", "currency", "holding"),
    *moving_steps("lane_unit_cost * quantity + fixed_share"),
    benefit_step(),
]  # fmt: skip
_PARTS = [
    (
        "demand",
        demand_steps("optimization.levels.local_windows", "forecasting.distribution.window_demand"),
    ),
    ("level", level_steps()),
    ("position", _RECEIVER),
    ("need", _NEED),
    ("sender", _SENDER),
    ("limits", _LIMITS),
    (
        "quantity",
        [
            of_action(
                "quantity",
                "units",
                "to move: the least of these, set by {binding}",
                "LEAST(wanted, spared, paying_units, limit_units)",
            )
        ],
    ),
    ("benefit", _BENEFIT),
    ("alternative", alternative_steps("plans.transfers_plan", LINE)),
]
