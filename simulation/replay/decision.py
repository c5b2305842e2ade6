"""What a policy sees when a day has closed, and what it may decide."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from simulation.replay.customer_orders import OnlineView, PlannedShipments
from simulation.replay.scenario import (
    OWN,
    Bools,
    Counts,
    Ints,
    PriceEntries,
    ScenarioMasters,
    SupplierOrders,
)


@dataclass(frozen=True)
class EveningView:
    """What the retailer's systems know at the close of a day; arrays cannot be written to.

    Attributes:
        masters: of the retailer.
        day: the day that closed.
        on_hand, in_transit, on_order: units of each pair: on the shelf, on the way from other
            nodes, and ordered from suppliers and not received.
        arriving: units on the way from other nodes by the day of their arrival, [days from the day
            after this one, pair].
        sold: units sold, [day, pair], up to this day.
        price: what a unit sold for, currency, [day, pair], up to this day.
        empty: whether the shelf was empty when its node closed, [day, pair].
        moved: day on which a pair last sent or received sideways; below -1000 for never.
        orders: lines so far; of one that has not come, `due` is `NEVER` and `accepted` 0.
        entries: of the price list, those included that are not announced yet; missing where prices
            are not to be changed.
        online: customers' orders that are shipped on a later day; missing where none are.
    """

    masters: ScenarioMasters
    day: int
    on_hand: Ints
    in_transit: Ints
    on_order: Ints
    arriving: Ints
    sold: Counts
    price: NDArray[np.float32]
    empty: Bools
    moved: Ints
    orders: SupplierOrders
    entries: PriceEntries | None = None
    online: OnlineView | None = None

    @property
    def ships_on(self) -> int:
        """The weekday on which today's decisions ship, the day after; 0 for Monday."""
        return self.masters.weekday(self.day + 1)


_NONE: Ints = np.zeros(0, dtype=np.int64)


class PlannedMoves(NamedTuple):
    """Units that leave a pair for another one the day after, row by row."""

    origin: Ints
    destination: Ints
    units: Ints

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        return cls(_NONE, _NONE, _NONE)


class PlannedOrders(NamedTuple):
    """Units of supplier-fed pairs that are ordered the day after, row by row.

    Attributes:
        whom: `OWN` or `OTHER`, the supplier that is asked.
    """

    pair: Ints
    units: Ints
    whom: Ints

    @classmethod
    def of_own(cls, pair: Ints, units: Ints) -> Self:
        """Rows that are ordered from the suppliers that pairs are fed by."""
        return cls(pair, units, np.full(pair.size, OWN))

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        return cls(_NONE, _NONE, _NONE)


class PlannedChanges(NamedTuple):
    """Changes of supplier orders that have not come, row by row.

    Attributes:
        order: number of the line in the orders so far.
        days: that it is asked to come later, below 0 sooner.
        units: of it that are left.
        fee: what asking costs, currency.
        moved: of these, those that are asked for on the other day; the rest keeps its own.
    """

    order: Ints
    days: Ints
    units: Ints
    fee: NDArray[np.float64]
    moved: Ints

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        return cls(_NONE, _NONE, _NONE, np.zeros(0), _NONE)


class PlannedPrices(NamedTuple):
    """Prices of the price list that change the day after.

    Attributes:
        marked, price, last: pairs, the lower price of each, and the last day on which it holds.
        held, until: pairs whose planned falls are put off, and the day on which they come.
    """

    marked: Ints
    price: NDArray[np.float64]
    last: Ints
    held: Ints
    until: Ints

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        return cls(_NONE, np.zeros(0), _NONE, _NONE, _NONE)


@dataclass(frozen=True)
class Decision:
    """What happens the day after.

    Attributes:
        replenishment: from DCs to the nodes they feed, in cases.
        transfers: between nodes.
        purchases: from suppliers, in minimums and multiples.
        changes: of orders that suppliers have.
        prices: that fall, or are held.
        shipments: of customers' orders; missing where the retailer's OMS decides.
    """

    replenishment: PlannedMoves
    transfers: PlannedMoves
    purchases: PlannedOrders
    changes: PlannedChanges = PlannedChanges.none()  # noqa: RUF009  # a value that nobody changes
    prices: PlannedPrices = PlannedPrices.none()  # noqa: RUF009  # likewise
    shipments: PlannedShipments | None = None

    @classmethod
    def none(cls) -> "Decision":
        """Nothing moves, nothing is ordered."""
        return cls(PlannedMoves.none(), PlannedMoves.none(), PlannedOrders.none())


class ReplayPolicy(Protocol):
    """A policy decides every evening by what it sees, and may remember what it has seen."""

    @property
    def name(self) -> str:
        """Short name in tables."""

    def decide(self, seen: EveningView) -> Decision:
        """What moves and what is ordered the day after."""
