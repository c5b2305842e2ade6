"""Whether a unit less, a unit more or no line at all would have been worth more in the transfers.

Weighed are the lines of trips that run, and items that such a trip could carry besides. All other
lines stay as they are, with one exception: where an end of a line can move no more of the item,
another line of that end may give up its last unit. What that loses is the shadow price of the end.
Whether trips run at all is a matter of their least gain.
"""

from typing import NamedTuple

import polars as pl

from optimization.feasibility.findings import CENT, LANE, LINE, ROUNDING, collect, report
from optimization.feasibility.shared_rules import most_covered
from optimization.feasibility.worth import VALUED, add_unit_worth
from quality_checks.contracts import LineRules

_MOST = 2**31
"""Stands for no limit."""


class GivenMoves(NamedTuple):
    """What transfers were made from.

    Attributes:
        pairs: frame `movers`, with need, the units that a pair keeps, and run_kept, whether one of
            them is the last of its size.
        lanes: frame `lanes_left`, those that ship on the day.
        places: frame `places`.
    """

    pairs: pl.DataFrame
    lanes: pl.DataFrame
    places: pl.DataFrame


def find_better_units(
    lines: pl.DataFrame, given: GivenMoves, least_units: int, hands: LineRules
) -> pl.DataFrame:
    """Lines of which another quantity is worth more, and lines that state another forced cost.

    Args:
        lines: the columns of TransfersPlan.
        given: what they were made from.
        least_units: fewest units of a trip.
        hands: what a line costs, must gain, and may cover.
    """
    lines = lines.filter(pl.col("quantity") > 0)
    line_cost = hands.transfer_line_cost + hands.least_transfer_gain
    ends = _list_ends(lines, given, hands)
    known = _with_rooms(_with_ends(lines, ends), lines, given)
    steps = _value_steps(known, pl.lit(0), pl.col("quantity"))
    open_ends = (pl.col("left") > 0) & (pl.col("wanted") > 0) & (pl.col("room") >= 1)
    single = pl.concat(
        [
            _take_less(steps, line_cost, least_units),
            steps.filter(pl.col("step") == 0, open_ends).select(
                *LINE, gain="net", units=pl.col("quantity") + 1
            ),
            _exchange(steps, line_cost, least_units),
            _begin_lines(lines, ends, given, line_cost),
        ]
    )
    best = (
        single.sort("gain", "units", descending=[True, False])
        .unique(list(LINE), keep="first", maintain_order=True)
        .join(lines.select(*LINE, "quantity"), on=list(LINE), how="left")
        .with_columns(pl.col("quantity").fill_null(0))
    )
    gain, stated = pl.col("gain"), pl.col("forced_cost")
    return collect(
        report(best, LINE, {
            "better_alternative": (
                gain > CENT,
                pl.format("{} units, worth {} more", "units", gain.round(2)), "quantity",
            ),
        }),
        report(_find_forced_costs(lines, steps), LINE, {
            "stated_forced_cost": (
                (stated - pl.col("forced")).abs() > CENT, pl.col("forced").round(2), stated
            ),
        }),
    )  # fmt: skip


def _list_ends(lines: pl.DataFrame, given: GivenMoves, hands: LineRules) -> pl.DataFrame:
    """Pairs with what they send and get, what they can still send, and what they still want."""
    pair = ["sku", "location"]
    moved = {
        name: lines.group_by("sku", location=end, maintain_order=True).agg(
            pl.col("quantity").sum().alias(name)
        )
        for name, end in (("sent", "origin"), ("got", "destination"))
    }
    position = pl.col("inventory_position")
    held = pl.min_horizontal("available", "inventory_position") - pl.col("need")
    spare = pl.min_horizontal(held, pl.when("run_kept").then(pl.col("available") - 1))
    stays = pl.col("recently_moved") | pl.col("just_launched") | (pl.col("got") > 0)
    level = pl.min_horizontal("order_up_to", "shelf_max")
    covered = pl.max_horizontal(most_covered(hands), "presentation_min", 1)
    # Where nothing is known of a day's demand there is no such limit.
    most = (
        pl.when("clearance").then(None).otherwise(pl.when(most_covered(hands) >= 0).then(covered))
    )
    wanted = pl.min_horizontal(level, most) - position - pl.col("got")
    return (
        given.pairs.join(moved["sent"], on=pair, how="left")
        .join(moved["got"], on=pair, how="left")
        .filter(position.is_not_null(), pl.col("available").is_not_null())
        .with_columns(pl.col("sent", "got").fill_null(0))
        .with_columns(
            left=pl.when(~stays).then(spare - pl.col("sent")).otherwise(0),
            wanted=pl.when(~pl.col("closing"), pl.col("sent") == 0).then(wanted).otherwise(0),
        )
        .select(
            *pair, *VALUED, "inventory_position", "sent", "got", "left", "wanted", "volume",
            "supply_location",
        )
    )  # fmt: skip


