"""Whether units that move for the rest of a season gain what they say, worked out unit by unit."""

import polars as pl

from optimization.feasibility.findings import CENT, LANE, LINE, collect, report
from optimization.feasibility.price_families import work_out_zone_worth
from optimization.feasibility.shared_rules import most_covered
from quality_checks.contracts import (
    SEASON_WORTH,
    LanesLeft,
    LineRules,
    MarkdownRules,
    Movers,
    SeasonItems,
    SeasonPlaces,
    SeasonWeeks,
    find_frame,
)

_ZONE = ("sku", "zone")

_NEAR = 0.005
"""Share of a zone's worth by which a plan on a coarser grid of stock may be off."""

_GAIN_NEAR = 0.1
_GAIN_NEAR_WORTH = 0.001
"""Share of what a zone gains by its units, and of its worth, by which that gain may be off so."""


def find_season_move_problems(  # noqa: PLR0913, PLR0917  # the plan, and what it is made from
    transfers: pl.DataFrame,
    zones: pl.DataFrame,
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    places: pl.DataFrame,
    movers: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    min_gain: float,
    least_units: int,
    line_rules: LineRules,
    price_rules: MarkdownRules,
) -> pl.DataFrame:
    """Find moves of the season that may not go, or gain less than they say.

    Limits that they share with tonight's other transfers are held by `find_transfer_problems`.

    Args:
        transfers: the columns of TransfersPlan: all of tonight.
        zones: the columns of SeasonMoves.
        items: frame `season_items`.
        weeks: frame `season_weeks`.
        places: frame `season_places`.
        movers: frame `movers`.
        lanes: frame `lanes_left`.
        min_gain: least gain of a trip, currency.
        least_units: fewest units of a trip.
        line_rules: what a line costs, must gain, and may cover.
        price_rules: of policy.

    Returns:
        Frame `plan_problems`.
    """
    home = find_frame(SeasonPlaces).read(places)
    known = find_frame(Movers).fill(movers)
    other = transfers.filter(pl.col("reason") != SEASON_WORTH)
    lines = (
        transfers.filter(reason=SEASON_WORTH)
        .join(home.select("sku", origin="location", giver="zone"), on=["sku", "origin"], how="left")
        .join(home.select("sku", "zone", destination="location"), on=["sku", "destination"],
              how="left")
    )  # fmt: skip
    net = _sum_zones(lines)
    worked_out = _work_out_zones(zones, items, weeks, price_rules)
    worth = pl.max_horizontal(pl.col("before").abs(), pl.col("after").abs())
    near = pl.max_horizontal(worth * _NEAR, CENT)
    after_off = (pl.col("worth_after") - pl.col("after")).abs() > near
    before_off = (pl.col("worth_before") - pl.col("before")).abs() > near
    gained = pl.col("after") - pl.col("before")
    gain_off = (pl.col("worth_after") - pl.col("worth_before") - gained).abs() > pl.max_horizontal(
        gained.abs() * _GAIN_NEAR, worth * _GAIN_NEAR_WORTH, CENT
    )
    stated = zones.join(net, on=list(_ZONE), how="left").with_columns(
        pl.col("came", "gone").fill_null(0)
    )
    moves = pl.col("came") - pl.col("gone")
    same = (pl.col("giver") == pl.col("zone")).fill_null(value=True)
    return collect(
        report(lines, LINE, {
            "within_a_zone": (same, pl.lit("two zones"), "zone"),
        }),
        report(stated, _ZONE, {
            "zone_both_ways": (
                (pl.col("came") > 0) & (pl.col("gone") > 0), pl.lit("one of the two"),
                pl.lit("both"),
            ),
            "zone_units": (pl.col("net_units") != moves, moves, "net_units"),
        }),
        report(_join_stated(zones, items, lines), _ZONE, {
            "zone_stock": (pl.col("stock") != pl.col("has"), "has", "stock"),
            "zone_gain": (
                (pl.col("gain") - pl.col("benefit")).abs() > CENT, "benefit", "gain",
            ),
        }),
        report(worked_out, _ZONE, {
            "zone_worth": (
                before_off | after_off | gain_off, pl.format("{}, then {}", "before", "after"),
                pl.format("{}, then {}", "worth_before", "worth_after"),
            ),
        }),
        _value_problems(lines, zones),
        _gain_problems(lines, lanes, min_gain, least_units, line_rules),
        _room_problems(lines, other, known, home, line_rules),
    )  # fmt: skip


