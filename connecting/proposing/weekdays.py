"""Days of the week as systems write them, as the seven digits that contracts have."""

import re

_DAYS = (
    ("mo", "mon", "monday", "montag"),
    ("di", "tu", "tue", "tues", "tuesday", "dienstag"),
    ("mi", "we", "wed", "wednesday", "mittwoch"),
    ("do", "th", "thu", "thur", "thurs", "thursday", "donnerstag"),
    ("fr", "fri", "friday", "freitag"),
    ("sa", "sat", "saturday", "samstag", "sonnabend"),
    ("so", "su", "sun", "sunday", "sonntag"),
)
"""Names of each day, from Monday."""

_NUMBER = {name: day for day, names in enumerate(_DAYS) for name in names}
_EVERY = {"daily", "every day", "täglich", "taeglich"}


def read_weekdays(text: str) -> str | None:
    """Read days of the week, English or German: names, lists and spans such as Mo-Fr.

    Returns:
        Seven digits from Monday, 1 where the day is named; none where something is no day.
    """
    plain = text.strip().lower().replace("\u2013", "-")
    if re.fullmatch("[01]{7}", plain):
        return plain
    days = set[int](range(7)) if plain in _EVERY else _read_names(plain)
    return "".join("1" if day in days else "0" for day in range(7)) if days else None


def _read_names(plain: str) -> set[int]:
    """Numbers of the days that are named; none where something is no day."""
    days = set[int]()
    for part in re.split(r"[,;/+&]|\band\b|\bund\b", plain):
        ends = [name.strip(" .") for name in re.split(r"-|\bto\b|\bbis\b", part)]
        if not {*ends} <= {*_NUMBER} or len(ends) > 2:  # noqa: PLR2004  # first and last
            return set()
        first, last = _NUMBER[ends[0]], _NUMBER[ends[-1]]
        days |= {(first + day) % 7 for day in range((last - first) % 7 + 1)}
    return days
