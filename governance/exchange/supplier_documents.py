"""What leaves for suppliers as documents: orders with their lines, and changes of lines."""

from typing import Final, NamedTuple

import polars as pl

from governance.kinds import KINDS, Kind, list_kinds_of_order_lines, unpack_details

ORDER: Final = "purchase_order"
"""The kind of which lines make orders."""

ADD: Final = "add"
"""What changes of an order that has left when more of its document leaves: it gets a line."""


class SupplierDocuments(NamedTuple):
    """Lines of documents for suppliers, and exported lines that no document can hold.

    Attributes:
        lines: batch, supplier, po, po_line, change (missing for a new order; else what changes,
            expedite among them), sku, supplier_item (what the supplier calls it; missing where
            he has told none), destination, due_on, quantity (units ordered, or that the
            change is about), line_units (of the line in all then), unit_price, currency,
            ordered_on, rest_units and rest_on (of a line that is split, what comes of it on
            another day; else missing), idempotency_key; sorted by batch, supplier, po, po_line.
        left_out: supplier, idempotency_key, problem.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame


_COLUMNS: Final = [
    *("batch", "supplier", "po", "po_line", "change", "sku", "destination", "due_on", "quantity"),
    *("line_units", "unit_price", "currency", "ordered_on", "rest_units", "rest_on"),
    "idempotency_key",
]


def list_supplier_documents(
    lines: pl.DataFrame,
    orders: pl.DataFrame,
    terms: pl.DataFrame,
    cancelled: pl.DataFrame,
) -> SupplierDocuments:
    """List the lines of the documents that the batches of a business date make for suppliers.

    A document of the plan is one order, whatever days its lines are due, so that it is worth at the
    supplier what its lines are worth together. It is numbered by business date and the batch in
    which it first leaves: the ERP takes its number over, so that answers find it. What leaves of it
    in later batches is added to it. A change names the order and line it is about.

    Args:
        lines: `ExportLines` of a business date, of all its batches.
        orders: rows of the contract PurchaseOrders.
        terms: rows of the contract ItemSuppliers.
        cancelled: what calls lines back, without names of items, as `list_cancelled_orders` has it.

    A change of an order line that is not known is left out.
    """
    names = terms.select("sku", "supplier", "supplier_item")
    found = [number_orders(lines.filter(kind=ORDER)).select(_COLUMNS)]
    found += [_look_up_lines(lines, kind, orders) for kind in list_kinds_of_order_lines()]
    found.append(cancelled)
    every = (
        pl.concat(found)
        .join(names, on=["sku", "supplier"], how="left", validate="m:1", maintain_order="left")
        .sort("batch", "supplier", "po", "po_line", "idempotency_key")
    )
    unknown = every.filter(pl.col("ordered_on").is_null()).select(
        "supplier",
        "idempotency_key",
        problem=pl.format("line {} of order {} is not known", "po_line", "po"),
    )
    known = every.filter(pl.col("ordered_on").is_not_null())
    return SupplierDocuments(known, unknown)


def list_cancelled_orders(cancels: pl.DataFrame, departed: pl.DataFrame) -> pl.DataFrame:
    """List the lines of documents that call back lines of orders to suppliers.

    Args:
        cancels: `CancelLines` of a business date.
        departed: `ExportLines` of every batch of the dates of what they call back.
    """
    called = cancels.select("cancels", "batch", "idempotency_key", "kind", "supplier")
    days = departed.filter(kind=ORDER).partition_by("business_date", maintain_order=True)
    numbered = pl.concat(number_orders(part) for part in [departed.clear(), *days])
    return (
        numbered.rename({"idempotency_key": "cancels"})
        .drop("batch", "kind", "supplier")
        .join(called.filter(kind=ORDER), on="cancels", validate="1:1")
        .with_columns(change=pl.lit("cancel"), line_units=pl.lit(0, pl.Int64))
        .select(_COLUMNS)
    )


def name_additions(lines: pl.DataFrame) -> pl.DataFrame:
    """Name the lines that are added to an order of which others left in an earlier batch.

    Args:
        lines: as `list_supplier_documents` lists them, without those that no file can hold.

    Returns:
        `lines`, with the change `ADD` on the lines of new orders that left in an earlier batch.
    """
    new = pl.col("change").is_null()
    first = pl.col("batch").filter(new).min().over("supplier", "po")
    later = new & (pl.col("batch") > first)
    return lines.with_columns(change=pl.when(later).then(pl.lit(ADD)).otherwise("change"))


def number_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """Number the lines of new orders: one order a document of the plan.

    Args:
        lines: `ExportLines` of purchase orders of a business date, of all its batches.

    Returns:
        The lines with the columns that `list_supplier_documents` lists, of their own besides.
    """
    ordered = unpack_details(lines, KINDS[ORDER]).sort(
        "document", "batch", "sku", "due_on", "idempotency_key"
    )
    first = pl.col("batch").min().over("document")
    return (
        ordered.with_columns(first=first, po_line=pl.int_range(1, pl.len() + 1).over("document"))
        .with_columns(number=pl.col("document").rank("dense").over("first"))
        .with_columns(
            po=pl.format(
                "PL{}-{}-{}", pl.col("business_date").dt.strftime("%y%m%d"), "first", "number"
            ),
            change=pl.lit(None, pl.String),
            line_units="quantity",
            unit_price="unit_value",
            ordered_on=pl.col("business_date") + pl.duration(days=1),
            rest_units=pl.lit(None, pl.Int64),
            rest_on=pl.lit(None, pl.Date),
        )
    )


def _look_up_lines(lines: pl.DataFrame, kind: Kind, orders: pl.DataFrame) -> pl.DataFrame:
    """Changes of a kind, with what the order says of their lines."""
    said = orders.select(
        "po", "ordered_on", "ordered_quantity", "confirmed_quantity", "unit_price", po_line="line"
    )
    placed = unpack_details(lines.filter(kind=kind.name), kind).join(
        said, on=["po", "po_line"], how="left", maintain_order="left"
    )
    change = pl.col("form") if "form" in kind.own_schema else pl.lit(kind.name)
    before = pl.coalesce("confirmed_quantity", "ordered_quantity")
    fewer = pl.when(change.is_in(["cut", "cancel"])).then("quantity").otherwise(0)
    whole = (before - fewer).clip(lower_bound=0)
    parted = {"rest_on": pl.Date, "open_units": pl.Int64}
    return (
        placed.with_columns(
            (pl.col(name) if name in kind.own_schema else pl.lit(None)).cast(kept).alias(name)
            for name, kept in parted.items()
        )
        .with_columns(
            change=change,
            line_units=whole,
            # What has come of the line already comes on neither day.
            rest_units=pl.when(pl.col("rest_on").is_not_null()).then(
                (pl.col("open_units") - pl.col("quantity")).clip(lower_bound=0)
            ),
        )
        .select(_COLUMNS)
    )
