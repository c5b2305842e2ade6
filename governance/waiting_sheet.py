"""Actions that wait for people as a sheet that they fill in, sort and send back."""

from typing import Final

import polars as pl

from governance.ranking import rank_actions
from governance.sent_back import TO_FILL_IN
from governance.wording import describe_action, describe_reasons

_COLUMNS: Final = (
    *("rank", "action_id", *TO_FILL_IN),
    *("kind", "category", "sku", "origin", "supplier", "destination", "region"),
    *("due_on", "quantity", "packs", "unit_value", "value", "currency"),
    *("margin_kept", "margin_given_up", "holding_cost", "moving_cost", "benefit"),
    *("confidence", "urgency_days", "roles", "decided_by", "missing_roles", "overridden"),
    *("deferred_until", "reason_codes", "binding"),
    *("summary", "reasons"),
)
"""What a planner fills in, sorts and filters by, codes first and sentences last."""


def list_waiting(proposals: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """List the actions that wait for people, those worth most first, in words.

    Args:
        proposals: a `Proposals` frame.
        routed: a `Routed` frame of the same.

    Returns:
        A `Worklist` frame with all other columns of both.
    """
    waiting = routed.filter(pl.col("status") == "waiting").drop("business_date", "plan_version")
    ranked = rank_actions(proposals.join(waiting, on="action_id")).with_row_index("rank", offset=1)
    words = [
        (describe_action(row), describe_reasons(row["reason_codes"]))
        for row in ranked.iter_rows(named=True)
    ]
    return ranked.with_columns(
        pl.Series("summary", [summary for summary, _ in words], pl.String),
        pl.Series("reasons", [reasons for _, reasons in words], pl.String),
    )


def tabulate_waiting(waiting: pl.DataFrame) -> pl.DataFrame:
    """Lay out waiting actions as a sheet with columns that are blank and filled in.

    Day, node, supplier and value of a unit are those in force, which what is sent back is held
    against.

    Args:
        waiting: as `list_waiting` gives it.
    """
    blank = {name: pl.lit(None, pl.String) for name in TO_FILL_IN}
    return waiting.with_columns(
        **blank,
        due_on=pl.coalesce("overridden_due_on", "due_on"),
        origin=pl.coalesce("overridden_origin", "origin"),
        supplier=pl.coalesce("overridden_supplier", "supplier"),
        unit_value=pl.coalesce("overridden_unit_value", "unit_value"),
    ).select(_COLUMNS)
