"""Orders, and what is called back of them, as IDocs of the basic type ORDERS05, in XML.

The XML form has segments and fields by name, the same in every release; the flat form has them at
places that move with the release. A file holds an IDoc for each order. The bytes depend on the
documents and the names of policy alone.
"""

from typing import Any, Final
from xml.etree import ElementTree as ET

import polars as pl

from quality_checks.contracts import ErpExchange

_TYPE: Final = "ORDERS05"
_DAY: Final = "%Y%m%d"
_LONGEST: Final = {"supplier": 17, "destination": 17, "sku": 35, "supplier_item": 35, "currency": 3}
"""Names of a line -> characters that its field has."""


def render_idoc_orders(orders: pl.DataFrame, rules: ErpExchange) -> bytes:
    """Orders as messages ORDERS, each with its lines, their days and the sums of the order.

    Args:
        orders: as `list_erp_documents` lists them, keys as the ERP calls them.
        rules: who sends to whom, and the unit.
    """
    root = ET.Element(_TYPE)
    for rows in orders.partition_by("number", maintain_order=True):
        idoc = _begin(root, "ORDERS", rows.row(0, named=True), rules)
        for row in rows.iter_rows(named=True):
            amount = {"NETWR": f"{row['amount']:f}", "CURCY": row["currency"]}
            line = _add_line(idoc, row, rules, None, amount)
            _add(line, "E1EDP20", WMENG=str(row["quantity"]), EDATU=row["due_on"].strftime(_DAY))
            _add_names(line, row)
        _add(idoc, "E1EDS01", SUMID="001", SUMME=str(rows.height))
        total, currency = rows.select("total", "currency").row(0)
        _add(idoc, "E1EDS01", SUMID="002", SUMME=f"{total:f}", WAERQ=currency)
    return _write(root)


def render_idoc_changes(cancels: pl.DataFrame, rules: ErpExchange) -> bytes:
    """Lines of orders that are called back as messages ORDCHG, which delete them.

    Args:
        cancels: as `list_erp_documents` lists those of orders, keys as the ERP calls them.
        rules: who sends to whom, and the unit.
    """
    root = ET.Element(_TYPE)
    for rows in cancels.partition_by("number", maintain_order=True):
        idoc = _begin(root, "ORDCHG", rows.row(0, named=True), rules)
        for row in rows.iter_rows(named=True):
            line = _add_line(idoc, row, rules, "003", {"CURCY": row["currency"]})
            _add_names(line, row)
        _add(idoc, "E1EDS01", SUMID="001", SUMME=str(rows.height))
    return _write(root)


def list_unwritable(rows: pl.DataFrame) -> pl.DataFrame:
    """List the documents that no IDoc can hold: a name is too long, or no text of XML.

    Args:
        rows: lines of orders, or what calls them back, keys as the ERP calls them.

    Returns:
        number, sorted.
    """
    fits = [
        pl.col(name).str.contains(rf"^[^\x00-\x1f]{{1,{most}}}$").fill_null(value=True)
        for name, most in _LONGEST.items()
    ]
    return rows.filter(~pl.all_horizontal(fits)).select("number").unique().sort("number")


def _begin(root: ET.Element, message: str, head: dict[str, Any], rules: ErpExchange) -> ET.Element:
    """Begin an IDoc: its control record, and what is said of the document as a whole."""
    idoc = ET.SubElement(root, "IDOC", BEGIN="1")
    sent_on, ends = head["sent_on"].strftime(_DAY), rules.idoc
    control = {
        "TABNAM": "EDI_DC40",
        "DIRECT": "2",
        "IDOCTYP": _TYPE,
        "MESTYP": message,
        "SNDPOR": ends.sender_port,
        "SNDPRT": "LS",
        "SNDPRN": ends.sender,
        "RCVPOR": ends.receiver_port,
        "RCVPRT": "LS",
        "RCVPRN": ends.receiver,
        "CREDAT": sent_on,
        "CRETIM": "000000",
    }
    _add(idoc, "EDI_DC40", **control)
    _add(idoc, "E1EDK01", CURCY=head["currency"], BELNR=head["number"])
    _add(idoc, "E1EDK03", IDDAT="012", DATUM=head["ordered_on"].strftime(_DAY))
    for role, name in (("LF", head["supplier"]), ("WE", head["destination"])):
        _add(idoc, "E1EDKA1", PARVW=role, PARTN=name)
    _add(idoc, "E1EDK02", QUALF="001", BELNR=head["number"])
    return idoc


def _add_line(
    idoc: ET.Element,
    row: dict[str, Any],
    rules: ErpExchange,
    action: str | None,
    money: dict[str, str],
) -> ET.Element:
    """Add a line with its units, the price of one, and what is to be done with it."""
    done = {} if action is None else {"ACTION": action}
    fields = {
        "POSEX": f"{row['line']:06}",
        **done,
        "MENGE": str(row["quantity"]),
        "MENEE": rules.unit,
        "VPREI": f"{row['unit_price']:f}",
        "PEINH": "1",
        **money,
    }
    return _add(idoc, "E1EDP01", **fields)


def _add_names(line: ET.Element, row: dict[str, Any]) -> None:
    """Add how we call the item of a line, and how its supplier does where he has told so."""
    _add(line, "E1EDP19", QUALF="001", IDTNR=row["sku"])
    if row["supplier_item"] is not None:
        _add(line, "E1EDP19", QUALF="002", IDTNR=row["supplier_item"])


def _add(parent: ET.Element, segment: str, **fields: str) -> ET.Element:
    """Add a segment with its fields, in the order of its definition."""
    added = ET.SubElement(parent, segment, SEGMENT="1")
    for name, value in fields.items():
        ET.SubElement(added, name).text = value
    return added


def _write(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
