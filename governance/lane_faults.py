"""Whether another day or another node that somebody puts in place of a proposed one is possible."""

from typing import Final

import polars as pl

MOST_DAYS_LATER: Final = 400
"""Days after the proposed one that another may be: beyond them a year is mistyped."""


def find_lane_faults(
    decisions: pl.DataFrame, actions: pl.DataFrame, lanes: pl.DataFrame
) -> pl.DataFrame:
    """Find overrides by which goods would move where no lane is, or on a day when none ships.

    What a supplier delivers is asked for no sooner than proposed, which is the soonest that it
    comes without an expedite. What is due counts as on its way until it comes, so that no day is
    more than `MOST_DAYS_LATER` days after the one proposed.

    Args:
        decisions: a `Decisions` frame.
        actions: action_id, business_date, origin, destination, supplier, due_on of `Proposals`.
        lanes: a `Lanes` frame.

    Returns:
        decision_id, action_id, problem (in words); sorted by decision_id.
    """
    changed = decisions.filter(
        pl.col("decision") == "override",
        pl.col("origin").is_not_null() | pl.col("due_on").is_not_null(),
    ).select(
        *("decision_id", "action_id"),
        new_origin="origin",
        new_due_on="due_on",
        new_supplier="supplier",
    )
    ways = lanes.filter("allowed").select("origin", "destination", "transit_days", "order_weekdays")
    return (
        changed.join(actions, on="action_id", maintain_order="left")
        .with_columns(
            origin=pl.coalesce("new_origin", "origin"), day=pl.coalesce("new_due_on", "due_on")
        )
        .join(ways, on=["origin", "destination"], how="left", validate="m:1", maintain_order="left")
        .with_columns(
            leaves=pl.col("day") - pl.duration(days=pl.col("transit_days")),
            goes_out=pl.col("business_date") + pl.duration(days=1),
        )
        .select("decision_id", "action_id", problem=_say_problem())
        .drop_nulls("problem")
        .sort("decision_id")
    )


def _say_problem() -> pl.Expr:
    moves, leaves = pl.col("origin").is_not_null(), pl.col("leaves")
    ships = pl.col("order_weekdays").str.slice(leaves.dt.weekday() - 1, 1) == "1"
    checks = [
        (
            moves & pl.col("transit_days").is_null(),
            pl.format("No lane that plans may use goes from {} to {}.", "origin", "destination"),
        ),
        (
            moves & (leaves < pl.col("goes_out")),
            pl.format(
                "It is {} days on the way and leaves on {} at the soonest: {} is too early.",
                "transit_days",
                "goes_out",
                "day",
            ),
        ),
        (
            moves & ~ships,
            pl.format("Nothing ships from {} to {} on {}.", "origin", "destination", "leaves"),
        ),
        (
            # Another supplier has days of its own; see `term_faults`.
            pl.col("supplier").is_not_null()
            & pl.col("new_supplier").is_null()
            & (pl.col("day") < pl.col("due_on")),
            pl.format("{} delivers it on {} at the soonest: expedite it.", "supplier", "due_on"),
        ),
        (
            pl.col("day") > pl.col("due_on") + pl.duration(days=MOST_DAYS_LATER),
            pl.format(
                "{} is more than {} days after {}, the day proposed.",
                "day",
                pl.lit(MOST_DAYS_LATER),
                "due_on",
            ),
        ),
    ]
    return pl.coalesce(pl.when(fault).then(words) for fault, words in checks)
