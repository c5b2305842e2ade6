"""`Statement`: one sentence of a brief, with the numbers and the texts that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from governance import show_controls
from workbench.citing import Cited, Source

_UNKNOWN: Final = "an unknown amount"
_SHORT_ID: Final = 8


@dataclass(frozen=True)
class Quote:
    """A text of the data, which says what somebody or something has written there.

    Attributes:
        text: as it stands.
        table: that it was read from.
        where: the key of its row.
        column: that it was read from.
    """

    text: str
    table: str
    where: Mapping[str, str]
    column: str

    @classmethod
    def of(cls, source: Source, row: Mapping[str, Any], column: str) -> Self:
        """The text that a row of a source has in a column."""
        cited = source.cell(row, column)
        return cls(str(row[column]), cited.table, cited.where, column)


@dataclass(frozen=True)
class Statement:
    """A sentence.

    Attributes:
        part: of the brief that it belongs to.
        words: the sentence, with `{0}`, `{1}`, ... for numbers and `{a}`, `{b}`, ... for texts.
        numbers: that it states, in order.
        quotes: that it quotes, in order.
    """

    part: str
    words: str
    numbers: Sequence[Cited] = ()
    quotes: Sequence[Quote] = ()


def write_statement(statement: Statement, *, quoting: bool) -> str:
    """Write a sentence out.

    Args:
        statement: the sentence.
        quoting: with what it quotes, as people read it; else with the letter of each text, as for
            those who must not take a text of the data for one of ours.
    """
    letters = {chr(ord("a") + place): quote for place, quote in enumerate(statement.quotes)}
    texts = {
        name: show_controls(quote.text) if quoting else f"[{name}]"
        for name, quote in letters.items()
    }
    return statement.words.format(*map(write_cited, statement.numbers), **texts)


def write_cited(cited: Cited) -> str:
    """Write a number with its unit: amounts to two decimals, others to one, shares in percent.

    A day is written in ISO form, and an id by its first digits.
    """
    value = cited.value
    if value is None:
        return _UNKNOWN
    if isinstance(value, str):
        return value[:_SHORT_ID]
    if isinstance(value, date):
        return value.isoformat()
    if cited.unit.isupper():
        return f"{value:,.2f} {cited.unit}"
    if cited.unit == "share":
        return f"{value:.0%}"
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    # One of a thing is told as one.
    unit = cited.unit.removesuffix("s") if value == 1 else cited.unit
    return f"{number} {unit}".strip()
