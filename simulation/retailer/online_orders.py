"""Orders of the online nodes that are not shipped on the day they come in."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Columns,
    Floats,
    Ints,
    dates,
    draw_cases,
    grant,
    make_generator,
    masked,
    moments,
    numbered,
    pick,
    repeat_index,
)
from simulation.retailer.geography import REGIONS
from simulation.retailer.locations import ECOM, STORE
from simulation.retailer.network import Network
from simulation.retailer.settings import CURRENCY
from simulation.retailer.stock_state import StockState

OPEN, ALLOCATED, SHIPPED, CANCELLED = range(4)
STATUSES = pl.Series(["open", "allocated", "shipped", "cancelled"])
PATIENCE = 5
"""Days after which an order that nobody can serve is cancelled."""


@dataclass(frozen=True)
class OrderLine(Columns):
    """Order lines as columns; `pair` is at the node that sold, `node` the pair that ships or -1.

    `price` is what the customer pays for a unit; `collect` the store at which he collects it, or
    -1.
    """

    number: Ints
    line: Ints
    created: Ints
    second: Ints
    pair: Ints
    units: Ints
    region: Ints
    status: Ints
    node: Ints
    price: Floats
    collect: Ints


def no_lines() -> OrderLine:
    """No lines."""
    none = np.zeros(0, dtype=np.int64)
    price = np.zeros(0)
    return OrderLine(none, none, none, none, none, none, none, none, none, price, none)


@dataclass
class Backlog:
    """Order lines that are not shipped yet.

    Attributes:
        collected_share: share of the orders of the online shop that customers collect.
        lines: open and allocated lines.
        closed: lines that were shipped or cancelled on the current day.
    """

    network: Network
    regions: int
    collected_share: float
    seed: int
    lines: OrderLine
    closed: OrderLine

    def ship(self, state: StockState) -> OrderLine:
        """Ship what was allocated the day before; the lines that left."""
        ready = self.lines.status == ALLOCATED
        shipped = self.lines.take(ready)
        np.subtract.at(state.reserved, shipped.node, shipped.units)
        state.remove(shipped.node, shipped.units)
        self.closed = replace(shipped, status=np.full(shipped.units.size, SHIPPED))
        self.lines = self.lines.take(~ready)
        return shipped

    def allocate(self, state: StockState, day: int) -> None:
        """Reserve stock for open lines: at the node that sold, else at some store that ships.

        What is collected is reserved at its store, else at the DC that supplies it.
        """
        waiting = self.lines.status == OPEN
        lines = self.lines.take(waiting)
        rest = self.lines.take(~waiting)
        collected = lines.collect >= 0
        supply = self.network.locations.supply[lines.collect]
        for sent, at_store in (
            (lines.pair, self._pairs(lines, lines.collect)),
            (self._stores(lines, day), self._pairs(lines, supply)),
        ):
            lines = self._reserve(lines, np.where(collected, at_store, sent), state)
        tired = (lines.status == OPEN) & (day - lines.created > PATIENCE)
        cancelled = lines.take(tired)
        over = replace(cancelled, status=np.full(cancelled.units.size, CANCELLED))
        self.closed = self.closed.plus(over)
        self.lines = rest.plus(lines.take(~tired))

    def _stores(self, lines: OrderLine, day: int) -> Ints:
        """A pair of the same item at a drawn store that ships online, or -1."""
        locations = self.network.locations
        ships = locations.frame["ships_online"].to_numpy() & (locations.kind == STORE)
        if not ships.any():
            return np.full(lines.units.size, -1)
        rng = make_generator(self.seed, "ship from store", day)
        store = rng.choice(np.flatnonzero(ships), lines.units.size)
        return np.asarray(self.network.pair_at[store, self.network.sku[lines.pair]])

    def _pairs(self, lines: OrderLine, location: Ints) -> Ints:
        """The pair of each line's item at a location, or -1."""
        return np.asarray(self.network.pair_at[location, self.network.sku[lines.pair]])

    def _reserve(self, lines: OrderLine, node: Ints, state: StockState) -> OrderLine:
        asks = np.flatnonzero((lines.status == OPEN) & (node >= 0))
        asks = asks[np.argsort(node[asks], kind="stable")]
        supply = np.maximum(np.minimum(state.recorded, state.sellable), 0)
        granted = grant(node[asks], lines.units[asks], supply)
        served = asks[granted == lines.units[asks]]
        np.add.at(state.reserved, node[served], lines.units[served])
        status, where = lines.status.copy(), lines.node.copy()
        status[served], where[served] = ALLOCATED, node[served]
        return replace(lines, status=status, node=where)

    def take_in(self, pair: Ints, units: Ints, price: Floats, day: int) -> None:
        """New order lines of `units` single units of each pair, at its price."""
        rng = make_generator(self.seed, "orders online", day)
        index, _ = repeat_index(units)
        # Lines of one node are spread over orders of one or two lines.
        index = index[np.lexsort((rng.random(index.size), self.network.location[pair[index]]))]
        node = self.network.location[pair[index]]
        joins = (draw_cases(rng, index.size, 0.3)) & (np.diff(node, prepend=-1) == 0)
        joins &= ~np.roll(joins, 1)
        order = np.cumsum(~joins)
        start = np.flatnonzero(~joins)[order - 1]
        new = OrderLine(
            number=order,
            line=np.arange(index.size) - start + 1,
            created=np.full(index.size, day),
            second=rng.integers(15 * 3600, 23 * 3600, index.size)[start],
            pair=pair[index],
            units=np.ones(index.size, dtype=np.int64),
            region=rng.integers(0, self.regions, index.size)[start],
            status=np.full(index.size, OPEN),
            node=np.full(index.size, -1),
            price=price[pair[index]],
            collect=np.full(index.size, -1),
        )
        self.lines = self.lines.plus(replace(new, collect=self._draw_collected(new, day)))

    def _draw_collected(self, lines: OrderLine, day: int) -> Ints:
        """The store of his region at which the customer of each line collects his order, or -1."""
        locations = self.network.locations
        takes = locations.frame["ships_online"].to_numpy() & (locations.kind == STORE)
        orders = int(lines.number.max(initial=0)) + 1
        rng = make_generator(self.seed, "collected", day)
        collects = rng.random(orders) < self.collected_share
        place = rng.random(orders)
        store = np.full(lines.units.size, -1)
        for region in range(self.regions):
            there = np.flatnonzero(takes & (locations.region == region))
            if not there.size:
                continue
            mine = collects[lines.number] & (lines.region == region)
            mine &= self.network.kind[lines.pair] == ECOM
            store[mine] = there[(place[lines.number[mine]] * there.size).astype(np.int64)]
        return store

    def list_allocated(self) -> OrderLine:
        """Lines that were allocated on the day; they leave on the next."""
        return self.lines.take(self.lines.status == ALLOCATED)

    def rows(self, touched_from: int) -> pl.DataFrame:
        """Rows of `online_orders` that changed on a day: new, newly allocated, closed.

        A line is allocated for one day only, so every allocated line is a change.
        """
        fresh = (self.lines.status == ALLOCATED) | (self.lines.created == touched_from)
        lines = self.lines.take(fresh).plus(self.closed)
        location = self.network.location
        shipped = lines.status == SHIPPED
        placed = shipped | (lines.status == ALLOCATED)
        # What leaves on a day was allocated on the one before.
        early = np.full(shipped.size, 6 * 3600)
        allocated = moments(touched_from - shipped.astype(np.int64), early)
        hours = {"picked_at": 9 * 3600, "shipped_at": 16 * 3600}
        return pl.DataFrame(
            {
                "order_id": name_orders(lines),
                "line": lines.line,
                "created": moments(lines.created, lines.second),
                "promised_on": dates(lines.created + 3),
                "sku": pick(self.network.products.names, self.network.sku[lines.pair]),
                "quantity": lines.units,
                "region": pick(pl.Series([r.name for r in REGIONS]), lines.region),
                "channel": self._name_channels(lines),
                "status": pick(STATUSES, lines.status),
                "location": masked(
                    pick(self.network.locations.names, location[np.maximum(lines.node, 0)]),
                    lines.node >= 0,
                ),
                "collect_at": masked(
                    pick(self.network.locations.names, np.maximum(lines.collect, 0)),
                    lines.collect >= 0,
                ),
                "unit_price": lines.price,
                "currency": [CURRENCY] * lines.price.size,
                "allocated_at": masked(allocated, placed),
                **{
                    name: masked(moments(touched_from, np.full(shipped.size, second)), shipped)
                    for name, second in hours.items()
                },
                "shipped_units": masked(lines.units, shipped),
            }
        )

    def _name_channels(self, lines: OrderLine) -> pl.Series:
        """The channel of each line."""
        of_node = np.where(self.network.kind[lines.pair] == ECOM, "ecom", "marketplace")
        return pl.Series(np.where(lines.collect >= 0, "click_and_collect", of_node))


def name_orders(lines: OrderLine) -> pl.Series:
    """Business keys of the orders of lines."""
    return numbered(dates(lines.created).dt.strftime("O%y%m%d-"), lines.number, 5)
