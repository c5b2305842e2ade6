"""Moves between zones that would gain most if nothing but a unit's cost stood against them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from optimization.markdown import SolvedSeason
from optimization.value import FloatArray

_TRIED = 200
"""Numbers of units that are tried of a move, at most."""


class Move(NamedTuple):
    """Units that another zone values more.

    Attributes:
        zone: that receives them.
        units: moved.
        gain: worth there less worth here and the cost of moving, currency; above 0.
        on_lane: whether any lane leads there.
    """

    zone: str
    units: int
    gain: float
    on_lane: bool


def find_best_moves(
    zones: Sequence[str],
    seasons: Sequence[SolvedSeason],
    unit_costs: Mapping[tuple[str, str], float],
) -> list[Move | None]:
    """Find for each zone of an item the move out of it that gains most, each by itself.

    Where no lane gains anything it is the move that would if there were one, at no cost.

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
                if other != zone
                for move in [_find_move(other, here, there, unit_costs.get((zone, other)))]
                if move is not None
            ),
            key=lambda move: (move.on_lane, move.gain, move.zone),
            default=None,
        )
        for zone, here in zip(zones, seasons, strict=True)
    ]


def _find_move(
    zone: str, here: SolvedSeason, there: SolvedSeason, cost: float | None
) -> Move | None:
    """The best number of units to move; None where no number gains."""
    stock, held = here.season.stock, there.season.stock
    if stock < 1:
        return None
    units = np.unique(np.linspace(1, stock, min(stock, _TRIED)).astype(np.int64)).astype(float)
    gain = find_gains(here, stock, -units) + find_gains(there, held, units) - (cost or 0.0) * units
    best = int(np.argmax(gain))
    if gain[best] <= 0:
        return None
    return Move(zone, int(units[best]), float(gain[best]), cost is not None)


def find_gains(season: SolvedSeason, stock: int, units: FloatArray) -> FloatArray:
    """What units more, or less where below 0, are worth beside a stock, currency."""
    before = season.value_stock(np.array([float(stock)]))
    return season.value_stock(stock + units) - before


def find_senders(
    zones: Sequence[str],
    seasons: Sequence[SolvedSeason],
    unit_costs: Mapping[tuple[str, str], float],
) -> list[bool]:
    """Say which zones of an item may send units; the others may receive.

    A zone that could do both does what its next unit gains more by, so that what it is worth to
    each is its stock and what comes, or what leaves.

    Args:
        zones: of the item.
        seasons: solved with headroom, in their order.
        unit_costs: of moving a unit, by the zones of its origin and destination.
    """
    one = np.array([1.0])
    gained = [float(find_gains(found, found.season.stock, one)[0]) for found in seasons]
    lost = [
        -float(find_gains(found, found.season.stock, -one)[0]) if found.season.stock else np.inf
        for found in seasons
    ]

    def gain(origin: int, zone: int) -> float:
        cost = unit_costs.get((zones[origin], zones[zone]), np.inf)
        return gained[zone] - lost[origin] - cost

    every = range(len(zones))
    return [
        max(gain(zone, other) for other in every if other != zone)
        >= max(gain(other, zone) for other in every if other != zone)
        for zone in every
    ]
