"""What the ERP did with exported lines, line by line.

What an answer to a cancel line is about is told by the table of cancel lines alone: an answer under
a key that never left changes nothing, whatever the key looks like.
"""

from typing import Final

import polars as pl

from quality_checks.contracts import Acknowledgements, CancelLines, ExportLines, find_contract

_FALLEN: Final = ["rejected", "cancelled"]


def apply(
    lines: pl.DataFrame, acknowledgements: pl.DataFrame, cancels: pl.DataFrame
) -> pl.DataFrame:
    """Exported lines, each with what the ERP did with it.

    Args:
        lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key; of cancel lines, too.
        cancels: a `CancelLines` frame of what has called lines back, of any number of batches.

    Returns:
        The lines, sorted by idempotency key, with

        status: accepted, changed, partly, late, rejected, cancelled where it has cancelled all of
            the line since, or waiting where the ERP said nothing of the line itself.
        due_on: the day that the ERP names, else the one asked for.
        open_units: units that count as our own proposal until a document shows them: those the
            ERP works with, the exported ones where it names none, less those that it cancelled;
            0 where it rejected the line.
        erp_document, message: what the ERP said.

    Raises:
        polars.exceptions.ComputeError: a key is exported, called back or acknowledged twice.
    """
    given = find_contract(Acknowledgements).conform(acknowledgements)
    said = given.select(
        *("idempotency_key", "status", "erp_document", "message"),
        acknowledged="quantity",
        told_due_on="due_on",
    )
    units = pl.when(status="rejected").then(0).otherwise(pl.coalesce("acknowledged", "quantity"))
    less = pl.when(pl.col("in_full")).then(units).otherwise(pl.col("cancelled").fill_null(0))
    return (
        find_contract(ExportLines)
        .conform(lines)
        .join(said, on="idempotency_key", how="left", validate="1:1", maintain_order="left")
        .join(
            _list_cancelled_units(given, cancels),
            on="idempotency_key",
            how="left",
            validate="1:1",
            maintain_order="left",
        )
        .with_columns(
            status=pl.when(pl.col("status") == "rejected")
            .then("status")
            .when(pl.col("in_full"))
            .then(pl.lit("cancelled"))
            .otherwise(pl.col("status").fill_null("waiting")),
            open_units=(units - less).clip(lower_bound=0).cast(pl.Int64),
            due_on=pl.coalesce("told_due_on", "due_on"),
        )
        .drop("acknowledged", "told_due_on", "cancelled", "in_full")
    )


def stands() -> pl.Expr:
    """Whether the ERP has neither rejected a line nor cancelled it, by the status of `apply`."""
    return ~pl.col("status").is_in(_FALLEN)


def find_fallen(
    lines: pl.DataFrame, acknowledgements: pl.DataFrame, cancels: pl.DataFrame
) -> frozenset[str]:
    """Find the lines that the ERP has rejected or cancelled: their idempotency keys.

    Args:
        lines: as of `apply`.
        acknowledgements: as of `apply`.
        cancels: as of `apply`.
    """
    fallen = apply(lines, acknowledgements, cancels).filter(~stands())
    return frozenset(fallen["idempotency_key"])


def _list_cancelled_units(acknowledgements: pl.DataFrame, cancels: pl.DataFrame) -> pl.DataFrame:
    """What is cancelled of lines: their key, whether in_full, and units cancelled otherwise.

    A cancel line that the ERP accepts cancels the line. One that it changes or does in part cancels
    the units that it names, and none where it names none; one that it rejects, or that comes late,
    leaves the line as it is.
    """
    asked = find_contract(CancelLines).conform(cancels).select("idempotency_key", "cancels")
    return acknowledgements.join(asked, on="idempotency_key", validate="1:1").select(
        pl.col("cancels").alias("idempotency_key"),
        in_full=pl.col("status") == "accepted",
        cancelled=pl.when(pl.col("status").is_in(["changed", "partly"])).then("quantity"),
    )
