"""Hand approved lines to the ERP, each once."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl

from governance.exchange import (
    BatchError,
    ManifestInputs,
    list_held_documents,
    read_batch,
    read_batches,
    record_batches,
    select_new_lines,
    write_batch,
)
from inventory_assets.framework import (
    Computed,
    Inputs,
    refuse_failures,
    result_asset,
    show_rows,
)
from inventory_assets.pictures import tabulate_batches
from inventory_assets.project import read_clock
from quality_checks.checks import (
    APPROVED_ONLY,
    AUDIT_PUBLISHED,
    BATCHES_WHOLE,
    DOCUMENTS_REACH_MINIMUM,
    Outcome,
    judge_export,
    judge_held,
    judge_published,
)
from quality_checks.contracts import CONTRACTS

_LINES = CONTRACTS["export_lines"]


@result_asset(
    "export_lines",
    reads=["proposals", "routed", "plan_versions"],
    after=["forecast_accuracy", "book_balance", "stock_health"],
    earlier=["export_lines", "plan_versions"],
    checks=[APPROVED_ONLY, BATCHES_WHOLE, DOCUMENTS_REACH_MINIMUM, AUDIT_PUBLISHED],
)
def export_lines(inputs: Inputs) -> Computed:
    """Write a batch of what is approved and was never handed out, if there is any.

    Once a later business date is planned, this one hands out nothing more: the later plan has
    proposed anew whatever was left undecided. The batch on disk comes first and the table after
    it: a process that dies between the two has handed the lines out, and the next run finds them.
    """
    stages = ["landing", "inventory", "demand", "supply", "plans", "actions"]
    refuse_failures(inputs.blocking_failures(stages), inputs.business_date)
    _refuse_other_policies(inputs)
    business_date = inputs.business_date
    proposed, routed = inputs.read("proposals"), inputs.read("routed")
    stored = inputs.read_until("export_lines")
    on_disk = read_batches(inputs.exports, business_date)
    handed_out = pl.concat([stored, on_disk]).unique("idempotency_key").sort(_LINES.key)
    fresh = select_new_lines(proposed, routed, handed_out)
    held = list_held_documents(proposed, routed, handed_out)
    overtaken = inputs.is_planned_later()
    if overtaken:
        fresh, held = fresh.clear(), held.clear()
    lines = pl.concat([handed_out.filter(pl.col("business_date") == business_date), fresh])
    witness, at = inputs.witness, read_clock()
    batches = lines.partition_by("batch", as_dict=True, maintain_order=True)
    for (number,), batch in sorted(batches.items()):
        # What is on disk was handed out as it is; only what is new, or was lost, is written.
        if number not in on_disk["batch"]:
            hashes = _manifest_inputs(inputs, batch)
            write_batch(batch, hashes, inputs.exports, partial(witness.seal, at=at))
    # Those of earlier dates, too, whose process died before it could say so.
    record_batches(inputs.exports, inputs.store, at)
    unpublished = witness.publish(at)
    return Computed(
        lines,
        [
            judge_export(fresh, routed),
            _judge_batches(inputs),
            judge_held(held),
            judge_published([unpublished] if unpublished else _find_faults_of_chain(inputs)),
        ],
        {
            "new lines": len(fresh),
            "held below the least value": len(held),
            "overtaken by a later plan": overtaken,
            "folder": str(inputs.exports / business_date.isoformat()),
            "by kind": show_rows(tabulate_batches(lines), len(lines)),
        },
    )


def _refuse_other_policies(inputs: Inputs) -> None:
    """Hand out nothing by policies that the plan was not made with: a batch names its policies.

    Raises:
        dagster.Failure: a policy file has changed since.
    """
    if inputs.plan_version().policy_hash != inputs.policy_hash:
        raise dg.Failure(
            f"policies have changed since {inputs.business_date} was planned: run `plenish plan`",
            allow_retries=False,
        )


def _manifest_inputs(inputs: Inputs, batch: pl.DataFrame) -> ManifestInputs:
    """Hashes of the plan version that made the batch."""
    versions = inputs.read_until("plan_versions")
    made_by = batch.select("business_date", "plan_version").head(1)
    row = versions.join(made_by, on=made_by.columns).row(0, named=True)
    return ManifestInputs(row["plan_hash"], row["input_hash"], row["policy_hash"])


def _judge_batches(inputs: Inputs) -> Outcome:
    day = inputs.exports / inputs.business_date.isoformat()
    faults = list(_faults(sorted(day.glob("[0-9]*"))))
    frame = pl.DataFrame({"fault": faults}, schema={"fault": pl.String})
    return BATCHES_WHOLE.found(frame, "a batch on disk does not agree with its manifest")


def _find_faults_of_chain(inputs: Inputs) -> list[str]:
    """Where the audit chain is not the one that was published."""
    return inputs.witness.find_faults(inputs.exports)


def _faults(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        try:
            read_batch(folder)
        except BatchError as error:
            yield str(error)
