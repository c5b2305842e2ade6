"""When the units of goods spoil that keep only so long: by the day on which they came in.

Every node sells and sends what came in first (first in, first out), and goods go on ageing on
their way. What a customer brings back is not sold again.
"""

import numpy as np

from simulation.replay.scenario import NEVER, Ints


class StockLives:
    """Units of pairs whose goods spoil, by the last day on which they may be sold.

    What is there at first is taken to have just come in.

    Attributes:
        pair: numbers of these pairs.
    """

    def __init__(self, life: Ints, stock: Ints, day: int) -> None:
        """Start with the stock of an evening.

        Args:
            life: days for which what comes in may be sold, by pair; `NEVER` where it keeps.
            stock: units on hand of each pair.
            day: the evening.
        """
        self.pair = np.flatnonzero(life < NEVER)
        self._life, self._place = life[self.pair], np.full(life.size, -1)
        self._place[self.pair] = np.arange(self.pair.size)
        self._ring = int(self._life.max(initial=0)) + 1
        self._units = np.zeros((self._ring, self.pair.size), dtype=np.int64)
        self._moving: dict[int, list[tuple[int, int, int]]] = {}
        self.take_in(day + 1, stock)

    def take_in(self, day: int, units: Ints) -> None:
        """Take in what suppliers deliver on a day, by pair."""
        slot = (day + self._life - 1) % self._ring
        self._units[slot, np.arange(self.pair.size)] += units[self.pair]

    def take_back(self, day: int, units: Ints) -> None:
        """Take in what customers bring back on a day, by pair: it is not sold again."""
        self._units[day % self._ring] += units[self.pair]

    def take_out(self, day: int, units: Ints) -> None:
        """Take out what leaves on a day, by pair, the oldest first."""
        left = units[self.pair].copy()
        for ahead in range(self._ring):
            slot = self._units[(day + ahead) % self._ring]
            taken = np.minimum(slot, left)
            slot -= taken
            left -= taken

    def send(self, day: int, moves: tuple[Ints, Ints, Ints], arrives: Ints) -> None:
        """Send units of origins to destinations, the oldest first; they come on a day each.

        Args:
            day: on which they leave.
            moves: origin, destination and units, row by row.
            arrives: day on which each row comes.
        """
        origin, destination, units = moves
        for row in np.flatnonzero(self._place[origin] >= 0).tolist():
            place, left = self._place[origin[row]], int(units[row])
            to = int(self._place[destination[row]])
            coming = self._moving.setdefault(int(arrives[row]), [])
            for last_day in range(day, day + self._ring):
                slot = last_day % self._ring
                taken = min(int(self._units[slot, place]), left)
                self._units[slot, place] -= taken
                left -= taken
                if taken:
                    coming.append((to, last_day, taken))

    def arrive(self, day: int) -> None:
        """Let come what was sent to arrive on a day; what is past its life spoils that evening."""
        for place, last_day, units in self._moving.pop(day, []):
            self._units[max(last_day, day) % self._ring, place] += units

    def spoil(self, day: int) -> Ints:
        """Take out what may not be sold after a day, and say how much of each pair that is."""
        slot = self._units[day % self._ring]
        spoiled = np.zeros(self._place.size, dtype=np.int64)
        spoiled[self.pair] = slot
        slot[:] = 0
        return spoiled

    def count(self) -> Ints:
        """Count the units on hand of each of these pairs."""
        return np.asarray(self._units.sum(axis=0))
