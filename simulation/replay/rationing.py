"""Fair shares: how a DC without a plan divides what is not enough for all."""

import numpy as np

from compilation import compiled, copy_array
from simulation.replay.decision import EveningView, PlannedMoves
from simulation.replay.scenario import Ints


def fair_shares(want: Ints, seen: EveningView) -> PlannedMoves:
    """Send what pairs want from their DCs, or a share in proportion where there is not enough.

    Only whole cases are sent. Those left over go one by one, in order of priority and keys, within
    what lanes carry and nodes receive. Pairs whose lane does not ship the day after get nothing.

    Args:
        want: units of each pair, in whole cases.
        seen: what is known.
    """
    masters = seen.masters
    lane = masters.lane
    ships = (lane >= 0) & masters.lane_ships[lane, seen.ships_on]
    wanted = np.where(ships, np.maximum(want, 0), 0)
    priority = masters.pairs["priority"].to_numpy()
    order = np.argsort(priority, kind="stable")
    sent = _divide_stock(
        wanted,
        order[wanted[order] > 0],
        np.maximum(masters.supply, 0),
        copy_array(masters.pack),
        seen.on_hand.astype(np.int64),
        (lane, masters.lane_capacity.copy()),
        (copy_array(masters.location), masters.receiving_room.copy()),
    )
    to = np.flatnonzero(sent)
    return PlannedMoves(masters.supply[to], to, sent[to])


@compiled
def _divide_stock(  # noqa: PLR0913, PLR0917  # a kernel over arrays
    wanted: Ints,
    order: Ints,
    origin: Ints,
    pack: Ints,
    available: Ints,
    lanes: tuple[Ints, Ints],
    nodes: tuple[Ints, Ints],
) -> Ints:
    """Units sent to each pair; what is available, carried and received is drawn down in place."""
    lane, carried = lanes
    node, room = nodes
    asked = np.zeros(len(wanted))
    for pair in order:
        asked[origin[pair]] += wanted[pair]
    share = np.zeros(len(wanted))
    for pair in order:
        share[origin[pair]] = min(1.0, available[origin[pair]] / asked[origin[pair]])
    sent = np.zeros(len(wanted), dtype=np.int64)
    for turn in range(2):
        for pair in order:
            missing = wanted[pair] - sent[pair]
            fair = missing * share[origin[pair]] if turn == 0 else min(missing, pack[pair])
            most = min(carried[lane[pair]], room[node[pair]], available[origin[pair]])
            units = int(min(fair, most)) // pack[pair] * pack[pair]
            sent[pair] += units
            carried[lane[pair]] -= units
            room[node[pair]] -= units
            available[origin[pair]] -= units
    return sent