def _join_stated(zones: pl.DataFrame, items: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add has, the units that a zone has, and benefit, what the lines out of it gain."""
    benefit = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    gains = lines.group_by("sku", zone="giver", maintain_order=True).agg(benefit=benefit.sum())
    known = find_frame(SeasonItems).read(items).select(*_ZONE, has="stock")
    return (
        zones.join(known, on=list(_ZONE), how="left", maintain_order="left")
        .join(gains, on=list(_ZONE), how="left", maintain_order="left")
        .with_columns(pl.max_horizontal(pl.col("benefit").fill_null(0.0), 0.0))
    )


def _sum_zones(lines: pl.DataFrame) -> pl.DataFrame:
    """sku, zone, came and gone (units) of the lines."""
    ends = [
        lines.select("sku", "quantity", zone=zone, end=pl.lit(name))
        for zone, name in (("zone", "came"), ("giver", "gone"))
    ]
    units, end = pl.col("quantity"), pl.col("end")
    return (
        pl.concat(ends)
        .group_by(_ZONE, maintain_order=True)
        .agg(came=units.filter(end == "came").sum(), gone=units.filter(end == "gone").sum())
    )


def _work_out_zones(
    zones: pl.DataFrame, items: pl.DataFrame, weeks: pl.DataFrame, rules: MarkdownRules
) -> pl.DataFrame:
    """Zones that send or take, with before and after: the worth of their stock, currency."""
    moving = zones.filter(pl.col("net_units") != 0).sort(_ZONE)
    of_zone = {
        (row["sku"], row["zone"]): row
        for row in find_frame(SeasonItems).read(items).iter_rows(named=True)
    }
    ahead = find_frame(SeasonWeeks).read(weeks).sort("week").partition_by(_ZONE, as_dict=True)
    worth: list[tuple[float | None, float | None]] = []
    for sku, zone, net in moving.select(*_ZONE, "net_units").iter_rows():
        row, found = of_zone.get((sku, zone)), ahead.get((sku, zone))
        if row is None or found is None:
            worth.append((None, None))
            continue
        stocks = row["stock"], max(row["stock"] + net, 0)
        before, after = (work_out_zone_worth(row, found, rules, stock) for stock in stocks)
        worth.append((before, after))
    schema = {"before": pl.Float64, "after": pl.Float64}
    return moving.hstack(pl.DataFrame(worth, schema=schema, orient="row"))


def _value_problems(lines: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Lines that state another value than their part of what their zones gain and lose."""
    change = zones.select(*_ZONE, change=pl.col("worth_after") - pl.col("worth_before"))
    valued = (
        lines.join(change, on=list(_ZONE), how="left")
        .join(change.select("sku", giver="zone", lost="change"), on=["sku", "giver"], how="left")
        .with_columns(
            gained=pl.col("change") * pl.col("quantity") / pl.col("quantity").sum().over(_ZONE),
            lost=-pl.col("lost")
            * pl.col("quantity")
            / pl.col("quantity").sum().over("sku", "giver"),
        )
    )
    off = [(pl.col(f"value_{name}") - pl.col(name)).abs() > CENT for name in ("gained", "lost")]
    words = "gained {}, lost {}"
    return report(valued, LINE, {
        "stated_value": (
            pl.any_horizontal(off).fill_null(value=True),
            pl.format(words, pl.col("gained").round(2), pl.col("lost").round(2)),
            pl.format(words, pl.col("value_gained").round(2), pl.col("value_lost").round(2)),
        ),
    })  # fmt: skip


def _gain_problems(
    lines: pl.DataFrame, lanes: pl.DataFrame, min_gain: float, least_units: int, rules: LineRules
) -> pl.DataFrame:
    """Lines and trips that gain less than they must, beyond the trips of the other transfers."""
    costs = find_frame(LanesLeft).fill(lanes).select(*LANE, "unit_cost")
    gain = pl.col("value_gained") - pl.col("value_lost")
    own = pl.col("unit_cost") * pl.col("quantity") + rules.transfer_line_cost
    costed = lines.join(costs, on=list(LANE), how="left").with_columns(gain=gain - own)
    least = rules.least_transfer_gain
    trips = lines.group_by(LANE, maintain_order=True).agg(
        gain=(gain - pl.col("moving_cost")).sum(), quantity=pl.col("quantity").sum()
    )
    return collect(
        report(costed, LINE, {
            "least_gain": (
                pl.col("gain") < least - CENT, f"at least {least:.2f}", pl.col("gain").round(2),
            ),
        }),
        report(trips, LANE, {
            "min_gain": (
                pl.col("gain") < min_gain - CENT, f"at least {min_gain:.2f}",
                pl.col("gain").round(2),
            ),
            "least_trip": (
                pl.col("quantity") < least_units, f"at least {least_units}", "quantity",
            ),
        }),
    )  # fmt: skip


def _room_problems(
    lines: pl.DataFrame,
    other: pl.DataFrame,
    movers: pl.DataFrame,
    home: pl.DataFrame,
    rules: LineRules,
) -> pl.DataFrame:
    """Places that are filled beyond their shelf, or beyond the most cover where the item stays."""
    at = ["sku", "destination"]
    got = lines.group_by(at, maintain_order=True).agg(pl.col("quantity").sum())
    came = other.group_by(at, maintain_order=True).agg(came=pl.col("quantity").sum())
    left = other.group_by("sku", destination="origin", maintain_order=True).agg(
        left=pl.col("quantity").sum()
    )
    pairs = movers.join(
        home.select("sku", "location", "leaves"), on=["sku", "location"], how="left"
    ).rename({"location": "destination"})
    filled = (
        got.join(pairs, on=at, how="left")
        .join(came, on=at, how="left")
        .join(left, on=at, how="left")
        .with_columns(
            after=pl.col("inventory_position")
            + pl.col("quantity")
            + pl.col("came").fill_null(0)
            - pl.col("left").fill_null(0)
        )
    )
    most = pl.max_horizontal(most_covered(rules), "presentation_min", 1)
    bound = most_covered(rules).is_not_null() & ~pl.col("clearance") & ~pl.col("leaves")
    return report(filled, ("sku", "destination"), {
        "shelf_max": (
            (pl.col("after") > pl.col("shelf_max")).fill_null(value=False),
            pl.format("at most {}", "shelf_max"), "after",
        ),
        "most_cover": (bound & (pl.col("after") > most), pl.format("at most {}", most), "after"),
    })  # fmt: skip
