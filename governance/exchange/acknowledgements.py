"""What the ERP did with exported lines, line by line."""

from typing import Final

import polars as pl

from quality_checks.contracts import Acknowledgements, ExportLines, find_contract

CANCEL_MARK: Final = "cancel-"
"""What the key of a cancel line has before that of its line; `warehouse/sql` knows it, too."""
_FALLEN: Final = ["rejected", "cancelled"]


def apply(lines: pl.DataFrame, acknowledgements: pl.DataFrame) -> pl.DataFrame:
    """Exported lines, each with what the ERP did with it.

    Args:
        lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key; of cancel lines, too.

    Returns:
        The lines, sorted by idempotency key, with

        status: accepted, changed, rejected, cancelled where it has cancelled all of the line since,
            or waiting where the ERP said nothing of the line itself.
        open_units: units that count as our own proposal until a document shows them: those the
            ERP works with, the exported ones where it names none, less those that it cancelled;
            0 where it rejected the line.
        erp_document, message: what the ERP said.

    Raises:
        polars.exceptions.ComputeError: a key is exported or acknowledged twice.
    """
    given = find_contract(Acknowledgements).conform(acknowledgements)
    said = given.select(
        "idempotency_key", "status", "erp_document", "message", acknowledged="quantity"
    )
    units = pl.when(status="rejected").then(0).otherwise(pl.coalesce("acknowledged", "quantity"))
    less = pl.when(pl.col("in_full")).then(units).otherwise(pl.col("cancelled").fill_null(0))
    return (
        find_contract(ExportLines)
        .conform(lines)
        .join(said, on="idempotency_key", how="left", validate="1:1", maintain_order="left")
        .join(
            _list_cancelled_units(given),
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
        )
        .drop("acknowledged", "cancelled", "in_full")
    )


def stands() -> pl.Expr:
    """Whether the ERP has neither rejected a line nor cancelled it, by the status of `apply`."""
    return ~pl.col("status").is_in(_FALLEN)


def _list_cancelled_units(acknowledgements: pl.DataFrame) -> pl.DataFrame:
    """What is cancelled of lines: their key, whether in_full, and units cancelled otherwise.

    A cancel line that the ERP accepts cancels the line. One that it changes cancels the units that
    it names, and none where it names none; one that it rejects leaves the line as it is.
    """
    key = pl.col("idempotency_key")
    return acknowledgements.filter(key.str.starts_with(CANCEL_MARK)).select(
        key.str.strip_prefix(CANCEL_MARK),
        in_full=pl.col("status") == "accepted",
        cancelled=pl.when(status="changed").then("quantity"),
    )
