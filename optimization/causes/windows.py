"""Which stocks are explained over which days: item-locations, and the nodes that cut them short."""

import polars as pl

from quality_checks.contracts import PlansBefore, UpstreamStocks, find_frame

_SHORT_DC = ("dc_empty", "dc_supply_taken")
"""Reasons to send nothing that lie in what the DC has."""

_STOCK = ["sku", "location", "until"]


def list_upstream(plans: pl.DataFrame) -> pl.DataFrame:
    """List the nodes that had too little for what they supply, up to the night of which that is.

    Args:
        plans: frame `plans_before`.

    Returns:
        Frame `upstream_stocks`, sorted by key.
    """
    cut = find_frame(PlansBefore).read(plans).filter(_is_cut_upstream())
    above = cut.select("sku", location="supply_location", until="since").drop_nulls("location")
    return find_frame(UpstreamStocks).read(above.unique(maintain_order=True))


def name_stocks(plans: pl.DataFrame, upstream: pl.DataFrame) -> pl.DataFrame:
    """Name stocks, and the stock upstream of each.

    Args:
        plans: frame `plans_before`, of what is asked for.
        upstream: frame `plans_before`, of what `list_upstream` gives.

    Returns:
        The columns of frame `plans_before` but supply_location, with stock, asked and upstream as
        in frame `explained_stocks`.
    """
    asked, above = (find_frame(PlansBefore).read(part) for part in (plans, upstream))
    # A node may be asked for and stand upstream on the same day.
    above = above.join(asked, on=_STOCK, how="anti", maintain_order="left")
    named = pl.concat(
        [asked.with_columns(asked=True), above.with_columns(asked=False)]
    ).with_columns(stock=pl.format("{}|{}|{}", *_STOCK))
    cut = pl.when(_is_cut_upstream())
    supplier = pl.format("{}|{}|{}", "sku", "supply_location", "since")
    known = supplier.is_in(named["stock"].implode())
    return named.with_columns(upstream=cut.then(pl.when(known).then(supplier))).drop(
        "supply_location"
    )


def _is_cut_upstream() -> pl.Expr:
    return ~pl.col("echelon") & pl.col("goods_due") & pl.col("left_out").is_in(_SHORT_DC)
