"""Quantities that people put in place of what was proposed, as they stand."""

import polars as pl

from governance.decisions import standing
from governance.kinds import add_commitments

_OF_ACTION = ["action_id", "kind", "region", "category", "sku", "destination", "due_on"]


def find_overrides(proposals: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Find for each action the latest override that counts and changes the quantity.

    Of actions that bring units to their destination: only their quantity forecasts demand.

    Args:
        proposals: a `Proposals` frame.
        decisions: a `Decisions` frame.

    Returns:
        Of the contract OverrideForecasts action_id, kind, region, category, sku, destination,
        due_on, author, role, reason, proposed, overridden (units), sorted by action_id.
    """
    latest = (
        standing(decisions, proposals)
        .filter(pl.col("decision") == "override")
        .sort("decided_at", "decision_id")
        .unique("action_id", keep="last", maintain_order=True)
        .select("action_id", "author", "role", "reason", overridden="quantity")
    )
    return (
        add_commitments(proposals)
        .filter(pl.col("inbound") > 0)
        .select(*_OF_ACTION, proposed="quantity")
        .join(latest, on="action_id")
        .filter(pl.col("proposed") != pl.col("overridden"))
        .select(*_OF_ACTION, "author", "role", "reason", "proposed", "overridden")
        .sort("action_id")
    )
