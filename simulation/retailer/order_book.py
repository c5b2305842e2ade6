"""Purchase order lines over their life.

The whole life of a line is drawn when it is ordered; what the retailer's systems know of it on a
day is derived from its dates. Only supplier events change a life afterwards.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Bools,
    Columns,
    Floats,
    Ints,
    dates,
    draw_cases,
    make_generator,
    masked,
    moments,
    numbered,
    pick,
)
from simulation.retailer.network import Network
from simulation.retailer.vendors import Vendors, VendorTerms, draw_lateness

NEVER = 10**6
DELAY_DAYS = 35
"""Days that a standstill lasts, severity 1."""

STATUSES = ("open", "confirmed", "shipped", "received")


@dataclass(frozen=True)
class BookedLines(Columns):
    """Order lines as columns; days are day numbers, NEVER where something does not happen.

    Attributes:
        order, line: number of the order on its day (with `ordered`, its key) and of the line.
        pair: pair at the DC that the line is for.
        confirmation: day on which the supplier's answer comes; `confirmed` is the delivery day it
            states.
        notice: day on which a new estimate, `estimate`, comes.
        shipped, due, quantity: [line, delivery] the one or two deliveries; quantity 0 for none.
        rejected: [line, delivery] units of `quantity` that the DC refuses.
    """

    order: Ints
    line: Ints
    supplier: Ints
    pair: Ints
    ordered: Ints
    requested: Ints
    confirmation: Ints
    confirmed: Ints
    notice: Ints
    estimate: Ints
    ordered_quantity: Ints
    confirmed_quantity: Ints
    price: Floats
    shipped: Ints
    due: Ints
    quantity: Ints
    rejected: Ints

    @property
    def size(self) -> int:
        """Number of lines."""
        return self.order.size

    @property
    def last_due(self) -> Ints:
        """Day of the last delivery."""
        return np.asarray(np.where(self.quantity > 0, self.due, 0).max(axis=1))

    def accepted(self, day: int) -> Ints:
        """Units of each line taken into stock up to a day."""
        arrived = self.due <= day
        return np.asarray(((self.quantity - self.rejected) * arrived).sum(axis=1))

    def touched(self, day: int) -> Bools:
        """Lines whose record changes on a day."""
        simple = (self.ordered == day) | (self.confirmation == day) | (self.notice == day)
        moving = ((self.shipped == day) | (self.due == day)) & (self.quantity > 0)
        return np.asarray(simple | moving.any(axis=1))


@dataclass
class OrderBook:
    """Open order lines, and those that ended.

    Attributes:
        open: lines with a delivery still to come.
        ended: finished lines, for the truth.
        halted: day by supplier until which it ships nothing, because of an event.
    """

    network: Network
    vendors: Vendors
    terms: VendorTerms
    seed: int
    open: BookedLines
    ended: list[BookedLines]
    halted: Ints

    def place(self, day: int, pair: Ints, quantity: Ints, supplier: Ints) -> None:
        """Order `quantity` of each DC pair from a supplier; one order a supplier and DC."""
        if pair.size == 0:
            return
        self.open = self.open.plus(self.draw(day, pair, quantity, supplier))

    def draw(self, day: int, pair: Ints, quantity: Ints, supplier: Ints) -> BookedLines:
        """Draw the lives of new order lines."""
        rng = make_generator(self.seed, "orders", day)
        node = self.network.location[pair]
        key = supplier * 100 + node
        sort = np.lexsort((pair, key))
        pair, quantity, supplier, key = pair[sort], quantity[sort], supplier[sort], key[sort]
        fresh = np.diff(key, prepend=-1) != 0
        start = np.flatnonzero(fresh)[np.cumsum(fresh) - 1]
        contract = self.vendors.lead_time[supplier]
        requested = day + contract
        actual = np.round(contract * draw_lateness(self.vendors, supplier, rng)).astype(np.int64)
        transport = np.minimum(self.vendors.transport[supplier], contract // 2)
        due = day + np.maximum(actual, transport + 3)
        due += np.maximum(self.halted[supplier] - (due - transport), 0)
        delivered, second = self._quantities(quantity, supplier, rng)
        split = second > 0
        later = due + rng.integers(5, 16, pair.size)
        confirmation = day + np.minimum(rng.geometric(0.45, pair.size), due - transport - 1 - day)
        late = due - requested
        # Most suppliers confirm what was asked for; some admit a part of the delay at once.
        admits = np.where(draw_cases(rng, pair.size, 0.3), 0.5, 0.0)
        confirmed = requested + np.round(np.maximum(late, 0) * admits).astype(np.int64)
        slips = (due > confirmed) & (draw_cases(rng, pair.size, 0.75))
        notice = np.maximum(confirmed - rng.integers(1, 10, pair.size), confirmation + 1)
        first_quantity = delivered - second
        quantities = np.stack([first_quantity, second], axis=1)
        refused = draw_cases(rng, quantities.size, 0.015).reshape(quantities.shape)
        return BookedLines(
            order=np.cumsum(fresh),
            line=np.arange(pair.size) - start + 1,
            supplier=supplier,
            pair=pair,
            ordered=np.full(pair.size, day),
            requested=requested,
            confirmation=confirmation,
            confirmed=confirmed,
            notice=np.where(slips, notice, NEVER),
            estimate=np.maximum(due + rng.integers(-2, 3, pair.size), notice + 1),
            ordered_quantity=quantity,
            confirmed_quantity=np.where(draw_cases(rng, pair.size, 0.4), delivered, quantity),
            price=self._prices(pair, supplier),
            shipped=np.stack([due - transport, np.where(split, later - transport, NEVER)], axis=1),
            due=np.stack([due, np.where(split, later, NEVER)], axis=1),
            quantity=quantities,
            rejected=np.where(refused, np.ceil(quantities * 0.08), 0).astype(np.int64),
        )

    def _quantities(
        self, quantity: Ints, supplier: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints]:
        """Units that will ever be delivered, and those of them that come with a second delivery."""
        short = draw_cases(rng, quantity.size, self.vendors.short_chance[supplier])
        share = np.where(short, rng.uniform(0.55, 0.95, quantity.size), 1.0)
        delivered = np.maximum(np.floor(quantity * share), 1).astype(np.int64)
        split = draw_cases(rng, quantity.size, 0.08)
        return delivered, np.where(split, delivered * 2 // 5, 0)

    def _prices(self, pair: Ints, supplier: Ints) -> Floats:
        products = self.network.products
        sku = self.network.sku[pair]
        main = products.supplier[sku] == supplier
        return np.asarray(np.where(main, products.cost[sku], self.terms.second_price[sku]))

    def delay(self, day: int, supplier: Ints, severity: float) -> None:
        """A supplier event of `day`: these suppliers ship nothing for a time.

        What they have not shipped yet comes later, and so does what is ordered meanwhile.
        """
        lines = self.open
        rng = make_generator(self.seed, "delays", day)
        until = day + round(severity * DELAY_DAYS)
        self.halted[supplier] = np.maximum(self.halted[supplier], until)
        added = np.round(severity * rng.gamma(16.0, DELAY_DAYS / 16.0, lines.size)).astype(np.int64)
        held = np.isin(lines.supplier, supplier)[:, None] & (lines.shipped > day)
        held &= lines.shipped < NEVER
        move = np.where(held, added[:, None], 0)
        informs = held.any(axis=1) & (draw_cases(rng, lines.size, 0.6))
        notice = day + rng.integers(2, 8, lines.size)
        due = lines.due + move
        self.open = replace(
            lines,
            shipped=lines.shipped + move,
            due=due,
            notice=np.where(informs, np.maximum(notice, lines.confirmation + 1), lines.notice),
            # The first new estimate is too hopeful.
            estimate=np.where(informs, due[:, 0] - added // 3, lines.estimate),
        )

    def on_order(self, day: int) -> Ints:
        """Units of each pair that are ordered and not yet delivered, as the records have them."""
        known = self.open.confirmation <= day
        expected = np.where(known, self.open.confirmed_quantity, self.open.ordered_quantity)
        left = np.maximum(expected - self.open.accepted(day), 0)
        units = np.bincount(self.open.pair, left, minlength=self.network.size)
        return units.astype(np.int64)

    def archive(self, day: int) -> BookedLines:
        """Move the lines that ended by a day out of the open ones and return them."""
        over = self.open.last_due <= day
        ended = self.open.take(over)
        if ended.size:
            self.ended.append(ended)
            self.open = self.open.take(~over)
        return ended

    def receipts(self, day: int) -> tuple[pl.DataFrame, Ints, Ints]:
        """Rows of `receipts` of a day, and the pairs and suppliers that they are of."""
        rng = make_generator(self.seed, "receipts", day)
        index, delivery = np.nonzero((self.open.due == day) & (self.open.quantity > 0))
        lines = self.open.take(index)
        rejected = lines.rejected[np.arange(index.size), delivery]
        accepted = lines.quantity[np.arange(index.size), delivery] - rejected
        po = self._keys(lines)
        seconds = rng.integers(6 * 3600, 15 * 3600, index.size)
        frame = pl.DataFrame(
            {
                "receipt_id": numbered("GR-" + po + "-", delivery + 1, 1),
                "line": lines.line,
                "timestamp": moments(day, seconds),
                **self.network.names(lines.pair),
                "po": po,
                "po_line": lines.line,
                "received": accepted,
                "rejected": rejected,
            }
        )
        return frame, lines.pair, lines.supplier

    def rows(self, lines: BookedLines, day: int) -> pl.DataFrame:
        """Rows of `purchase_orders` of lines, as known when a day closed."""
        names = self.network.names(lines.pair)
        real = lines.quantity > 0
        arrived = (lines.due <= day) & real
        moving = (lines.shipped <= day) & real
        confirmed = lines.confirmation <= day
        status = np.where(confirmed, 1, 0)
        status[(moving & ~arrived).any(axis=1)] = 2
        status[(arrived == real).all(axis=1)] = 3
        estimate = np.where(lines.notice <= day, lines.estimate, lines.confirmed)
        # A ship notice states the true day; after a first delivery, that of the second.
        for delivery in range(2):
            stated = moving[:, delivery]
            estimate = np.where(stated, lines.due[:, delivery], estimate)
        return pl.DataFrame(
            {
                "po": self._keys(lines),
                "line": lines.line,
                "supplier": pick(self.vendors.names, lines.supplier),
                "sku": names["sku"],
                "destination": names["location"],
                "ordered_on": dates(lines.ordered),
                "requested_on": dates(lines.requested),
                "confirmed_on": dates(lines.confirmed, confirmed),
                "estimated_on": dates(estimate, confirmed),
                "delivered_on": dates(
                    np.where(arrived, lines.due, 0).max(axis=1), np.asarray(arrived.any(axis=1))
                ),
                "ordered_quantity": lines.ordered_quantity,
                "confirmed_quantity": masked(lines.confirmed_quantity, confirmed),
                "delivered_quantity": lines.accepted(day),
                "unit_price": lines.price,
                "status": pick(pl.Series(STATUSES), status),
                "proposal_ref": pl.Series([None] * lines.size, dtype=pl.String),
            }
        )

    def shipments(self, lines: BookedLines, day: int, *, only: Bools | None = None) -> pl.DataFrame:
        """Rows of `in_transit` of the deliveries of lines that have left by a day."""
        chosen = (lines.shipped <= day) & (lines.quantity > 0)
        if only is not None:
            chosen &= only
        index, delivery = np.nonzero(chosen)
        lines = lines.take(index)
        at = np.arange(index.size), delivery
        names = self.network.names(lines.pair)
        po = self._keys(lines)
        return pl.DataFrame(
            {
                "shipment_id": numbered("SH-" + po + "-", delivery + 1, 1),
                "line": lines.line,
                "sku": names["sku"],
                "supplier": pick(self.vendors.names, lines.supplier),
                "destination": names["location"],
                "po": po,
                "po_line": lines.line,
                "quantity": lines.quantity[at],
                "shipped_on": dates(lines.shipped[at]),
                "expected_on": dates(lines.due[at]),
                "status": pick(
                    pl.Series(["shipped", "received"]), (lines.due[at] <= day).astype(np.int64)
                ),
            }
        )

    def changed_shipments(self, day: int) -> pl.DataFrame:
        """Rows of `in_transit` that are new or ended on a day."""
        only = (self.open.shipped == day) | (self.open.due == day)
        return self.shipments(self.open, day, only=only)

    def truth(self) -> pl.DataFrame:
        """Every delivery of every line, past and to come, with its true day and quantity."""
        lines = self.open
        for ended in self.ended:
            lines = lines.plus(ended)
        index, delivery = np.nonzero(lines.quantity > 0)
        lines = lines.take(index)
        at = np.arange(index.size), delivery
        return pl.DataFrame(
            {
                "po": self._keys(lines),
                "line": lines.line,
                "delivery": delivery + 1,
                "supplier": pick(self.vendors.names, lines.supplier),
                "ordered_on": dates(lines.ordered),
                "requested_on": dates(lines.requested),
                "shipped_on": dates(lines.shipped[at]),
                "delivered_on": dates(lines.due[at]),
                "lead_time_days": lines.due[at] - lines.ordered,
                "quantity": lines.quantity[at],
                "rejected": lines.rejected[at],
            }
        ).sort("po", "line", "delivery")

    def _keys(self, lines: BookedLines) -> pl.Series:
        day = dates(lines.ordered).dt.strftime("PO%y%m%d-")
        return numbered(day, lines.order, 3)


def empty_book(network: Network, vendors: Vendors, terms: VendorTerms, seed: int) -> OrderBook:
    """A book without lines."""
    none: Ints = np.zeros(0, dtype=np.int64)
    pairs: Ints = np.zeros((0, 2), dtype=np.int64)
    halted = np.zeros(vendors.profile.size, dtype=np.int64)
    columns = {f.name: none for f in fields(BookedLines)}
    columns |= dict.fromkeys(("shipped", "due", "quantity", "rejected"), pairs)
    lines = BookedLines(**{**columns, "price": none.astype(np.float64)})  # type: ignore[arg-type]
    return OrderBook(network, vendors, terms, seed, lines, [], halted)