def _with_ends(lines: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Lines with what their two pairs are, those of the destination named `..._there`."""
    names = [name for name in ends.columns if name not in {"sku", "location"}]
    giver = ends.rename({"location": "origin"}).drop("wanted", "got", "supply_location")
    taker = ends.rename({"location": "destination"}).rename(
        {name: f"{name}_there" for name in names}
    )
    return (
        lines.join(giver, on=["sku", "origin"])
        .join(taker, on=["sku", "destination"])
        .with_columns(wanted="wanted_there", got="got_there")
    )


def _with_rooms(lines: pl.DataFrame, plan: pl.DataFrame, given: GivenMoves) -> pl.DataFrame:
    """Lines of trips that run with what these carry, and the units that limits have room for.

    `from_room` is of lane and origin, `to_room` of lane and destination, `room` of all.
    """
    volumes = given.pairs.group_by("sku", maintain_order=True).agg(pl.col("volume").first())
    carried = plan.join(volumes, on="sku").with_columns(
        litres=pl.col("quantity") * pl.col("volume").fill_null(0.0)
    )
    trips = carried.group_by(LANE, maintain_order=True).agg(
        trip=pl.col("quantity").sum(), trip_litres=pl.col("litres").sum()
    )
    places = _measure_places(carried, given)
    found = (
        lines.join(trips, on=list(LANE))
        .join(given.lanes.select(*LANE, "unit_cost", "capacity", "volume_capacity"), on=list(LANE))
        .join(places.select("from_units", origin="location"), on="origin", how="left")
        .join(
            places.select("to_units", "to_litres", destination="location"),
            on="destination",
            how="left",
        )
    )
    lane = (
        pl.col("capacity") - pl.col("trip"),
        _fill_litres(pl.col("volume_capacity"), pl.col("trip_litres")),
    )
    there = ("to_units", _fill_litres(pl.col("to_litres"), pl.lit(0.0)))
    return found.with_columns(
        from_room=pl.min_horizontal(*lane, "from_units", pl.lit(_MOST)),
        to_room=pl.min_horizontal(*lane, *there, pl.lit(_MOST)),
    ).with_columns(room=pl.min_horizontal("from_room", "to_room"))


def _fill_litres(capacity: pl.Expr, used: pl.Expr) -> pl.Expr:
    """Units that litres have room for; missing where they are no limit."""
    volume = pl.col("volume").fill_null(0.0)
    room = capacity - used - ROUNDING * (1 + capacity)
    return pl.when(volume > 0).then((room / volume).floor())


def _measure_places(carried: pl.DataFrame, given: GivenMoves) -> pl.DataFrame:
    """Units and litres that each location can still send and receive; missing for no limit."""
    moved = {
        name: carried.group_by(location=end, maintain_order=True).agg(
            pl.col("quantity").sum().alias(name), pl.col("litres").sum().alias(f"{name}_litres")
        )
        for name, end in (("gone", "origin"), ("come", "destination"))
    }
    docks = given.pairs.group_by("location", maintain_order=True).agg(
        pl.col("receiving_room").min()
    )
    rooms = docks.join(given.places, on="location", how="left")
    known = rooms.join(moved["gone"], on="location", how="left").join(
        moved["come"], on="location", how="left"
    )
    hands = pl.col("handling_room") - pl.col("gone") - pl.col("come")
    return known.with_columns(pl.col("gone", "come", "come_litres").fill_null(0)).select(
        "location",
        from_units=pl.min_horizontal(pl.col("outbound_room") - pl.col("gone"), hands),
        to_units=pl.min_horizontal(pl.col("receiving_room") - pl.col("come"), hands),
        to_litres=pl.col("receiving_litres") - pl.col("come_litres"),
    )


def _value_steps(lines: pl.DataFrame, least: pl.Expr, most: pl.Expr) -> pl.DataFrame:
    """Units of lines by step, and what each gains: its worth there, less that here and its way.

    Step 0 is the next unit, step 1 the last one that moves, step 2 the one before; step -1 would
    follow the next.
    """
    steps = lines.with_columns(step=pl.int_ranges(least, most + 1)).explode("step")
    here = steps.with_columns(unit=pl.col("inventory_position") - pl.col("sent") + pl.col("step"))
    there = steps.select(
        *(pl.col(f"{name}_there").alias(name) for name in VALUED),
        unit=pl.col("inventory_position_there") + pl.col("got") + 1 - pl.col("step"),
    )
    given, gained = (add_unit_worth(units)["worth"] for units in (here, there))
    return steps.with_columns(given=given, gained=gained).with_columns(
        net=pl.col("gained") - pl.col("given") - pl.col("unit_cost")
    )


def _take_less(steps: pl.DataFrame, line_cost: float, least_units: int) -> pl.DataFrame:
    """What lines gain without their last units, as far as their trips stay as large as they must.

    A trip of nothing else is weighed as a trip.
    """
    fewer = pl.col("net").cum_sum().over(LINE)
    whole = pl.col("step") == pl.col("quantity")
    return (
        steps.filter(pl.col("step") > 0)
        .sort(*LINE, "step")
        .with_columns(gain=-fewer + pl.when(whole).then(line_cost).otherwise(0.0))
        .filter(pl.col("trip") - pl.col("step") >= max(least_units, 1))
        .select(*LINE, "gain", units=pl.col("quantity") - pl.col("step"))
    )


def _exchange(steps: pl.DataFrame, line_cost: float, least_units: int) -> pl.DataFrame:
    """What a further unit gains that one end takes from its line with another place.

    The end that both lines share moves as many units as before.
    """
    alone = pl.when(pl.col("quantity") == 1).then(line_cost).otherwise(0.0)
    trips = pl.col("trip") - 1
    givers = steps.filter(pl.col("step") == 1, (trips >= max(least_units, 1)))
    takers = steps.filter(pl.col("step") == 0)
    found = []
    for end, other, room, open_end, worth in (
        ("origin", "destination", "to_room", "wanted", pl.col("gained") - pl.col("unit_cost")),
        ("destination", "origin", "from_room", "left", -pl.col("given") - pl.col("unit_cost")),
    ):
        lost = givers.select("sku", end, lost=worth - alone, of=other)
        found.append(
            takers.filter(pl.col(room) >= 1, pl.col(open_end) > 0)
            .with_columns(more=worth)
            .join(lost, on=["sku", end])
            .filter(pl.col("of") != pl.col(other))
            .select(*LINE, gain=pl.col("more") - pl.col("lost"), units=pl.col("quantity") + 1)
        )
    return pl.concat(found)


def _begin_lines(
    lines: pl.DataFrame, ends: pl.DataFrame, given: GivenMoves, line_cost: float
) -> pl.DataFrame:
    """What items gain that a trip could carry besides, by the best number of their units."""
    trips = lines.select(LANE).unique(maintain_order=True)
    idle = (pl.col("got") == 0) & (pl.col("left") > 0)
    senders = ends.filter(idle).select("sku", origin="location")
    wanting = ends.filter(pl.col("wanted") > 0).select(
        "sku", "supply_location", destination="location"
    )
    new = (
        trips.join(senders, on="origin")
        .join(wanting, on=["sku", "destination"])
        .join(lines, on=list(LINE), how="anti")
        .filter(
            pl.col("supply_location").is_null() | (pl.col("supply_location") != pl.col("origin"))
        )
        .select(*LINE)
    )
    known = _with_rooms(_with_ends(new, ends), lines, given)
    most = pl.min_horizontal("left", "wanted", "room").cast(pl.Int64)
    steps = _value_steps(known.filter(most > 0), 1 - most, pl.lit(0))
    return (
        steps.sort(*LINE, "step", descending=[False] * 3 + [True])
        .with_columns(gain=pl.col("net").cum_sum().over(LINE) - line_cost)
        .select(*LINE, "gain", units=1 - pl.col("step"))
    )


def _find_forced_costs(lines: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """What the last units of a line lose, or the whole line, where it loses more."""
    losing = (
        steps.filter(pl.col("step") > 0)
        .group_by(LINE, maintain_order=True)
        .agg(losing=-pl.col("net").clip(upper_bound=0.0).sum())
    )
    loss = pl.col("moving_cost") + pl.col("value_lost") - pl.col("value_gained")
    return lines.join(losing, on=list(LINE)).with_columns(
        forced=pl.max_horizontal(loss, "losing", 0.0)
    )
