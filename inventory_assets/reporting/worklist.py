"""The actions that wait for people: as a table, and as files that a planner opens."""

import dagster as dg
import polars as pl

from governance import list_waiting, name_missing_roles, tabulate_waiting
from governance.kinds import find_kind
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows, write_for_people

_SHOWN = 20


@result_asset("worklist", reads=["proposals", "routed"])
def worklist(inputs: Inputs) -> Computed:
    """Waiting actions, those worth most first, in words; what is put off says until when."""
    frame = list_waiting(inputs.read("proposals"), inputs.read("routed"))
    paths = write_for_people(inputs.reports / "worklist", tabulate_waiting(frame))
    files = {f"as {path.suffix[1:]}": dg.MetadataValue.path(path) for path in paths}
    table = tabulate_worklist(frame)
    return Computed(frame, metadata={"rows": show_rows(table, _SHOWN), **files})


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
