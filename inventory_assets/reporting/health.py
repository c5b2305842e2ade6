"""The state of stock, and the actions that wait for people."""

import dagster as dg
import polars as pl

from governance import describe_action, describe_reasons, describe_route
from inventory_assets.framework import (
    Computed,
    Inputs,
    result_asset,
    show_rows,
    write_markdown_text,
)

_SHOWN = 20


@result_asset("stock_health", reads=["planning_pairs", "targets", "receipts_ahead"])
def stock_health(inputs: Inputs) -> Computed:
    """Stock against target by region and department."""
    frame = inputs.query("stock_health")
    return Computed(frame, metadata={"rows": show_rows(frame, len(frame))})


@result_asset("worklist", reads=["proposals", "routed"])
def worklist(inputs: Inputs) -> Computed:
    """Waiting actions, those worth most first, in words."""
    waiting = inputs.read("routed").filter(pl.col("status") == "waiting")
    ranked = (
        inputs.read("proposals")
        .join(waiting.drop("business_date", "plan_version"), on="action_id")
        .sort("benefit", "action_id", descending=[True, False])
        .with_row_index("rank", offset=1)
    )
    words = [
        (describe_action(row), describe_reasons(row["reason_codes"]))
        for row in ranked.iter_rows(named=True)
    ]
    frame = ranked.with_columns(
        pl.Series("summary", [summary for summary, _ in words], pl.String),
        pl.Series("reasons", [reasons for _, reasons in words], pl.String),
    )
    return Computed(frame, metadata={"rows": _listed(frame.head(_SHOWN))})


def _listed(worklist: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Show the worklist as a list, as its sentences are too long for the cells of a table."""
    lines = [
        f"{row['rank']}. {write_markdown_text(row['summary'] + ' ' + row['reasons'])} "
        f"**{write_markdown_text(describe_route(row))}.** `{row['action_id'][:8]}`"
        for row in worklist.iter_rows(named=True)
    ]
    return dg.MetadataValue.md("\n".join(lines))
