"""What an asset is given, as marks: given the same as before, it would give the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from warehouse import add_marks, hash_items

NO_ITEM = ""
"""Stands for the rest of what is read, besides the items."""

_MOST_KEPT: Final = 1 << 30
"""Bytes of frames that are kept for a second look; what is beyond them is read again."""

Call = tuple[object, ...]
"""What was asked for: the kind of read, a name, and what it was asked with."""


@dataclass
class Marks:
    """Marks of all that was read.

    Attributes:
        places: of each read in its order, what is not told by items.
        items: sku -> what all reads tell of the item.
    """

    places: list[int] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)


class ReadBeforeError(BaseException):
    """All was read that was read before, and the rest is the same; no calculation may catch it.

    Attributes:
        skus: items of which something else was read; of none where all is the same.
    """

    def __init__(self, skus: set[str]) -> None:
        super().__init__(f"the same was read before, but for {len(skus)} items")
        self.skus = skus


class Reads:
    """Notes what an asset reads, and stops it once that is what it read before.

    Args:
        by_item: whether items are marked apart from each other and from the rest.
        before: what was read when the slices that stand were made; None stops nothing.
        at_hand: what has been read of all items just now, as `kept` holds it.

    Attributes:
        marks: of what was read so far.
        kept: what was read of all items and for what, in its order, for who goes on with some.
    """

    def __init__(
        self,
        *,
        by_item: bool,
        before: Marks | None = None,
        at_hand: Sequence[tuple[Call, pl.DataFrame | None]] = (),
    ) -> None:
        self._by_item, self._before, self._at_hand = by_item, before, at_hand
        self._room: float = _MOST_KEPT if by_item and before is not None else 0
        self.marks = Marks()
        self.kept: list[tuple[Call, pl.DataFrame | None]] = []

    def find_at_hand(self, call: Call) -> pl.DataFrame | None:
        """What the next read gives of all items, where it is at hand."""
        place = len(self.marks.places)
        asked, frame = self._at_hand[place] if place < len(self._at_hand) else (None, None)
        return frame if asked == call else None

    def note(self, frame: pl.DataFrame, call: Call, *, whole: bool) -> None:
        """Note a frame that the asset is given.

        Args:
            frame: any.
            call: what was asked for.
            whole: whether it is given for all items, whichever are calculated.

        Raises:
            ReadBeforeError: it is the last that was read before, and so were all.
        """
        self._room -= frame.estimated_size()
        self.kept.append((call, frame if self._room >= 0 else None))
        marks, places = self.marks, self.marks.places
        found = hash_items(frame, len(places) + 1)
        rest = found.pop(NO_ITEM, 0)
        for sku, mark in found.items():
            if self._by_item and not whole:
                marks.items[sku] = add_marks(marks.items.get(sku, 0), mark)
            else:
                rest = add_marks(rest, mark)
        places.append(rest)
        if self._before is None:
            return
        if self._before.places[: len(places)] != places:
            # It is calculated: there is nothing to stop for.
            self._before = None
        elif len(self._before.places) == len(places):
            now, then = marks.items, self._before.items
            raise ReadBeforeError({sku for sku in now | then if now.get(sku) != then.get(sku)})
