"""What customers bring back, days after they bought it."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Ints,
    draw_cases,
    find_date,
    make_generator,
    moments,
    numbered,
    pick,
)
from simulation.retailer.locations import ECOM, STORE
from simulation.retailer.network import Network, list_return_rates
from simulation.retailer.sales import CHANNELS, OPENS, SaleLines
from simulation.retailer.stock_state import StockState

RATES = (0.05, 0.07, 0.22, 0.12)
"""Share of units that come back, by channel, for an average item."""

DAMAGED = (0.08, 0.08, 0.15, 0.18)
FASTEST, MEAN_DELAY = 2, 7.0
LONGEST = 35


@dataclass(frozen=True)
class _Batch:
    pair: Ints
    channel: Ints
    units: Ints


@dataclass
class ReturnFlow:
    """Returns on their way, by the day on which they come in."""

    network: Network
    seed: int
    due: dict[int, list[_Batch]] = field(default_factory=dict)

    def expect(self, lines: SaleLines, day: int, part: int) -> None:
        """Draw which of a day's sales lines come back, when and where."""
        rng = make_generator(self.seed, f"returns {part}", day)
        rate = (
            np.array(RATES)[lines.channel]
            * list_return_rates(self.network.products)[self.network.sku[lines.pair]]
        )
        back = np.flatnonzero(rng.random(lines.pair.size) < rate)
        delay = FASTEST + np.minimum(rng.geometric(1 / MEAN_DELAY, back.size), LONGEST)
        pair = self._taker(lines.pair[back], rng)
        batch = _Batch(pair, lines.channel[back], lines.units[back])
        self._queue(batch, day + delay)

    def _taker(self, pair: Ints, rng: np.random.Generator) -> Ints:
        """The node that takes a return: the seller, or for the web shop sometimes a store."""
        network = self.network
        stores = np.flatnonzero(network.locations.kind == STORE)
        store = network.pair_at[rng.choice(stores, pair.size), network.sku[pair]]
        to_store = (network.kind[pair] == ECOM) & (store >= 0) & (draw_cases(rng, pair.size, 0.35))
        return np.asarray(np.where(to_store, store, pair))

    def _queue(self, batch: _Batch, days: Ints) -> None:
        for day in np.unique(days).tolist():
            own = days == day
            part = _Batch(batch.pair[own], batch.channel[own], batch.units[own])
            self.due.setdefault(day, []).append(part)

    def take_back(self, state: StockState, day: int) -> pl.DataFrame:
        """Take the day's returns into stock, damaged ones marked; rows of `returns`.

        What comes to a closed node waits for the next day.
        """
        batches = self.due.pop(day, [])
        none = np.zeros(0, dtype=np.int64)
        pair = np.concatenate([none, *(b.pair for b in batches)])
        channel = np.concatenate([none, *(b.channel for b in batches)])
        units = np.concatenate([none, *(b.units for b in batches)])
        locations = self.network.locations
        opens = locations.opens[:, find_date(day).weekday()][self.network.location[pair]]
        closed = _Batch(pair[~opens], channel[~opens], units[~opens])
        self._queue(closed, np.full(closed.pair.size, day + 1))
        pair, channel, units = pair[opens], channel[opens], units[opens]
        rng = make_generator(self.seed, "dispositions", day)
        damaged = rng.random(pair.size) < np.array(DAMAGED)[channel]
        state.add(pair, units)
        np.add.at(state.damaged, pair[damaged], units[damaged])
        return pl.DataFrame(
            {
                "return_id": numbered(f"R{find_date(day):%y%m%d}-", np.arange(1, pair.size + 1), 6),
                "timestamp": moments(day, rng.integers(OPENS * 3600, 20 * 3600, pair.size)),
                **self.network.names(pair),
                "channel": pick(CHANNELS, channel),
                "quantity": units,
                "disposition": np.where(damaged, "damaged", "resalable"),
            }
        )
