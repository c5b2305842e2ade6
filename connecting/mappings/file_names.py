"""What the name of a raw file says: whether a mapping reads it, its date, and which part it is."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_PART = re.compile(r"\*|\{date:([^{}]+)\}")
_DIGITS = {"Y": 4, "m": 2, "d": 2, "y": 2, "H": 2, "M": 2, "S": 2, "j": 3}
_LONGEST_PART = 80
_OF_A_DAY = ({"Y", "m", "d"}, {"y", "m", "d"}, {"Y", "j"})


@dataclass(frozen=True)
class Named:
    """A raw file whose name fits.

    Attributes:
        day: date in the name, if the pattern has one.
        part: what tells files of one date apart: digits of a time, and what stands for `*`.
    """

    day: date | None
    part: str


def read_file_name(pattern: str, name: str, *, days_earlier: int = 0) -> Named | None:
    """What a name says by a pattern of a mapping; None where it does not fit.

    Raises:
        ValueError: the pattern has no full date, or the digits of the name are no date.
    """
    form = _find_form(pattern)
    match = re.fullmatch(_as_expression(pattern), name)
    if match is None:
        return None
    wild = [text for key, text in match.groupdict().items() if key.startswith("wild") and text]
    if form is None:
        return Named(None, _slug(wild))
    try:
        moment = datetime.strptime(match["date"], form)  # noqa: DTZ007  # a day has no zone
    except ValueError as error:
        raise ValueError(f"{match['date']} in its name is no date of the form {form}") from error
    time = moment.strftime("%H%M%S") if "%H" in form else ""
    return Named(moment.date() - timedelta(days=days_earlier), _slug([time, *wild]))


def _find_form(pattern: str) -> str | None:
    """Form of the date in a pattern.

    Raises:
        ValueError: it has several, or one that says no day.
    """
    forms = [form for form in _PART.findall(pattern) if form]
    if not forms:
        return None
    codes = re.findall(r"%(.)", forms[0])
    whole = any(needed <= set(codes) for needed in _OF_A_DAY)
    if len(forms) > 1 or not whole or not set(codes) <= _DIGITS.keys():
        raise ValueError(f"{pattern}: it needs one date of year, month and day, as {{date:%Y%m%d}}")
    return str(forms[0])


def _as_expression(pattern: str) -> str:
    text, start = "", 0
    for number, part in enumerate(_PART.finditer(pattern)):
        text += re.escape(pattern[start : part.start()])
        text += rf"(?P<date>{_digits(part[1])})" if part[1] else rf"(?P<wild{number}>.*?)"
        start = part.end()
    return text + re.escape(pattern[start:])


def _digits(form: str) -> str:
    """A form of dates as an expression of digits."""
    pieces = re.split(r"%(.)", form)
    return "".join(
        rf"\d{{{_DIGITS[piece]}}}" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )


def _slug(texts: list[str]) -> str:
    """Texts as a part of the name of a landing file."""
    words = [re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") for text in texts]
    return "-".join(word for word in words if word)[:_LONGEST_PART]
