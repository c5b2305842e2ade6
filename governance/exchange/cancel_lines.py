"""Cancel lines: what has left is called back by a line of its own, under a key of its own.

The key is made of that of the line. As with lines, neither batch nor business date is part of it: a
line is called back once. Of which line an answer is told by the table, not by the key.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from governance.exchange.acknowledgements import apply
from governance.exchange.recalls import Recall
from quality_checks.contracts import CancelLines, find_contract

_MARK: Final = "cancel-"
"""What the key of a cancel line has before that of its line."""


def select_cancel_lines(  # noqa: PLR0913  # what is called back, and the batch that it leaves with
    recalls: Sequence[Recall],
    exported: pl.DataFrame,
    handed_out: pl.DataFrame,
    *,
    business_date: date,
    plan_version: int,
    batch: int,
) -> pl.DataFrame:
    """Select the cancel lines of the next batch: lines called back of which none has left.

    Args:
        recalls: what people have called back, one a line.
        exported: an `ExportLines` frame of every line handed out so far.
        handed_out: a `CancelLines` frame of every cancel line handed out so far.
        business_date: of the batch.
        plan_version: version of its plan.
        batch: its number.

    Returns:
        Rows of the contract CancelLines.
    """
    contract = find_contract(CancelLines)
    called = pl.DataFrame(
        [recall.model_dump() for recall in select_waiting_recalls(recalls, handed_out)],
        schema=pl.Schema({name: contract.schema[name] for name in Recall.model_fields}),
    )
    fresh = called.join(
        exported.drop("action_id", "batch", "business_date", "plan_version"),
        left_on="cancels",
        right_on="idempotency_key",
        validate="1:1",
    ).join(
        exported.select(
            cancels="idempotency_key", cancelled_date="business_date", cancelled_batch="batch"
        ),
        on="cancels",
        validate="1:1",
    )
    return contract.conform(
        fresh.with_columns(
            business_date=pl.lit(business_date),
            batch=pl.lit(batch),
            plan_version=pl.lit(plan_version),
            idempotency_key=_MARK + pl.col("cancels"),
        )
    )


def select_unanswered_recalls(
    recalls: Sequence[Recall],
    exported: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    orders: pl.DataFrame,
    transfers: pl.DataFrame,
) -> list[Recall]:
    """Select what was called back of lines that the ERP has not answered since.

    Of the others nothing is cancelled, as if they were called back now: what the ERP works on a
    later plan proposes to change, and what it rejects needs nothing.

    Args:
        recalls: as `select_waiting_recalls` gives them.
        exported: an `ExportLines` frame of every line handed out so far.
        acknowledgements: an `Acknowledgements` frame.
        orders: proposal_ref of the contract PurchaseOrders.
        transfers: proposal_ref of the contract Transfers.
    """
    called = [recall.cancels for recall in recalls]
    asked = exported.filter(pl.col("idempotency_key").is_in(called))
    lines = apply(asked, acknowledgements, find_contract(CancelLines).empty())
    shown = pl.concat([orders["proposal_ref"], transfers["proposal_ref"]]).drop_nulls()
    unanswered = lines.filter(
        pl.col("status") == "waiting", ~pl.col("action_id").is_in(shown.implode())
    )
    keys = {*unanswered["idempotency_key"]}
    return [recall for recall in recalls if recall.cancels in keys]


def select_waiting_recalls(recalls: Sequence[Recall], handed_out: pl.DataFrame) -> list[Recall]:
    """Select what was called back and has not been handed over yet.

    Args:
        recalls: what people have called back.
        handed_out: a `CancelLines` frame of every cancel line handed out so far.
    """
    gone = {*handed_out["cancels"]}
    return [recall for recall in recalls if recall.cancels not in gone]
