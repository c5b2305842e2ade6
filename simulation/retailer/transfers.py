"""Goods between nodes: what the DCs send to the nodes they supply, and stores to each other.

The rule is a plain one, on purpose: order-up-to levels from smoothed sales (not demand), with a
planner's bias a store, served by rank. Its shortages and surpluses are what plenish is for.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Bools,
    Floats,
    Ints,
    dates,
    draw_cases,
    find_date,
    grant,
    make_generator,
    masked,
    numbered,
    pick,
)
from simulation.retailer.locations import STORE
from simulation.retailer.network import Network
from simulation.retailer.stock_state import StockState

SMOOTHING = 0.05
SAFETY = 1.6
"""Standard deviations of the sales over its cover that a level holds on top."""

FIRST_DELIVERY = 7
"""Days before its launch on which an item is first sent to the stores."""

LAST_DELIVERY = 10
"""Days before its exit after which it is not sent any more."""


@dataclass(frozen=True)
class TransferLines:
    """Transfer lines: document number and line of their day, pairs, units, days."""

    number: Ints
    line: Ints
    origin: Ints
    destination: Ints
    units: Ints
    shipped: int
    expected: Ints
    arrives: Ints
    received: Ints


@dataclass
class Replenishment:
    """Moves goods to where they sell.

    Attributes:
        forecast: smoothed sales a day of every pair.
        habit: what is ordered for a pair against what it needs; some always get too much.
        due: moves on the way by the day on which they arrive.
        documents: transfer documents made on the current day.
    """

    network: Network
    forecast: Floats
    habit: Floats
    seed: int
    due: dict[int, list[TransferLines]] = field(default_factory=dict)
    documents: int = 0

    def learn(self, sold: Ints, traded: Bools) -> None:
        """Learn from the sales of a day, where the node traded and the item was on sale."""
        step = SMOOTHING * (sold - self.forecast)
        self.forecast += np.where(traded, step, 0.0)

    def levels(self) -> Ints:
        """Order-up-to level of every pair, as if it were on sale; 0 at the DCs."""
        network, locations = self.network, self.network.locations
        ships = locations.ships.sum(axis=1)
        cover = (7 / ships + locations.transit + 2.0) * locations.planner_bias
        need = self.forecast * cover[network.location] * self.habit
        level = np.ceil(need + SAFETY * np.sqrt(1.6 * need)).astype(np.int64) + network.presentation
        level = np.where(network.shelf_max >= 0, np.minimum(level, network.shelf_max), level)
        return np.where(network.supply >= 0, level, 0)

    def served(self, day: int) -> Bools:
        """Pairs that are replenished on a day."""
        network = self.network
        locations, products = network.locations, network.products
        sold = (products.launch - FIRST_DELIVERY <= day) & (day < products.exit - LAST_DELIVERY)
        served = sold[network.sku] & (network.supply >= 0) & ~network.blocked
        return np.asarray(served & (locations.opened - FIRST_DELIVERY <= day)[network.location])

    def ship(self, state: StockState, levels: Ints, day: int) -> pl.DataFrame:
        """Send from the DCs, then between some stores; rows of `transfers` that left."""
        self.documents = 0
        moves = [self._from_dcs(state, levels, day)]
        if find_date(day).weekday() in (1, 4):
            moves.append(self._between_stores(state, levels, day))
        for move in moves:
            state.remove(move.origin, move.units)
            np.add.at(state.in_transit, move.destination, move.units)
            for arrival in np.unique(move.arrives).tolist():
                self.due.setdefault(arrival, []).append(_of(move, move.arrives == arrival))
        return pl.concat([self.rows(move, arrived=False) for move in moves])

    def receive(self, state: StockState, day: int) -> pl.DataFrame:
        """Take in what arrives on a day; rows of `transfers` with what was received."""
        moves = self.due.pop(day, [])
        for move in moves:
            state.add(move.destination, move.received)
            np.subtract.at(state.in_transit, move.destination, move.units)
        frames = [self.rows(move, arrived=True) for move in moves]
        return pl.concat(frames) if frames else pl.DataFrame()

    def _from_dcs(self, state: StockState, levels: Ints, day: int) -> TransferLines:
        network = self.network
        rng = make_generator(self.seed, "replenishment", day)
        calls = network.locations.ships[:, find_date(day).weekday()][network.location]
        short = levels - state.recorded - state.in_transit
        claim = np.flatnonzero(calls & (short > 0) & (short * 3 >= network.pack))
        packs = -(-short[claim] // network.pack[claim])
        rank = network.locations.frame["priority"].to_numpy()[network.location[claim]]
        order = np.lexsort((rng.random(claim.size), rank, network.supply[claim]))
        claim = claim[order]
        want = packs[order] * network.pack[claim]
        supply = np.maximum(np.minimum(state.recorded, state.sellable), 0)
        units = grant(network.supply[claim], want, supply)
        units -= units % network.pack[claim]
        sent = units > 0
        return self._moves(network.supply[claim][sent], claim[sent], units[sent], day, rng)

    def _between_stores(self, state: StockState, levels: Ints, day: int) -> TransferLines:
        """Now and then, let a store without an item get some from a neighbour with plenty."""
        network = self.network
        rng = make_generator(self.seed, "neighbours", day)
        bare = (network.kind == STORE) & (levels > 0) & (state.recorded + state.in_transit <= 0)
        taker = np.flatnonzero(bare)
        taker = taker[draw_cases(rng, taker.size, 0.15)]
        stores = np.flatnonzero(network.locations.kind == STORE)
        giver_node = rng.choice(stores, taker.size)
        giver = network.pair_at[giver_node, network.sku[taker]]
        region = network.locations.region
        near = (region[giver_node] == region[network.location[taker]]) & (giver >= 0)
        spare = np.minimum(state.recorded, state.sellable)[giver] - levels[giver] // 2
        giver, first = np.unique(np.where(near & (spare > 1), giver, -1), return_index=True)
        taker, spare, giver = taker[first][giver >= 0], spare[first][giver >= 0], giver[giver >= 0]
        return self._moves(giver, taker, np.minimum(spare, network.pack[taker]), day, rng)

    def _moves(
        self, origin: Ints, destination: Ints, units: Ints, day: int, rng: np.random.Generator
    ) -> TransferLines:
        network = self.network
        nodes = network.locations.kind.size
        key = network.location[origin] * nodes + network.location[destination]
        order = np.lexsort((destination, key))
        origin, destination, units, key = (
            origin[order],
            destination[order],
            units[order],
            key[order],
        )
        fresh = np.diff(key, prepend=-1) != 0
        number = np.cumsum(fresh)
        start = np.flatnonzero(fresh)[number - 1]
        transit = np.where(
            network.kind[origin] == STORE,
            2,
            network.locations.transit[network.location[destination]],
        )
        # A whole document is late, not a line of it.
        late = (draw_cases(rng, number.size, 0.04))[start] if number.size else number
        lost = draw_cases(rng, number.size, 0.005)
        self.documents += int(fresh.sum())
        return TransferLines(
            number=number + self.documents - int(fresh.sum()),
            line=np.arange(number.size) - start + 1,
            origin=origin,
            destination=destination,
            units=units,
            shipped=day,
            expected=day + transit,
            arrives=day + transit + late,
            received=units - lost,
        )

    def rows(self, move: TransferLines, *, arrived: bool) -> pl.DataFrame:
        """Rows of `transfers`."""
        network = self.network
        count = move.units.size
        to = network.names(move.destination)
        known = np.full(count, arrived)
        prefix = f"T{find_date(move.shipped):%y%m%d}-"
        return pl.DataFrame(
            {
                "transfer_id": numbered(prefix, move.number, 5),
                "line": move.line,
                "sku": to["sku"],
                "origin": pick(network.locations.names, network.location[move.origin]),
                "destination": to["location"],
                "shipped_quantity": move.units,
                "shipped_on": dates(np.full(count, move.shipped)),
                "expected_on": dates(move.expected),
                "received_quantity": masked(move.received, known),
                "received_on": dates(move.arrives, known),
                "proposal_ref": pl.Series([None] * count, dtype=pl.String),
            }
        )


def _of(move: TransferLines, chosen: Bools) -> TransferLines:
    return TransferLines(
        number=move.number[chosen],
        line=move.line[chosen],
        origin=move.origin[chosen],
        destination=move.destination[chosen],
        units=move.units[chosen],
        shipped=move.shipped,
        expected=move.expected[chosen],
        arrives=move.arrives[chosen],
        received=move.received[chosen],
    )


def habits(network: Network, seed: int) -> Floats:
    """Draw how far each pair's cover always is from what it should be."""
    return make_generator(seed, "habits").lognormal(0.05, 0.45, network.size)


def first_guess(network: Network, seed: int) -> Floats:
    """Make the first forecasts: the mean demand of a normal week, with a planner's error."""
    rng = make_generator(seed, "first guess")
    return np.asarray(network.base * rng.lognormal(-0.05, 0.3, network.size))
