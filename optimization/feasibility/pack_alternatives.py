"""Whether a pack less, a pack more or none at all would have been worth more to a pair of a DC.

Every pair is weighed that the DC could send to tonight, lines and those that get nothing alike.
What is sent tonight to others stays as it is, with one exception: where only the DC's units are
short, a pair may take those of the line of its item that loses least without them. What that line
loses is the shadow price of the DC's stock.
"""

from typing import NamedTuple

import polars as pl

from optimization.feasibility.findings import CENT, LANE, LINE, ROUNDING, collect, report
from optimization.feasibility.shared_rules import most_covered
from optimization.feasibility.worth import (
    VALUED,
    add_unit_worth,
    find_chance_of_sale,
    worth_problems,
)
from quality_checks.contracts import AllocationRules, LineRules

_GROUP = ["origin", "sku"]
_READ = (
    "inventory_position", "order_up_to", "presentation_min", "shelf_max", "case_pack", "priority",
    "occasion", "demand_mean", "demand_variance", "protection_days", "volume", "unit_cost",
    "department",
)  # fmt: skip
"""What is read of a pair besides what values its units."""

_MEASURED = {
    "units": pl.col("added").cast(pl.Float64),
    "litres": pl.col("added") * pl.col("volume"),
    "currency": pl.col("added") * pl.col("unit_cost"),
    "lines": pl.col("begun").cast(pl.Float64),
}
"""What further units of a pair draw on a limit, by measure."""
_ENDS = (*LANE, "department")
_ROUNDED = ("litres", "currency")
"""Measures of which sums are rounded."""


class Given(NamedTuple):
    """What an allocation was made from, its ends called origin and destination.

    Attributes:
        pairs: frame `receivers`.
        supply: frame `dc_supply`.
        lanes: frame `lanes_left`, those that ship on the day.
        limits: frame `limits`, and those of lanes and docks in units.
        fences: frame `ring_fences`.
        kept: frame `kept_units`.
        barred: frame `barred_pairs`.
    """

    pairs: pl.DataFrame
    supply: pl.DataFrame
    lanes: pl.DataFrame
    limits: pl.DataFrame
    fences: pl.DataFrame
    kept: pl.DataFrame
    barred: pl.DataFrame


def find_better_packs(
    lines: pl.DataFrame, given: Given, rules: AllocationRules, hands: LineRules
) -> pl.DataFrame:
    """Pairs of which another quantity is worth more, and lines that state another forced cost.

    A quantity is worth the sales of its units there, times the weight of policy, less what units
    are worth at the DC, the cost of lane and line, and the least gain of a line. Nothing less is
    weighed than customers, presentation minimums and service floors ask for, and nothing more than
    level, shelf and cover allow.

    Args:
        lines: the columns of Allocation.
        given: what it was made from.
        rules: of policy.
        hands: what a line costs, must gain, and may cover.
    """
    pairs = _list_pairs(lines, given, rules, hands)
    packs = _value_packs(pairs, rules)
    others = _list_others(packs, pairs, lines, given, rules, hands)
    single = _best(others.filter("fits", "stocked"), LINE)
    swapped = _best(_list_exchanges(others), LINE)
    better, sums = pl.concat([single, swapped]), _sum_sent(lines, packs, pairs)
    gain, stated = pl.col("gain"), pl.col("forced_cost")
    return collect(
        report(better, LINE, {
            "better_alternative": (
                gain > CENT,
                pl.format("{} units, worth {} more", "units", gain.round(2)), "sent_units",
            ),
        }),
        report(sums, LINE, {
            "stated_forced_cost": (
                (stated - pl.col("forced")).abs() > CENT, pl.col("forced").round(2), stated
            ),
        }),
        worth_problems(sums, "lost"),
    )  # fmt: skip


