"""What a run has read once, kept for the assets that ask the same again.

A dozen assets read the same pairs, and positions, receipts and risks of orders ask for the same
open documents. A frame is asked for by the marks of all that it follows from, so it is read
again as soon as anything of that has changed, whoever changed it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

import polars as pl

_MOST_KEPT: Final = 1 << 28
"""Bytes of all frames that are kept; those that were asked for longest ago go first."""


class KeptFrames:
    """Frames by what they follow from.

    Args:
        most_bytes: of all that is kept; a frame that is larger is read each time.
    """

    def __init__(self, most_bytes: int = _MOST_KEPT) -> None:
        self._most_bytes = most_bytes
        self._frames: OrderedDict[Hashable, pl.DataFrame] = OrderedDict()
        self._bytes = 0

    def give(self, asked: Hashable, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Give a frame: the one that is kept, or the one that is read now.

        Args:
            asked: tells of all that the frame follows from.
            read: reads it.
        """
        kept = self._frames.get(asked)
        if kept is not None:
            self._frames.move_to_end(asked)
            return kept
        frame = read()
        size = _measure(frame)
        if size > self._most_bytes:
            return frame
        self._frames[asked] = frame
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, oldest = self._frames.popitem(last=False)
            self._bytes -= _measure(oldest)
        return frame

    def forget(self) -> None:
        """Forget all."""
        self._frames.clear()
        self._bytes = 0


def _measure(frame: pl.DataFrame) -> int:
    """Bytes that a frame takes."""
    return int(frame.estimated_size())
