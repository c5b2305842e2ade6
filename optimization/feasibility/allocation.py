"""Whether DCs can send what an allocation says."""

import polars as pl

from optimization.feasibility.findings import LANE, LINE, collect, report, report_excess
from optimization.feasibility.pack_alternatives import Given, find_better_packs
from optimization.feasibility.shared_rules import (
    find_usable,
    lane_problems,
    level_problems,
    line_problems,
    most_covered,
    pack_problems,
)
from optimization.feasibility.worth import value_lines, worth_problems
from quality_checks.contracts import (
    AllocationRules,
    BarredPairs,
    KeptUnits,
    Limits,
    LineRules,
    Receivers,
    RingFences,
    Table,
    find_frame,
)

_FACTS = (
    "inventory_position", "order_up_to", "presentation_min", "shelf_max", "case_pack", "volume",
    "unit_cost", "department", "occasion", "demand_mean", "protection_days",
)  # fmt: skip
"""What a line is held against of the pair that receives it."""


def find_allocation_problems(  # noqa: PLR0913  # a plan and all that it must keep
    allocation: pl.DataFrame,
    supply: pl.DataFrame,
    lanes: pl.DataFrame,
    receivers: pl.DataFrame,
    *,
    weekday: int,
    rules: AllocationRules | None = None,
    line_rules: LineRules | None = None,
    limits: pl.DataFrame | None = None,
    fences: pl.DataFrame | None = None,
    kept: pl.DataFrame | None = None,
    barred: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What makes an allocation impossible, breaks its limits or leaves what is worth more.

    Args:
        allocation: the columns of Allocation.
        supply: frame `dc_supply`.
        lanes: frame `lanes_left`.
        receivers: frame `receivers`.
        weekday: weekday of shipping, 0 for Monday.
        rules: of policy.
        line_rules: what a line costs, must gain, and may cover.
        limits: frame `limits`.
        fences: frame `ring_fences`.
        kept: frame `kept_units`; without it no other quantity is weighed.
        barred: frame `barred_pairs`.

    Returns:
        Frame `plan_problems`.
    """
    rules, line_rules = rules or AllocationRules(), line_rules or LineRules()
    names = {"location": "destination", "dc": "origin"}
    pairs = find_frame(Receivers).fill(receivers).rename(names)
    lines = allocation.join(pairs.select(*LINE, *_FACTS), on=list(LINE), how="left")
    known = lines.filter(pl.col("case_pack").is_not_null())
    stock = supply.select("sku", "available", origin="dc")
    given = _call_ends(pairs, stock, lanes, weekday, limits, fences, kept, barred)
    return collect(
        line_problems(lines, LINE),
        report(
            lines,
            LINE,
            {
                "unknown_receiver": (
                    pl.col("case_pack").is_null(),
                    "a pair that this DC supplies",
                    pl.lit("none"),
                ),
            },
        ),
        pack_problems(known, LINE, "case_pack"),
        report_excess(
            allocation,
            "dc_supply",
            "quantity",
            stock.select("origin", "sku", "available"),
            unknown_is_none=True,
        ),
        lane_problems(
            allocation,
            lanes.with_columns(fixed_cost=0.0) if rules.scheduled_shipments else lanes,
            weekday,
            line_cost=line_rules.allocation_line_cost,
        ),
        report_excess(
            allocation,
            "receiving_capacity",
            "quantity",
            pairs.select("destination", "receiving_room"),
        ),
        level_problems(known, pl.col("case_pack"), least_units=rules.least_line_units),
        _least_size_problems(known, rules),
        _cover_problems(known, rules, line_rules),
        worth_problems(value_lines(known, receivers, "destination"), "gained"),
        *([] if limits is None else _limit_problems(known, limits)),
        *([] if fences is None else [_fence_problems(allocation, stock, fences)]),
        *([] if kept is None else [find_better_packs(allocation, given, rules, line_rules)]),
    )


def _call_ends(  # noqa: PLR0913, PLR0917  # the frames of an allocation
    pairs: pl.DataFrame,
    stock: pl.DataFrame,
    lanes: pl.DataFrame,
    weekday: int,
    limits: pl.DataFrame | None,
    fences: pl.DataFrame | None,
    kept: pl.DataFrame | None,
    barred: pl.DataFrame | None,
) -> Given:
    """All that an allocation was made from, with the limits of lanes and docks among the others."""
    names = {"location": "destination", "dc": "origin"}
    open_ones = lanes.filter(find_usable(weekday))

    def named(frame: pl.DataFrame | None, model: type[Table]) -> pl.DataFrame:
        known = find_frame(model).empty() if frame is None else frame
        return known.rename(names, strict=False)

    own = [
        rows.unique(maintain_order=True).with_columns(limit=pl.lit(name), measure=pl.lit("units"))
        for name, rows in (
            ("lane_capacity", open_ones.select(*LANE, "capacity")),
            ("receiving_capacity", pairs.select("destination", capacity="receiving_room")),
        )
    ]
    return Given(
        pairs,
        stock,
        open_ones,
        pl.concat([*own, named(limits, Limits)], how="diagonal_relaxed").drop_nulls("capacity"),
        named(fences, RingFences),
        named(kept, KeptUnits),
        named(barred, BarredPairs),
    )


def _least_size_problems(lines: pl.DataFrame, rules: AllocationRules) -> pl.DataFrame:
    """Lines below the least line, and shipments below the least one that serve no minimum."""
    serves = (pl.col("inventory_position") < pl.col("presentation_min")).any()
    shipments = lines.group_by(LANE, maintain_order=True).agg(
        pl.col("quantity").sum(), serves=serves
    )
    line, shipment = rules.least_line_units, rules.least_shipment_units
    small = pl.col("quantity").is_between(1, line - 1)
    needless = (pl.col("quantity") < shipment) & ~pl.col("serves")
    return collect(
        report(lines, LINE, {"least_line": (small, f"at least {line}", "quantity")}),
        report(shipments, LANE, {"least_shipment": (needless, f"at least {shipment}", "quantity")}),
    )


def _cover_problems(lines: pl.DataFrame, rules: AllocationRules, hands: LineRules) -> pl.DataFrame:
    """Lines beyond the most cover of which a pack could stay: nothing asks for it."""
    after = pl.col("inventory_position") + pl.col("quantity")
    without = after - pl.col("case_pack")
    least = pl.max_horizontal(pl.lit(rules.least_line_units), "case_pack")
    needless = (
        (pl.col("quantity") - pl.col("case_pack") >= least)
        & (without >= pl.max_horizontal("presentation_min", 0))
        & pl.col("occasion").is_null()
    )
    most = most_covered(hands)
    # Where nothing is known of a day's demand there is no such limit.
    passes = needless & most.is_not_null() & (after > most)
    return report(lines, LINE, {"most_cover": (passes, pl.format("at most {}", most), after)})


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
            report_excess(drawn, "shared_limit", "drawn", rows.select("limit", *keys, "capacity"))
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
        .group_by("origin", "sku", maintain_order=True)
        .agg(kept=(pl.col("units") - pl.col("quantity").fill_null(0)).clip(lower_bound=0).sum())
    )
    sent = allocation.group_by("origin", "sku", maintain_order=True).agg(pl.col("quantity").sum())
    sums = (
        allocation.join(kept_for, on=list(LINE), how="anti")
        .select("origin", "sku")
        .unique(maintain_order=True)
        .join(sent, on=["origin", "sku"])
        .join(kept, on=["origin", "sku"])
        .join(stock, on=["origin", "sku"], how="left")
    )
    free = pl.max_horizontal(pl.col("available") - pl.col("kept"), 0)
    expected = pl.format("{} kept of {}", "kept", "available")
    rule = (pl.col("quantity") > free, expected, "quantity")
    return report(sums, ("origin", "sku"), {"ring_fence": rule})
