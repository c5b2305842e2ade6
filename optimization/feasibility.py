"""Whether a plan can be carried out, recomputed from the plan and its inputs alone.

Nothing here is shared with the planners: a mistake of theirs must not hide itself. Every function
returns one row a violation: check (its name), keys (of the place at fault), expected, found and
message, all text, sorted; an empty frame is a feasible plan.
"""

import datetime as dt

import polars as pl

from optimization.allocation_rules import AllocationRules

COLUMNS = ("check", "keys", "expected", "found", "message")
LANE = ("origin", "destination")
LINE = ("origin", "destination", "sku")
ORDER = ("supplier", "destination", "sku")
CENT = 0.01
ROUNDING = 1e-6
"""Share of a limit that sums of decimals may pass it by."""


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

    Args:
        allocation: the columns of Allocation.
        supply: dc, sku, available (units).
        lanes: the columns of Lanes.
        receivers: sku, location, dc, inventory_position, order_up_to, presentation_min, shelf_max,
            case_pack and receiving_room (units); volume (litres), unit_cost (currency) and
            department where limits ask for them.
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
    stock = supply.rename({"dc": "origin"}).select("origin", "sku", "available")
    return _together(
        _line_problems(lines, LINE),
        _violations(
            lines,
            "unknown_receiver",
            LINE,
            broken=pl.col("case_pack").is_null(),
            expected=pl.lit("a pair that this DC supplies"),
            found=pl.lit("none"),
        ),
        _whole_packs(known, LINE, "case_pack"),
        _over(_sums(allocation, stock, ("origin", "sku")), "dc_supply", "available"),
        *_lane_problems(
            allocation,
            lanes.with_columns(fixed_cost=0.0) if rules.scheduled_shipments else lanes,
            weekday,
            line_cost=rules.line_cost,
        ),
        _receiving(allocation, pairs),
        *_level_problems(known, pl.col("case_pack"), least_units=rules.least_line_units),
        *_least_sizes(known, rules),
        *([] if limits is None else _limit_problems(known, limits)),
        *([] if fences is None else [_fence_problems(allocation, stock, fences)]),
    )


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
            shelf_max, receiving_room (units), demand_mean (units over the window) and
            recently_moved; where a retailer has them volume (litres), style, colour, size,
            supply_location, just_launched, clearance and closing.
        lanes: the columns of Lanes.
        weekday: weekday of shipping, 0 for Monday.
        min_gain: least gain of a trip, currency.
        least_units: fewest units of a trip.
        keep_size_runs: a location that has every size of a style and colour keeps one of each.
        places: location, outbound_room, handling_room (units), receiving_litres (litres).
    """
    pairs = pairs.with_columns(
        value for name, value in _UNLESS_STATED.items() if name not in pairs.columns
    )
    receivers = pairs.rename({"location": "destination"})
    limits = receivers.select(
        "sku", "destination", "inventory_position", "order_up_to", "shelf_max", "presentation_min"
    )
    received = (
        transfers.group_by("sku", "destination")
        .agg(pl.col("quantity").sum())
        .join(limits, on=["sku", "destination"], how="left")
    )
    return _together(
        _line_problems(transfers, LINE),
        _whole_packs(transfers.with_columns(one=1), LINE, "one"),
        *_sender_problems(transfers, pairs),
        *_lane_problems(transfers, lanes, weekday),
        _receiving(transfers, receivers),
        *_level_problems(received, pl.lit(1), keys=("sku", "destination")),
        _both_ways(transfers, transfers),
        _gain_of_trips(transfers, lanes, min_gain, least_units),
        _barred(transfers, pairs),
        *([_size_runs(transfers, pairs)] if keep_size_runs else []),
        *_place_problems(transfers, pairs, lanes, places),
    )


_UNLESS_STATED = {
    "volume": pl.lit(None, pl.Float64).alias("volume"),
    **{
        name: pl.lit(None, pl.String).alias(name)
        for name in ("style", "colour", "size", "supply_location")
    },
    **{name: pl.lit(value=False).alias(name) for name in ("just_launched", "clearance", "closing")},
}
"""What a retailer may have nothing of."""


def joint_problems(
    allocation: pl.DataFrame,
    transfers: pl.DataFrame,
    stock: pl.DataFrame,
    receiving: pl.DataFrame,
) -> pl.DataFrame:
    """Where allocation and transfers of one night promise the same twice.

    Args:
        allocation: the columns of Allocation.
        transfers: the columns of TransfersPlan.
        stock: sku, location, available (units before either plan).
        receiving: location, receiving_room (units before either plan; missing for no limit).
    """
    movements = pl.concat(
        [plan.select(*LINE, "quantity") for plan in (allocation, transfers)], how="vertical"
    )
    available = stock.select("sku", pl.col("location").alias("origin"), "available")
    return _together(
        _over(_sums(movements, available, ("origin", "sku")), "promised_twice", "available"),
        _receiving(movements, receiving.rename({"location": "destination"})),
        _both_ways(transfers, allocation),
    )


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
        pl.col("inventory_position").alias("position"),
        pl.col("order_up_to").alias("level"),
        "minimum_order_quantity",
        "order_multiple",
        pl.col("unit_price").alias("terms_price"),
        "lead_time_mean",
        "valid_from",
        "valid_to",
    )
    lines = purchases.join(terms, on=list(ORDER), how="left")
    known = lines.filter(pl.col("order_multiple").is_not_null())
    order_day = as_of + dt.timedelta(days=1)
    least = pl.max_horizontal(pl.col("level") - pl.col("position"), "minimum_order_quantity")
    most = least + pl.col("order_multiple") - 1
    earliest = pl.lit(order_day) + pl.duration(days=pl.col("lead_time_mean").floor())
    valid = (pl.col("valid_from") <= order_day) & (pl.col("valid_to") >= order_day).fill_null(
        value=True
    )
    rules = [
        ("minimum_order_quantity", pl.col("quantity") >= pl.col("minimum_order_quantity"),
         pl.format("at least {}", "minimum_order_quantity"), pl.col("quantity")),
        ("not_needed", pl.col("position") < pl.col("level"),
         pl.format("a position below {}", "level"), pl.col("position")),
        ("more_than_needed", pl.col("quantity") <= most,
         pl.format("at most {}", most), pl.col("quantity")),
        ("status", pl.col("status") == "active", pl.lit("active"), pl.col("status")),
        ("terms_not_valid", valid, pl.format("{} to {}", "valid_from",
         pl.col("valid_to").cast(pl.String).fill_null("no end")), pl.lit(str(order_day))),
        ("unit_price", (pl.col("unit_price") - pl.col("terms_price")).abs() < CENT,
         pl.col("terms_price"), pl.col("unit_price")),
        ("requested_on", pl.col("requested_on") >= earliest,
         pl.format("not before {}", earliest.cast(pl.Date)), pl.col("requested_on")),
        ("level_of_plan", pl.col("order_up_to") == pl.col("level"),
         pl.col("level"), pl.col("order_up_to")),
        ("position_of_plan", pl.col("inventory_position") == pl.col("position"),
         pl.col("position"), pl.col("inventory_position")),
    ]  # fmt: skip
    return _together(
        _line_problems(purchases, ORDER),
        _violations(
            lines,
            "unknown_item",
            ORDER,
            broken=pl.col("order_multiple").is_null(),
            expected=pl.lit("an item of this supplier"),
            found=pl.lit("none"),
        ),
        _whole_packs(known, ORDER, "order_multiple"),
        *(
            _violations(known, check, ORDER, broken=~holds, expected=expected, found=found)
            for check, holds, expected, found in rules
        ),
    )


def _least_sizes(lines: pl.DataFrame, rules: AllocationRules) -> tuple[pl.DataFrame, ...]:
    """Lines below the least line, and shipments below the least one that serve no minimum."""
    serves = (pl.col("inventory_position") < pl.col("presentation_min")).any()
    shipments = lines.group_by(LANE).agg(pl.col("quantity").sum(), serves=serves)
    return (
        _violations(
            lines,
            "least_line",
            LINE,
            broken=pl.col("quantity").is_between(1, rules.least_line_units - 1),
            expected=pl.lit(f"at least {rules.least_line_units}"),
            found=pl.col("quantity"),
        ),
        _violations(
            shipments,
            "least_shipment",
            LANE,
            broken=(pl.col("quantity") < rules.least_shipment_units) & ~pl.col("serves"),
            expected=pl.lit(f"at least {rules.least_shipment_units}"),
            found=pl.col("quantity"),
        ),
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
    for shape, rows in limits.group_by("limit", "measure", maintain_order=True):
        keys = [end for end in ends if rows[end].is_not_null().all()]
        drawn = lines.with_columns(limit=pl.lit(shape[0])).group_by("limit", *keys)
        measure = draws[str(shape[1])].cast(pl.Float64)
        used = rows.join(drawn.agg(drawn=measure.sum()), on=["limit", *keys])
        slack = pl.col("capacity") * (1 + ROUNDING)
        found.append(
            _violations(
                used.filter(pl.col("capacity").is_not_null()),
                "shared_limit",
                ("limit", *keys),
                broken=pl.col("drawn") > slack,
                expected=pl.format("at most {}", "capacity"),
                found=pl.col("drawn"),
            )
        )
    return found


def _fence_problems(
    allocation: pl.DataFrame, stock: pl.DataFrame, fences: pl.DataFrame
) -> pl.DataFrame:
    """Items of which others take units that are kept for a location.

    What a location is kept and does not take stays, as far as the DC has it.
    """
    taken = allocation.select(
        "sku", pl.col("origin").alias("dc"), pl.col("destination").alias("location"), "quantity"
    )
    kept = (
        fences.join(taken, on=["dc", "sku", "location"], how="left")
        .group_by("sku", origin="dc")
        .agg(kept=(pl.col("units") - pl.col("quantity").fill_null(0)).clip(lower_bound=0).sum())
    )
    sent = allocation.group_by("origin", "sku").agg(pl.col("quantity").sum())
    fenced = fences.select("sku", "location", origin="dc")
    outside = (
        allocation.rename({"destination": "location"})
        .join(fenced, on=["origin", "sku", "location"], how="anti")
        .group_by("origin", "sku")
        .agg(outside=pl.col("quantity").sum())
    )
    sums = (
        sent.join(kept, on=["origin", "sku"])
        .join(outside, on=["origin", "sku"])
        .join(stock, on=["origin", "sku"], how="left")
    )
    return _violations(
        sums,
        "ring_fence",
        ("origin", "sku"),
        broken=pl.col("quantity") > pl.max_horizontal(pl.col("available") - pl.col("kept"), 0),
        expected=pl.format("{} kept of {}", "kept", "available"),
        found=pl.col("quantity"),
    )


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


def _violations(  # noqa: PLR0913  # one violation is told in six words
    rows: pl.DataFrame,
    check: str,
    keys: tuple[str, ...],
    *,
    broken: pl.Expr,
    expected: pl.Expr,
    found: pl.Expr,
) -> pl.DataFrame:
    """Rows where `broken` is true or cannot be told, in COLUMNS."""
    named = [pl.format(f"{key} {{}}", pl.col(key).cast(pl.String).fill_null("?")) for key in keys]
    return rows.filter(broken.fill_null(value=True)).select(
        check=pl.lit(check),
        keys=pl.concat_str(named, separator=", "),
        expected=expected.cast(pl.String).fill_null("unknown"),
        found=found.cast(pl.String).fill_null("unknown"),
        message=pl.lit(MESSAGES[check]),
    )


def _together(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames, how="vertical").sort(COLUMNS)


def _line_problems(lines: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    times = lines.group_by(keys).len("times")
    return _together(
        _violations(
            times,
            "duplicate",
            keys,
            broken=pl.col("times") > 1,
            expected=pl.lit("1"),
            found=pl.col("times"),
        ),
        _violations(
            lines,
            "quantity",
            keys,
            broken=pl.col("quantity") < 1,
            expected=pl.lit("at least 1"),
            found=pl.col("quantity"),
        ),
    )


def _whole_packs(lines: pl.DataFrame, keys: tuple[str, ...], pack: str) -> pl.DataFrame:
    return _violations(
        lines,
        "whole_packs",
        keys,
        broken=pl.col("packs") * pl.col(pack) != pl.col("quantity"),
        expected=pl.format("{} packs of {}", "packs", pl.col(pack)),
        found=pl.col("quantity"),
    )


def _sums(lines: pl.DataFrame, limits: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Units by `keys` beside the limits of the same keys: keys first, then quantity and limit."""
    summed = lines.group_by(keys).agg(pl.col("quantity").sum())
    return summed.join(limits, on=list(keys), how="left")


