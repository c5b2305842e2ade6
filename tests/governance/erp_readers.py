"""Reads files as ERPNext's Data Import and Odoo's import do, by the rules that both document.

Field names, labels and which of them are required are facts of those systems. ERPNext matches a
header with `Label`, and that of a line with `Label (Label of the table)`; a row whose columns of
the document are all blank belongs to the document above. Odoo matches `field`, `field/id` for an
External ID and `lines/field` for a line; a row whose columns of the record are all blank is a
further line of it.
"""

import csv
import io
import re

ERPNEXT = {
    "Purchase Order": (
        {
            "Supplier": ("supplier", True),
            "Date": ("transaction_date", True),
            "Required By": ("schedule_date", False),
            "Company": ("company", True),
            "Currency": ("currency", True),
            "Order Confirmation No": ("order_confirmation_no", False),
        },
        {
            "Item Code": ("item_code", True),
            "Required By": ("schedule_date", True),
            "Quantity": ("qty", True),
            "UOM": ("uom", True),
            "UOM Conversion Factor": ("conversion_factor", True),
            "Rate": ("rate", False),
            "Target Warehouse": ("warehouse", False),
        },
    ),
    "Stock Entry": (
        {
            "Stock Entry Type": ("stock_entry_type", True),
            "Company": ("company", True),
            "Posting Date": ("posting_date", False),
            "Edit Posting Date and Time": ("set_posting_time", False),
            "Remarks": ("remarks", False),
        },
        {
            "Source Warehouse": ("s_warehouse", False),
            "Target Warehouse": ("t_warehouse", False),
            "Item Code": ("item_code", True),
            "Qty": ("qty", True),
            "UOM": ("uom", True),
            "Conversion Factor": ("conversion_factor", True),
        },
    ),
}
"""Type of document -> labels of its fields and of those of its table `Items`: name, required."""

ODOO = {
    "purchase.order": {
        "relations": {"partner_id", "picking_type_id", "currency_id"},
        "values": {"origin", "date_order"},
        "required": {"partner_id", "date_order", "currency_id", "picking_type_id"},
        "lines": "order_line",
        "line_relations": {"product_id"},
        "line_values": {"name", "product_qty", "price_unit", "date_planned"},
        "line_required": {"product_id", "name", "product_qty", "price_unit", "date_planned"},
    },
    "stock.picking": {
        "relations": {"picking_type_id", "location_id", "location_dest_id"},
        "values": {"scheduled_date", "origin"},
        "required": {"picking_type_id", "location_id", "location_dest_id"},
        "lines": "move_ids",
        "line_relations": {"product_id", "location_id", "location_dest_id"},
        "line_values": {"name", "product_uom_qty"},
        "line_required": {"product_id", "location_id", "location_dest_id", "product_uom_qty"},
    },
}
EXTERNAL_ID = re.compile(r"^[a-z0-9_]+\.[A-Za-z0-9_.-]+$")


def read_erpnext(doctype, content):
    """Documents of a Data Import file, each with its `items`."""
    header, *rows = csv.reader(io.StringIO(content.decode()))
    of_document, of_line = ERPNEXT[doctype]
    fields = []
    for title in header:
        line = re.fullmatch(r"(.+) \(Items\)", title)
        known = of_line if line else of_document
        label = line.group(1) if line else title
        assert label in known, f"{title!r} does not match any field"
        fields.append((bool(line), *known[label]))
    assert {name for line, name, _ in fields if line} >= _required(of_line)
    assert {name for line, name, _ in fields if not line} >= _required(of_document)
    documents = []
    for row in rows:
        cells = list(zip(fields, row, strict=True))
        parent = {name: cell for (line, name, _), cell in cells if not line and cell}
        child = {name: cell for (line, name, _), cell in cells if line and cell}
        if parent:
            assert _required(of_document) <= parent.keys()
            documents.append({**parent, "items": []})
        assert _required(of_line) <= child.keys()
        documents[-1]["items"].append(child)
    return documents


def read_odoo(model, content):
    """Records of an import file by External ID, each with its lines by theirs."""
    known = ODOO[model]
    header, *rows = csv.reader(io.StringIO(content.decode()))
    records = {}
    record = None
    for row in rows:
        cells = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        line = {name: cell for name, cell in cells.items() if name.startswith(known["lines"] + "/")}
        parent = {name: cell for name, cell in cells.items() if name not in line}
        if parent:
            record = _read_record(parent, known["relations"], known["values"], known["required"])
            assert record["id"] not in records
            records[record["id"]] = {**record, "lines": {}}
        inner = {name.split("/", 1)[1]: cell for name, cell in line.items()}
        names = known["line_relations"], known["line_values"], known["line_required"]
        read = _read_record(inner, *names)
        assert read["id"] not in records[record["id"]]["lines"]
        records[record["id"]]["lines"][read["id"]] = read
    return records


def _read_record(cells, relations, values, required):
    found = {}
    for name, cell in cells.items():
        field, _, by_id = name.partition("/")
        assert field in {"id", *relations, *values}, f"no field {name}"
        assert by_id in {"", "id"}
        if field == "id" or by_id:
            assert EXTERNAL_ID.match(cell), cell
        else:
            assert field in values or field == "currency_id", f"{name} is no value"
        found[field] = cell
    assert required | {"id"} <= found.keys()
    return found


def _required(fields):
    return {name for name, required in fields.values() if required}
