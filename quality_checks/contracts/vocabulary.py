"""Closed lists of words that a room above declares, and a column here may hold.

A contract cannot import what lies above it. So the room that declares the words lends its list to
the vocabulary, and every check of the column asks the list anew: what is declared later counts.
"""

from collections.abc import Collection
from typing import Final, Self


class Vocabulary:
    """A closed list of words, declared elsewhere.

    Args:
        name: what the words are, in the plural.
        declared_in: where they are declared.
    """

    def __init__(self, name: str, declared_in: str) -> None:
        self._name = name
        self._declared_in = declared_in
        self._words: Collection[str] = ()

    def __repr__(self) -> str:
        """How messages of pandera name it."""
        return f"{self._name} as declared in {self._declared_in}"

    def __deepcopy__(self, _: dict[int, object]) -> Self:
        """Return the list itself: the copies that pandera makes would miss later words."""
        return self

    @property
    def words(self) -> list[str]:
        """Every word, in the order in which they are declared."""
        return list(self._words)

    def lend(self, words: Collection[str]) -> None:
        """Set the words of the list; every check reads them anew."""
        self._words = words


KIND_NAMES: Final = Vocabulary("kinds of action", "governance/kinds")
"""Names of the kinds of action; none are known where `governance` was not imported."""
