"""What units would earn in the zone in which the item is worth most, instead of a lower price.

The worth of the k-th unit over the rest of the season is that of `seasons` at both ends, so that a
transfer and a markdown are weighed in one currency.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from optimization.markdown.seasons import SolvedSeason


class Move(NamedTuple):
    """Units that another zone values more.

    Attributes:
        zone: that receives them.
        units: moved.
        gain: worth there less worth here and the cost of moving, currency; above 0.
    """

    zone: str
    units: int
    gain: float


def find_best_moves(
    zones: Sequence[str],
    seasons: Sequence[SolvedSeason],
    unit_costs: Mapping[tuple[str, str], float],
) -> list[Move | None]:
    """Find for each zone of an item the move out of it that gains most, each by itself.

    Args:
        zones: of the item.
        seasons: solved with headroom, in their order.
        unit_costs: of moving a unit, by the zones of its origin and destination.
    """
    return [
        max(
            (
                move
                for other, there in zip(zones, seasons, strict=True)
                if (cost := unit_costs.get((zone, other))) is not None and other != zone
                for move in [_find_move(other, here, there, cost)]
                if move is not None
            ),
            key=lambda move: (move.gain, move.zone),
            default=None,
        )
        for zone, here in zip(zones, seasons, strict=True)
    ]


def _find_move(zone: str, here: SolvedSeason, there: SolvedSeason, cost: float) -> Move | None:
    """The best number of units to move; None where no number gains."""
    stock, held = here.season.stock, there.season.stock
    room = (there.value.shape[2] - 1) * there.unit - held
    most = min(stock, room)
    if most < 1:
        return None
    units = np.unique(np.linspace(1, most, min(most, 50)).astype(np.int64)).astype(float)
    lost = here.value_stock(np.array([float(stock)])) - here.value_stock(stock - units)
    won = there.value_stock(held + units) - there.value_stock(np.array([float(held)]))
    gain = won - lost - cost * units
    best = int(np.argmax(gain))
    return Move(zone, int(units[best]), float(gain[best])) if gain[best] > 0 else None
