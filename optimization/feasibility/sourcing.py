"""Whether nodes can ship what the sourcing of customer orders says, at the cost it states."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import CENT, collect, report, report_excess
from optimization.feasibility.worth import value_lines
from optimization.frames import SourcingFrames
from quality_checks.contracts import SourcingLines, SourcingParcels, find_frame

LINE = ("order_id", "line")
DAY = ("location", "ship_on")
CHOICE = (*LINE, *DAY)
PARCEL = ("order_id", "place", *DAY)
_OWN = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost", "markdown_avoided")


def find_sourcing_problems(
    decided: pl.DataFrame, given: SourcingFrames, *, split_penalty: float
) -> pl.DataFrame:
    """What makes the sourcing of orders impossible, or states it wrong.

    Args:
        decided: `lines` of a SourcingPlan.
        given: what it was made from.
        split_penalty: cost of each further parcel of an order, currency.

    Returns:
        Frame `plan_problems`.
    """
    given = given._replace(
        lines=find_frame(SourcingLines).fill(given.lines),
        parcels=find_frame(SourcingParcels).fill(given.parcels),
    )
    lines, candidates, parcels, stock, capacities = given
    shipped = decided.filter(decision="ship")
    return collect(
        _line_problems(decided, lines),
        _choice_problems(shipped, lines, candidates, parcels),
        *report_beyond_nodes(shipped, stock, capacities, CHOICE),
        _cost_problems(shipped, given, split_penalty),
        _outside_problems(decided, lines),
    )  # fmt: skip


def report_beyond_nodes(
    sent: pl.DataFrame, stock: pl.DataFrame, capacities: pl.DataFrame, key: tuple[str, ...]
) -> list[pl.DataFrame]:
    """Report what nodes are asked to ship beyond their stock, their capacity or their days.

    Args:
        sent: sku, location, ship_on, quantity and `key`, a row a line.
        stock: frame `sourcing_stock`.
        capacities: frame `sourcing_capacities`.
        key: columns that name a choice.
    """
    by_day = sent.with_columns(drawn_lines=1)
    closed = capacities.select(*DAY, is_open=pl.lit(value=True))
    return [
        report_excess(
            sent, "node_stock", "quantity", stock.select("sku", "location", "available"),
            unknown_is_none=True,
        ),
        report_excess(
            by_day, "node_capacity", "drawn_lines", capacities.select(*DAY, "most_lines")
        ),
        report_excess(sent, "node_capacity", "quantity", capacities.select(*DAY, "most_units")),
        report(
            sent.join(closed, on=list(DAY), how="left"),
            key,
            {"node_closed": (pl.col("is_open").is_null(), "a capacity of the day", "quantity")},
        ),
    ]  # fmt: skip


def find_sourcing_overlaps(
    sourced: pl.DataFrame, moved: pl.DataFrame, pairs: pl.DataFrame
) -> pl.DataFrame:
    """Where customers' lines and the movements of the night promise the same units.

    Args:
        sourced: the columns of OrderSourcing.
        moved: frame `moved_units`, of allocation and transfers.
        pairs: rows of frame `planned_pairs`, as they are before any plan.
    """
    lines = pl.concat(plan.select("origin", "sku", "quantity") for plan in (sourced, moved))
    # What movements alone promise twice is told with them.
    shared = lines.join(sourced, on=["origin", "sku"], how="semi")
    available = pairs.select("sku", "available", origin="location")
    return report_excess(
        shared,
        "promised_twice",
        "quantity",
        available.select("origin", "sku", "available"),
        unknown_is_none=True,
    )


def find_refused_sourcing(
    sourced: pl.DataFrame, refusals: pl.DataFrame, *, business_date: dt.date
) -> pl.DataFrame:
    """Where a node is asked for a line that it refused, with nothing new since.

    Args:
        sourced: the columns of OrderSourcing.
        refusals: frame `line_refusals`.
        business_date: the day that closed.

    Returns:
        Frame `plan_problems`.
    """
    chosen = sourced.select("order_id", "ship_on", line="order_line", location="origin")
    asked = chosen.join(refusals, on=[*LINE, "location"])
    for_good = pl.col("reason").is_in(["not_found", "damaged"])
    # Who said no of its own accord is asked again from the second day on.
    late = pl.col("refused_on") + pl.duration(days=1) > pl.lit(business_date)
    again = (for_good | late) & (pl.col("seen_since") == pl.lit(value=False))
    expected = pl.format("another node: {} on {}", "reason", "refused_on")
    return report(asked, CHOICE, {"refused_before": (again, expected, "location")})


def _line_problems(decided: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that are decided twice, not at all, or for other units than are open."""
    asked = lines.select(*LINE, open_units="quantity", open_sku="sku")
    both = asked.join(decided, on=list(LINE), how="full", coalesce=True)
    same = (pl.col("open_units") == pl.col("quantity")) & (pl.col("open_sku") == pl.col("sku"))
    known = both.filter(pl.col("decision").is_not_null())
    return collect(
        report(
            decided.group_by(LINE, maintain_order=True).len(),
            LINE,
            {"duplicate": (pl.col("len") > 1, "1", "len")},
        ),
        report(both, LINE, {"undecided": (pl.col("decision").is_null(), "a decision", "decision")}),
        report(
            known,
            LINE,
            {"open_line": (~same, pl.format("{} of {}", "open_units", "open_sku"), "quantity")},
        ),
    )


