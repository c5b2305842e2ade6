"""Hand approved lines to the ERP, each once."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl

from governance.exchange import (
    BatchError,
    ManifestInputs,
    new_lines,
    read_batch,
    read_batches,
    write_batch,
)
from inventory_assets.framework import (
    Computed,
    Retailer,
    refuse_on_blocking_failures,
    result_asset,
    table,
)
from quality_checks.checks import APPROVED_ONLY, BATCHES_WHOLE, Outcome, judge_export
from quality_checks.contracts import CONTRACTS

_LINES = CONTRACTS["export_lines"]


@result_asset(
    "export_lines",
    deps=["routed", "forecast_accuracy", "book_balance", "stock_health"],
    checks=[APPROVED_ONLY, BATCHES_WHOLE],
)
def export_lines(retailer: Retailer, business_date: date) -> Computed:
    """A batch of what is approved and was never handed out; nothing where nothing is new.

    Once a later business date is planned, this one hands out nothing more: the later plan has
    proposed anew whatever was left undecided. The batch on disk comes first and the table after
    it: a process that dies between the two has handed the lines out, and the next run finds them.
    """
    refuse_on_blocking_failures(
        retailer,
        business_date,
        stages=["landing", "inventory", "demand", "supply", "plans", "actions"],
    )
    read = retailer.warehouse.read
    proposed, routed = (read(CONTRACTS[name], business_date) for name in ("proposals", "routed"))
    stored = retailer.warehouse.exported(business_date)
    on_disk = read_batches(retailer.exports, business_date)
    handed_out = pl.concat([stored, on_disk]).unique("idempotency_key").sort(_LINES.key)
    fresh = new_lines(proposed, routed, handed_out)
    overtaken = retailer.warehouse.planned_after(business_date)
    if overtaken:
        fresh = fresh.clear()
    lines = pl.concat([handed_out.filter(pl.col("business_date") == business_date), fresh])
    batches = lines.partition_by("batch", as_dict=True, maintain_order=True)
    for (number,), batch in sorted(batches.items()):
        # What is on disk was handed out as it is; only what is new, or was lost, is written.
        if number not in on_disk["batch"]:
            folder = write_batch(batch, _manifest_inputs(retailer, batch), retailer.exports)
            retailer.store.append_event(
                "batch_exported",
                {"folder": folder.relative_to(retailer.exports).as_posix(), "lines": len(batch)},
                at=datetime.now().replace(microsecond=0),  # noqa: DTZ005  # local by contract
            )
    return Computed(
        lines,
        [judge_export(fresh, routed), _judge_batches(retailer, business_date)],
        {
            "new lines": len(fresh),
            "overtaken by a later plan": overtaken,
            "folder": str(retailer.exports / business_date.isoformat()),
            "by kind": table(_totals(lines), len(lines)),
        },
    )


def _manifest_inputs(retailer: Retailer, batch: pl.DataFrame) -> ManifestInputs:
    """Hashes of the plan version that made the batch."""
    versions = retailer.warehouse.read(CONTRACTS["plan_versions"], batch["business_date"][0])
    row = versions.row(by_predicate=pl.col("plan_version") == batch["plan_version"][0], named=True)
    return ManifestInputs(row["plan_hash"], row["input_hash"], row["policy_hash"])


def _judge_batches(retailer: Retailer, business_date: date) -> Outcome:
    day = retailer.exports / business_date.isoformat()
    faults = list(_faults(sorted(day.glob("[0-9]*"))))
    frame = pl.DataFrame({"fault": faults}, schema={"fault": pl.String})
    return BATCHES_WHOLE.found(frame, "a batch on disk does not agree with its manifest")


def _faults(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        try:
            read_batch(folder)
        except BatchError as error:
            yield str(error)


def _totals(lines: pl.DataFrame) -> pl.DataFrame:
    return (
        lines.group_by("batch", "kind")
        .agg(pl.len().alias("lines"), pl.col("quantity").sum(), pl.col("value").sum().round(2))
        .sort("batch", "kind")
    )
