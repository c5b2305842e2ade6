"""Document lines that bring goods, as they stand and as tonight's plan leaves them."""

import polars as pl

from quality_checks.contracts import ExpectedLines, SupplierActions, find_frame

_LINE = ["po", "po_line"]

UNDER_WAY = pl.col("document_kind").is_in(["shipment", "transfer"])
"""Goods that have been shipped; others are on order."""

PROPOSED = "tonight"
"""What the document of an order is called that tonight proposes."""


def read_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Read expected lines, with `stage`: under_way or on_order, and no fee."""
    stage = pl.when(UNDER_WAY).then(pl.lit("under_way")).otherwise(pl.lit("on_order"))
    return find_frame(ExpectedLines).read(lines).with_columns(stage=stage, fee=pl.lit(0.0))


def change_lines(lines: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Change lines as tonight's actions ask, and add the orders that they place.

    Of a line of which units are called off or moved, the same share of its expected units is.

    Args:
        lines: as `read_lines` gives them.
        actions: frame `supplier_actions`.

    Returns:
        The columns of `lines`; a line of which a part is moved is two.
    """
    asked = find_frame(SupplierActions).read(actions)
    about = asked.filter(pl.col("po").is_not_null()).select(
        *_LINE, "inbound", "fee", asked_units="units", asked_on="due_on"
    )
    on_order = lines.with_columns(
        po=pl.when(pl.col("document_kind") == "purchase_order").then("document"),
        po_line=pl.col("line"),
    ).join(about, on=_LINE, how="left", maintain_order="left", validate="m:1")
    share = (pl.col("asked_units") / pl.col("open_units")).clip(upper_bound=1.0)
    touched = (pl.col("units") * share).round().cast(pl.Int64).fill_null(0)
    split = on_order.with_columns(touched=touched)
    left = split.with_columns(units=pl.col("units") - pl.col("touched"), fee=pl.lit(0.0))
    moved = split.filter(pl.col("inbound") == 0).with_columns(
        units="touched", due_on="asked_on", fee=pl.col("fee_right")
    )
    return pl.concat(
        [
            left.select(lines.columns),
            moved.select(lines.columns),
            _list_new(asked).select(lines.columns),
        ]
    ).filter(pl.col("units") > 0)


def _list_new(asked: pl.DataFrame) -> pl.DataFrame:
    """The orders that tonight places, as lines."""
    return asked.filter(pl.col("inbound") > 0).with_columns(
        document_kind=pl.lit("proposal"),
        document=pl.lit(PROPOSED),
        line=pl.lit(1, pl.Int64),
        open_units="units",
        stage=pl.lit("proposed"),
    )
