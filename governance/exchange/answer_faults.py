"""What another system answers otherwise than was asked, and what it leaves unanswered."""

from datetime import date

import polars as pl

from governance.exchange.acknowledgements import apply
from governance.kinds import add_commitments
from quality_checks.contracts import Acknowledgements, AnswerFaults, find_contract, find_frame


def list_answer_faults(  # noqa: PLR0913  # what left, what was heard, and until when it counts
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    open_lines: pl.DataFrame,
    *,
    business_date: date,
    answer_days: int | None,
) -> pl.DataFrame:
    """List exported lines that were answered otherwise than asked, or not at all in time.

    A line that is rejected, or done in part or with other units, counts until the day it was due,
    what will be late until the day that the answer names: from then on receipts and stock tell. A
    line that comes in part and late has a row of each.
    Lines of the business date itself are not listed, since its plan may be made again.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.
        open_lines: what no document shows, as `list_open_proposals` gives it.
        business_date: on which it is asked.
        answer_days: days in which a line is to be answered; None where nobody waits for it.

    Returns:
        Frame `answer_faults`, sorted by key and answer.

    Raises:
        polars.exceptions.ComputeError: a key is exported, called back or acknowledged twice.
    """
    earlier = export_lines.filter(pl.col("business_date") < business_date)
    said = find_contract(Acknowledgements).conform(acknowledgements)
    told = said.select("idempotency_key", "acknowledged_on", told="quantity")
    asked = earlier.select("idempotency_key", asked_on="due_on")
    keys = open_lines["idempotency_key"].implode()
    age = (pl.lit(business_date) - pl.col("business_date")).dt.total_days()
    waits = pl.col("status").eq("waiting") & pl.col("idempotency_key").is_in(keys)
    other = pl.col("told") - pl.col("quantity")
    stands = pl.col("status").is_in(["rejected", "cancelled", "waiting"]).not_()
    answer = (
        pl.when(pl.col("status") == "rejected")
        .then(pl.lit("rejected"))
        .when(stands & (other < 0))
        .then(pl.lit("fewer"))
        .when(stands & (other > 0))
        .then(pl.lit("more"))
        .when(waits & (age > pl.lit(answer_days)).fill_null(value=False))
        .then(pl.lit("unanswered"))
    )
    # What comes of a line may be late besides being less, or more.
    late = pl.when(stands & (pl.col("due_on") > pl.col("asked_on"))).then(pl.lit("late"))
    units = (
        pl.when(pl.col("answer").is_in(["fewer", "more"]))
        .then(other.abs())
        .when(answer="late")
        .then(pl.coalesce("told", "quantity"))
        .otherwise("quantity")
    )
    until = pl.when(answer="late").then("due_on").otherwise("asked_on")
    found = (
        add_commitments(apply(earlier, said, cancels))
        .join(told, on="idempotency_key", how="left", maintain_order="left")
        .join(asked, on="idempotency_key", how="left", maintain_order="left")
        .with_columns(answer=pl.concat_list(answer, late))
        .explode("answer")
        .filter(pl.col("answer").is_not_null())
        .filter((pl.col("answer") == "unanswered") | (until >= business_date))
        .with_columns(units=units, brings=pl.col("inbound") > 0)
        .filter(pl.col("units") > 0)
        .sort("idempotency_key", "answer")
    )
    return find_frame(AnswerFaults).read(found)
