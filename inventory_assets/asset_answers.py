"""What the event log last told of each asset, kept until something is written of it.

A step asks which version of each table it reads is there, and each check which slice it judges:
a cycle asked the same of a hundred assets a thousand times over, and the answer changes once.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypeVar

from dagster import AssetKey

Answer = TypeVar("Answer")

_UNANSWERED: Final = object()
_READS: Final = ("SELECT", "PRAGMA")
_OF_SLOTS: Final = ("concurrency_", "pending_steps")
"""Tables of whose turn it is, which tell nothing of assets."""


class AssetAnswers:
    """The last answer to each kind of question about an asset, for as long as it is true."""

    def __init__(self) -> None:
        self._told: defaultdict[AssetKey, dict[str, tuple[Hashable, Any]]] = defaultdict(dict)
        self._version = -1

    def note_version(self, version: int) -> None:
        """Forget all where another process has written since, of which the database's number tells.

        Args:
            version: SQLite's `data_version` of the connection that is asked.
        """
        if version != self._version:
            self.forget()
            self._version = version

    def note_statement(self, statement: str) -> None:
        """Forget all before a statement that may change what is told of assets."""
        if not statement.startswith(_READS) and not any(name in statement for name in _OF_SLOTS):
            self.forget()

    def forget(self) -> None:
        """Forget all."""
        self._told.clear()

    def forget_asset(self, key: AssetKey | None) -> None:
        """Forget what was told of an asset, of which something has been written."""
        if key is not None:
            self._told.pop(key, None)

    def ask(
        self, key: AssetKey, kind: str, question: Hashable, find: Callable[[], Answer]
    ) -> Answer:
        """The answer to a question about an asset: the last one, or the one that is found now.

        Args:
            key: of the asset.
            kind: of the question; of each kind the last one is kept.
            question: what is asked.
            find: finds the answer.
        """
        asked, told = self._told[key].get(kind, (_UNANSWERED, None))
        if asked == question:
            answer: Answer = told
            return answer
        answer = find()
        self._told[key][kind] = question, answer
        return answer

    def select_unasked(self, keys: Iterable[AssetKey], kind: str) -> list[AssetKey]:
        """Those of some assets of which no question of a kind has an answer that is kept."""
        return [key for key in keys if kind not in self._told[key]]
