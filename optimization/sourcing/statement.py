"""What is decided of lines, candidates and capacities, in money and words."""

import numpy as np
import polars as pl

from optimization.sourcing.inputs import DAY, LINE, OWN_TERMS, PARCEL, Sourcing, sum_own_terms
from optimization.sourcing.prices import SourcedMarket
from optimization.value import IntArray

VERDICTS = (
    "dearer",
    "capacity",
    "refused_before",
    "stock",
    "capacity_unknown",
    "stock_unknown",
    "parcel_unknown",
    "after_promise",
)
"""Why a line is not shipped by a candidate; of a line's verdicts the first here is told."""

SHARED_TERMS = ("unit_value", "parcel_cost", "split_penalty")
"""Cost terms that depend on what else is shipped."""


def state_candidates(given: Sourcing, judged: pl.DataFrame, chosen: IntArray) -> pl.DataFrame:
    """State each candidate's cost with all other lines left as they are, and the verdict on it.

    Args:
        given: what sourcing is given.
        judged: its candidates, as `judge_candidates` gives them.
        chosen: row of each line's candidate, -1 where it is not shipped, shape (lines,).

    Returns:
        The columns of SourcingPlan.considered.
    """
    shipped = chosen[chosen >= 0]
    is_chosen = np.zeros(judged.height, dtype=np.bool_)
    is_chosen[shipped] = True
    rows = judged.with_columns(is_chosen=pl.Series(is_chosen))
    sent = rows.filter("is_chosen")
    # What others draw is all that is drawn less what the line itself draws.
    own = sent.select(
        "line_row",
        own_location="location",
        own_ship_on="ship_on",
        own_units="quantity",
        own_item="item",
    )
    rows = (
        rows.join(own, on="line_row", how="left", maintain_order="left")
        .join(
            sent.group_by("sku", "location", maintain_order=True).agg(
                pl.col("quantity").sum().alias("taken")
            ),
            on=["sku", "location"],
            how="left",
            maintain_order="left",
        )
        .join(
            sent.group_by(DAY, maintain_order=True).agg(
                pl.len().cast(pl.Int64).alias("sent_lines"),
                pl.col("quantity").sum().alias("sent_units"),
            ),
            on=DAY,
            how="left",
            maintain_order="left",
        )
        .join(
            sent.group_by(PARCEL, maintain_order=True).agg(
                pl.len().cast(pl.Int64).alias("in_parcel")
            ),
            on=PARCEL,
            how="left",
            maintain_order="left",
        )
        .join(
            sent.group_by("order", maintain_order=True).agg(
                pl.len().cast(pl.Int64).alias("in_order")
            ),
            on="order",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("taken", "sent_lines", "sent_units", "in_parcel", "in_order").fill_null(0)
        )
    )
    here = (pl.col("own_location") == pl.col("location")).fill_null(value=False)
    own_pair = here & (pl.col("own_item") == pl.col("item")).fill_null(value=False)
    same = here & (pl.col("own_ship_on") == pl.col("ship_on")).fill_null(value=False)
    rows = rows.with_columns(
        taken=pl.col("taken") - pl.when(own_pair).then("own_units").otherwise(0),
        sent_lines=pl.col("sent_lines") - same.cast(pl.Int64),
        sent_units=pl.col("sent_units") - pl.when(same).then("own_units").otherwise(0),
        in_parcel=pl.col("in_parcel") - same.cast(pl.Int64),
        in_order=pl.col("in_order") - pl.col("own_units").is_not_null().cast(pl.Int64),
    )
    return _judge_costs(_cost_rows(given, rows))


def _cost_rows(given: Sourcing, rows: pl.DataFrame) -> pl.DataFrame:
    """Add SHARED_TERMS and cost: what the line adds there, missing where that is not known."""
    known = pl.col("pair_row").is_not_null() & pl.col("inventory_position").is_not_null()
    valued = rows.filter(known)
    pair, units = valued["pair_row"].to_numpy(), valued["quantity"].to_numpy()
    left = (valued["inventory_position"] - valued["taken"]).to_numpy() - units
    lost = valued.select("row", unit_value=given.value.gain(pair, left, units))
    new = pl.col("in_parcel") == 0
    further = (new & (pl.col("in_order") > 0)).cast(pl.Float64)
    return (
        rows.join(lost, on="row", how="left", maintain_order="left")
        .with_columns(
            parcel_cost=pl.col("parcel_cost") * new.cast(pl.Float64),
            split_penalty=further * given.split_penalty,
        )
        .with_columns(cost=sum_own_terms() + sum(pl.col(name) for name in SHARED_TERMS))
    )


