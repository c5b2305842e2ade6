"""Orders of online customers that are shipped on a later day, from whichever node is told to.

A unit wanted of an online node is ordered in the evening by a chance, and ships another day. Of
those wanted by day that the node has not, customers wait for some as orders, too. Which units these
are, where their customers live and which of them are one order hangs on the pair, the day and the
number of the unit alone, as does whether a node refuses a line.
"""

import copy
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np

from compilation import compiled
from simulation.replay.draws import ORDER_DRAW, draw_uniform
from simulation.replay.scenario import (
    Bools,
    Counts,
    Floats,
    Ints,
    Ordering,
    ScenarioMasters,
)

EVENING, WAITS = 0.18, 0.4
"""Share of online units that are ordered after the cut-off, and of those out of stock that wait."""

JOINS = 0.3
"""Chance that a line is in the order of the one before it."""

PROMISED_DAYS, PATIENCE = 3, 5
"""Days from an order to its promise, and days after which a line that nobody ships is cancelled."""

_DRAWS = 1 << 14
"""Draws that a unit may need: what becomes of it, and whether nodes refuse it on its days."""


@dataclass(frozen=True)
class OpenLines:
    """Lines of single units that are still to be shipped.

    Attributes:
        number, order: of the line and of its order, in the sequence in which they came.
        created, promised: day of the order, and day by which the customer was told to have it.
        pair: at the node that sold it.
        unit: its number among the units wanted of the pair on the day.
        region: of the customer, a position in the regions of `Ordering`.
        price: what the customer pays, currency.
    """

    number: Ints
    order: Ints
    created: Ints
    promised: Ints
    pair: Ints
    unit: Ints
    region: Ints
    price: Floats

    @classmethod
    def none(cls) -> Self:
        """No lines."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing, nothing, nothing, nothing, np.zeros(0))

    def take(self, chosen: Bools | Ints) -> "OpenLines":
        """The lines that are chosen."""
        return OpenLines(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def plus(self, other: "OpenLines") -> "OpenLines":
        """These lines, then the other ones."""
        both = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return OpenLines(*(np.concatenate(columns) for columns in both))


@dataclass(frozen=True)
class OnlineView:
    """What is known in the evening of customers' orders.

    Attributes:
        ordering: what carriers ask, and what nodes can ship.
        lines: that are still to be shipped.
        asked, refused: lines that each node was asked to ship, and those of them that it did not,
            [day, node].
    """

    ordering: Ordering
    lines: OpenLines
    asked: Counts
    refused: Counts


class PlannedShipments(NamedTuple):
    """Lines of customers' orders that nodes are asked to ship the day after, row by row.

    Attributes:
        number: of the line.
        origin: pair that it is taken from.
        carrier: position in the carriers of `Ordering`.
    """

    number: Ints
    origin: Ints
    carrier: Ints


class Handed(NamedTuple):
    """What left to customers.

    Attributes:
        lines: that left.
        sums: of the morning, as `CustomerOrders.ship` gives them.
    """

    lines: OpenLines
    sums: dict[str, float]


class CustomerOrders:
    """The orders of a played retailer's customers.

    Attributes:
        lines: that are still to be shipped.
        asked, refused: as in `OnlineView`.
        begun: numbers of the orders of which a parcel has left.
    """

    def __init__(self, ordering: Ordering, masters: ScenarioMasters, days: int) -> None:
        """Begin without orders."""
        self._ordering, self._masters = ordering, masters
        self.lines = OpenLines.none()
        shape = days, len(masters.locations)
        self.asked: Counts = np.zeros(shape, dtype=np.int32)
        self.refused: Counts = np.zeros(shape, dtype=np.int32)
        self._next_line = self._next_order = 0
        self.begun: set[int] = set()

    def copy(self) -> Self:
        """Copy the orders, so that both go on by themselves."""
        other = copy.copy(self)
        other.asked, other.refused = self.asked.copy(), self.refused.copy()
        other.begun = set(self.begun)
        return other

    def take_in(self, seed: int, day: int, pair: Ints, unit: Ints, price: Floats) -> None:
        """Take in lines of single units that were ordered on a day."""
        location = self._masters.location[pair]
        draws = np.array(
            [
                [draw_uniform(np.uint64(seed), day, p, _place(u) + 2 + k) for k in range(3)]
                for p, u in zip(pair.tolist(), unit.tolist(), strict=True)
            ]
        ).reshape(-1, 3)
        sorting = np.lexsort((pair, unit, draws[:, 0], location))
        pair, unit, draws = pair[sorting], unit[sorting], draws[sorting]
        node = location[sorting]
        joins = (draws[:, 1] < JOINS) & (np.diff(node, prepend=-1) == 0)
        joins &= ~np.roll(joins, 1)
        order = np.cumsum(~joins) - 1
        start = np.flatnonzero(~joins)[order] if pair.size else order
        regions = len(self._ordering.regions)
        every = np.ones(pair.size, dtype=np.int64)
        self.lines = self.lines.plus(
            OpenLines(
                number=self._next_line + np.arange(pair.size),
                order=self._next_order + order,
                created=day * every,
                promised=(day + PROMISED_DAYS) * every,
                pair=pair,
                unit=unit,
                region=(draws[start, 2] * regions).astype(np.int64),
                price=price[pair],
            )
        )
        self._next_line += pair.size
        self._next_order += int((~joins).sum())

    def ship(
        self, planned: PlannedShipments, refuses: Floats, seed: int, day: int
    ) -> tuple[Handed, Ints]:
        """Let nodes ship lines on a day, or refuse them.

        Args:
            planned: what nodes are asked for.
            refuses: chance that each node does not ship a line.
            seed: of the scenario.
            day: on which they leave.

        Returns:
            What left, with `order_lines`, `order_late` (that come after their promise),
            `order_parcels`, `order_splits` (parcels of an order beyond its first), `order_carriage`
            (currency), `order_refused`, and lines that were picked `order_dc_picks` and
            `order_picks` elsewhere; and the pair that each line left from.
        """
        place = np.searchsorted(self.lines.number, planned.number)
        lines = self.lines.take(place)
        node = self._masters.location[planned.origin]
        chance = np.array(
            [
                draw_uniform(np.uint64(seed), created, pair, _place(unit) + 8 * at + day - created)
                for created, pair, unit, at in zip(
                    *(v.tolist() for v in (lines.created, lines.pair, lines.unit, node + 1)),
                    strict=True,
                )
            ]
        )
        refused = chance < refuses[node]
        np.add.at(self.asked[day], node, 1)
        np.add.at(self.refused[day], node[refused], 1)
        left = ~refused
        kept = np.ones(self.lines.number.size, dtype=np.bool_)
        kept[place[left]] = False
        self.lines = self.lines.take(kept)
        picked_at_dc = self._ordering.is_dc[node]
        sums = self._charge(lines.take(left), node[left], planned.carrier[left], day) | {
            "order_refused": float(refused.sum()),
            "order_dc_picks": float(picked_at_dc.sum()),
            "order_picks": float((~picked_at_dc).sum()),
        }
        return Handed(lines.take(left), sums), planned.origin[left]

    def _charge(self, lines: OpenLines, node: Ints, carrier: Ints, day: int) -> dict[str, float]:
        ordering = self._ordering
        way = carrier, ordering.node_region[node], lines.region
        kg = ordering.charged_kg[lines.pair]
        parcels = {
            (order, at, by): cost
            for order, at, by, cost in zip(
                *(v.tolist() for v in (lines.order, node, carrier, ordering.parcel_cost[way])),
                strict=True,
            )
        }
        orders = {order for order, _, _ in parcels}
        first = len(orders - self.begun)
        self.begun |= orders
        late = day + ordering.transit[way] > lines.promised
        return {
            "order_lines": float(lines.number.size),
            "order_late": float(late.sum()),
            "order_parcels": float(len(parcels)),
            "order_splits": float(len(parcels) - first),
            "order_carriage": sum(parcels.values()) + float(ordering.kg_cost[way] @ kg),
        }

    def give_up(self, day: int) -> OpenLines:
        """Cancel the lines that nobody shipped in time, and return them."""
        tired = day - self.lines.created > PATIENCE
        cancelled = self.lines.take(tired)
        self.lines = self.lines.take(~tired)
        return cancelled


@compiled
def _place(unit: int) -> int:
    """Number of the first draw of a unit that is ordered."""
    return ORDER_DRAW + unit * _DRAWS


@compiled
def draw_ordered(
    seed: np.uint64, day: int, wanted: Counts, on_hand: Ints, asks: Bools
) -> tuple[Ints, Ints]:
    """Draw which units wanted of a day become lines of orders: pair and number of each unit.

    Args:
        seed: of the scenario.
        day: of which it is.
        wanted: units of each pair.
        on_hand: units that each pair can sell on the day.
        asks: pairs whose customers order online.
    """
    total = 0
    for pair in range(len(wanted)):
        if asks[pair]:
            total += wanted[pair]
    pairs, units = np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.int64)
    count = 0
    for pair in range(len(wanted)):
        if not asks[pair]:
            continue
        left = on_hand[pair]
        for unit in range(wanted[pair]):
            ordered = draw_uniform(seed, day, pair, _place(unit)) < EVENING
            if not ordered:
                if left > 0:
                    left -= 1
                    continue
                ordered = draw_uniform(seed, day, pair, _place(unit) + 1) < WAITS
            if ordered:
                pairs[count], units[count] = pair, unit
                count += 1
    return pairs[:count], units[:count]
