"""What a command prints, as a log file gets it."""

import re
from collections import Counter
from collections.abc import Callable
from io import StringIO

from rich.console import Console

COLUMNS = 80
"""Width of a log file: what rich takes where there is no terminal."""

_LINES = re.compile("[\u2500-\u257f]+")


def rendered(show: Callable[[Console], object], width: int) -> str:
    """What `show` prints on a console of a width."""
    console = Console(file=StringIO(), width=width)
    show(console)
    return console.file.getvalue()


def too_long(text: str) -> list[str]:
    """Lines that a log file would fold."""
    return [line for line in text.splitlines() if len(line) > COLUMNS]


def words(text: str) -> Counter[str]:
    """Words, without the lines of tables, as often as they come."""
    return Counter(_LINES.sub(" ", text).split())
