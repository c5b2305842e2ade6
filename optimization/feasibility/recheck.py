"""Whether a plan can be carried out, recomputed from the plan and its inputs alone.

Nothing here is shared with the planners: a mistake of theirs must not hide itself. Every function
returns one row a violation: check (its name), keys (of the place at fault), expected, found and
message, all text, sorted; an empty frame is a feasible plan.
"""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from quality_checks.contracts import AllocationRules

COLUMNS = ("check", "keys", "expected", "found", "message")
LANE = ("origin", "destination")
LINE = ("origin", "destination", "sku")
ORDER = ("supplier", "destination", "sku")
CENT = 0.01
ROUNDING = 1e-6
"""Share of a limit, and part of it, that sums of decimals may pass it by."""

_MAY_LACK = {
    **dict.fromkeys(("volume", "receiving_volume", "volume_capacity"), pl.Float64),
    "outbound_capacity": pl.Int64,
    **dict.fromkeys(("style", "colour", "size", "supply_location"), pl.String),
    **dict.fromkeys(("just_launched", "clearance", "closing"), pl.Boolean),
}
"""What a retailer may have nothing of: it is missing, and a flag is not set."""

_VALUED = ("demand_mean", "demand_variance", "underage_cost", "overage_cost")

_DOCKS = (
    ("outbound_capacity", "quantity", "origin"),
    ("receiving_capacity", "quantity", "destination"),
    ("receiving_volume", "litres", "destination"),
)
"""What a place can move in a day: the limit, what it counts, the end of a line that draws on it."""

_Rules = Mapping[str, tuple[pl.Expr, pl.Expr | str, pl.Expr | str]]
"""Check -> when it is broken, what was expected (or a text), what was found (or its column)."""


