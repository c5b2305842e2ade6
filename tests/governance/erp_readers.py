"""Reads files as ERPNext's Data Import, Odoo's import and SAP's XML port do, by documented rules.

Field names, labels and which of them are required are facts of those systems. ERPNext matches a
header with `Label`, and that of a line with `Label (Label of the table)`; a row whose columns of
the document are all blank belongs to the document above. Odoo matches `field`, `field/id` for an
External ID and `lines/field` for a line; a row whose columns of the record are all blank is a
further line of it; and what it knows by its External ID it changes. SAP reads segments in the order
of the basic type, and of each the fields in the order of its definition, each up to its length.
"""

import csv
import io
import re
from xml.etree import ElementTree as ET

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
    "Material Request": (
        {
            "Title": ("title", False),
            "Purpose": ("material_request_type", True),
            "Company": ("company", True),
            "Transaction Date": ("transaction_date", True),
            "Required By": ("schedule_date", False),
        },
        {
            "Item Code": ("item_code", True),
            "Required By": ("schedule_date", True),
            "Quantity": ("qty", True),
            "UOM": ("uom", True),
            "UOM Conversion Factor": ("conversion_factor", True),
            "Source Warehouse": ("from_warehouse", False),
            "Target Warehouse": ("warehouse", False),
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
UPDATES = {"purchase.order.line": {"product_qty"}, "stock.move": {"product_uom_qty"}}
"""Model of Odoo -> units of a line that an import may change."""

ORDERS05 = {
    "EDI_DC40": (
        "TABNAM 10 MANDT 3 DOCNUM 16 DOCREL 4 STATUS 2 DIRECT 1 OUTMOD 1 EXPRSS 1 TEST 1 IDOCTYP 30"
        " CIMTYP 30 MESTYP 30 MESCOD 3 MESFCT 3 STD 1 STDVRS 6 STDMES 6 SNDPOR 10 SNDPRT 2 SNDPFC 2"
        " SNDPRN 10 SNDSAD 21 SNDLAD 70 RCVPOR 10 RCVPRT 2 RCVPFC 2 RCVPRN 10 RCVSAD 21 RCVLAD 70"
        " CREDAT 8 CRETIM 6 REFINT 14 REFGRP 14 REFMES 14 ARCKEY 70 SERIAL 20"
    ),
    "E1EDK01": (
        "ACTION 3 KZABS 1 CURCY 3 HWAER 3 WKURS 12 ZTERM 17 KUNDEUINR 20 EIGENUINR 20 BSART 4"
        " BELNR 35"
    ),
    "E1EDK03": "IDDAT 3 DATUM 8 UZEIT 6",
    "E1EDKA1": "PARVW 3 PARTN 17 LIFNR 17",
    "E1EDK02": "QUALF 3 BELNR 35 POSNR 6 DATUM 8 UZEIT 6",
    "E1EDP01": (
        "POSEX 6 ACTION 3 PSTYP 1 KZABS 1 MENGE 15 MENEE 3 BMNG2 15 PMENE 3 ABFTZ 7 VPREI 15"
        " PEINH 9 NETWR 18 ANETW 18 SKFBP 18 NTGEW 18 GEWEI 3 EINKZ 1 CURCY 3"
    ),
    "E1EDP20": "WMENG 15 AMENG 15 EDATU 8 EZEIT 6",
    "E1EDP19": "QUALF 3 IDTNR 35 KTEXT 70",
    "E1EDS01": "SUMID 3 SUMME 18 SUNIT 3 WAERQ 3",
}
"""Segments in the order of the basic type -> their fields in order, each with its length."""
IN_A_LINE = {"E1EDP20", "E1EDP19"}
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


def read_odoo_update(model, content, known):
    """Units of lines by External ID, of an import that changes lines which Odoo has."""
    header, *rows = csv.reader(io.StringIO(content.decode()))
    field = header[1]
    assert header[0] == "id"
    assert {field} == UPDATES[model]
    found = {name: float(units) for name, units in rows}
    assert len(found) == len(rows)
    assert found.keys() <= known, "a line that is not there would be made, without its item"
    return found


def read_idocs(content):
    """IDocs of a file: each a list of segments, name and fields, those of a line in its `inner`."""
    root = ET.fromstring(content)  # noqa: S314  # our own file
    assert root.tag == "ORDERS05"
    idocs = []
    for idoc in root:
        assert (idoc.tag, idoc.attrib) == ("IDOC", {"BEGIN": "1"})
        assert idoc[0].tag == "EDI_DC40"
        idocs.append(_read_segments(idoc, ORDERS05.keys() - IN_A_LINE))
    return idocs


def _read_segments(parent, allowed):
    order, last, found = list(ORDERS05), -1, []
    for segment in parent:
        if not segment.attrib:
            continue
        assert segment.tag in allowed, segment.tag
        assert segment.attrib == {"SEGMENT": "1"}
        assert order.index(segment.tag) >= last, f"{segment.tag} comes too late"
        last = order.index(segment.tag)
        fields = {field.tag: field.text for field in segment if not field.attrib}
        inner = _read_segments(segment, IN_A_LINE if segment.tag == "E1EDP01" else ())
        _check_fields(segment.tag, fields)
        found.append((segment.tag, fields, inner))
    return found


def _check_fields(segment, fields):
    defined = ORDERS05[segment].split()
    lengths = dict(zip(defined[::2], map(int, defined[1::2]), strict=True))
    names = list(lengths)
    places = [names.index(name) for name in fields]
    assert places == sorted(places), f"fields of {segment} out of order"
    for name, text in fields.items():
        assert text, name
        assert len(text) <= lengths[name], f"{name} of {segment} is too long"


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
