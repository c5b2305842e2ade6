"""Contracts in words: what a type and a bound are called in the document and in refusals."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import polars as pl

from quality_checks.contracts.statement import Bound
from quality_checks.contracts.vocabulary import Vocabulary

TYPES: Final[Mapping[type[pl.DataType], str]] = {
    pl.String: "text",
    pl.Int64: "whole number",
    pl.Float64: "number",
    pl.Boolean: "true or false",
    pl.Date: "date",
    pl.Datetime: "time",
}

_UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"

KEY_FORM: Final = rf"^[^{_UNSEEN}]*[^{_UNSEEN}\s][^{_UNSEEN}]*$"
"""A key: at least one character that can be seen, and none that only steers a screen or printer."""

_FORMS: Final = {KEY_FORM: "no control characters, and not blank"}

_BOUNDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "greater_than_or_equal_to": lambda found: f"at least {found['min_value']}",
    "greater_than": lambda found: f"above {found['min_value']}",
    "less_than_or_equal_to": lambda found: f"at most {found['max_value']}",
    "less_than": lambda found: f"below {found['max_value']}",
    "isin": lambda found: _listed(found["allowed_values"]),
    "notin": lambda found: f"none of {_listed(found['forbidden_values'])}",
    "in_vocabulary": lambda found: _listed(_known_words(found["vocabulary"])),
    "str_matches": lambda found: _FORMS.get(found["pattern"], f"`{found['pattern']}`"),
    "str_length": lambda found: _length(found["min_value"], found["max_value"]),
}
"""What pandera calls a check -> the bound in words, from the check's statistics."""


def describe_check(check: Bound) -> str:
    """What a check of a column asks for.

    Raises:
        KeyError: this module has no words for the check.
        LookupError: the room that declares the words of a column was not imported.
    """
    return _BOUNDS[check.name](check.statistics)


def _length(least: int | None, most: int | None) -> str:
    parts = [("at least", least), ("at most", most)]
    return "length " + ", ".join(f"{word} {bound}" for word, bound in parts if bound is not None)


def _listed(words: Iterable[object]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _known_words(vocabulary: Vocabulary) -> list[str]:
    if not vocabulary.words:
        raise LookupError(f"no words known of {vocabulary}: import it first")
    return vocabulary.words
