"""Rows of X12 documents of suppliers: acknowledgements of orders (855) and ship notices (856).

Columns have the names of the landing source that the documents are for, so that a mapping needs to
state none. What a document says in another way than is understood here is told on its row, by
segment and element, and never guessed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final

import polars as pl

from connecting.raw.x12_segments import PlacedSegment, TransactionSet, read_transaction_sets
from quality_checks.intake import RAW_LINE

Row = dict[str, object]

_ACCEPTED: Final = {"AC", "AR", "IA", "IE"}
_CHANGED: Final = {"BP", "DR", "IB", "IC", "IP", "IQ", "SP"}
_REFUSED: Final = {"ID", "IR", "R1", "R2", "R3", "R4", "R5", "R6"}
"""Answers to a line: element 668 of the standard."""

_REASONS: Final = {
    "BP": "partial shipment, balance backordered",
    "DR": "date rescheduled",
    "IB": "backordered",
    "IC": "changes made",
    "ID": "item deleted",
    "IP": "price changed",
    "IQ": "quantity changed",
    "IR": "item rejected",
    "SP": "date pending",
}
_WITHOUT_CHANGE: Final = {"AD": "accepted", "AK": "accepted", "RD": "refused", "RJ": "refused"}
"""Answers to a whole order (element 587), which a line without one of its own has."""

_DELIVERY: Final = {"002", "017", "067", "069"}
"""Days of delivery (element 374): requested, estimated, scheduled, promised; not of shipping."""

_SUPPLIER: Final = {"SU", "VN", "SF"}
_UNIT: Final = {None, "EA"}


def read_x12(path: Path, transaction: str, fault_column: str) -> pl.DataFrame:
    """The rows of an X12 file as text, with the segment that each begins with and what is wrong.

    Args:
        path: the file.
        transaction: 855 or 856.
        fault_column: column for what is wrong with a row, missing where nothing is.

    Raises:
        FileRefusedError: see `read_transaction_sets`.
    """
    columns, list_rows = _SETS[transaction]
    found = [
        {RAW_LINE: None, **row, fault_column: "; ".join(faults) or None}
        for document in read_transaction_sets(path, transaction)
        for row, faults in list_rows(document)
    ]
    schema = dict.fromkeys(columns, pl.String) | {RAW_LINE: pl.Int64, fault_column: pl.String}
    return pl.DataFrame(found, schema=schema)


def _list_answers(document: TransactionSet) -> Iterator[tuple[Row, list[str]]]:
    """Rows of `order_acknowledgements`, one a line of an 855."""
    head = next((s for s in document.segments if s.name == "BAK"), None)
    if head is None:
        yield {"acknowledgement": document.control}, ["the document has no segment BAK"]
        return
    faults: list[str] = []
    named = head.get("BAK09")
    stated = {
        "acknowledgement": head.get("BAK08") or document.control,
        "supplier": _find_party(document.segments, _SUPPLIER) or document.sender,
        "po": head.get("BAK03"),
        "acknowledged_on": _read_day(head, "BAK09", faults) if named else _dash(document.sent_on),
    }
    lines = _split(document.segments, "PO1")
    if not lines:
        told = head.tell("BAK02", "answers the order and none of its lines; each needs its own")
        yield {**stated, RAW_LINE: head.number}, [*faults, told]
    for line, *details in lines:
        wrong = [*faults]
        answers = [s for s in details if s.name == "ACK"]
        row = _join_answers(head, answers, wrong)
        yield {**stated, **row, "po_line": line.get("PO101"), RAW_LINE: line.number}, wrong


def _join_answers(head: PlacedSegment, answers: list[PlacedSegment], wrong: list[str]) -> Row:
    """One answer of those to a line: units that come in all, on the last day of any."""
    if not answers:
        whole = _WITHOUT_CHANGE.get(head.get("BAK02") or "")
        if whole is None:
            wrong.append(head.tell("BAK02", "leaves a line without an answer"))
        return {"answer": whole}
    codes = [answer.get("ACK01") or "" for answer in answers]
    units: list[int] = []
    days: list[str] = []
    for placed, code in zip(answers, codes, strict=True):
        if code not in _ACCEPTED | _CHANGED | _REFUSED:
            wrong.append(placed.tell("ACK01", "is no answer that is understood here"))
        if placed.get("ACK03") not in _UNIT:
            wrong.append(placed.tell("ACK03", "is no unit that is counted here, EA is"))
        if code in _REFUSED:
            continue
        if placed.get("ACK02") is not None:
            units.append(_read_units(placed, "ACK02", wrong))
        if placed.get("ACK05") is not None and placed.get("ACK04") in _DELIVERY:
            days.append(_read_day(placed, "ACK05", wrong) or "")
    refused = [code in _REFUSED for code in codes]
    answer = "refused" if all(refused) else "accepted"
    if any(refused) != all(refused) or any(code in _CHANGED for code in codes):
        answer = "changed"
    reasons = [_REASONS.get(code, f"answer {code}") for code in codes if code not in _ACCEPTED]
    return {
        "answer": answer,
        "quantity": str(sum(units)) if units else None,
        "promised_on": max(days) if days else None,
        "reason": ", ".join(dict.fromkeys(reasons)) or None,
    }


def _list_notices(document: TransactionSet) -> Iterator[tuple[Row, list[str]]]:
    """Rows of `in_transit`, one an item of an 856."""
    head = next((s for s in document.segments if s.name == "BSN"), None)
    faults: list[str] = []
    stated: Row = {"shipment_id": head.get("BSN02") if head else None, "status": "shipped"}
    order: str | None = None
    number = 0
    levels = _split(document.segments, "HL")
    for level, *details in levels:
        kind = level.get("HL03")
        if kind == "S":
            stated["supplier"] = _find_party(details, _SUPPLIER) or document.sender
            stated["destination"] = _find_party(details, {"ST"})
            stated["shipped_on"] = _find_day(details, {"011"}, faults)
            stated["expected_on"] = _find_day(details, _DELIVERY, faults)
        elif kind == "O":
            order = next((s.get("PRF01") for s in details if s.name == "PRF"), None)
        elif kind == "I":
            number += 1
            wrong = [*faults]
            row = _read_item(details, wrong)
            place = {"po": order, "line": str(number), RAW_LINE: level.number}
            yield {**stated, **row, **place}, wrong
    if not number:
        yield stated, ["the document ships no item"]


def _read_item(details: list[PlacedSegment], wrong: list[str]) -> Row:
    """Line of the order, item and units of an item of a ship notice."""
    row: Row = {}
    for placed in details:
        if placed.name == "LIN":
            row["po_line"] = placed.get("LIN01")
            coded = {
                placed.get(f"LIN{n:02}"): placed.get(f"LIN{n + 1:02}") for n in range(2, 30, 2)
            }
            row["sku"] = next((coded[kind] for kind in ("SK", "BP", "IN") if kind in coded), None)
        elif placed.name == "SN1":
            row["quantity"] = str(_read_units(placed, "SN102", wrong))
            if placed.get("SN103") not in _UNIT:
                wrong.append(placed.tell("SN103", "is no unit that is counted here, EA is"))
    return row


def _split(segments: list[PlacedSegment], opening: str) -> list[list[PlacedSegment]]:
    """Segments by the loops that one of a name opens, from the first of it on."""
    starts = [place for place, segment in enumerate(segments) if segment.name == opening]
    bounds = pairwise([*starts, len(segments)])
    loops = [segments[start:end] for start, end in bounds]
    return [[*takewhile(lambda s: s.name != "CTT", loop)] for loop in loops]


def _find_party(segments: list[PlacedSegment], roles: set[str]) -> str | None:
    """Code of the first party in one of the roles."""
    found = (s.get("N104") for s in segments if s.name == "N1" and s.get("N101") in roles)
    return next(found, None)


def _find_day(segments: list[PlacedSegment], kinds: set[str], faults: list[str]) -> str | None:
    """The first day of one of the kinds."""
    for placed in segments:
        if placed.name == "DTM" and placed.get("DTM01") in kinds:
            return _read_day(placed, "DTM02", faults)
    return None


def _read_day(placed: PlacedSegment, element: str, faults: list[str]) -> str | None:
    """A day as a landing file has it."""
    try:
        return datetime.strptime(placed.get(element) or "", "%Y%m%d").date().isoformat()  # noqa: DTZ007  # a day
    except ValueError:
        faults.append(placed.tell(element, "is no day of the form CCYYMMDD"))
        return None


def _dash(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _read_units(placed: PlacedSegment, element: str, faults: list[str]) -> int:
    value = placed.get(element) or ""
    if not value.isdigit():
        faults.append(placed.tell(element, "is no whole number of units"))
        return 0
    return int(value)


_SETS: Final[
    Mapping[str, tuple[list[str], Callable[[TransactionSet], Iterator[tuple[Row, list[str]]]]]]
] = {
    "855": (
        [
            "acknowledgement",
            "supplier",
            "po",
            "po_line",
            "acknowledged_on",
            "answer",
            "quantity",
            "promised_on",
            "reason",
        ],
        _list_answers,
    ),
    "856": (
        [
            "shipment_id",
            "line",
            "sku",
            "supplier",
            "destination",
            "po",
            "po_line",
            "quantity",
            "shipped_on",
            "expected_on",
            "status",
        ],
        _list_notices,
    ),
}
"""Transaction set -> columns of its rows, and how they are read."""
