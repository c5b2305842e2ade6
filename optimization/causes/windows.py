"""Which stocks are explained over which days: item-locations, and the nodes that cut them short."""

import polars as pl

from quality_checks.contracts import PlansBefore, find_frame

_SHORT_DC = ("dc_empty", "dc_supply_taken")
"""Reasons to send nothing that lie in what the DC has."""

_STOCK = ["sku", "location", "until"]


def list_upstream(plans: pl.DataFrame) -> pl.DataFrame:
    """List the nodes that had too little for what they supply, up to the night of which that is.

    Args:
        plans: frame `plans_before`.

    Returns:
        sku, location, until; each once, sorted.
    """
    cut = find_frame(PlansBefore).read(plans).filter(_is_cut_upstream())
    return (
        cut.select("sku", location="supply_location", until="since")
        .drop_nulls("location")
        .unique()
        .sort(_STOCK)
    )


def number_stocks(plans: pl.DataFrame, upstream: pl.DataFrame) -> pl.DataFrame:
    """Number stocks, those of item-locations first, and name the stock upstream of each.

    Args:
        plans: frame `plans_before`, of what is asked for.
        upstream: the same, of what `list_upstream` gives.

    Returns:
        The columns of frame `plans_before` but supply_location, with stock and upstream.
    """
    asked, above = (find_frame(PlansBefore).read(part) for part in (plans, upstream))
    numbered = pl.concat([asked, above]).with_columns(
        stock=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    )
    nodes = numbered.slice(asked.height).select(
        "sku", supply_location="location", since="until", upstream="stock"
    )
    fed = numbered.with_columns(
        pl.when(_is_cut_upstream()).then("supply_location").alias("supply_location")
    )
    return fed.join(
        nodes, on=["sku", "supply_location", "since"], how="left", maintain_order="left"
    ).drop("supply_location")


def _is_cut_upstream() -> pl.Expr:
    return ~pl.col("echelon") & pl.col("goods_due") & pl.col("left_out").is_in(_SHORT_DC)
