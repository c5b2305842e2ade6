"""What the ERP did with exported lines, line by line."""

import polars as pl

from quality_checks.contracts import Acknowledgements, ExportLines, find_contract


def apply(lines: pl.DataFrame, acknowledgements: pl.DataFrame) -> pl.DataFrame:
    """Exported lines, each with what the ERP did with it.

    Args:
        lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key.

    Returns:
        The lines, sorted by idempotency key, with

        status: accepted, changed, rejected, or waiting where the ERP said nothing.
        open_units: units that count as our own proposal until a document shows them: those the
            ERP works with, the exported ones where it names none, 0 where it rejected the line.
        erp_document, message: what the ERP said.

    Raises:
        polars.exceptions.ComputeError: a key is exported or acknowledged twice.
    """
    given = find_contract(Acknowledgements).conform(acknowledgements)
    said = given.select(
        "idempotency_key", "status", "erp_document", "message", acknowledged="quantity"
    )
    units = pl.when(status="rejected").then(0).otherwise(pl.coalesce("acknowledged", "quantity"))
    return (
        find_contract(ExportLines)
        .conform(lines)
        .join(said, on="idempotency_key", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("status").fill_null("waiting"))
        .with_columns(open_units=units.cast(pl.Int64))
        .drop("acknowledged")
    )
