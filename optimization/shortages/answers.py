"""The answer to each shortage: an action of tonight, goods on their way, or a reason.

No reason is guessed. What a plan left out it says itself; a pair that its plan neither serves nor
leaves out is at its level, which is held against its stock. Where the two disagree no reason is
given, and `list_unanswered` finds it.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from optimization.frames import cast_to_contract
from optimization.shortages.supply import describe_gap, describe_supply, spell_limit
from quality_checks.contracts import (
    SHORT_DC_STATES,
    SHORTAGE_REASONS,
    Shortages,
    ShortItemLocations,
    find_frame,
)


def answer_shortages(short: pl.DataFrame) -> pl.DataFrame:
    """Say of each item-location what is done about it, or why nothing is and what must change.

    Args:
        short: frame `short_item_locations`.

    Returns:
        The columns of the contract Shortages without business_date, sorted by key.

    Raises:
        ValueError: `short` breaks its contract.
    """
    known = find_frame(ShortItemLocations).read(short)
    answered = known.with_columns(answer=_answer(), reason=_reason())
    texts = [_describe(row) for row in answered.iter_rows(named=True)]
    return cast_to_contract(
        answered.with_columns(
            pl.Series("why", [why for why, _ in texts], pl.String),
            pl.Series("change", [change for _, change in texts], pl.String),
        ),
        Shortages,
    )


def list_unanswered(shortages: pl.DataFrame) -> pl.DataFrame:
    """List shortages that have neither an answer nor a reason.

    Args:
        shortages: the columns of the contract Shortages.

    Returns:
        Of the contract Shortages what says which they are, and why nothing is done.
    """
    return shortages.filter(pl.col("answer") == "none", pl.col("reason").is_null()).select(
        "sku", "location", "state", "order_up_to", "inventory_position", "level_binding", "left_out"
    )


def _answer() -> pl.Expr:
    return (
        pl.when(pl.col("planned_units") > 0)
        .then(pl.lit("planned"))
        .when(pl.col("coming_units") > 0)
        .then(pl.lit("on_its_way"))
        .otherwise(pl.lit("none"))
    )


def _reason() -> pl.Expr:
    """Why tonight plans nothing; missing where it does, and where plans do not say."""
    refused = pl.format("action_{}", "refused_status")
    return (
        pl.when(pl.col("planned_units") > 0)
        .then(None)
        .when(pl.col("left_out") == "set_aside")
        .then("left_out")
        .when(pl.col("status") != "active")
        .then(pl.lit("not_replenished"))
        .when(pl.col("state") == "not_replenished")
        .then(pl.coalesce(refused, "left_out", pl.lit("feeds_others")))
        .when(pl.col("available").is_null())
        .then(pl.lit("stock_unknown"))
        .otherwise(pl.coalesce(refused, "left_out", _at_level()))
    )


def _at_level() -> pl.Expr:
    """Why a level asks for nothing more; missing where it asks for more."""
    nothing_comes = pl.col("coming_units") == 0
    at_most = pl.col("level_binding").str.starts_with("shelf_max")
    return (
        pl.when(pl.col("inventory_position") < pl.col("order_up_to"))
        .then(None)
        .when((pl.col("order_up_to") == 0) & (pl.col("level_binding") == "run_down"))
        .then(pl.lit("item_leaves"))
        .when((pl.col("order_up_to") == 0) & (pl.col("level_binding") == "before_launch"))
        .then(pl.lit("before_launch"))
        .when(at_most & pl.col("level_held_by").is_not_null())
        .then(pl.lit("level_changed"))
        .when((pl.col("order_up_to") == 0) & (pl.col("daily_demand") == 0))
        .then(pl.lit("no_demand_expected"))
        .when(pl.col("order_up_to") == 0)
        .then(pl.lit("level_zero"))
        .when(nothing_comes & at_most)
        .then(pl.lit("level_at_shelf_max"))
        .when(nothing_comes)
        .then(pl.lit("waits_for_next_review"))
        .when(pl.col("order_up_to").is_not_null())
        .then(pl.lit("covered_by_what_comes"))
    )


def _describe(row: Mapping[str, Any]) -> tuple[str, str]:
    """Why, and what would have to change, in words."""
    gap = f"{describe_gap(row)} " if row["state"] in SHORT_DC_STATES else ""
    if row["answer"] == "planned":
        kinds = row["planned_kinds"].replace("_", " ").replace(";", " and ")
        return (
            (
                f"{gap}{row['planned_units']} units are planned by {kinds}, "
                f"{row['planned_status']}, due on {row['planned_on']}."
            ),
            "",
        )
    comes = gap
    if row["answer"] == "on_its_way":
        comes = f"{gap}{row['receipt_units']} units are due on {row['receipt_on']}. "
    if row["reason"] is None:
        return f"{comes}No plan says why it gets nothing.", ""
    stated = SHORTAGE_REASONS[row["reason"]]
    facts = {**row, "supply": describe_supply(row)}
    # Calculations are named as they are: `explain` and the checks name them so.
    if row["reason"] != "set_aside":
        facts["limit"] = spell_limit(row["limit"])
    return comes + stated.words.format(**facts).strip(), stated.change.format(**facts)


def tabulate_shortages(shortages: pl.DataFrame) -> pl.DataFrame:
    """Sum shortages and the margin lost until they end, by what is done and why not more.

    Args:
        shortages: `Shortages` rows.

    Returns:
        answer, reason, out, about to be, unknown, DCs (pairs), margin a day, margin lost until then
        (currency); the dearest of an answer first.
    """
    return (
        shortages.group_by("answer", "reason", maintain_order=True)
        .agg(
            (pl.col("state") == "out").sum().alias("out"),
            (pl.col("state") == "about_to_be_out").sum().alias("about to be"),
            (pl.col("state") == "unknown").sum().alias("unknown"),
            pl.col("state").is_in(SHORT_DC_STATES).sum().alias("DCs"),
            pl.col("margin_a_day").filter(pl.col("state") == "out").sum().alias("margin a day"),
            pl.col("lost_margin").sum().alias("margin lost until then"),
        )
        .sort("answer", "margin lost until then", "reason", descending=[True, True, False])
    )
