"""Work cut into portions, so that memory does not grow with the retailer."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def portions(sizes: Iterable[tuple[Item, int]], most: int) -> Iterator[list[Item]]:
    """Cut items into runs of neighbours whose sizes sum to at most `most`.

    Args:
        sizes: what is to be cut, each with its size; one above `most` is a portion by itself.
        most: largest size of a portion of several.
    """
    portion: list[Item] = []
    held = 0
    for item, size in sizes:
        if portion and held + size > most:
            yield portion
            portion, held = [], 0
        portion.append(item)
        held += size
    if portion:
        yield portion