def _over(sums: pl.DataFrame, check: str, limit: str) -> pl.DataFrame:
    """Sums above `limit`; a missing limit is unknown stock, which can promise nothing."""
    keys = tuple(name for name in sums.columns if name not in {"quantity", limit})
    return _violations(
        sums,
        check,
        keys,
        broken=pl.col("quantity") > pl.col(limit),
        expected=pl.format("at most {}", pl.col(limit)),
        found=pl.col("quantity"),
    )


def _lane_problems(
    lines: pl.DataFrame, lanes: pl.DataFrame, weekday: int, *, line_cost: float = 0.0
) -> tuple[pl.DataFrame, ...]:
    ships = pl.col("order_weekdays").str.split("").list.get(weekday) == "1"
    used = (
        lines.group_by(LANE)
        .agg(pl.col("quantity", "moving_cost").sum(), pl.len().alias("lines"))
        .join(lanes.with_columns(ships=ships), on=list(LANE), how="left")
    )
    usable = pl.col("allowed") & pl.col("ships") & (pl.col("origin") != pl.col("destination"))
    cost = pl.col("fixed_cost") + pl.col("unit_cost") * pl.col("quantity")
    cost += line_cost * pl.col("lines")
    known = used.filter(pl.col("allowed").is_not_null())
    return (
        _violations(
            used,
            "lane_not_allowed",
            LANE,
            broken=~usable,
            expected=pl.lit("an allowed lane that ships"),
            found=pl.format(
                "allowed {}, ships {}",
                pl.col("allowed").cast(pl.String).fill_null("unknown"),
                pl.col("ships").cast(pl.String).fill_null("unknown"),
            ),
        ),
        _over(
            used.filter(pl.col("capacity").is_not_null()).select(*LANE, "quantity", "capacity"),
            "lane_capacity",
            "capacity",
        ),
        _violations(
            known,
            "moving_cost",
            LANE,
            broken=(pl.col("moving_cost") - cost).abs() > CENT,
            expected=cost.round(2),
            found=pl.col("moving_cost").round(2),
        ),
    )