def _choice_problems(
    shipped: pl.DataFrame, lines: pl.DataFrame, candidates: pl.DataFrame, parcels: pl.DataFrame
) -> pl.DataFrame:
    """Lines that are shipped from where they may not be, or come after their promise."""
    chosen = (
        shipped.select(*CHOICE, stated="arrives_on")
        .join(candidates.select(*CHOICE, listed=pl.lit(value=True)), on=list(CHOICE), how="left")
        .join(lines.select(*LINE, "place", "promised_on"), on=list(LINE), how="left")
        .join(parcels.select(*PARCEL, "arrives_on"), on=list(PARCEL), how="left")
    )
    # Without a parcel to its place it never comes.
    late = (pl.col("arrives_on") > pl.col("promised_on")).fill_null(value=True) | (
        pl.col("stated") != pl.col("arrives_on")
    )
    return collect(
        report(
            chosen,
            CHOICE,
            {"no_candidate": (pl.col("listed").is_null(), "a candidate", pl.lit("none"))},
        ),
        report(
            chosen.filter("listed"),
            CHOICE,
            {"promise": (late, pl.format("by {}", "promised_on"), "arrives_on")},
        ),
    )


def _cost_problems(
    shipped: pl.DataFrame, given: SourcingFrames, split_penalty: float
) -> pl.DataFrame:
    """Shipped lines whose own terms, share of units, parcel or split are others than stated."""
    named = shipped.rename({"location": "origin"})
    valued = value_lines(named, given.stock, "origin").rename({"origin": "location"})
    order = ["order_id", "place"]
    splits = pl.struct(DAY).n_unique().over(order) - 1
    of_choice = [pl.col(name).alias(f"{name}_there") for name in _OWN]
    terms = given.candidates.select(*CHOICE, *of_choice)
    nowhere = pl.min_horizontal("open_cost", "wait_cost")
    costed = (
        valued.join(terms, on=list(CHOICE))
        .join(given.lines.select(*LINE, "place", nowhere=nowhere), on=list(LINE))
        .join(given.parcels.select(*PARCEL, price="parcel_cost"), on=list(PARCEL))
        .with_columns(
            there=pl.sum_horizontal(f"{name}_there" for name in _OWN[:-1])
            - pl.col(f"{_OWN[-1]}_there"),
            stated=pl.sum_horizontal(_OWN[:-1]) - pl.col(_OWN[-1]),
        )
        .with_columns(left=pl.col("nowhere") - pl.col("there") - pl.col("lost"))
        .with_columns(parcel=_split_by_savings(pl.col("price"), list(PARCEL)))
        .with_columns(left=pl.col("left") - pl.col("parcel"))
        .with_columns(split=_split_by_savings(split_penalty * splits, order))
    )
    whole = pl.col("there") + pl.col("lost") + pl.col("parcel") + pl.col("split")
    wrong = (whole - pl.col("cost")).abs() > CENT
    for stated, found in (
        ("stated", "there"),
        ("unit_value", "lost"),
        ("parcel_cost", "parcel"),
        ("split_penalty", "split"),
    ):
        wrong |= (pl.col(stated) - pl.col(found)).abs() > CENT
    rule = (wrong, pl.format("costs {}", whole.round(2)), pl.col("cost").round(2))
    return report(costed, CHOICE, {"stated_cost": rule})


def _split_by_savings(cost: pl.Expr, shared_by: list[str]) -> pl.Expr:
    """A shared cost by what those who share it save besides; evenly where none saves."""
    saved = pl.max_horizontal("left", 0.0)
    all_saved = saved.sum().over(shared_by)
    even = cost / pl.len().over(shared_by)
    return pl.when(all_saved > 0).then(cost * saved / all_saved).otherwise(even)


def _outside_problems(decided: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that wait though they may not, or that state another cost than not shipping has."""
    costs = lines.select(*LINE, "open_cost", "wait_cost")
    outside = decided.filter(pl.col("decision") != "ship").join(costs, on=list(LINE))
    due = pl.when(decision="wait").then("wait_cost").otherwise("open_cost")
    wrong = due.is_null() | ((due - pl.col("cost")).abs() > CENT)
    return report(outside, LINE, {"outside_cost": (wrong, pl.format("costs {}", due), "cost")})
