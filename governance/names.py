"""Whose name it is: people are told apart by the letters of a name, not by how these are typed.

`ann`, `Ann`, ` ann` and `ann` with a space of no width are one person, who fills one role. Letters
of another script that look alike are other letters: until people are entered nothing tells.
"""

from typing import Annotated, Final

import polars as pl
from pydantic import AfterValidator

SET_UP: Final = "set-up"
"""Who enters the first administrator."""

RESERVED: Final = frozenset({"plenish", "policy", SET_UP})
"""Names under which the system itself decides."""

_INVISIBLE: Final = r"[\p{Default_Ignorable_Code_Point}\p{Cc}--\s]"
_JOINS: Final = ";"
"""Between the names of several people in one cell."""


def fold_names(names: pl.Expr) -> pl.Expr:
    """Give names the one form in which they are compared.

    Letters and digits in their common form (Unicode NFKC), nothing invisible, one space between
    words and none around them, lower case.
    """
    return (
        names.str.normalize("NFKC")
        .str.replace_all(_INVISIBLE, "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.to_lowercase()
        # A letter in lower case can be one that has a common form of its own.
        .str.normalize("NFKC")
    )


def show_controls(words: str) -> str:
    """Write what a terminal would obey, or nobody sees, as its code: others write the words."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in words
    )


def fold_name(name: str) -> str:
    """Give one name the form in which names are compared."""
    return str(pl.select(fold_names(pl.lit(name, pl.String))).item())


def find_name_faults(names: pl.Expr) -> pl.Expr:
    """Say in words why a name cannot be a person's; missing where it can."""
    folded = fold_names(names)
    checks = {
        "The author is missing.": folded == "",
        "The author's name has a character that cannot be kept (U+0000).": names.str.contains(
            "\0", literal=True
        ),
        "The author's name is the system's own.": folded.is_in(RESERVED),
        "The author's name holds a semicolon, which parts names.": folded.str.contains(
            _JOINS, literal=True
        ),
    }
    return pl.coalesce(
        pl.when(fault).then(pl.lit(words, pl.String)) for words, fault in checks.items()
    )


def refuse_name(name: str) -> None:
    """Refuse a name that cannot be a person's.

    Raises:
        ValueError: in words.
    """
    (fault,) = pl.select(find_name_faults(pl.lit(name, pl.String))).to_series()
    if fault is not None:
        raise ValueError(fault)


def _admit_name(name: str) -> str:
    refuse_name(name)
    return name


Author = Annotated[str, AfterValidator(_admit_name)]
"""Name of who says something, which can be a person's."""
