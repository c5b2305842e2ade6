"""Causes as sentences with their figures."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from quality_checks.contracts import CAUSES

_CUTS = ("allocation_cut", "order_cut")


def describe_causes(
    causes: pl.DataFrame, stocks: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Add `words` to causes.

    Args:
        causes: cause, place, units, and of_stock, the number of the stock at which each came about.
        stocks: frame `explained_stocks`.
        lines: frame `explained_lines`.
    """
    limits = stocks.select("left_out", "limit", "echelon", of_stock="stock")
    told = causes.join(limits, on="of_stock", how="left", maintain_order="left").join(
        _find_documents(lines), on=["of_stock", "cause"], how="left", maintain_order="left"
    )
    words = [
        f"{describe_units(row['cause'], row['units'])} {_say_where(row)}{_detail(row)}."
        for row in told.iter_rows(named=True)
    ]
    return told.with_columns(pl.Series("words", words, pl.String))


def describe_units(cause: str, units: float) -> str:
    """Say what a cause is, and how many units it took off or added, if any."""
    phrase = CAUSES[cause]
    if not units:
        return f"{phrase[0].upper()}{phrase[1:]}"
    amount = f"{abs(units):.1f}".removesuffix(".0")
    verb = "took" if units < 0 else "added"
    return f"{phrase[0].upper()}{phrase[1:]} {verb} {amount} unit{'' if amount == '1' else 's'}"


def _say_where(row: Mapping[str, Any]) -> str:
    """Where it came about: at a node, or at one and all that it supplies."""
    return f"in the echelon of {row['place']}" if row["echelon"] else f"at {row['place']}"


def _find_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """The document that lacks most units of each stock: of_stock, cause, document, stated_on."""
    lacking = pl.col("units") - pl.col("arrived").fill_null(0)
    cause = (
        pl.when(pl.col("arrived").is_null())
        .then(pl.lit("not_shipped"))
        .when("still_open")
        .then(pl.lit("late_receipt"))
        .otherwise(pl.lit("short_receipt"))
    )
    return (
        lines.with_columns(cause=cause, lacking=lacking)
        .filter(pl.col("lacking") > 0)
        .sort(
            "stock",
            "cause",
            "lacking",
            "document",
            "line",
            descending=[*[False] * 2, True, False, False],
        )
        .group_by("stock", "cause", maintain_order=True)
        .first()
        .select("cause", "document_kind", "document", "supplier", "stated_on", of_stock="stock")
    )


def _detail(row: Mapping[str, Any]) -> str:
    if row["document"] is not None:
        whose = f" of {row['supplier']}" if row["supplier"] else ""
        kind = row["document_kind"].replace("_", " ")
        return f" ({kind} {row['document']}{whose}, due on {row['stated_on']})"
    if row["cause"] in _CUTS and row["left_out"] is not None:
        reason = row["left_out"].replace("_", " ")
        limit = f": {row['limit'].replace('_', ' ')}" if row["limit"] else ""
        return f" ({reason}{limit})"
    return ""
