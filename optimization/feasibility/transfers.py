"""Whether locations can send each other what transfers say."""

import polars as pl

from optimization.feasibility.findings import (
    CENT,
    LANE,
    LINE,
    collect,
    report,
    report_excess,
)
from optimization.feasibility.shared_rules import (
    add_litres,
    both_ways_problems,
    find_usable,
    lane_problems,
    level_problems,
    line_problems,
    most_covered,
    pack_problems,
)
from optimization.feasibility.unit_alternatives import GivenMoves, find_better_units
from optimization.feasibility.worth import value_lines, worth_problems
from quality_checks.contracts import (
    SEASON_WORTH,
    LanesLeft,
    LineRules,
    Movers,
    Places,
    find_frame,
)


def find_transfer_problems(  # noqa: PLR0913  # a plan and all that it must keep
    transfers: pl.DataFrame,
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
    min_gain: float,
    least_units: int = 1,
    keep_size_runs: bool = True,
    line_rules: LineRules | None = None,
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What makes transfers impossible, or breaks their limits.

    Args:
        transfers: the columns of TransfersPlan.
        pairs: frame `movers`.
        lanes: frame `lanes_left`.
        weekday: weekday of shipping, 0 for Monday.
        min_gain: least gain of a trip, currency.
        least_units: fewest units of a trip.
        keep_size_runs: a location that has every size of a style and colour keeps one of each.
        line_rules: what a line costs, must gain, and may cover.
        places: frame `places`.

    Returns:
        Frame `plan_problems`.
    """
    pairs, lanes = find_frame(Movers).fill(pairs), find_frame(LanesLeft).fill(lanes)
    line_rules = line_rules or LineRules()
    line_cost = line_rules.transfer_line_cost
    lines = add_litres(transfers, pairs)
    # What moves for the season draws on the same limits, and is worth what another check says.
    others = transfers.filter(pl.col("reason") != SEASON_WORTH)
    daily = add_litres(others, pairs)
    limits = pairs.select(
        "sku", "inventory_position", "order_up_to", "shelf_max", "presentation_min",
        "demand_mean", "protection_days", "clearance", destination="location",
    )  # fmt: skip
    received = (
        daily.group_by("sku", "destination", maintain_order=True)
        .agg(pl.col("quantity").sum())
        .join(limits, on=["sku", "destination"], how="left")
    )
    runs = _list_whole_runs(pairs).filter(pl.lit(keep_size_runs))
    valued = value_lines(value_lines(daily, pairs, "destination"), pairs, "origin")
    return collect(
        line_problems(lines, LINE),
        pack_problems(lines.with_columns(one=1), LINE, "one"),
        _sender_problems(lines, pairs),
        lane_problems(lines, lanes, weekday, line_cost=line_cost),
        report_excess(lines, "lane_volume", "litres", lanes.select(*LANE, "volume_capacity")),
        report_excess(lines, "receiving_capacity", "quantity",
                pairs.select("receiving_room", destination="location").select(
                    "destination", "receiving_room")),
        level_problems(received, pl.lit(1), keys=("sku", "destination")),
        both_ways_problems(lines, lines),
        worth_problems(valued, "gained"),
        worth_problems(valued, "lost"),
        _trip_problems(valued, lanes, min_gain, least_units, line_cost),
        _line_problems(valued, lanes, line_cost + line_rules.least_transfer_gain, least_units),
        _cover_problems(received, line_rules),
        _barred_problems(lines, pairs),
        _size_run_problems(lines, runs),
        *([] if places is None else _place_problems(lines, places)),
        find_better_units(
            others, _gather_network(pairs, lanes, weekday, places, runs), least_units, line_rules
        ),
    )  # fmt: skip


def _sender_problems(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs that send more than they have or can spare, or that may not send."""
    keys = ("origin", "sku")
    stock = pairs.rename({"location": "origin"})
    sums = (
        transfers.group_by(keys, maintain_order=True)
        .agg(pl.col("quantity").sum())
        .join(stock, on=list(keys), how="left")
    )  # fmt: skip
    need = _need()
    on_shelf = pl.col("available") - pl.col("quantity")
    in_all = pl.col("inventory_position") - pl.col("quantity")
    return collect(
        report_excess(transfers, "sender_available", "quantity", stock.select(*keys, "available"),
                unknown_is_none=True),
        report(sums, keys, {
            "sender_need": (
                (on_shelf < need) | (in_all < need),
                pl.format("at least {} kept", need),
                pl.format("{} available, position {}", on_shelf, in_all),
            ),
            "recently_moved": (pl.col("recently_moved"), "0", "quantity"),
            "just_launched": (pl.col("just_launched"), "0", "quantity"),
        }),
    )  # fmt: skip


def _need() -> pl.Expr:
    """Units that a pair keeps."""
    wanted = pl.col("presentation_min") + pl.col("demand_mean").ceil()
    need = pl.when(wanted < pl.col("order_up_to")).then(wanted).otherwise("order_up_to")
    return pl.when(pl.col("clearance") | pl.col("closing")).then(0).otherwise(need)


def _gather_network(
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    weekday: int,
    places: pl.DataFrame | None,
    runs: pl.DataFrame,
) -> GivenMoves:
    """All that transfers were made from, for other quantities to be weighed."""
    keys = ("location", "sku")
    known = pairs.join(
        runs.select(*keys, run_kept=pl.lit(value=True)), on=list(keys), how="left"
    ).with_columns(need=_need(), run_kept=pl.col("run_kept").fill_null(value=False))
    none = find_frame(Places).empty()
    return GivenMoves(known, lanes.filter(find_usable(weekday)), none if places is None else places)


def _barred_problems(transfers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Lines to a location that closes, and from the DC that supplies the receiver."""
    ends = pairs.select("sku", "closing", "supply_location", destination="location")
    lines = transfers.join(ends, on=["sku", "destination"], how="left")
    supplied = (pl.col("supply_location") == pl.col("origin")).fill_null(value=False)
    return report(lines, LINE, {
        "closing": (pl.col("closing"), "0", "quantity"),
        "supplied_by_allocation": (supplied, "0", "quantity"),
    })  # fmt: skip


def _size_run_problems(transfers: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Sizes that are gone from a location that had every size of their style and colour."""
    sent = transfers.group_by("sku", location="origin", maintain_order=True).agg(
        pl.col("quantity").sum()
    )
    kept = runs.join(sent, on=["sku", "location"])
    left = pl.col("available") - pl.col("quantity")
    return report(kept, ("location", "sku"), {"size_run": (left < 1, "at least 1 kept", left)})


def _list_whole_runs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose location has every size of their style and colour."""
    run = ["location", "style", "colour"]
    sizes = pairs.filter(pl.col("size").is_not_null(), ~pl.col("closing"))
    whole = sizes.group_by(run, maintain_order=True).agg(
        least=pl.col("available").fill_null(0).min(), sizes=pl.col("size").n_unique()
    )
    return sizes.join(
        whole.filter(pl.col("least") > 0, pl.col("sizes") > 1), on=run, nulls_equal=True
    )


def _place_problems(lines: pl.DataFrame, places: pl.DataFrame) -> list[pl.DataFrame]:
    """Places that send, handle or take in more than they can."""
    ends = {end: lines.rename({end: "location"}) for end in LANE}
    both = pl.concat([frame.select("location", "quantity") for frame in ends.values()])
    return [
        report_excess(moved, check, drawn, places.select("location", room))
        for check, moved, drawn, room in (
            ("outbound_capacity", ends["origin"], "quantity", "outbound_room"),
            ("handling_capacity", both, "quantity", "handling_room"),
            ("receiving_volume", ends["destination"], "litres", "receiving_litres"),
        )
    ]


def _trip_problems(
    lines: pl.DataFrame,
    lanes: pl.DataFrame,
    min_gain: float,
    least_units: int,
    line_cost: float,
) -> pl.DataFrame:
    """Trips that gain or carry too little, as recomputed."""
    gain = pl.col("gained") - pl.col("lost") - pl.col("fixed_cost")
    gain -= pl.col("unit_cost") * pl.col("quantity") + line_cost * pl.col("lines")
    trips = (
        lines.group_by(LANE, maintain_order=True)
        .agg(pl.col("quantity", "gained", "lost").sum(), pl.len().alias("lines"))
        .join(lanes, on=list(LANE))
        .with_columns(gain=gain)
    )
    small = pl.col("quantity").is_between(1, least_units - 1)
    poor, expected = pl.col("gain") < min_gain - CENT, f"at least {min_gain:.2f}"
    return report(trips, LANE, {
        "min_gain": (poor, expected, pl.col("gain").round(2)),
        "least_trip": (small, f"at least {least_units}", "quantity"),
    })  # fmt: skip


def _line_problems(
    lines: pl.DataFrame, lanes: pl.DataFrame, least: float, least_units: int
) -> pl.DataFrame:
    """Lines whose units gain less than a line costs and must gain, as recomputed.

    A line without which its trip would be too small may, as it is the trip that gains. So may any
    where lines need gain nothing.
    """
    trip = pl.col("quantity").sum().over(LANE)
    spared = trip - pl.col("quantity") >= least_units
    costed = lines.join(lanes.select(*LANE, "unit_cost"), on=list(LANE))
    gain = pl.col("gained") - pl.col("lost") - pl.col("unit_cost") * pl.col("quantity")
    too_little = (gain < least - CENT) & (spared | (trip == pl.col("quantity"))) & (least > 0)
    rule = (too_little, f"at least {least:.2f}", gain.round(2))
    return report(costed, LINE, {"least_gain": rule})


def _cover_problems(received: pl.DataFrame, rules: LineRules) -> pl.DataFrame:
    """Pairs that are filled beyond the most cover, their minimum and one unit."""
    after = pl.col("inventory_position") + pl.col("quantity")
    most = pl.max_horizontal(most_covered(rules), "presentation_min", 1)
    known = most_covered(rules).is_not_null() & ~pl.col("clearance")
    rule = (known & (after > most), pl.format("at most {}", most), after)
    return report(received, ("sku", "destination"), {"most_cover": rule})
