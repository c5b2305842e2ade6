"""Orders of online customers that are shipped on a later day, from whichever node is told to.

A unit wanted of an online node is ordered in the evening by a chance, and ships another day. Of
those wanted by day that the node has not, customers wait for some as orders, too. Which units these
are, where their customers live and which of them are one order hangs on the pair, the day and the
number of the unit alone, as does whether a node refuses a line.
"""

import copy
from dataclasses import dataclass, fields, replace
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
    OrderWays,
    ScenarioMasters,
)
from simulation.retailer import draw_offers, make_generator

EVENING, WAITS = 0.18, 0.4
"""Share of online units that are ordered after the cut-off, and of those out of stock that wait."""

JOINS = 0.3
"""Chance that a line is in the order of the one before it."""

PROMISED_DAYS, PATIENCE = 3, 5
"""Days from an order to its promise, and days after which a line that nobody ships is cancelled."""

_DRAWS, _OFFERS = 1 << 14, 1 << 13
"""Draws that a unit may need, and the first of those that say which other items are taken for it;
those before say what becomes of it, and whether nodes refuse it on its days."""


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


class Answers(NamedTuple):
    """What customers answered to other items, row by row.

    Attributes:
        day: of the answer.
        number: of the line.
        item, other: codes of the items that was ordered, and that was offered.
        accepted: he took it.
    """

    day: Ints
    number: Ints
    item: Ints
    other: Ints
    accepted: Bools

    @classmethod
    def none(cls) -> Self:
        """No answers."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(0, dtype=np.bool_))

    def plus(self, other: "Answers") -> "Answers":
        """These answers, then the other ones."""
        return Answers(*(np.concatenate(both) for both in zip(self, other, strict=True)))


@dataclass(frozen=True)
class OnlineView:
    """What is known in the evening of customers' orders.

    Attributes:
        ordering: what carriers ask, and what nodes can ship.
        lines: that are still to be shipped.
        asked, refused: lines that each node was asked to ship, and those of them that it did not,
            [day, node].
        answers: what customers said to other items.
    """

    ordering: Ordering
    lines: OpenLines
    asked: Counts
    refused: Counts
    answers: Answers


class PlannedShipments(NamedTuple):
    """Lines of customers' orders that nodes are asked to ship the day after, row by row.

    Attributes:
        number: of the line.
        origin: pair that it is taken from.
        carrier: position in the carriers of `Ordering`.
        price: of another item than was ordered, which the customer is asked about first, currency;
            NaN where it is what he ordered.
    """

    number: Ints
    origin: Ints
    carrier: Ints
    price: Floats

    @property
    def offered(self) -> Bools:
        """The rows that customers are asked about first."""
        return ~np.isnan(self.price)

    def take(self, chosen: Bools) -> "PlannedShipments":
        """The rows that are chosen."""
        return PlannedShipments(
            self.number[chosen], self.origin[chosen], self.carrier[chosen], self.price[chosen]
        )


class Handed(NamedTuple):
    """What left to customers.

    Attributes:
        lines: that left, at the price that is paid.
        origin: pair that each was taken from.
        sums: of the morning, as `CustomerOrders.ship` gives them.
    """

    lines: OpenLines
    origin: Ints
    sums: dict[str, float]


class CustomerOrders:
    """The orders of a played retailer's customers.

    Attributes:
        lines: that are still to be shipped.
        asked, refused, answers: as in `OnlineView`.
        begun: numbers of the orders of which a parcel has left.
    """

    def __init__(self, ordering: Ordering, masters: ScenarioMasters, days: int) -> None:
        """Begin without orders."""
        self._ordering, self._masters = ordering, masters
        self.lines = OpenLines.none()
        shape = days, len(masters.locations)
        self.asked: Counts = np.zeros(shape, dtype=np.int32)
        self.refused: Counts = np.zeros(shape, dtype=np.int32)
        self.answers = Answers.none()
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

    def ship(self, planned: PlannedShipments, ways: OrderWays, seed: int, day: int) -> Handed:
        """Ask customers what they are to be asked, and let nodes ship lines on a day, or refuse.

        Args:
            planned: what nodes are asked for.
            ways: of customers and nodes.
            seed: of the scenario.
            day: on which they leave.

        Returns:
            What left; `order_lines`, those of them that are another item, `order_substitutes`,
            `order_late` (that come after their promise), `order_parcels`, `order_splits` (parcels
            of an order beyond its first), `order_carriage` (currency), `order_refused`, and lines
            that were picked, and so left, `order_dc_picks` and `order_picks` elsewhere.
        """
        taken = planned.take(self._ask(planned, ways, seed, day))
        place = np.searchsorted(self.lines.number, taken.number)
        lines, node = self.lines.take(place), self._masters.location[taken.origin]
        draws = _draw_lines(seed, lines, 8 * (node + 1) + day - lines.created)
        left = draws >= ways.refuses[node]
        np.add.at(self.asked[day], node, 1)
        np.add.at(self.refused[day], node[~left], 1)
        kept = np.ones(self.lines.number.size, dtype=np.bool_)
        kept[place[left]] = False
        self.lines = self.lines.take(kept)
        paid = replace(lines, price=np.where(taken.offered, taken.price, lines.price)).take(left)
        picked_at_dc = self._ordering.is_dc[node[left]]
        sums = self._charge(paid, taken.take(left), day) | {
            "order_substitutes": float(taken.offered[left].sum()),
            "order_refused": float((~left).sum()),
            "order_dc_picks": float(picked_at_dc.sum()),
            "order_picks": float((~picked_at_dc).sum()),
        }
        return Handed(paid, taken.origin[left], sums)

    def _ask(self, planned: PlannedShipments, ways: OrderWays, seed: int, day: int) -> Bools:
        """The rows that are to be shipped, once the customers of the others have declined."""
        asked = planned.offered
        lines = self.lines.take(np.searchsorted(self.lines.number, planned.number[asked]))
        item = self._masters.item
        wanted, other = item[lines.pair], item[planned.origin[asked]]
        accepted = _draw_lines(seed, lines, _OFFERS + other) < ways.takes[wanted, other]
        days = np.full(lines.number.size, day)
        self.answers = self.answers.plus(Answers(days, lines.number, wanted, other, accepted))
        taken = ~asked
        taken[asked] = accepted
        return taken

    def _charge(self, lines: OpenLines, taken: PlannedShipments, day: int) -> dict[str, float]:
        ordering, carrier = self._ordering, taken.carrier
        node = self._masters.location[taken.origin]
        way = carrier, ordering.node_region[node], lines.region
        kg = ordering.charged_kg[taken.origin]
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

    def give_up(self, ways: OrderWays, seed: int, day: int) -> OpenLines:
        """Cancel the lines that nobody shipped in time, and return them.

        The OMS has asked their customers about other items by then; what they took is sold outside
        of what is played, and what they said is known.
        """
        tired = day - self.lines.created > PATIENCE
        cancelled = self.lines.take(tired)
        self.lines = self.lines.take(~tired)
        self._note_answers(cancelled, ways, make_generator(seed, "other items offered", day), day)
        return cancelled

    def _note_answers(
        self, lines: OpenLines, ways: OrderWays, rng: np.random.Generator, day: int
    ) -> None:
        masters = self._masters
        live = np.zeros(ways.takes.shape[0], dtype=np.bool_)
        live[masters.item[(masters.launch <= day) & (day <= masters.exit)]] = True
        rows: list[tuple[int, int, int, int, bool]] = []
        wanted = masters.item[lines.pair].tolist()
        for number, item in zip(lines.number.tolist(), wanted, strict=True):
            others = np.flatnonzero(live & (ways.takes[item] > 0))
            for place in draw_offers(ways.takes[item, others], rng):
                other = int(others[place])
                accepted = bool(rng.random() < ways.takes[item, other])
                rows.append((day, number, item, other, accepted))
                if accepted:
                    break
        if rows:
            day_, number_, item_, other_, accepted_ = (np.array(c) for c in zip(*rows, strict=True))
            self.answers = self.answers.plus(Answers(day_, number_, item_, other_, accepted_))


def _draw_lines(seed: int, lines: OpenLines, draw: Ints) -> Floats:
    """A draw of each line, by its unit and a number."""
    rows = zip(*(v.tolist() for v in (lines.created, lines.pair, lines.unit, draw)), strict=True)
    return np.array(
        [draw_uniform(np.uint64(seed), day, pair, _place(u) + at) for day, pair, u, at in rows]
    )


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
