"""Hand-made books of a stock: an earlier plan that came true, and what to change of it."""

import datetime as dt

import polars as pl

from quality_checks.contracts import (
    ExplainedDays,
    ExplainedLines,
    ExplainedStocks,
    find_frame,
)

SINCE, UNTIL = dt.date(2025, 9, 1), dt.date(2025, 9, 4)
_STOCK = {
    "stock": "1",
    "sku": "a",
    "location": "s",
    "echelon": False,
    "asked": True,
    "upstream": None,
    "since": SINCE,
    "until": UNTIL,
    "goods_due": True,
    "order_up_to": 20,
    "inventory_position": 14,
    "planned": 6,
    "released": 6,
    "left_out": None,
    "limit": None,
    "opening": 10,
    "closing": 14,
    "arrived": 10,
    "sent_away": 0,
    "sold": 6,
    "credited": 6,
    "returned": 0,
    "returns_expected": 0.0,
    "counted": 0,
    "adjusted": 0,
    "damaged": 0,
    "reserved": 0,
}
_DAY = {
    "stock": "1",
    "location": "s",
    "forecast": 2.0,
    "variance": 2.0,
    "correlation": 0.1,
    "demand": 2.0,
    "sales": 2,
    "promoted_then": False,
    "promoted_now": False,
    "price_then": 1.0,
    "price_now": 1.0,
    "event": False,
}
_LINE = {
    "stock": "1",
    "document_kind": "transfer",
    "document": "t1",
    "line": 1,
    "supplier": None,
    "stated_on": UNTIL,
    "units": 4,
    "arrived": 4,
    "still_open": False,
}


def stocks(*changes: dict) -> pl.DataFrame:
    """A stock of 10 to which 4 units of a document and 6 of the plan came, and 6 sold."""
    return pl.DataFrame(
        [_STOCK | change for change in changes or ({},)], schema=find_frame(ExplainedStocks).schema
    )


def days(*changes: dict, **of_all) -> pl.DataFrame:
    """Three days on which as much was asked for as forecast, with changes day by day."""
    rows = [
        _DAY | of_all | {"date": SINCE + dt.timedelta(days=number + 1)} | change
        for number, change in enumerate([*changes, {}, {}, {}][:3])
    ]
    return pl.DataFrame(rows, schema=find_frame(ExplainedDays).schema)


def lines(*changes: dict) -> pl.DataFrame:
    """A document of 4 units that came."""
    return pl.DataFrame(
        [_LINE | change for change in changes or ({},)], schema=find_frame(ExplainedLines).schema
    )