def _receiving(lines: pl.DataFrame, receivers: pl.DataFrame) -> pl.DataFrame:
    rooms = receivers.group_by("destination").agg(pl.col("receiving_room").min())
    sums = _sums(lines, rooms, ("destination",))
    limited = sums.filter(pl.col("receiving_room").is_not_null())
    return _over(limited, "receiving_capacity", "receiving_room")


def _level_problems(
    lines: pl.DataFrame, pack: pl.Expr, keys: tuple[str, ...] = LINE, *, least_units: int = 1
) -> tuple[pl.DataFrame, ...]:
    after = pl.col("inventory_position") + pl.col("quantity")
    # A minimum that must be served may raise a line to the least size.
    raised = pl.lit(value=False)
    if least_units > 1:
        below = pl.col("inventory_position") < pl.col("presentation_min")
        raised = below & (pl.col("quantity") < least_units + pack)
    return (
        _violations(
            lines.filter(pl.col("shelf_max").is_not_null()),
            "shelf_max",
            keys,
            broken=after > pl.col("shelf_max"),
            expected=pl.format("at most {}", "shelf_max"),
            found=after,
        ),
        _violations(
            lines,
            "order_up_to",
            keys,
            broken=(after >= pl.col("order_up_to") + pack) & ~raised,
            expected=pl.format("less than {}", pl.col("order_up_to") + pack),
            found=after,
        ),
    )


