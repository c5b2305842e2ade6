"""Documents whose lines leave together: orders of a least value, sizes that have one price.

A kind says by which of its columns (see `Together`). A document leaves once what is approved of it,
with what of it has left already, reaches its least value; until then its approved lines stay here.
"""

from collections.abc import Collection
from typing import Any

import polars as pl

from governance.kinds import KINDS, unpack_details

_ROUNDING = 0.005
"""Currency by which rounding to cents may lower the value of a line."""

_HELD = {
    "kind": pl.String,
    "document": pl.String,
    "lines": pl.Int64,
    "value": pl.Float64,
    "least_value": pl.Float64,
    "missing": pl.Float64,
}


def find_held_documents(
    fresh: pl.DataFrame, exported: pl.DataFrame, fallen: Collection[str]
) -> pl.DataFrame:
    """Find documents of which too little is approved for them to leave.

    Args:
        fresh: approved lines that have not left, in the columns of `ExportLines`.
        exported: `ExportLines` rows handed out so far.
        fallen: keys of those that the ERP has rejected or cancelled: they count for no document.

    Returns:
        kind, document, lines (that stay here), value (of them and of those that have left and
        stand),
        least_value and missing (to it), currency; sorted.
    """
    standing = exported.filter(~pl.col("idempotency_key").is_in([*fallen]))
    held = [
        _find_of_kind(name, fresh, standing)
        for name, kind in KINDS.items()
        if kind.together is not None
    ]
    return pl.concat([pl.DataFrame(schema=_HELD), *held]).sort("kind", "document")


def drop_held_lines(fresh: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of documents that are held.

    Args:
        fresh: approved lines that have not left, in the columns of `ExportLines`.
        held: as `find_held_documents` gives them.
    """
    left = fresh
    for name in held["kind"].unique(maintain_order=True):
        documents = held.filter(kind=name).select("document")
        staying = _with_document(name, fresh).join(documents, on="document", how="semi")
        left = left.join(staying, on="action_id", how="anti", maintain_order="left")
    return left


def find_lessened_document(
    key: str, exported: pl.DataFrame, fallen: Collection[str], recalled: Collection[str]
) -> dict[str, Any] | None:
    """Find the document that has left and is worth too little without the lines called back.

    Args:
        key: idempotency key of a line that is called back.
        exported: an `ExportLines` frame of every line handed out so far.
        fallen: keys of those that the ERP has rejected or cancelled.
        recalled: keys of all lines that were called back.

    Returns:
        Its row of `find_held_documents`, of the lines that are left of it; None where they are
        worth enough, or none is left.
    """
    line = exported.filter(idempotency_key=key)
    kind, day = line.select("kind", "business_date").row(0)
    if KINDS[kind].together is None:
        return None
    gone = pl.col("idempotency_key").is_in([*fallen, *recalled])
    left = exported.filter(~gone, kind=kind, business_date=day)
    found = find_held_documents(left, left.clear(), ()).join(
        _with_document(kind, line), on="document", how="semi"
    )
    return found.row(0, named=True) if found.height else None


def _find_of_kind(name: str, fresh: pl.DataFrame, exported: pl.DataFrame) -> pl.DataFrame:
    columns = ["document", "least_value", "value"]
    here = _with_document(name, fresh).select(*columns, stays=pl.lit(1, pl.Int64))
    gone = _with_document(name, exported).select(*columns, stays=pl.lit(0, pl.Int64))
    return (
        pl.concat([here, gone])
        .group_by("document", maintain_order=True)
        .agg(
            lines=pl.col("stays").sum(),
            value=pl.col("value").sum(),
            least_value=pl.col("least_value").max(),
            slack=pl.len() * _ROUNDING,
        )
        .with_columns(missing=pl.col("least_value") - pl.col("value"))
        .filter(pl.col("lines") > 0, pl.col("missing") > pl.col("slack"))
        .select(kind=pl.lit(name), **{name: pl.col(name) for name in list(_HELD)[1:]})
    )


def _with_document(name: str, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of a kind with its document and least value."""
    kind = KINDS[name]
    if kind.together is None:
        return lines.clear()
    of_kind = unpack_details(lines.filter(kind=name), kind)
    return of_kind.with_columns(
        document=pl.col(kind.together.document), least_value=pl.col(kind.together.least_value)
    )
