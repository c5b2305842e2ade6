"""Columns of landed tables: numbers that a business would recognise, keys of plain characters."""

from collections.abc import Mapping
from typing import Any

from quality_checks.contracts import base
from quality_checks.contracts.words import KEY_FORM

MOST_UNITS = 10_000_000
"""Most units that a landed quantity, or one that a person states, may be."""

CURRENCY_FORM = r"^[A-Z]{3}$"
"""Codes of ISO 4217."""

MOST_PAYMENT_DAYS = 365
"""Most days between a delivery and its payment."""

MOST_LIFE_DAYS = 20_000
"""Most days that goods may be said to keep."""

MOST: Mapping[str | None, int] = {
    "units": MOST_UNITS,
    "days": 730,
    "currency": 1_000_000_000,
    "litres": 1_000_000_000,
    "kg": 1_000_000,
    "lines": 1_000_000_000,
    "views": 1_000_000_000,
    "times": 1_000_000_000,
    None: 1_000_000_000,
}
"""Unit -> the most that a landed number may be, either side of zero, unless its column says."""

_LONGEST_KEY = 200


def column(description: str, *, unit: str | None = None, **stated: Any) -> Any:
    """State a column as `base.column` does; a number that states no bounds has those of its unit.

    Text, days and times have no unit and state nothing: `number` says that one without a unit is
    a number.
    """
    if unit in MOST and unit is not None:
        stated = _bounded(MOST[unit], stated)
    return base.column(description, unit=unit, **stated)


def number(description: str, **stated: Any) -> Any:
    """State a column of numbers without a unit, such as the line of a document."""
    return base.column(description, **_bounded(MOST[None], stated))


def key_column(description: str, **stated: Any) -> Any:
    """State a text that identifies: printable characters, not too many of them."""
    return base.column(
        description,
        str_matches=KEY_FORM,
        str_length={"max_value": _LONGEST_KEY},
        **stated,
    )


def own_currency(what: str) -> Any:
    """State the currency of a row's amounts, of which only that of the items can be weighed."""
    return base.column(
        f"ISO 4217 code of {what}; that of the items where missing. There are no exchange rates: a "
        "row in a currency of no item waits in quarantine, one in that of other items counts as "
        "not sent.",
        str_matches=CURRENCY_FORM,
        omissible=True,
    )


def _bounded(most: int, stated: dict[str, Any]) -> dict[str, Any]:
    high = {} if {"le", "lt"} & set(stated) else {"le": most}
    low = {} if {"ge", "gt"} & set(stated) else {"ge": -most}
    return {**stated, **low, **high}