def _sender_problems(transfers: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    keys = ("origin", "sku")
    sums = _sums(transfers, pairs.rename({"location": "origin"}), keys)
    wanted = pl.col("presentation_min") + pl.col("demand_mean").ceil()
    need = pl.when(wanted < pl.col("order_up_to")).then(wanted).otherwise("order_up_to")
    need = pl.when(pl.col("clearance") | pl.col("closing")).then(0).otherwise(need)
    on_shelf = pl.col("available") - pl.col("quantity")
    in_all = pl.col("inventory_position") - pl.col("quantity")
    return (
        _over(sums.select(*keys, "quantity", "available"), "sender_available", "available"),
        _violations(
            sums,
            "sender_need",
            keys,
            broken=(on_shelf < need) | (in_all < need),
            expected=pl.format("at least {} kept", need),
            found=pl.format("{} available, position {}", on_shelf, in_all),
        ),
        _violations(
            sums,
            "recently_moved",
            keys,
            broken=pl.col("recently_moved"),
            expected=pl.lit("0"),
            found=pl.col("quantity"),
        ),
        _violations(
            sums,
            "just_launched",
            keys,
            broken=pl.col("just_launched"),
            expected=pl.lit("0"),
            found=pl.col("quantity"),
        ),
    )


def _barred(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lines to a location that closes, and from the DC that supplies the receiver."""
    ends = pairs.select("sku", "closing", "supply_location", destination="location")
    lines = transfers.join(ends, on=["sku", "destination"], how="left")
    return _together(
        _violations(
            lines,
            "closing",
            LINE,
            broken=pl.col("closing"),
            expected=pl.lit("0"),
            found=pl.col("quantity"),
        ),
        _violations(
            lines,
            "supplied_by_allocation",
            LINE,
            broken=(pl.col("supply_location") == pl.col("origin")).fill_null(value=False),
            expected=pl.lit("0"),
            found=pl.col("quantity"),
        ),
    )


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
    return _violations(
        kept,
        "size_run",
        ("location", "sku"),
        broken=pl.col("available") - pl.col("quantity") < 1,
        expected=pl.lit("at least 1 kept"),
        found=pl.col("available") - pl.col("quantity"),
    )


def _place_problems(
    transfers: pl.DataFrame, pairs: pl.DataFrame, lanes: pl.DataFrame, places: pl.DataFrame | None
) -> list[pl.DataFrame]:
    """Places that send, handle or take in more than they can, and lanes with more litres."""
    volumes = pairs.group_by("sku").agg(pl.col("volume").first())
    lines = transfers.join(volumes, on="sku", how="left").with_columns(
        litres=pl.col("quantity") * pl.col("volume").fill_null(0.0)
    )
    found = []
    if "volume_capacity" in lanes.columns:
        loads = lines.group_by(LANE).agg(pl.col("litres").sum()).join(lanes, on=list(LANE))
        found.append(_too_much(loads, "lane_volume", LANE, "litres", "volume_capacity"))
    if places is None:
        return found
    ends = {end: lines.rename({end: "location"}) for end in LANE}
    both = pl.concat([frame.select("location", "quantity") for frame in ends.values()])
    for check, moved, drawn, room in (
        ("outbound_capacity", ends["origin"], "quantity", "outbound_room"),
        ("handling_capacity", both, "quantity", "handling_room"),
        ("receiving_volume", ends["destination"], "litres", "receiving_litres"),
    ):
        sums = moved.group_by("location").agg(pl.col(drawn).sum()).join(places, on="location")
        found.append(_too_much(sums, check, ("location",), drawn, room))
    return found


def _too_much(
    sums: pl.DataFrame, check: str, keys: tuple[str, ...], drawn: str, room: str
) -> pl.DataFrame:
    return _violations(
        sums.filter(pl.col(room).is_not_null()),
        check,
        keys,
        broken=pl.col(drawn) > pl.col(room) * (1 + ROUNDING) + ROUNDING,
        expected=pl.format("at most {}", pl.col(room)),
        found=pl.col(drawn),
    )


def _both_ways(outgoing: pl.DataFrame, incoming: pl.DataFrame) -> pl.DataFrame:
    sent = outgoing.select("sku", pl.col("origin").alias("location")).unique()
    received = incoming.select("sku", pl.col("destination").alias("location")).unique()
    return _violations(
        sent.join(received, on=["sku", "location"]),
        "sent_and_received",
        ("location", "sku"),
        broken=pl.lit(value=True),
        expected=pl.lit("one of the two"),
        found=pl.lit("both"),
    )


def _gain_of_trips(
    transfers: pl.DataFrame, lanes: pl.DataFrame, min_gain: float, least_units: int
) -> pl.DataFrame:
    trips = (
        transfers.group_by(LANE)
        .agg(pl.col("quantity", "value_gained", "value_lost").sum())
        .join(lanes, on=list(LANE))
        .with_columns(
            gain=pl.col("value_gained")
            - pl.col("value_lost")
            - pl.col("fixed_cost")
            - pl.col("unit_cost") * pl.col("quantity")
        )
    )
    return _together(
        _violations(
            trips,
            "min_gain",
            LANE,
            broken=pl.col("gain") < min_gain - CENT,
            expected=pl.lit(f"at least {min_gain:.2f}"),
            found=pl.col("gain").round(2),
        ),
        _violations(
            trips,
            "least_trip",
            LANE,
            broken=pl.col("quantity").is_between(1, least_units - 1),
            expected=pl.lit(f"at least {least_units}"),
            found=pl.col("quantity"),
        ),
    )