def _judge_costs(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of candidates without a verdict whether they are chosen, or why not."""
    short = pl.col("taken") + pl.col("quantity") > pl.col("available")
    full = (pl.col("sent_lines") + 1 > pl.col("lines_room")) | (
        pl.col("sent_units") + pl.col("quantity") > pl.col("units_room")
    )
    told = rows.with_columns(
        verdict=pl.when(pl.col("verdict").is_not_null())
        .then("verdict")
        .when("is_chosen")
        .then(pl.lit("chosen"))
        .when(short)
        .then(pl.lit("stock"))
        .when(full)
        .then(pl.lit("capacity"))
        .otherwise(pl.lit("dearer"))
    )
    return told.select(
        *LINE, *DAY, "item", "ordered", "arrives_on", *OWN_TERMS, *SHARED_TERMS, "cost", "verdict"
    ).sort(*LINE, *DAY, "item")


def state_lines(given: Sourcing, considered: pl.DataFrame) -> pl.DataFrame:
    """State what is decided of each line, as SourcingPlan has it.

    The value of a pair's units is split by unit. A parcel, and the split penalties of an order to
    one place, are split by what their lines save besides, so that no line bears more than it saves.
    """
    wait = (pl.col("wait_cost") < pl.col("open_cost")).fill_null(value=False)
    asked = given.lines.select(
        *LINE, "sku", "quantity", "place", "open_cost", "wait_cost", "outside"
    ).sort(LINE)
    sent = _share_terms(given, asked.join(considered.filter(verdict="chosen"), on=LINE))
    lines = (
        asked.join(sent, on=LINE, how="left", maintain_order="left")
        .join(_tell_reasons(considered), on=LINE, how="left", maintain_order="left")
        .with_columns(
            decision=pl.when(pl.col("location").is_not_null())
            .then(pl.lit("ship"))
            .when(wait)
            .then(pl.lit("wait"))
            .otherwise(pl.lit("open"))
        )
    )
    shipped = pl.col("decision") == "ship"
    terms = sum_own_terms() + sum(pl.col(name) for name in SHARED_TERMS)
    nowhere = pl.when(decision="wait").then("wait_cost").otherwise("open_cost")
    return (
        lines.with_columns(
            cost=pl.when(shipped).then(terms).otherwise(nowhere),
            reason=pl.when(~shipped).then(pl.col("reason").fill_null("no_candidate")),
        )
        .pipe(_add_rejected, considered)
        .select(
            *LINE, "sku", "quantity", "decision", *DAY, "item", "arrives_on", *OWN_TERMS,
            *SHARED_TERMS, "cost", "reason", "rejected", "rejected_cost",
        )
    )  # fmt: skip


def _share_terms(given: Sourcing, sent: pl.DataFrame) -> pl.DataFrame:
    """Shipped lines with their shares of what they share with others."""
    sent = sent.with_columns(sku="item")
    pairs = (
        sent.group_by("sku", "location", maintain_order=True)
        .agg(taken=pl.col("quantity").sum())
        .join(given.stock.with_row_index("pair_row"), on=["sku", "location"], maintain_order="left")
        .sort("sku", "location")
    )
    pair, taken = pairs["pair_row"].cast(pl.Int64).to_numpy(), pairs["taken"].to_numpy()
    lost = given.value.gain(pair, pairs["inventory_position"].to_numpy() - taken, taken)
    each = pairs.select("sku", "location", each=pl.Series(lost, dtype=pl.Float64) / taken)
    order = ["order_id", "place"]
    parcels = sent.group_by(order, maintain_order=True).agg(parcels=pl.struct(DAY).n_unique())
    return (
        sent.drop("parcel_cost", "split_penalty")
        .join(given.parcels.select(*PARCEL, whole="parcel_cost"), on=PARCEL, maintain_order="left")
        .join(each, on=["sku", "location"], maintain_order="left")
        .join(parcels, on=order, maintain_order="left")
        .with_columns(
            unit_value=pl.col("each") * pl.col("quantity"),
            splits=given.split_penalty * (pl.col("parcels") - 1),
        )
        .with_columns(saved=pl.col("outside") - sum_own_terms() - pl.col("unit_value"))
        .with_columns(parcel_cost=pl.col("whole") * _share_of("saved", PARCEL))
        .with_columns(saved=pl.col("saved") - pl.col("parcel_cost"))
        .with_columns(split_penalty=pl.col("splits") * _share_of("saved", order))
        .select(*LINE, *DAY, "item", "arrives_on", *OWN_TERMS, *SHARED_TERMS)
    )


def _share_of(saved: str, group: list[str]) -> pl.Expr:
    """The share of each line of a group in what all save; an even one where none saves."""
    gained = pl.col(saved).clip(lower_bound=0.0)
    whole = gained.sum().over(group)
    return pl.when(whole > 0).then(gained / whole).otherwise(1.0 / pl.len().over(group))


def _tell_reasons(considered: pl.DataFrame) -> pl.DataFrame:
    """The first of VERDICTS that any candidate of a line got."""
    told = considered.filter(pl.col("verdict") != "chosen")
    rank = pl.col("verdict").replace_strict(
        {verdict: n for n, verdict in enumerate(VERDICTS)}, return_dtype=pl.Int64
    )
    first = told.group_by(LINE, maintain_order=True).agg(rank.min().alias("first"))
    reason = pl.col("first").replace_strict(dict(enumerate(VERDICTS)), return_dtype=pl.String)
    return first.select(*LINE, reason=reason)


def _add_rejected(lines: pl.DataFrame, considered: pl.DataFrame) -> pl.DataFrame:
    """Add the cheapest decision on each line that was possible and not taken; ties by its words.

    Another node costs what the line costs, and what the node asks beyond the chosen one, all other
    lines left as they are.
    """
    where = pl.format("from {} on {}", "location", "ship_on")
    what = pl.when(pl.col("item") == pl.col("ordered")).then(pl.lit("ship"))
    chosen = considered.filter(verdict="chosen").select(*LINE, chosen_cost="cost")
    shared = (
        lines.join(chosen, on=LINE, how="left", maintain_order="left")
        .select(*LINE, beyond=pl.col("cost") - pl.col("chosen_cost"))
        .with_columns(pl.col("beyond").fill_null(0.0))
    )
    others = [
        considered.filter(verdict="dearer")
        .join(shared, on=LINE, how="left", maintain_order="left")
        .select(
            *LINE,
            rejected=pl.format("{} {}", what.otherwise(pl.format("send {}", "item")), where),
            rejected_cost=pl.col("cost") + pl.col("beyond"),
        )
    ]
    for decision, words in (("wait", "wait"), ("open", "leave it open")):
        possible = lines.filter(
            pl.col("decision") != decision, pl.col(f"{decision}_cost").is_not_null()
        )
        others.append(
            possible.select(*LINE, rejected=pl.lit(words), rejected_cost=pl.col(f"{decision}_cost"))
        )
    by_cost = pl.concat(others).sort(*LINE, "rejected_cost", "rejected")
    least = by_cost.unique(LINE, keep="first", maintain_order=True)
    return lines.join(least, on=LINE, how="left", maintain_order="left")


def state_limits(given: Sourcing, judged: pl.DataFrame, solved: SourcedMarket) -> pl.DataFrame:
    """State what is drawn of each limit that lines share, and what one more of it would save.

    Args:
        given: what sourcing is given.
        judged: its candidates, as `judge_candidates` gives them.
        solved: the plan, its prices and the bound that they prove.

    Returns:
        The columns of SourcingPlan.limits.
    """
    hands = given.rows.select(
        "location",
        limit="measure",
        scope=pl.col("ship_on").dt.to_string("%Y-%m-%d"),
        capacity="capacity",
        used=pl.Series(np.rint(solved.used), dtype=pl.Int64),
        price=pl.Series(solved.row_price, dtype=pl.Float64),
    )
    return pl.concat([hands, _state_stock(given, judged, solved)]).sort(
        "location", "limit", "scope"
    )


def _state_stock(given: Sourcing, judged: pl.DataFrame, solved: SourcedMarket) -> pl.DataFrame:
    """The same of items of which a node has fewer units than lines ask for.

    One unit more saves what its lines would pay for it, less what it would be worth to the node;
    where the node keeps a unit to itself, nothing.
    """
    admitted = judged.filter(pl.col("verdict").is_null())["pair_row"].unique().sort()
    held = given.stock.select("available", "inventory_position")[admitted]
    more = held["inventory_position"].to_numpy() + 1
    worth = solved.unit_price - given.value.of_unit(admitted.to_numpy(), more)
    worth = np.where(solved.taken < held["available"].to_numpy(), 0.0, worth)
    priced = pl.DataFrame(
        {"pair_row": admitted, "used": solved.taken, "price": worth.clip(min=0.0)}
    )
    return (
        judged.filter(pl.col("available").is_not_null())
        .unique(["line_row", "pair_row"], keep="first", maintain_order=True)
        .group_by("pair_row", maintain_order=True)
        .agg(
            pl.col("location", "available").first(),
            pl.col("sku").first(),
            asked=pl.col("quantity").sum(),
        )
        .filter(pl.col("asked") > pl.col("available"))
        .join(priced, on="pair_row", how="left", maintain_order="left")
        .select(
            "location",
            pl.col("used").fill_null(0),
            "price",
            limit=pl.lit("stock"),
            scope="sku",
            capacity="available",
        )
        .select("location", "limit", "scope", "capacity", "used", "price")
    )