def allocation_problems(  # noqa: PLR0913  # a plan and all that it must keep
    allocation: pl.DataFrame,
    supply: pl.DataFrame,
    lanes: pl.DataFrame,
    receivers: pl.DataFrame,
    *,
    weekday: int,
    rules: AllocationRules | None = None,
    limits: pl.DataFrame | None = None,
    fences: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What makes an allocation impossible or breaks its limits.

    What the lines take from a DC is not valued anew: that is a matter of what else it supplies.

    Args:
        allocation: the columns of Allocation.
        supply: dc, sku, available (units).
        lanes: the columns of Lanes.
        receivers: sku, location, dc, inventory_position, order_up_to, presentation_min, shelf_max,
            case_pack and receiving_room (units), demand_mean, demand_variance (over the window),
            underage_cost, overage_cost (currency a unit); volume (litres), unit_cost (currency)
            and department where limits ask for them.
        weekday: weekday of shipping, 0 for Monday.
        rules: of policy.
        limits: limit, origin, destination, department, measure, capacity; a missing end matches
            every line.
        fences: dc, sku, location, units that only the location may take.
    """
    rules = rules or AllocationRules()
    pairs = receivers.rename({"location": "destination", "dc": "origin"})
    facts = [
        name
        for name in ("inventory_position", "order_up_to", "presentation_min", "shelf_max",
                     "case_pack", "volume", "unit_cost", "department")
        if name in pairs.columns
    ]  # fmt: skip
    lines = allocation.join(pairs.select(*LINE, *facts), on=list(LINE), how="left")
    known = lines.filter(pl.col("case_pack").is_not_null())
    stock = supply.select("sku", "available", origin="dc")
    return _together(
        _line_problems(lines, LINE),
        _told(lines, LINE, {
            "unknown_receiver": (
                pl.col("case_pack").is_null(), "a pair that this DC supplies", pl.lit("none")
            ),
        }),
        _whole_packs(known, LINE, "case_pack"),
        _beyond(allocation, "dc_supply", "quantity", stock.select("origin", "sku", "available"),
                unknown_is_none=True),
        _lane_problems(
            allocation,
            lanes.with_columns(fixed_cost=0.0) if rules.scheduled_shipments else lanes,
            weekday,
            line_cost=rules.line_cost,
        ),
        _beyond(allocation, "receiving_capacity", "quantity",
                pairs.select("destination", "receiving_room")),
        _level_problems(known, pl.col("case_pack"), least_units=rules.least_line_units),
        _least_sizes(known, rules),
        _misstated(_valued(known, receivers, "destination"), "gained"),
        *([] if limits is None else _limit_problems(known, limits)),
        *([] if fences is None else [_fence_problems(allocation, stock, fences)]),
    )  # fmt: skip


def transfer_problems(  # noqa: PLR0913  # a plan and all that it must keep
    transfers: pl.DataFrame,
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
    min_gain: float,
    least_units: int = 1,
    keep_size_runs: bool = True,
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What makes transfers impossible, or breaks their limits.

    Args:
        transfers: the columns of TransfersPlan.
        pairs: sku, location, inventory_position, available, order_up_to, presentation_min,
            shelf_max, receiving_room (units), demand_mean, demand_variance (over the window),
            underage_cost, overage_cost (currency a unit) and recently_moved; where a retailer has
            them volume (litres), style, colour, size, supply_location, just_launched, clearance
            and closing.
        lanes: the columns of Lanes.
        weekday: weekday of shipping, 0 for Monday.
        min_gain: least gain of a trip, currency.
        least_units: fewest units of a trip.
        keep_size_runs: a location that has every size of a style and colour keeps one of each.
        places: location, outbound_room, handling_room (units), receiving_litres (litres).
    """
    pairs, lanes = _filled(pairs), _filled(lanes)
    lines = _with_litres(transfers, pairs)
    limits = pairs.select(
        "sku", "inventory_position", "order_up_to", "shelf_max", "presentation_min",
        destination="location",
    )  # fmt: skip
    received = (
        lines.group_by("sku", "destination")
        .agg(pl.col("quantity").sum())
        .join(limits, on=["sku", "destination"], how="left")
    )
    valued = _valued(_valued(lines, pairs, "destination"), pairs, "origin")
    return _together(
        _line_problems(lines, LINE),
        _whole_packs(lines.with_columns(one=1), LINE, "one"),
        _sender_problems(lines, pairs),
        _lane_problems(lines, lanes, weekday),
        _beyond(lines, "lane_volume", "litres", lanes.select(*LANE, "volume_capacity")),
        _beyond(lines, "receiving_capacity", "quantity",
                pairs.select("receiving_room", destination="location").select(
                    "destination", "receiving_room")),
        _level_problems(received, pl.lit(1), keys=("sku", "destination")),
        _both_ways(lines, lines),
        _misstated(valued, "gained"),
        _misstated(valued, "lost"),
        _gain_of_trips(valued, lanes, min_gain, least_units),
        _barred(lines, pairs),
        *([_size_runs(lines, pairs)] if keep_size_runs else []),
        *([] if places is None else _place_problems(lines, places)),
    )  # fmt: skip


def joint_problems(
    allocation: pl.DataFrame,
    transfers: pl.DataFrame,
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
) -> pl.DataFrame:
    """Where allocation and transfers of one night promise or use the same twice.

    Args:
        allocation: the columns of Allocation.
        transfers: the columns of TransfersPlan.
        pairs: sku, location and, as they are before either plan, available and receiving_capacity
            (units a day); where a retailer has them outbound_capacity (units a day),
            receiving_volume (litres a day) and volume (litres a unit); a missing capacity is none.
        lanes: the columns of Lanes, as they are before either plan.
    """
    pairs, lanes = _filled(pairs), _filled(lanes)
    lines = _with_litres(
        pl.concat([plan.select(*LINE, "quantity") for plan in (allocation, transfers)]), pairs
    )
    available = pairs.select("sku", "available", origin="location")
    return _together(
        _beyond(lines, "promised_twice", "quantity", available.select("origin", "sku", "available"),
                unknown_is_none=True),
        *(
            _beyond(lines, limit, drawn, pairs.select(pl.col("location").alias(end), limit))
            for limit, drawn, end in _DOCKS
        ),
        _beyond(lines, "lane_capacity", "quantity", lanes.select(*LANE, "capacity")),
        _beyond(lines, "lane_volume", "litres", lanes.select(*LANE, "volume_capacity")),
        _both_ways(transfers, allocation),
    )  # fmt: skip


def purchase_problems(
    purchases: pl.DataFrame, items: pl.DataFrame, *, as_of: dt.date
) -> pl.DataFrame:
    """What a supplier would refuse, and what nobody needs.

    Args:
        purchases: the columns of PurchasePlan.
        items: sku, destination, supplier, status, inventory_position, order_up_to,
            minimum_order_quantity, order_multiple (units), unit_price (currency), lead_time_mean
            (days), valid_from, valid_to.
        as_of: business date; orders go out the day after.
    """
    terms = items.select(
        *ORDER,
        "status",
        "minimum_order_quantity",
        "order_multiple",
        "lead_time_mean",
        "valid_from",
        "valid_to",
        position="inventory_position",
        level="order_up_to",
        terms_price="unit_price",
    )
    lines = purchases.join(terms, on=list(ORDER), how="left")
    known = lines.filter(pl.col("order_multiple").is_not_null())
    order_day = as_of + dt.timedelta(days=1)
    least = pl.max_horizontal(pl.col("level") - pl.col("position"), "minimum_order_quantity")
    most = least + pl.col("order_multiple") - 1
    earliest = pl.lit(order_day) + pl.duration(days=pl.col("lead_time_mean").floor())
    ends = pl.col("valid_to").cast(pl.String).fill_null("no end")
    valid = (pl.col("valid_from") <= order_day) & (pl.col("valid_to") >= order_day).fill_null(
        value=True
    )
    off_price = (pl.col("unit_price") - pl.col("terms_price")).abs() >= CENT
    return _together(
        _line_problems(purchases, ORDER),
        _told(lines, ORDER, {
            "unknown_item": (
                pl.col("order_multiple").is_null(), "an item of this supplier", pl.lit("none")
            ),
        }),
        _whole_packs(known, ORDER, "order_multiple"),
        _told(known, ORDER, {
            "minimum_order_quantity": (
                pl.col("quantity") < pl.col("minimum_order_quantity"),
                pl.format("at least {}", "minimum_order_quantity"), "quantity",
            ),
            "not_needed": (
                pl.col("position") >= pl.col("level"),
                pl.format("a position below {}", "level"), "position",
            ),
            "more_than_needed": (
                pl.col("quantity") > most, pl.format("at most {}", most), "quantity"
            ),
            "status": (pl.col("status") != "active", "active", "status"),
            "terms_not_valid": (
                ~valid, pl.format("{} to {}", "valid_from", ends), pl.lit(str(order_day))
            ),
            "unit_price": (off_price, pl.col("terms_price"), "unit_price"),
            "requested_on": (
                pl.col("requested_on") < earliest,
                pl.format("not before {}", earliest.cast(pl.Date)), "requested_on",
            ),
            "level_of_plan": (
                pl.col("order_up_to") != pl.col("level"), pl.col("level"), "order_up_to"
            ),
            "position_of_plan": (
                pl.col("inventory_position") != pl.col("position"),
                pl.col("position"), "inventory_position",
            ),
        }),
    )  # fmt: skip


MESSAGES = {
    "duplicate": "The line comes more than once.",
    "quantity": "A line must move at least one unit.",
    "whole_packs": "The quantity is not the stated number of whole packs.",
    "unknown_receiver": "The destination does not get this item from this origin.",
    "dc_supply": "More is sent than the DC has available.",
    "lane_not_allowed": "No allowed lane ships on this day.",
    "lane_capacity": "The lane cannot carry as much.",
    "moving_cost": "The lines of a lane do not bear its cost.",
    "receiving_capacity": "The location cannot receive as much today.",
    "shelf_max": "The shelf cannot hold as much.",
    "least_line": "The line is smaller than the least one of policy.",
    "least_shipment": "The shipment is smaller than the least one of policy, and need not go.",
    "shared_limit": "The lines of a limit draw more than it allows.",
    "ring_fence": "Units that are kept for one location go to others.",
    "order_up_to": "The order-up-to level is passed by a whole pack or more.",
    "sender_available": "The sender does not have as many units available.",
    "sender_need": "The sender is left with less than it needs.",
    "recently_moved": "A recently moved item is sent on.",
    "sent_and_received": "A location both sends and receives the item.",
    "min_gain": "The trip gains less than policy asks for.",
    "least_trip": "The trip carries fewer units than policy asks for.",
    "just_launched": "An item is sent on soon after its launch.",
    "closing": "A location that is about to close receives.",
    "supplied_by_allocation": "A DC sends sideways what it allocates.",
    "size_run": "A whole run of sizes is broken.",
    "outbound_capacity": "The location cannot send as much today.",
    "handling_capacity": "The location cannot handle as much today, sent and received.",
    "receiving_volume": "The location cannot receive as many litres today.",
    "lane_volume": "The lane cannot carry as many litres.",
    "stated_value": "The line states another value than its units have.",
    "promised_twice": "Allocation and transfers together send more than is available.",
    "unknown_item": "The supplier does not supply this item there.",
    "minimum_order_quantity": "The order is below the supplier's minimum.",
    "not_needed": "The inventory position has reached its level, or is unknown.",
    "more_than_needed": "The order passes the level by a whole multiple or more.",
    "status": "The item is not replenished.",
    "terms_not_valid": "The supplier's terms do not hold on the order day.",
    "unit_price": "The price is not the supplier's.",
    "requested_on": "The order is asked for sooner than the lead time allows.",
    "level_of_plan": "The plan states another level than its input.",
    "position_of_plan": "The plan states another position than its input.",
}
"""Check -> what it found wrong, in words."""


def _told(rows: pl.DataFrame, keys: tuple[str, ...], rules: _Rules) -> pl.DataFrame:
    """Rows where a rule is broken or cannot be told, in COLUMNS."""
    named = [pl.format(f"{key} {{}}", pl.col(key).cast(pl.String).fill_null("?")) for key in keys]
    return pl.concat(
        rows.filter(broken.fill_null(value=True)).select(
            check=pl.lit(check),
            keys=pl.concat_str(named, separator=", "),
            expected=pl.lit(expected) if isinstance(expected, str) else _text(expected),
            found=_text(pl.col(found) if isinstance(found, str) else found),
            message=pl.lit(MESSAGES[check]),
        )
        for check, (broken, expected, found) in rules.items()
    )


def _text(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).fill_null("unknown")


def _together(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames).sort(COLUMNS)


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with every column of `_MAY_LACK`."""
    absent = {name: dtype for name, dtype in _MAY_LACK.items() if name not in frame.columns}
    return frame.with_columns(
        pl.lit(False if dtype == pl.Boolean else None, dtype).alias(name)
        for name, dtype in absent.items()
    )


def _with_litres(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lines with litres; an item of unknown volume draws none."""
    volumes = pairs.group_by("sku").agg(pl.col("volume").first())
    return lines.join(volumes, on="sku", how="left").with_columns(
        litres=pl.col("quantity") * pl.col("volume").fill_null(0.0)
    )


def _beyond(
    lines: pl.DataFrame,
    check: str,
    drawn: str,
    rooms: pl.DataFrame,
    *,
    unknown_is_none: bool = False,
) -> pl.DataFrame:
    """Sums of lines that pass a limit.

    Args:
        lines: with the keys of `rooms`.
        check: name of the check.
        drawn: column of `lines` that is summed.
        rooms: keys, and as last column what the sum may reach; rows of one key agree.
        unknown_is_none: a missing limit is unknown stock, which can promise nothing; else it
            limits nothing.
    """
    *keys, room = rooms.columns
    limits = rooms.group_by(keys).agg(pl.col(room).min())
    sums = lines.group_by(keys).agg(pl.col(drawn).sum()).join(limits, on=keys, how="left")
    slack = ROUNDING * (1 + pl.col(room)) if rooms.schema[room].is_float() else 0
    return _told(
        sums if unknown_is_none else sums.filter(pl.col(room).is_not_null()),
        tuple(keys),
        {check: (pl.col(drawn) > pl.col(room) + slack, pl.format("at most {}", room), drawn)},
    )


def _line_problems(lines: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    times = lines.group_by(keys).len("times")
    return _together(
        _told(times, keys, {"duplicate": (pl.col("times") > 1, "1", "times")}),
        _told(lines, keys, {"quantity": (pl.col("quantity") < 1, "at least 1", "quantity")}),
    )


def _whole_packs(lines: pl.DataFrame, keys: tuple[str, ...], pack: str) -> pl.DataFrame:
    whole = pl.col("packs") * pl.col(pack)
    expected = pl.format("{} packs of {}", "packs", pack)
    rule = (whole != pl.col("quantity"), expected, "quantity")
    return _told(lines, keys, {"whole_packs": rule})


def _lane_problems(
    lines: pl.DataFrame, lanes: pl.DataFrame, weekday: int, *, line_cost: float = 0.0
) -> pl.DataFrame:
    ships = pl.col("order_weekdays").str.split("").list.get(weekday) == "1"
    used = (
        lines.group_by(LANE)
        .agg(pl.col("quantity", "moving_cost").sum(), pl.len().alias("lines"))
        .join(lanes.with_columns(ships=ships), on=list(LANE), how="left")
    )
    usable = pl.col("allowed") & pl.col("ships") & (pl.col("origin") != pl.col("destination"))
    how = pl.format("allowed {}, ships {}", _text(pl.col("allowed")), _text(pl.col("ships")))
    cost = pl.col("fixed_cost") + pl.col("unit_cost") * pl.col("quantity")
    cost += line_cost * pl.col("lines")
    dear = (pl.col("moving_cost") - cost).abs() > CENT
    return _together(
        _told(used, LANE, {"lane_not_allowed": (~usable, "an allowed lane that ships", how)}),
        _beyond(lines, "lane_capacity", "quantity", lanes.select(*LANE, "capacity")),
        _told(used.filter(pl.col("allowed").is_not_null()), LANE, {
            "moving_cost": (dear, cost.round(2), pl.col("moving_cost").round(2)),
        }),
    )  # fmt: skip


def _level_problems(
    lines: pl.DataFrame, pack: pl.Expr, keys: tuple[str, ...] = LINE, *, least_units: int = 1
) -> pl.DataFrame:
    after = pl.col("inventory_position") + pl.col("quantity")
    # A minimum that must be served may raise a line to the least size.
    raised = pl.lit(value=False)
    if least_units > 1:
        below = pl.col("inventory_position") < pl.col("presentation_min")
        raised = below & (pl.col("quantity") < least_units + pack)
    level = pl.col("order_up_to") + pack
    too_high = (after > pl.col("shelf_max"), pl.format("at most {}", "shelf_max"), after)
    return _together(
        _told(lines.filter(pl.col("shelf_max").is_not_null()), keys, {"shelf_max": too_high}),
        _told(lines, keys, {
            "order_up_to": ((after >= level) & ~raised, pl.format("less than {}", level), after),
        }),
    )  # fmt: skip


def _least_sizes(lines: pl.DataFrame, rules: AllocationRules) -> pl.DataFrame:
    """Lines below the least line, and shipments below the least one that serve no minimum."""
    serves = (pl.col("inventory_position") < pl.col("presentation_min")).any()
    shipments = lines.group_by(LANE).agg(pl.col("quantity").sum(), serves=serves)
    line, shipment = rules.least_line_units, rules.least_shipment_units
    small = pl.col("quantity").is_between(1, line - 1)
    needless = (pl.col("quantity") < shipment) & ~pl.col("serves")
    return _together(
        _told(lines, LINE, {"least_line": (small, f"at least {line}", "quantity")}),
        _told(shipments, LANE, {"least_shipment": (needless, f"at least {shipment}", "quantity")}),
    )


def _limit_problems(lines: pl.DataFrame, limits: pl.DataFrame) -> list[pl.DataFrame]:
    """Limits whose matching lines draw more than they allow, one by one."""
    draws = {
        "units": pl.col("quantity"),
        "litres": pl.col("quantity") * pl.col("volume"),
        "currency": pl.col("quantity") * pl.col("unit_cost"),
        "lines": pl.lit(1.0),
    }
    found = []
    ends = ("origin", "destination", "department")
    for (limit, measure), rows in limits.group_by("limit", "measure", maintain_order=True):
        keys = [end for end in ends if rows[end].is_not_null().all()]
        drawn = lines.with_columns(limit=pl.lit(limit), drawn=draws[str(measure)].cast(pl.Float64))
        found.append(
            _beyond(drawn, "shared_limit", "drawn", rows.select("limit", *keys, "capacity"))
        )
    return found  # fmt: skip


def _fence_problems(
    allocation: pl.DataFrame, stock: pl.DataFrame, fences: pl.DataFrame
) -> pl.DataFrame:
    """Items of which others take units that are kept for a location.

    What a location is kept and does not take stays, as far as the DC has it.
    """
    kept_for = fences.rename({"dc": "origin", "location": "destination"})
    kept = (
        kept_for.join(allocation.select(*LINE, "quantity"), on=list(LINE), how="left")
        .group_by("origin", "sku")
        .agg(kept=(pl.col("units") - pl.col("quantity").fill_null(0)).clip(lower_bound=0).sum())
    )
    sums = (
        allocation.join(kept_for, on=list(LINE), how="anti")
        .select("origin", "sku")
        .unique()
        .join(allocation.group_by("origin", "sku").agg(pl.col("quantity").sum()),
              on=["origin", "sku"])
        .join(kept, on=["origin", "sku"])
        .join(stock, on=["origin", "sku"], how="left")
    )  # fmt: skip
    free = pl.max_horizontal(pl.col("available") - pl.col("kept"), 0)
    expected = pl.format("{} kept of {}", "kept", "available")
    rule = (pl.col("quantity") > free, expected, "quantity")
    return _told(sums, ("origin", "sku"), {"ring_fence": rule})


def _sender_problems(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs that send more than they have or need not keep, or that may not send."""
    keys = ("origin", "sku")
    stock = pairs.rename({"location": "origin"})
    sums = (
        transfers.group_by(keys)
        .agg(pl.col("quantity").sum())
        .join(stock, on=list(keys), how="left")
    )  # fmt: skip
    wanted = pl.col("presentation_min") + pl.col("demand_mean").ceil()
    need = pl.when(wanted < pl.col("order_up_to")).then(wanted).otherwise("order_up_to")
    need = pl.when(pl.col("clearance") | pl.col("closing")).then(0).otherwise(need)
    on_shelf = pl.col("available") - pl.col("quantity")
    in_all = pl.col("inventory_position") - pl.col("quantity")
    return _together(
        _beyond(transfers, "sender_available", "quantity", stock.select(*keys, "available"),
                unknown_is_none=True),
        _told(sums, keys, {
            "sender_need": (
                (on_shelf < need) | (in_all < need),
                pl.format("at least {} kept", need),
                pl.format("{} available, position {}", on_shelf, in_all),
            ),
            "recently_moved": (pl.col("recently_moved"), "0", "quantity"),
            "just_launched": (pl.col("just_launched"), "0", "quantity"),
        }),
    )  # fmt: skip


def _barred(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lines to a location that closes, and from the DC that supplies the receiver."""
    ends = pairs.select("sku", "closing", "supply_location", destination="location")
    lines = transfers.join(ends, on=["sku", "destination"], how="left")
    supplied = (pl.col("supply_location") == pl.col("origin")).fill_null(value=False)
    return _told(lines, LINE, {
        "closing": (pl.col("closing"), "0", "quantity"),
        "supplied_by_allocation": (supplied, "0", "quantity"),
    })  # fmt: skip


def _size_runs(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Sizes that are gone where every size of their style and colour was there."""
    sent = transfers.group_by("sku", location="origin").agg(pl.col("quantity").sum())
    run = ["location", "style", "colour"]
    sizes = pairs.filter(pl.col("size").is_not_null(), ~pl.col("closing"))
    whole = sizes.group_by(run).agg(
        least=pl.col("available").fill_null(0).min(), sizes=pl.col("size").n_unique()
    )
    kept = sizes.join(
        whole.filter(pl.col("least") > 0, pl.col("sizes") > 1), on=run, nulls_equal=True
    ).join(sent, on=["sku", "location"])
    left = pl.col("available") - pl.col("quantity")
    return _told(kept, ("location", "sku"), {"size_run": (left < 1, "at least 1 kept", left)})


def _place_problems(lines: pl.DataFrame, places: pl.DataFrame) -> list[pl.DataFrame]:
    """Places that send, handle or take in more than they can."""
    ends = {end: lines.rename({end: "location"}) for end in LANE}
    both = pl.concat([frame.select("location", "quantity") for frame in ends.values()])
    return [
        _beyond(moved, check, drawn, places.select("location", room))
        for check, moved, drawn, room in (
            ("outbound_capacity", ends["origin"], "quantity", "outbound_room"),
            ("handling_capacity", both, "quantity", "handling_room"),
            ("receiving_volume", ends["destination"], "litres", "receiving_litres"),
        )
    ]


def _both_ways(outgoing: pl.DataFrame, incoming: pl.DataFrame) -> pl.DataFrame:
    sent = outgoing.select("sku", location="origin").unique()
    received = incoming.select("sku", location="destination").unique()
    rule = (pl.lit(value=True), "one of the two", pl.lit("both"))
    return _told(
        sent.join(received, on=["sku", "location"]),
        ("location", "sku"),
        {"sent_and_received": rule},
    )


def _valued(lines: pl.DataFrame, pairs: pl.DataFrame, end: str) -> pl.DataFrame:
    """Lines with gained or lost: what their units are worth to the pair at that end, currency.

    The k-th unit of a pair is worth underage P(D >= k) - overage P(D < k). What the pair gains or
    loses in all is shared by its units, whatever line they are on.
    """
    gains = end == "destination"
    name, keys = ("gained" if gains else "lost"), ["sku", end]
    last = pl.col("inventory_position") + (pl.col("moved") if gains else 0)
    owners = pairs.select("sku", pl.col("location").alias(end), "inventory_position", *_VALUED)
    units = (
        lines.group_by(keys)
        .agg(moved=pl.col("quantity").sum())
        .join(owners, on=keys)
        .filter(pl.col("moved") > 0, pl.col("inventory_position").is_not_null())
        .with_columns(unit=pl.int_ranges(last - pl.col("moved") + 1, last + 1))
        .explode("unit")
    )
    of_demand = (units[column].to_numpy() for column in (*_VALUED[:2], "unit"))
    sold = pl.lit(pl.Series(_chance_of_sale(*of_demand)))
    worth = (pl.col("underage_cost") + pl.col("overage_cost")) * sold - pl.col("overage_cost")
    each = units.select(*keys, each=worth).group_by(keys).agg(pl.col("each").mean())
    return (
        lines.join(each, on=keys, how="left")
        .with_columns((pl.col("each") * pl.col("quantity")).alias(name))
        .drop("each")
    )


def _chance_of_sale(
    mean: npt.NDArray[np.float64], variance: npt.NDArray[np.float64], unit: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """P(D >= unit): negative binomial where the variance exceeds the mean, else Poisson."""
    chance = np.asarray(stats.poisson.sf(unit - 1, mean), dtype=np.float64)
    wide = (mean > 0) & (variance > mean)
    m, v = mean[wide], variance[wide]
    chance[wide] = stats.nbinom.sf(unit[wide] - 1, m**2 / (v - m), m / v)
    return chance


def _misstated(lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """Lines of any units that state another value than these have."""
    stated, worth = pl.col(f"value_{name}"), pl.col(name)
    rule = (
        (stated - worth).abs() > CENT,
        pl.format(f"{name} {{}}", worth.round(2)),
        stated.round(2),
    )
    return _told(lines.filter(pl.col("quantity") > 0), LINE, {"stated_value": rule})


def _gain_of_trips(
    lines: pl.DataFrame, lanes: pl.DataFrame, min_gain: float, least_units: int
) -> pl.DataFrame:
    """Trips that gain or carry too little, whatever their lines state."""
    gain = pl.col("gained") - pl.col("lost") - pl.col("fixed_cost")
    gain -= pl.col("unit_cost") * pl.col("quantity")
    trips = (
        lines.group_by(LANE)
        .agg(pl.col("quantity", "gained", "lost").sum())
        .join(lanes, on=list(LANE))
        .with_columns(gain=gain)
    )
    small = pl.col("quantity").is_between(1, least_units - 1)
    poor, expected = pl.col("gain") < min_gain - CENT, f"at least {min_gain:.2f}"
    return _told(trips, LANE, {
        "min_gain": (poor, expected, pl.col("gain").round(2)),
        "least_trip": (small, f"at least {least_units}", "quantity"),
    })  # fmt: skip
