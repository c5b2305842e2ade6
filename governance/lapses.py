"""Approvals that lapse, since the plan that they rest on has moved."""

import polars as pl

from governance.decisions import standing


def find_lapsed(
    decisions: pl.DataFrame, proposals: pl.DataFrame, lines: pl.DataFrame, beyond: float | None
) -> pl.DataFrame:
    """Find approvals of an earlier version of the plan of which the action has moved since.

    It has moved where its units, or what a unit is worth, are more or less than they were by more
    than the share of policy. An approval that does not say which version it was of stands.

    Args:
        decisions: a `Decisions` frame.
        proposals: a `Proposals` frame of the version in force.
        lines: a `PlanLines` frame of earlier versions of its business date.
        beyond: share of policy; None where no approval lapses.

    Returns:
        decision_id, action_id, author, one row an approval that lapses, sorted by decision_id.
    """
    given = standing(decisions, proposals).filter(pl.col("decision") == "approve")
    then = lines.select("action_id", "plan_version", units_then="quantity", worth_then=_worth())
    now = proposals.select(
        "action_id", version="plan_version", units=pl.col("quantity"), worth=_worth()
    )
    moved = pl.any_horizontal(
        (pl.col(name) - pl.col(f"{name}_then")).abs() > pl.lit(beyond) * pl.col(f"{name}_then")
        for name in ("units", "worth")
    )
    return (
        given.join(then, on=["action_id", "plan_version"], validate="m:1")
        .join(now, on="action_id", validate="m:1")
        .filter(pl.col("plan_version") < pl.col("version"), moved.fill_null(value=False))
        .select("decision_id", "action_id", "author")
        .sort("decision_id")
    )


def _worth() -> pl.Expr:
    """What a unit is worth."""
    return pl.col("value") / pl.col("quantity")
