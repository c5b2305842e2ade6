"""Which rows of a plan somebody reads, where policy has people read by their charges."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from governance.people.identity import Charge

_READ_ALL: Final = ("auditor", "administrator")


class ReadingLimit(NamedTuple):
    """What one charge lets somebody read.

    Attributes:
        regions: of the rows; all where none is named, rows without a region included.
        categories: of the items, likewise.
        kinds: of the actions, likewise.
    """

    regions: tuple[str, ...]
    categories: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say it in words, such as `regions north; kinds transfer`."""
        said = [f"{name} {', '.join(among)}" for name, among in self._asdict().items() if among]
        return "; ".join(said)


ReadingScope = frozenset[ReadingLimit] | None
"""The limits of which a row has to be within one; None for somebody who reads everything."""


def find_reading_scope(charges: Iterable[Charge]) -> ReadingScope:
    """Find what somebody reads by what he is in charge of.

    Auditors, administrators and whoever has a charge without a limit read everything; who is in
    charge of nothing reads nothing.

    Args:
        charges: his own and those of whom he stands in for.
    """
    held = tuple(charges)
    limits = frozenset(
        ReadingLimit(*(tuple(sorted(set(among))) for among in _list_limits(charge)))
        for charge in held
    )
    reads_all = any(charge.role in _READ_ALL for charge in held)
    return None if reads_all or ReadingLimit((), (), ()) in limits else limits


def _list_limits(charge: Charge) -> tuple[tuple[str, ...], ...]:
    return charge.regions, charge.categories, charge.kinds
