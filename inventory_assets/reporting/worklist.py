"""The actions that wait for people: as a table, and as files that a planner opens."""

import dagster as dg
import polars as pl

from governance import (
    TO_FILL_IN,
    describe_action,
    describe_reasons,
    name_missing_roles,
    rank_actions,
)
from governance.kinds import find_kind
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows, write_for_people

_SHOWN = 20


@result_asset("worklist", reads=["proposals", "routed"])
def worklist(inputs: Inputs) -> Computed:
    """Waiting actions, those worth most first, in words; what is put off says until when."""
    waiting = inputs.read("routed").filter(pl.col("status") == "waiting")
    proposals = inputs.read("proposals")
    ranked = rank_actions(
        proposals.join(waiting.drop("business_date", "plan_version"), on="action_id")
    ).with_row_index("rank", offset=1)
    words = [
        (describe_action(row), describe_reasons(row["reason_codes"]))
        for row in ranked.iter_rows(named=True)
    ]
    frame = ranked.with_columns(
        pl.Series("summary", [summary for summary, _ in words], pl.String),
        pl.Series("reasons", [reasons for _, reasons in words], pl.String),
    )
    paths = write_for_people(inputs.reports / "worklist", _list_columns(frame))
    files = {f"as {path.suffix[1:]}": dg.MetadataValue.path(path) for path in paths}
    table = tabulate_worklist(frame)
    return Computed(frame, metadata={"rows": show_rows(table, _SHOWN), **files})


def _list_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """What a planner fills in, sorts and filters by, codes first and sentences last.

    Day and node are those in force: what is sent back is held against them.
    """
    blank = {name: pl.lit(None, pl.String) for name in TO_FILL_IN}
    return frame.with_columns(
        **blank,
        due_on=pl.coalesce("overridden_due_on", "due_on"),
        origin=pl.coalesce("overridden_origin", "origin"),
    ).select(
        "rank",
        "action_id",
        *TO_FILL_IN,
        *("kind", "category", "sku", "origin", "supplier", "destination", "region"),
        *("due_on", "quantity", "packs", "unit_value", "value", "currency"),
        *("margin_kept", "margin_given_up", "holding_cost", "moving_cost", "benefit"),
        *("confidence", "urgency_days", "roles", "decided_by", "missing_roles", "overridden"),
        *("deferred_until", "reason_codes", "binding"),
        *("summary", "reasons"),
    )


def tabulate_worklist(frame: pl.DataFrame) -> pl.DataFrame:
    """Lay out waiting actions in columns that can be scanned.

    Args:
        frame: `Proposals` rows that wait, with rank and what `Routed` says of them.
    """
    names = {kind: find_kind(kind).singular for kind in frame["kind"].unique()}
    asked = [name_missing_roles(row) for row in frame.iter_rows(named=True)]
    first_reason = pl.col("reason_codes").str.split(";").list.first().str.replace_all("_", " ")
    return frame.select(
        pl.col("rank").alias("#"),
        pl.col("kind").replace(names).alias("what"),
        pl.col("sku").alias("item"),
        pl.coalesce("origin", "supplier").alias("from"),
        pl.col("destination").alias("to"),
        pl.coalesce("overridden", "quantity").alias("units"),
        pl.col("due_on").alias("by"),
        pl.col("value").round(0).alias("value"),
        pl.col("benefit").round(0).alias("gains"),
        pl.col("urgency_days").round(1).alias("days to stock-out"),
        (pl.col("confidence") * 100).round(0).cast(pl.Int64).alias("sure, %"),
        first_reason.alias("because"),
        pl.Series("needs", asked, pl.String),
        pl.col("decided_by")
        .str.replace_all(";", " and ")
        .fill_null("")
        .alias("approved so far by"),
        pl.col("deferred_until").dt.strftime("%F %H:%M").fill_null("").alias("put off until"),
        pl.col("action_id").str.head(8).alias("id"),
    )
