"""An item in a price zone, and all that was found out of its season there."""

from typing import Any, NamedTuple

import numpy as np

from optimization.markdown import SolvedSeason
from optimization.season_moves.wanted import Move

_BETTER_BY = 1e-9
"""What a lower price must be worth more: among equals the higher price stays."""


class WeighedZone(NamedTuple):
    """An item in one of the zones in which its season is weighed.

    Attributes:
        row: of frame `season_items`.
        solved: the worth of every state, with headroom for what all zones have.
        wanted: the move out of it that gains most by what units cost; None where none gains.
        sends: whether it may send units tonight; else it may take some.
    """

    row: dict[str, Any]
    solved: SolvedSeason
    wanted: Move | None
    sends: bool

    @property
    def key(self) -> tuple[str, str]:
        """The item and the zone."""
        return str(self.row["sku"]), str(self.row["zone"])

    def value_stock(self, units: int) -> float:
        """Worth of so many units with the best prices, currency."""
        return float(self.solved.value_stock(np.array([float(units)]))[0])

    def find_step_price(self) -> float | None:
        """The price that tonight would have if nothing moved; None where it would stay."""
        if self.solved.season.stock == 0:
            return None
        worth = self.solved.value_rungs()
        rung = int(np.argmax(worth))
        falls = worth[rung] > worth[0] + _BETTER_BY
        return float(self.solved.season.prices[rung]) if falls else None
