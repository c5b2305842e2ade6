"""Hand the ERP approved lines, and lines that call back others, each once."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import polars as pl

from governance.exchange import (
    BatchError,
    ManifestInputs,
    Recall,
    find_cancel_lines,
    find_fallen,
    list_held_documents,
    number_next_batch,
    read_batch,
    read_batches,
    read_recalls,
    record_answers,
    record_batches,
    select_cancel_lines,
    select_new_lines,
    select_unanswered_recalls,
    select_waiting_recalls,
    write_batch,
)
from inventory_assets.framework import (
    Computed,
    Inputs,
    refuse_failures,
    result_assets,
    show_rows,
)
from inventory_assets.pictures import tabulate_batches
from inventory_assets.project import read_clock
from quality_checks.checks import (
    APPROVED_ONLY,
    AUDIT_PUBLISHED,
    BATCHES_WHOLE,
    DOCUMENTS_REACH_MINIMUM,
    RECALLED_ONLY,
    Outcome,
    judge_cancel_lines,
    judge_export,
    judge_held,
    judge_published,
)
from quality_checks.contracts import CONTRACTS

_LINES = CONTRACTS["export_lines"]


@result_assets(
    {
        "export_lines": [APPROVED_ONLY, BATCHES_WHOLE, DOCUMENTS_REACH_MINIMUM, AUDIT_PUBLISHED],
        "cancel_lines": [RECALLED_ONLY],
    },
    reads=[
        *("proposals", "routed", "plan_versions"),
        *("acknowledgements", "purchase_orders", "transfers"),
    ],
    after=["forecast_accuracy", "book_balance", "stock_health"],
    earlier=["export_lines", "cancel_lines", "plan_versions"],
)
def export_lines(inputs: Inputs) -> list[Computed]:
    """Write a batch of what is approved or called back and was never handed out, if there is any.

    Once a later business date is planned, this one hands out nothing more: the later plan has
    proposed anew whatever was left undecided, and has recorded newer answers of the ERP. The batch
    on disk comes first and the tables after it: a process that dies between the two has handed the
    lines out, and the next run finds them.
    """
    stages = ["landing", "inventory", "demand", "supply", "plans", "actions"]
    refuse_failures(inputs.blocking_failures(stages), inputs.business_date)
    _refuse_other_policies(inputs)
    handed_out = _read_handed_out(inputs)
    overtaken = inputs.is_planned_later()
    told = 0 if overtaken else _record_answers(inputs, handed_out)
    fresh, held = _select_new(inputs, handed_out)
    if overtaken:
        fresh, held = Handed(*(part.clear() for part in fresh)), held.clear()
    today = pl.col("business_date") == inputs.business_date
    lines, cancels = (
        pl.concat([before.filter(today), new])
        for before, new in zip(handed_out, fresh, strict=True)
    )
    unpublished = _write_batches(inputs, Handed(lines, cancels))
    published = [unpublished] if unpublished else _find_faults_of_chain(inputs)
    every = pl.concat([handed_out.lines, fresh.lines])
    recalled = {recall.cancels for recall in read_recalls(inputs.store)}
    return [
        Computed(
            lines,
            [
                judge_export(fresh.lines, inputs.read("routed")),
                _judge_batches(inputs),
                judge_held(held),
                judge_published(published),
            ],
            {
                "new lines": len(fresh.lines),
                "held below the least value": len(held),
                "new answers of the ERP": told,
                "overtaken by a later plan": overtaken,
                "folder": str(inputs.exports / inputs.business_date.isoformat()),
                "by kind": show_rows(tabulate_batches(lines), len(lines)),
            },
        ),
        Computed(
            cancels,
            [judge_cancel_lines(cancels, every, recalled)],
            {"new cancel lines": len(fresh.cancels)},
        ),
    ]


class Handed(NamedTuple):
    """Lines and cancel lines: frames of `ExportLines` and `CancelLines`."""

    lines: pl.DataFrame
    cancels: pl.DataFrame


def _record_answers(inputs: Inputs, handed_out: Handed) -> int:
    """Append the ERP's answers that are new; what a later plan knows may be newer than these."""
    answers = inputs.known("acknowledgements")
    return record_answers(inputs.store, answers, *handed_out, read_clock())


def _read_handed_out(inputs: Inputs) -> Handed:
    """All that was handed out up to the business date, by the tables and the batches on disk."""
    lines = [inputs.read_until("export_lines"), read_batches(inputs.exports, inputs.business_date)]
    # A cancel line may be of a batch of any date whose process died before it could book it.
    cancels = find_cancel_lines(inputs.exports, inputs.read_until("cancel_lines"))
    return Handed(pl.concat(lines).unique("idempotency_key").sort(_LINES.key), cancels)


def _select_new(inputs: Inputs, handed_out: Handed) -> tuple[Handed, pl.DataFrame]:
    """What the next batch has, and the documents that are held below their least value."""
    business_date = inputs.business_date
    proposed, routed = inputs.read("proposals"), inputs.read("routed")
    number = number_next_batch(*handed_out, business_date)
    fallen = find_fallen(handed_out.lines, inputs.known("acknowledgements"), handed_out.cancels)
    lines = select_new_lines(proposed, routed, handed_out.lines, fallen)
    cancels = select_cancel_lines(
        _select_recalls(inputs, handed_out),
        handed_out.lines,
        handed_out.cancels,
        business_date=business_date,
        plan_version=inputs.plan_version().plan_version,
        batch=number,
    )
    fresh = Handed(lines.with_columns(batch=pl.lit(number, pl.Int64)), cancels)
    return fresh, list_held_documents(proposed, routed, handed_out.lines, fallen)


def _select_recalls(inputs: Inputs, handed_out: Handed) -> list[Recall]:
    """What was called back, has not left and is of lines that the ERP has not answered."""
    return select_unanswered_recalls(
        select_waiting_recalls(read_recalls(inputs.store), handed_out.cancels),
        handed_out.lines,
        inputs.known("acknowledgements"),
        inputs.known("purchase_orders"),
        inputs.known("transfers"),
    )


def _write_batches(inputs: Inputs, handed: Handed) -> str | None:
    """Write the batches that are not on disk, record and publish; says what could not be published.

    What is on disk was handed out as it is; only what is new, or was lost, is written.
    """
    day = inputs.exports / inputs.business_date.isoformat()
    witness, at = inputs.witness, read_clock()
    for number in sorted({*handed.lines["batch"], *handed.cancels["batch"]}):
        if (day / str(number)).exists():
            continue
        batch = Handed(*(part.filter(batch=number) for part in handed))
        hashes = _manifest_inputs(inputs, batch)
        seal = partial(witness.seal, at=at)
        write_batch(batch.lines, hashes, inputs.exports, seal, cancels=batch.cancels)
    # Those of earlier dates, too, whose process died before it could say so.
    record_batches(inputs.exports, inputs.store, at)
    return witness.publish(at)


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


def _manifest_inputs(inputs: Inputs, batch: Handed) -> ManifestInputs:
    """Hashes of the plan version that made the batch."""
    versions = inputs.read_until("plan_versions")
    plan = ["business_date", "plan_version"]
    made_by = pl.concat(part.select(plan) for part in batch).head(1)
    row = versions.join(made_by, on=made_by.columns).row(0, named=True)
    return ManifestInputs(
        row["plan_hash"],
        row["input_hash"],
        row["policy_hash"],
        inputs.policy.erp_exchange.addressees,
    )


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
