"""Which node ships an order where nobody weighs it: what an OMS does, and the nearest node.

Both give each line, in the order in which they came, to the first node of theirs that has the unit
and hands left for a line; lines that no such node can take stay open.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulation.replay.customer_orders import OnlineView, OpenLines, PlannedShipments
from simulation.replay.decision import Decision, EveningView, ReplayPolicy
from simulation.replay.draws import ORDER_DRAW, draw_uniform
from simulation.replay.scenario import Ints, ScenarioMasters

STORE = "store"

Preference = Callable[[OpenLines, int], Ints]
"""The pairs that a line may be taken from, the best first, by the lines and the row of one."""


def ship_as_oms(
    online: OnlineView, masters: ScenarioMasters, on_hand: Ints, day: int
) -> PlannedShipments:
    """Let the node that sold it ship each line, else one store that is drawn.

    Args:
        online: what is known of orders.
        masters: of the retailer.
        on_hand: units of each pair that may leave.
        day: on which lines leave.
    """
    kinds = dict(masters.pairs.select("location", "kind").unique(maintain_order=True).iter_rows())
    is_store = np.array([kinds.get(name) == STORE for name in masters.locations.to_list()])
    stores = np.flatnonzero(is_store & (online.ordering.hands.max(axis=0) > 0))

    def prefer(lines: OpenLines, row: int) -> Ints:
        own = int(lines.pair[row])
        if not stores.size:
            return np.array([own])
        draw = draw_uniform(np.uint64(0), day, own, ORDER_DRAW + int(lines.number[row]))
        store = stores[int(draw * stores.size)]
        return np.array([own, masters.pair_at[store, masters.item[own]]])

    return _assign(online, masters, on_hand, day, prefer)


def ship_from_nearest(
    online: OnlineView, masters: ScenarioMasters, on_hand: Ints, day: int
) -> PlannedShipments:
    """Let the node with the lowest carriage ship each line.

    Args:
        online: what is known of orders.
        masters: of the retailer.
        on_hand: units of each pair that may leave.
        day: on which lines leave.
    """
    ordering = online.ordering

    def prefer(lines: OpenLines, row: int) -> Ints:
        pair, region = int(lines.pair[row]), int(lines.region[row])
        carriage = ordering.parcel_cost[:, :, region] + (
            ordering.kg_cost[:, :, region] * ordering.charged_kg[pair]
        )
        cheapest = carriage.min(axis=0)[ordering.node_region]
        pairs = masters.pair_at[:, masters.item[pair]]
        return np.asarray(pairs[np.argsort(cheapest, kind="stable")])

    return _assign(online, masters, on_hand, day, prefer)


def _assign(
    online: OnlineView, masters: ScenarioMasters, on_hand: Ints, day: int, prefer: Preference
) -> PlannedShipments:
    """Give each line to the first node that it prefers and that can take it."""
    lines, ordering = online.lines, online.ordering
    units = on_hand.copy()
    hands = ordering.hands[masters.weekday(day)].copy()
    rows: list[tuple[int, int, int]] = []
    for row in range(lines.number.size):
        for pair in prefer(lines, row).tolist():
            if pair < 0 or units[pair] < 1 or hands[masters.location[pair]] < 1:
                continue
            units[pair] -= 1
            hands[masters.location[pair]] -= 1
            node = int(masters.location[pair])
            rows.append((int(lines.number[row]), pair, _choose_carrier(online, row, node, day)))
            break
    number, origin, carrier = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return PlannedShipments(number, origin, carrier, np.full(len(rows), np.nan))


def _choose_carrier(online: OnlineView, row: int, node: int, day: int) -> int:
    """The cheapest carrier that keeps the promise, else the fastest."""
    ordering, lines = online.ordering, online.lines
    way = slice(None), ordering.node_region[node], lines.region[row]
    cost = ordering.parcel_cost[way] + ordering.kg_cost[way] * ordering.charged_kg[lines.pair[row]]
    comes = day + ordering.transit[way]
    late = np.where(comes > lines.promised[row], comes, -1)
    return int(np.lexsort((cost, late))[0])


class FromNearest:
    """A policy whose orders are shipped from the nearest node that has the item.

    Attributes:
        name: short name in tables.
    """

    def __init__(self, name: str, policy: ReplayPolicy) -> None:
        """Let a policy decide all but orders.

        Args:
            name: short name in tables.
            policy: what decides the rest.
        """
        self.name, self._policy = name, policy

    def decide(self, seen: EveningView) -> Decision:
        """What the policy decides, and for each line the nearest node that has the item left."""
        decision = self._policy.decide(seen)
        if seen.online is None:
            return decision
        left = seen.on_hand.copy()
        for moves in (decision.replenishment, decision.transfers):
            np.subtract.at(left, moves.origin, moves.units)
        planned = ship_from_nearest(seen.online, seen.masters, left, seen.day + 1)
        return replace(decision, shipments=planned)
