"""Renders pages: templates, and how numbers, days and codes are written in them."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from quality_checks.contracts import EVERYWHERE

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
"""Folder of the style sheet and the script."""

_MISSING: Final = "–"  # noqa: RUF001  # a dash for what is not known


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """Render a template; whatever is put into it is escaped."""
    return _load_templates().get_template(template).render(context)


@cache
def _load_templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "number": write_number,
        "money": write_money,
        "cell": write_cell,
        "percent": write_percent,
        "words": write_words,
        "zone": write_zone,
        "query": urlencode,
    }
    return templates


def write_number(value: float | None) -> str:
    """Write a number with separators, to two decimals where it has any; a dash where missing."""
    if value is None:
        return _MISSING
    if isinstance(value, int) or value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}"


def write_money(value: float | None) -> str:
    """Write an amount to two decimals; a dash where it is missing."""
    # What is next to nothing below zero would be written -0.00.
    return _MISSING if value is None else f"{round(value, 2) + 0.0:,.2f}"


def write_percent(share: float | None) -> str:
    """Write a share as a percentage without decimals; a dash where it is missing."""
    return _MISSING if share is None else f"{100 * share:.0f} %"


def write_words(code: str | None) -> str:
    """Write a code of a closed list as words."""
    return _MISSING if code is None else code.replace("_", " ")


def write_zone(zone: str) -> str:
    """Write a price zone; the one of all places has no name."""
    return "everywhere" if zone == EVERYWHERE else zone


def write_cell(value: object) -> str:
    """Write a value of any column."""
    if value is None or value == "":
        return _MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return write_number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