def _list_pairs(
    lines: pl.DataFrame, given: Given, rules: AllocationRules, hands: LineRules
) -> pl.DataFrame:
    """Pairs that a DC can send to, with packs sent, forced and allowed, and units left for them."""
    pack, position = pl.col("case_pack"), pl.col("inventory_position")
    short = pl.col("order_up_to") - position
    fences = _list_fences(lines, given)
    pairs = (
        given.pairs.select(*LINE, *VALUED, *_READ)
        .join(lines.select(*LINE, sent_units="quantity"), on=list(LINE), how="left")
        .join(given.barred.select("sku", "destination"), on=["sku", "destination"], how="anti")
        .join(given.lanes.select(*LANE, "fixed_cost", lane_cost="unit_cost"), on=list(LANE))
        .join(given.supply.select(*_GROUP, held="available"), on=_GROUP)
        .join(given.kept, on=_GROUP, how="left")
        .join(fences.select(*LINE, "fence", "unused"), on=list(LINE), how="left")
        .join(_sum_taken(lines, fences), on=_GROUP, how="left")
        .filter(position.is_not_null(), pl.col("held") > 0)
        .sort(LINE)
        .with_columns(
            pl.col("sent_units", "fence", "unused", "taken").fill_null(0),
            pl.col("kept_value").fill_null(0.0),
            first=_packs(pl.lit(rules.least_line_units)),
        )
    )
    asked = pl.max_horizontal(_packs(-position), _packs(pl.col("presentation_min") - position), 0)
    wanted = _packs(short).clip(lower_bound=0)
    covered = ((most_covered(hands) - position) // pack).clip(lower_bound=0)
    covered = pl.when(pl.col("occasion").is_null()).then(covered)
    whole = pl.max_horizontal(covered, "asked", "first")
    most = pl.min_horizontal(
        pl.max_horizontal(wanted, pl.when(pl.col("asked") > 0, wanted > 0).then("first")),
        pl.when(covered.is_not_null()).then(whole),
        (pl.col("shelf_max") - position) // pack,
    )
    floor = pl.min_horizontal(short // pack, covered).clip(lower_bound=0)
    floor = pl.when(pl.col("kept_value") == 0).then(floor).otherwise(0)
    least = pl.max_horizontal("asked", floor)
    return (
        pairs.with_columns(asked=asked)
        .with_columns(
            sent=pl.col("sent_units") // pack,
            most=most.cast(pl.Int64).clip(lower_bound=0),
            least=pl.when(least > 0).then(pl.max_horizontal(least, "first")).otherwise(0),
            room=pl.col("held") - pl.col("taken") + pl.col("unused"),
        )
        .filter((pl.col("sent") > 0) | (pl.col("most") >= pl.col("first")))
    )


def _packs(units: pl.Expr) -> pl.Expr:
    return -(-units // pl.col("case_pack"))


def _list_fences(lines: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Fences as far as the DC has their units, those of the first locations by key; and unused."""
    there = pl.col("available").fill_null(0).clip(lower_bound=0)
    before = pl.col("units").cum_sum().over(_GROUP) - pl.col("units")
    fence = pl.min_horizontal("units", (there - before).clip(lower_bound=0))
    sent = lines.select(*LINE, sent="quantity")
    return (
        given.fences.sort(LINE)
        .join(given.supply, on=_GROUP)
        .select(*LINE, fence=fence)
        .join(sent, on=list(LINE), how="left")
        .with_columns(unused=(pl.col("fence") - pl.col("sent").fill_null(0)).clip(lower_bound=0))
    )


def _sum_taken(lines: pl.DataFrame, fences: pl.DataFrame) -> pl.DataFrame:
    """Units of each item of a DC that are sent, or kept for a location that does not take them."""
    kept = fences.select(*_GROUP, taken="unused")
    sent = lines.select(*_GROUP, taken="quantity")
    return pl.concat([sent, kept]).group_by(_GROUP, maintain_order=True).agg(pl.col("taken").sum())


def _value_packs(pairs: pl.DataFrame, rules: AllocationRules) -> pl.DataFrame:
    """Each pack that a pair has or could have next: its number, and its worth but for the line.

    Of a pair that gets nothing every pack that it may have counts: only many may be worth a line.
    """
    next_pack = pl.min_horizontal(pl.max_horizontal("sent", "most"), pl.col("sent") + 1)
    last = pl.when(pl.col("sent") > 0).then(next_pack).otherwise(
        pl.min_horizontal("most", pl.col("held") // pl.col("case_pack"))
    )  # fmt: skip
    owners = pairs.select(
        *LINE, *VALUED, "inventory_position", "case_pack", "demand_mean", "demand_variance",
        "protection_days", "resupply_days", "kept_value", "lane_cost", "priority", last=last,
    )  # fmt: skip
    counted = owners.filter(pl.col("last") > 0).with_columns(
        number=pl.int_ranges(1, pl.col("last") * pl.col("case_pack") + 1)
    )
    units = counted.explode("number").with_columns(
        unit=pl.col("inventory_position") + pl.col("number")
    )
    days = pl.col("protection_days")
    times = pl.when(days > 0).then(pl.col("resupply_days") / days).fill_null(0.0)
    until = units.select(mean=times * pl.col("demand_mean"), var=times * pl.col("demand_variance"))
    mean, variance = (until[name].to_numpy() for name in ("mean", "var"))
    chance = pl.Series(find_chance_of_sale(mean, variance, units["unit"].to_numpy()))
    sold = pl.when(pl.col("resupply_days").is_null()).then(0.0).otherwise(pl.lit(chance))
    weights = {int(of): float(factor) for of, factor in rules.priority_weight.items()}
    weight = pl.col("priority").replace_strict(weights, default=1.0, return_dtype=pl.Float64)
    kept = pl.col("kept_value") * (1.0 - sold)
    given_up = kept + pl.col("lane_cost")
    return (
        add_unit_worth(units)
        .with_columns(
            packs=(pl.col("number") - 1) // pl.col("case_pack") + 1,
            lost=kept,
            money=pl.col("worth") - given_up,
            worth=weight * pl.col("worth") - given_up,
        )
        .group_by(*LINE, "packs", maintain_order=True)
        .agg(pl.col("worth", "money", "lost").sum())
    )


def _list_others(  # noqa: PLR0913, PLR0917  # pairs, and all that a quantity of them must keep
    packs: pl.DataFrame,
    pairs: pl.DataFrame,
    lines: pl.DataFrame,
    given: Given,
    rules: AllocationRules,
    hands: LineRules,
) -> pl.DataFrame:
    """Other quantities of each pair: packs, what they gain, and whether there is room for them."""
    line = hands.allocation_line_cost + hands.least_allocation_gain
    sums = packs.with_columns(worth=pl.col("worth").cum_sum().over(LINE) - line)
    nothing = pairs.select(*LINE, packs=pl.lit(0, pl.Int64), worth=pl.lit(0.0))
    worth = pl.concat([nothing, sums.select(nothing.columns)])
    now = worth.rename({"packs": "sent", "worth": "worth_now"})
    carried = lines.group_by(LANE, maintain_order=True).agg(carried=pl.col("quantity").sum())
    after = pl.col("carried") + pl.col("added")
    fixed = pl.when(not rules.scheduled_shipments).then("fixed_cost").otherwise(0.0)
    begins, ends = pl.col("carried") == 0, after == 0
    others = (
        worth.join(pairs, on=list(LINE))
        .join(now, on=[*LINE, "sent"])
        .join(carried, on=list(LANE), how="left")
        .with_columns(
            pl.col("carried").fill_null(0),
            units=pl.col("packs") * pl.col("case_pack"),
            added=(pl.col("packs") - pl.col("sent")) * pl.col("case_pack"),
            begun=(pl.col("packs") > 0).cast(pl.Int64) - (pl.col("sent") > 0).cast(pl.Int64),
        )
        .filter(
            pl.col("packs") != pl.col("sent"),
            pl.col("packs") >= pl.col("least"),
            (pl.col("packs") == 0) | (pl.col("packs") >= pl.col("first")),
            (pl.col("added") < 0) | (pl.col("packs") <= pl.col("most")),
            ends | (after >= rules.least_shipment_units) | (after >= pl.col("carried")) & ~begins,
        )
        .with_columns(
            gain=pl.col("worth") - pl.col("worth_now")
            + pl.when(begins).then(-fixed).when(ends).then(fixed).otherwise(0.0),
            stocked=pl.col("added") <= pl.col("room"),
        )
    )  # fmt: skip
    return others.with_columns(fits=_fits(others, lines, given))


def _fits(others: pl.DataFrame, lines: pl.DataFrame, given: Given) -> pl.Series:
    """Whether all that lines share has room for each other quantity, the DC's units apart."""
    used = lines.join(
        given.pairs.select(*LINE, "volume", "unit_cost", "department"), on=list(LINE)
    ).with_columns(added="quantity", begun=pl.lit(1))
    fits = pl.Series("fits", [True] * others.height, dtype=pl.Boolean)
    for (_, measure), rows in given.limits.group_by("limit", "measure", maintain_order=True):
        drawn = _MEASURED[str(measure)]
        keys = ["all", *(end for end in _ENDS if rows[end].is_not_null().all())]
        of_all = pl.lit(1).alias("all")
        taken = used.with_columns(of_all).group_by(keys, maintain_order=True).agg(taken=drawn.sum())
        slack = ROUNDING * (1 + pl.col("capacity")) if measure in _ROUNDED else pl.lit(0.0)
        room = (
            rows.with_columns(of_all)
            .join(taken, on=keys, how="left")
            .select(*keys, left=pl.col("capacity") - pl.col("taken").fill_null(0.0) - slack)
        )
        joined = others.with_columns(of_all).join(room, on=keys, how="left", maintain_order="left")
        within = (pl.col("added") <= 0) | (drawn <= pl.col("left"))
        fits &= joined.select(within.fill_null(value=True)).to_series()
    return fits


def _list_exchanges(others: pl.DataFrame) -> pl.DataFrame:
    """Quantities for which only the DC's units are short, less what the least other line loses.

    A line gives its last step, and of a location's own fence nothing.
    """
    lacking = (pl.col("added") - pl.col("room")).alias("lacking")
    takers = others.filter("fits", ~pl.col("stocked"), pl.col("gain") > CENT).with_columns(lacking)
    givers = (
        others.filter(pl.col("added") < 0, pl.col("units") >= pl.col("fence"))
        .sort(*LINE, "packs", descending=[False] * 3 + [True])
        .unique(LINE, keep="first", maintain_order=True)
        .with_columns(freed=-pl.col("added"))
        .sort("gain", *LINE, descending=[True] + [False] * 3)
        # The second is for the first, which is no other line of itself.
        .group_by(*_GROUP, "freed", maintain_order=True)
        .head(2)
        .select(*_GROUP, "freed", giver="destination", lost="gain")
    )
    return (
        takers.join(givers, on=_GROUP)
        .filter(pl.col("freed") >= pl.col("lacking"), pl.col("giver") != pl.col("destination"))
        .with_columns(gain=pl.col("gain") + pl.col("lost"))
        .select(others.columns)
    )


def _best(others: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """The best other quantity by pair."""
    return (
        others.sort("gain", "packs", descending=[True, False])
        .unique(list(keys), keep="first", maintain_order=True)
        .select(*LINE, "units", "gain", "sent_units")
    )


def _sum_sent(lines: pl.DataFrame, packs: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """What the units of lines are worth at the DC, and what the packs cost that lose.

    The whole line, where it loses more.
    """
    of_line = packs.join(pairs.select(*LINE, "sent", "first"), on=list(LINE)).filter(
        pl.col("packs") <= pl.col("sent")
    )
    losing = pl.when(pl.col("packs") > pl.col("first")).then(-pl.col("money").clip(upper_bound=0))
    sums = of_line.group_by(LINE, maintain_order=True).agg(
        pl.col("lost").sum(), losing=losing.sum()
    )
    loss = pl.col("moving_cost") + pl.col("value_lost") - pl.col("value_gained")
    return lines.join(sums, on=list(LINE)).with_columns(
        forced=pl.max_horizontal(loss, "losing", 0.0)
    )
