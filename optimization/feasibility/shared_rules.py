"""What holds for the lines of more than one plan."""

import polars as pl

from optimization.feasibility.findings import (
    CENT,
    LANE,
    LINE,
    ROUNDING,
    collect,
    report,
    report_excess,
    to_text,
)
from quality_checks.contracts import LineRules


def add_litres(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add litres to lines; an item of unknown volume has none."""
    volumes = pairs.group_by("sku", maintain_order=True).agg(pl.col("volume").first())
    return lines.join(volumes, on="sku", how="left").with_columns(
        litres=pl.col("quantity") * pl.col("volume").fill_null(0.0)
    )


def line_problems(lines: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Lines that come twice or move nothing."""
    times = lines.group_by(keys, maintain_order=True).len("times")
    return collect(
        report(times, keys, {"duplicate": (pl.col("times") > 1, "1", "times")}),
        report(lines, keys, {"quantity": (pl.col("quantity") < 1, "at least 1", "quantity")}),
    )


def pack_problems(lines: pl.DataFrame, keys: tuple[str, ...], pack: str) -> pl.DataFrame:
    """Lines whose quantity is not the packs they state, of the size in column `pack`."""
    whole = pl.col("packs") * pl.col(pack)
    expected = pl.format("{} packs of {}", "packs", pack)
    rule = (whole != pl.col("quantity"), expected, "quantity")
    return report(lines, keys, {"whole_packs": rule})


def find_usable(weekday: int) -> pl.Expr:
    """Whether a lane may be used on a weekday, 0 for Monday."""
    return pl.col("allowed") & _ships(weekday) & (pl.col("origin") != pl.col("destination"))


def _ships(weekday: int) -> pl.Expr:
    return pl.col("order_weekdays").str.split("").list.get(weekday) == "1"


def lane_problems(
    lines: pl.DataFrame, lanes: pl.DataFrame, weekday: int, *, line_cost: float = 0.0
) -> pl.DataFrame:
    """Lanes that do not ship that day, carry too much, or whose cost no line bears."""
    used = (
        lines.group_by(LANE, maintain_order=True)
        .agg(pl.col("quantity", "moving_cost").sum(), pl.len().alias("lines"))
        .join(lanes.with_columns(ships=_ships(weekday)), on=list(LANE), how="left")
    )
    usable = find_usable(weekday)
    how = pl.format("allowed {}, ships {}", to_text(pl.col("allowed")), to_text(pl.col("ships")))
    cost = pl.col("fixed_cost") + pl.col("unit_cost") * pl.col("quantity")
    cost += line_cost * pl.col("lines")
    dear = (pl.col("moving_cost") - cost).abs() > CENT
    return collect(
        report(used, LANE, {"lane_not_allowed": (~usable, "an allowed lane that ships", how)}),
        report_excess(lines, "lane_capacity", "quantity", lanes.select(*LANE, "capacity")),
        report(used.filter(pl.col("allowed").is_not_null()), LANE, {
            "moving_cost": (dear, cost.round(2), pl.col("moving_cost").round(2)),
        }),
    )  # fmt: skip


def level_problems(
    lines: pl.DataFrame, pack: pl.Expr, keys: tuple[str, ...] = LINE, *, least_units: int = 1
) -> pl.DataFrame:
    """Lines that pass the shelf, or the order-up-to level by a whole pack or more."""
    after = pl.col("inventory_position") + pl.col("quantity")
    # A minimum that must be served may raise a line to the least size.
    raised = pl.lit(value=False)
    if least_units > 1:
        below = pl.col("inventory_position") < pl.col("presentation_min")
        raised = below & (pl.col("quantity") < least_units + pack)
    level = pl.col("order_up_to") + pack
    too_high = (after > pl.col("shelf_max"), pl.format("at most {}", "shelf_max"), after)
    return collect(
        report(lines.filter(pl.col("shelf_max").is_not_null()), keys, {"shelf_max": too_high}),
        report(lines, keys, {
            "order_up_to": ((after >= level) & ~raised, pl.format("less than {}", level), after),
        }),
    )  # fmt: skip


def most_covered(rules: LineRules) -> pl.Expr:
    """Units that last for the most cover, or the protection interval; missing where unknown."""
    days = pl.col("protection_days")
    longest = pl.when(days > rules.most_cover_days).then(days).otherwise(rules.most_cover_days)
    units = longest * pl.col("demand_mean") / days * (1 + ROUNDING)
    return pl.when(days > 0, units.is_finite()).then(units.ceil())


def both_ways_problems(outgoing: pl.DataFrame, incoming: pl.DataFrame) -> pl.DataFrame:
    """Pairs of item and location that both send and receive."""
    sent = outgoing.select("sku", location="origin").unique(maintain_order=True)
    received = incoming.select("sku", location="destination").unique(maintain_order=True)
    rule = (pl.lit(value=True), "one of the two", pl.lit("both"))
    return report(
        sent.join(received, on=["sku", "location"]),
        ("location", "sku"),
        {"sent_and_received": rule},
    )
