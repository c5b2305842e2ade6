"""What suppliers can still deliver in weeks to come, added up line by line from the tables."""

import datetime as dt

import polars as pl

from quality_checks.contracts import PendingMoves, find_frame

_CAPACITY = ["supplier", "stated_sku", "stated_category", "week"]
_SCOPE = ["supplier", "stated_sku", "stated_category"]
_EVERY = pl.lit("*")


def count_supplier_rooms(  # noqa: PLR0913  # what is stated, what takes of it, and whose it is
    stated: pl.DataFrame,
    ahead: pl.DataFrame,
    moves: pl.DataFrame,
    terms: pl.DataFrame,
    products: pl.DataFrame,
    *,
    as_of: dt.date,
) -> pl.DataFrame:
    """Count what suppliers can still deliver beside open orders, with lines where they are moved.

    Args:
        stated: the columns of the contract SupplierCapacity.
        ahead: the columns of the contract ReceiptsAhead, of tonight.
        moves: frame `pending_moves`.
        terms: the columns of the contract ItemSuppliers.
        products: the columns of the contract Products.
        as_of: business date; weeks that ended by it are over.

    Returns:
        Frame `capacity_rooms`.
    """
    alive = stated.rename({"sku": "stated_sku", "category": "stated_category"}).filter(
        pl.col("week") > pl.lit(as_of - dt.timedelta(days=6))
    )
    taken = (
        alive.join(_list_scopes(_list_asked(ahead, moves, as_of), products), on=_SCOPE)
        .filter((pl.col("due_on") - pl.col("week")).dt.total_days().is_between(0, 6))
        .group_by(_CAPACITY, maintain_order=True)
        .agg(taken=pl.col("asked").sum())
    )
    left = (pl.col("units") - pl.col("taken").fill_null(0)).clip(lower_bound=0)
    offered = _list_scopes(terms.select("supplier", "sku").unique(maintain_order=True), products)
    return (
        alive.join(taken, on=_CAPACITY, how="left")
        .join(offered, on=_SCOPE)
        .select("supplier", "sku", *_CAPACITY[1:], room=left)
        .sort("supplier", "sku", *_CAPACITY[1:])
    )


def _list_scopes(items: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Each row of an item of a supplier once for every capacity that may be stated of it."""
    of_item = items.join(products.select("sku", "category"), on="sku")
    return pl.concat(
        of_item.with_columns(stated_sku=sku, stated_category=category)
        for sku in ("sku", _EVERY)
        for category in ("category", _EVERY)
    )


def _list_asked(ahead: pl.DataFrame, moves: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Units that open lines ask for, by day; of a line that is moved its parts apart."""
    lines = ahead.filter(
        pl.col("document_kind").is_in(["purchase_order", "proposal"]),
        pl.col("supplier").is_not_null(),
    )
    to = find_frame(PendingMoves).read(moves)
    to = to.select(
        document_kind=pl.lit("purchase_order"),
        document="po",
        line="po_line",
        moved_on=pl.max_horizontal("due_on", pl.lit(as_of + dt.timedelta(days=1))),
        moved="quantity",
    )
    found = lines.join(to, on=["document_kind", "document", "line"], how="left").with_columns(
        moved=pl.min_horizontal("units", pl.col("moved").fill_null(0))
    )

    def state(day: str, units: pl.Expr) -> pl.DataFrame:
        asked = (units * pl.col("chance") + 0.5).floor().cast(pl.Int64)
        return found.select("supplier", "sku", due_on=day, asked=asked)

    stays = pl.col("units") - pl.col("moved")
    return pl.concat([state("due_on", stays), state("moved_on", pl.col("moved"))])
