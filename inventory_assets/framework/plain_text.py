"""Texts that come from data, made harmless where people look at them."""

import re

import polars as pl

_MARKS = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "://": ":&#47;&#47;"}
# What spreadsheets take for the start of a formula, blanks before it or not; and what this module
# makes of one, so that each text is told from every other one and can be had back.
_FORMULA = r"^'*\s*[=+\-@\t\r]"


def write_markdown_text(text: str) -> str:
    """A text that markdown shows as it is: no markup, no link, no picture, no HTML."""
    marked = _MARKS.sub(r"\\\1", text)
    for mark, entity in _ENTITIES.items():
        marked = marked.replace(mark, entity)
    return marked


def neutralise_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would run as formulas with an apostrophe in front.

    For files that people open; files for machines have the exact text.
    """
    texts = [pl.col(name) for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(
        pl.when(text.str.contains(_FORMULA))
        .then(pl.format("'{}", text))
        .otherwise(text)
        .name.keep()
        for text in texts
    )


def read_plain_text(text: str) -> str:
    """The text of which `neutralise_formulas` made this one; any other text as it is."""
    return text.removeprefix("'") if re.match(_FORMULA, text) else text
