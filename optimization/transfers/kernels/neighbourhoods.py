"""Large-neighbourhood search over which lanes are open."""

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows
from optimization.transfers.kernels.network import Network, close_lanes, open_lanes, turn_lane
from optimization.transfers.market import LEAST_GAIN, Flags, TransferMarket
from optimization.value import IntArray

OPENS, AT_PLACE, KINDS = 2, 1, 3
"""Kinds of tries of the search; 0 takes the lanes that share an end in the same role."""


@compiled
def _mark_near(market: TransferMarket, ways: IntArray, near: Flags, seed: int, kind: int) -> None:
    """Mark the lanes around one: those with an end in common, or either way at its origin."""
    a, b = market.origin[seed], market.destination[seed]
    near[:] = False
    for way in ways:
        c, d = market.origin[way], market.destination[way]
        near[way] = c == a or d == b or (kind == AT_PLACE and d == a)


@compiled
def _try_around(
    market: TransferMarket, flows: Flows, net: Network, ways: IntArray, draw: tuple[int, int]
) -> float:
    """Change the open lanes around one; what that adds, which may be below 0."""
    kind, seed = draw
    change = 0.0
    if kind == OPENS:
        change += turn_lane(market, flows, net, seed)
        change += close_lanes(market, flows, net, ways, seed)
    else:
        for way in ways:
            if net.terms.is_open[way]:
                change += turn_lane(market, flows, net, way)
    change += open_lanes(market, flows, net, ways)
    return change + close_lanes(market, flows, net, ways, -1)


@compiled
def search_lanes(
    market: TransferMarket, flows: Flows, net: Network, ways: IntArray, draws: tuple[IntArray, int]
) -> float:
    """Large-neighbourhood search over the open lanes among `ways`; what it adds.

    A try takes a lane: it closes the lanes that share an end with it in the same role, or all at
    its origin, or opens it and closes those around that no longer add anything. Then lanes around
    are opened and closed by what they add. It stays if the whole is worth no less.

    Args:
        market: what may be moved.
        flows: room for the flow of an item.
        net: open lanes, changed.
        ways: lanes that may be open.
        draws: kind of each try (0 to KINDS - 1) and place of its lane in `ways`, shape (tries, 2);
            and flows of items to find at most, about.
    """
    added = 0.0
    near = np.zeros(len(market.fixed), dtype=np.bool_)
    stop = net.solved[0] + draws[1]
    for n in range(len(draws[0])):
        if net.solved[0] >= stop:
            break
        kind, seed = draws[0][n, 0], ways[draws[0][n, 1]]
        if kind == OPENS and net.terms.is_open[seed]:
            continue
        was_open, was_worth = net.terms.is_open.copy(), net.worth.copy()
        was_moved, was_cost = net.moved.copy(), net.cost.copy()
        _mark_near(market, ways, near, seed, kind)
        change = _try_around(market, flows, net, ways[near[ways]], (kind, seed))
        if change < -LEAST_GAIN:
            net.terms.is_open[:], net.worth[:] = was_open, was_worth
            net.moved[:], net.cost[:] = was_moved, was_cost
        else:
            added += change
    return added
