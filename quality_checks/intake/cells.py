"""Faults of single values, before they are gathered into one fault a row.

A frame of cell faults has the columns of `CELL_FAULTS`: `index` counts the rows of a batch
from 0, `field` names the column at fault (several are joined by a comma), `reason` is one of
the reasons of `quality_checks.contracts.intake.Quarantine`, and `message` says it in words.
"""

from collections.abc import Sequence

import polars as pl

CELL_FAULTS = pl.Schema(
    {"index": pl.UInt32, "field": pl.String, "reason": pl.String, "message": pl.String}
)

_SHOWN_CHARACTERS = 60


def cell_faults(index: pl.Series, field: str, reason: str, messages: pl.Series) -> pl.DataFrame:
    """One fault of a field for each row number in `index`, with its message."""
    return pl.DataFrame(
        {"index": index, "message": messages}, schema_overrides={"index": pl.UInt32}
    ).select(
        "index",
        field=pl.lit(field),
        reason=pl.lit(reason),
        message="message",
    )


def shown(values: pl.Series, *, quoted: bool) -> pl.Series:
    """Values as a message shows them: cut where long, `missing` where null."""
    # What steers a screen must not reach one by way of a message.
    text = pl.col("value").cast(pl.String).str.replace_all(r"\p{Cc}|\p{Cf}", "\ufffd")
    cut = text.str.head(_SHOWN_CHARACTERS)
    short = pl.when(text.str.len_chars() > _SHOWN_CHARACTERS).then(cut + "…").otherwise(text)
    words = pl.format("'{}'", short) if quoted else short
    return values.alias("value").to_frame().select(words.fill_null("missing")).to_series()


def by_row(faults: Sequence[pl.DataFrame], columns: Sequence[str]) -> pl.DataFrame:
    """One row of `CELL_FAULTS` for each row at fault, in order of `index`.

    Fields and messages are joined in the order of `columns`, and the first one's reason stands.
    """
    place = {name: number for number, name in enumerate(columns)}
    return (
        pl.concat([CELL_FAULTS.to_frame(), *faults])
        .with_columns(
            place=pl.col("field").str.split(",").list.first().replace_strict(place, default=None)
        )
        .sort("index", "place", "message")
        .group_by("index", maintain_order=True)
        .agg(
            pl.col("field").str.split(",").explode().unique(maintain_order=True).str.join(","),
            pl.col("reason").first(),
            pl.col("message").str.join("; "),
        )
    )
