"""Documents in the layout that an ERP loads as it is, as CSV files.

ERPNext reads a file of its Data Import: a document has a row for each line, the first of them alone
fills the columns of the document, and headers name a field by its label, that of a line with the
label of its table besides. Odoo reads a file of its import: headers name fields by their technical
names, and records by their External IDs; a record that it has is changed by its External ID, and so
a line is called back. Quantities are in the unit in which an item is stocked, but for orders of
ERPNext, which are in the supplier's where he has one. SAP reads IDocs (see `idoc_documents`).
ERPNext's Data Import changes no document that was submitted and knows ours by no name, so that it
calls nothing back: `cancels.csv` names what people cancel there.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from governance.exchange.erp_documents import ErpDocuments
from governance.exchange.idoc_documents import (
    list_unwritable,
    render_idoc_changes,
    render_idoc_orders,
)
from governance.exchange.outbox import render_csv
from quality_checks.contracts import ErpExchange, KeyNames

FLAT: Final = {"orders.csv": "orders", "trips.csv": "trips", "cancels.csv": "cancels"}
"""Files of every layout -> which documents they have, a row a line with its key."""
_PRICE: Final = pl.Decimal(38, 4)
_TIME: Final = "%Y-%m-%d 00:00:00"


def render_documents(documents: ErpDocuments, rules: ErpExchange) -> dict[str, bytes]:
    """Render the documents of a batch: the flat files, and those of the ERP's own layout.

    Args:
        documents: of one batch.
        rules: which layout, and how the ERP calls what we name.

    Returns:
        Name of a file -> its bytes; a file without lines is left out.
    """
    frames = documents._asdict()
    frames["cancelled_orders"] = documents.cancels.filter(document="order")
    frames["cancelled_trips"] = documents.cancels.filter(document="trip")
    files = {name: render_csv(frames[of]) for name, of in FLAT.items() if frames[of].height}
    left_out = list_left_out(documents, rules)
    for name, (of, render) in _choose_layout(rules).items():
        frames[of] = frames[of].filter(~pl.col("number").is_in(left_out))
        if frames[of].height:
            made = render(frames[of], rules)
            files[name] = made if isinstance(made, bytes) else render_csv(made)
    return files


def list_left_out(documents: ErpDocuments, rules: ErpExchange) -> list[str]:
    """List the numbers of documents that the layout cannot hold; the flat files have them.

    Args:
        documents: of one batch.
        rules: which layout, and how the ERP calls what we name.
    """
    if rules.layout != "idoc":
        return []
    named = [
        _name_keys(rows, rules)
        for rows in (documents.orders, documents.cancels.filter(document="order"))
    ]
    return pl.concat(list_unwritable(rows) for rows in named)["number"].to_list()


def _choose_layout(rules: ErpExchange) -> "_Layout":
    """The files of a layout; trips for ERPNext as stock entries, or as requests of them."""
    files = _LAYOUTS[rules.layout]
    other = "Stock Entry.csv" if rules.erpnext_trips == "request" else "Material Request.csv"
    return {name: made for name, made in files.items() if name != other}


def _render_erpnext_orders(orders: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    due = pl.col("due_on").dt.to_string("%Y-%m-%d")
    document = {
        "Supplier": _name(rules.suppliers, "supplier"),
        "Date": pl.col("ordered_on").dt.to_string("%Y-%m-%d"),
        "Required By": due.min().over("number"),
        "Company": pl.lit(rules.company),
        "Currency": pl.col("currency"),
        "Order Confirmation No": pl.col("number"),
    }
    line = {
        "Item Code (Items)": _name(rules.items, "sku"),
        "Required By (Items)": due,
        "Quantity (Items)": pl.col("unit_quantity"),
        "UOM (Items)": pl.coalesce("unit", pl.lit(rules.unit)),
        "UOM Conversion Factor (Items)": pl.col("unit_size"),
        "Rate (Items)": (pl.col("unit_price") * pl.col("unit_size")).cast(_PRICE),
        "Target Warehouse (Items)": _name(rules.nodes, "destination"),
    }
    return _lay_out(orders, document, line)


def _render_erpnext_trips(trips: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    document = {
        "Stock Entry Type": pl.lit("Material Transfer"),
        "Company": pl.lit(rules.company),
        "Posting Date": pl.coalesce("leaves_on", "due_on").dt.to_string("%Y-%m-%d"),
        "Edit Posting Date and Time": pl.lit(1, pl.Int64),
        "Remarks": pl.col("number"),
    }
    line = {
        "Source Warehouse (Items)": _name(rules.nodes, "origin"),
        "Target Warehouse (Items)": _name(rules.nodes, "destination"),
        "Item Code (Items)": _name(rules.items, "sku"),
        "Qty (Items)": pl.col("quantity"),
        "UOM (Items)": pl.lit(rules.unit),
        "Conversion Factor (Items)": pl.lit(1, pl.Int64),
    }
    return _lay_out(trips, document, line)


def _render_erpnext_requests(trips: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    due = pl.col("due_on").dt.to_string("%Y-%m-%d")
    document = {
        "Title": pl.col("number"),
        "Purpose": pl.lit("Material Transfer"),
        "Company": pl.lit(rules.company),
        "Transaction Date": pl.coalesce("leaves_on", "due_on").dt.to_string("%Y-%m-%d"),
        "Required By": due,
    }
    line = {
        "Item Code (Items)": _name(rules.items, "sku"),
        "Required By (Items)": due,
        "Quantity (Items)": pl.col("quantity"),
        "UOM (Items)": pl.lit(rules.unit),
        "UOM Conversion Factor (Items)": pl.lit(1, pl.Int64),
        "Source Warehouse (Items)": _name(rules.nodes, "origin"),
        "Target Warehouse (Items)": _name(rules.nodes, "destination"),
    }
    return _lay_out(trips, document, line)


def _render_odoo_orders(orders: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    document = {
        "id": pl.format("plenish.{}", _write_id("number")),
        "partner_id/id": _name(rules.suppliers, "supplier"),
        "origin": pl.col("number"),
        "date_order": pl.col("ordered_on").dt.to_string(_TIME),
        "currency_id": pl.col("currency"),
        "picking_type_id/id": _name(rules.receipts, "destination"),
    }
    line = {
        "order_line/id": pl.format("plenish.line_{}", "idempotency_key"),
        "order_line/product_id/id": _name(rules.items, "sku"),
        # As Odoo itself describes a line of a vendor who has a code of his own.
        "order_line/name": pl.concat_str(
            pl.format("[{}] ", "supplier_item").fill_null(""), pl.col("sku")
        ),
        "order_line/product_qty": pl.col("quantity"),
        "order_line/price_unit": pl.col("unit_price"),
        "order_line/date_planned": pl.col("due_on").dt.to_string(_TIME),
    }
    return _lay_out(orders, document, line)


def _render_odoo_trips(trips: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    document = {
        "id": pl.format("plenish.{}", _write_id("number")),
        "picking_type_id/id": _name(rules.shipments, "origin"),
        "location_id/id": _name(rules.nodes, "origin"),
        "location_dest_id/id": _name(rules.nodes, "destination"),
        "scheduled_date": pl.coalesce("leaves_on", "due_on").dt.to_string(_TIME),
        "origin": pl.col("number"),
    }
    line = {
        "move_ids/id": pl.format("plenish.line_{}", "idempotency_key"),
        "move_ids/product_id/id": _name(rules.items, "sku"),
        # From Odoo 19 on a move has no name of its own.
        **({"move_ids/name": pl.col("sku")} if rules.odoo_version < _WITHOUT_NAMES else {}),
        "move_ids/product_uom_qty": pl.col("quantity"),
        "move_ids/location_id/id": _name(rules.nodes, "origin"),
        "move_ids/location_dest_id/id": _name(rules.nodes, "destination"),
    }
    return _lay_out(trips, document, line)


_WITHOUT_NAMES: Final = 19


def _render_odoo_cancelled_orders(cancels: pl.DataFrame, _: ErpExchange) -> pl.DataFrame:
    return _empty_lines(cancels, "product_qty")


def _render_odoo_cancelled_trips(cancels: pl.DataFrame, _: ErpExchange) -> pl.DataFrame:
    return _empty_lines(cancels, "product_uom_qty")


def _empty_lines(cancels: pl.DataFrame, units: str) -> pl.DataFrame:
    """Lines that Odoo has, by their External IDs, with no units."""
    return cancels.select(
        pl.format("plenish.line_{}", "cancels").alias("id"), pl.lit(0).alias(units)
    )


def _render_idoc_orders(orders: pl.DataFrame, rules: ErpExchange) -> bytes:
    named = _name_keys(orders, rules).with_columns(sent_on="ordered_on")
    return render_idoc_orders(named, rules)


def _render_idoc_changes(cancels: pl.DataFrame, rules: ErpExchange) -> bytes:
    return render_idoc_changes(_name_keys(cancels, rules), rules)


def _name_keys(rows: pl.DataFrame, rules: ErpExchange) -> pl.DataFrame:
    """Lines of orders, of which items, suppliers and nodes are called as the ERP calls them."""
    return rows.with_columns(
        _name(rules.items, "sku").alias("sku"),
        _name(rules.suppliers, "supplier").alias("supplier"),
        _name(rules.nodes, "destination").alias("destination"),
    )


_Layout = Mapping[str, tuple[str, Callable[[pl.DataFrame, ErpExchange], pl.DataFrame | bytes]]]
_LAYOUTS: Final[Mapping[str, _Layout]] = {
    "flat": {},
    "erpnext": {
        "Purchase Order.csv": ("orders", _render_erpnext_orders),
        "Stock Entry.csv": ("trips", _render_erpnext_trips),
        "Material Request.csv": ("trips", _render_erpnext_requests),
    },
    "odoo": {
        "purchase.order.csv": ("orders", _render_odoo_orders),
        "stock.picking.csv": ("trips", _render_odoo_trips),
        "purchase.order.line.csv": ("cancelled_orders", _render_odoo_cancelled_orders),
        "stock.move.csv": ("cancelled_trips", _render_odoo_cancelled_trips),
    },
    "idoc": {
        "ORDERS.xml": ("orders", _render_idoc_orders),
        "ORDCHG.xml": ("cancelled_orders", _render_idoc_changes),
    },
}
"""Layout -> its files, each with the documents that it has and how they are laid out."""


def _lay_out(
    rows: pl.DataFrame, document: Mapping[str, pl.Expr], line: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """Rows of lines, of which the first of a document alone has the columns of the document."""
    is_first = pl.col("line") == 1
    of_document = {name: pl.when(is_first).then(value) for name, value in document.items()}
    return rows.select(**of_document, **line)


def _name(names: KeyNames, column: str) -> pl.Expr:
    """What the ERP calls a key."""
    before, _, after = names.form.partition("{}")
    made = pl.concat_str(pl.lit(before), pl.col(column), pl.lit(after))
    if not names.own:
        return made
    own = pl.col(column).replace_strict(names.own, default=None, return_dtype=pl.String)
    return pl.coalesce(own, made)


def _write_id(column: str) -> pl.Expr:
    """A number as an External ID may hold it."""
    return pl.col(column).str.to_lowercase().str.replace_all("-", "_", literal=True)
