"""What the replay refuses: plans that ask for what is not there or not allowed."""

import numpy as np

from simulation.replay.customer_orders import PlannedShipments
from simulation.replay.decision import (
    Decision,
    EveningView,
    PlannedChanges,
    PlannedMoves,
    PlannedOrders,
    PlannedPrices,
)
from simulation.replay.price_list import find_listed
from simulation.replay.scenario import Bools, Ints, ScenarioMasters


def refuse_impossible(decision: Decision, seen: EveningView) -> None:
    """Refuse a decision that the retailer could not carry out.

    Raises:
        ValueError: units below 1; a move on a lane that does not exist or ship that day, of units
            that are not there, beyond what a lane carries or a node receives; replenishment from
            another node than the pair's DC or in broken cases; an order of a pair that no supplier
            feeds, from another supplier where there is none, on a day on which that takes no
            orders, or outside its minimum and multiple;
            a change of an order line that has come, to units that it has not, or twice; a line of a
            customer's order that is not open, from a node without the unit or hands left; a price
            that does not fall, or is held until a day before it could fall, or of a retailer whose
            prices are not to be changed. Names the first at fault.
    """
    masters = seen.masters
    moved = _together(decision.replenishment, decision.transfers)
    _refuse_moves(moved, seen)
    _refuse_shipments(decision.shipments, moved, seen)
    _refuse_replenishment(decision.replenishment, masters)
    _refuse_purchases(decision.purchases, seen)
    _refuse_changes(decision.changes, seen)
    _refuse_prices(decision.prices, seen)


def _together(*moves: PlannedMoves) -> PlannedMoves:
    return PlannedMoves(*(np.concatenate(columns) for columns in zip(*moves, strict=True)))


def _refuse_moves(moves: PlannedMoves, seen: EveningView) -> None:
    masters = seen.masters
    origin, destination = masters.location[moves.origin], masters.location[moves.destination]
    lane = masters.way[origin, destination]
    _refuse(moves.units < 1, moves.destination, masters, "moves less than a unit")
    _refuse(lane < 0, moves.destination, masters, "has no lane from where it is sent")
    idle = ~masters.lane_ships[lane, seen.ships_on]
    _refuse(idle, moves.destination, masters, "is sent to on a day without a shipment")
    leaving = np.bincount(moves.origin, moves.units, minlength=masters.size)
    every = np.arange(masters.size)
    _refuse(leaving > seen.on_hand, every, masters, "sends more than is there")
    carried = np.bincount(lane, moves.units, minlength=masters.lanes.height)
    _refuse((carried > masters.lane_capacity)[lane], moves.destination, masters, "fills its lane")
    docked = np.bincount(destination, moves.units, minlength=len(masters.locations))
    full = (docked > masters.receiving_room)[destination]
    _refuse(full, moves.destination, masters, "gets more than its node receives a day")


def _refuse_replenishment(moves: PlannedMoves, masters: ScenarioMasters) -> None:
    strange = masters.supply[moves.destination] != moves.origin
    _refuse(strange, moves.destination, masters, "is replenished by a stranger")
    broken = moves.units % masters.pack[moves.destination] != 0
    _refuse(broken, moves.destination, masters, "is sent part of a case")


def _refuse_purchases(purchases: PlannedOrders, seen: EveningView) -> None:
    masters, (pair, units, whom) = seen.masters, purchases
    _refuse(masters.supply[pair] >= 0, pair, masters, "is not fed by a supplier")
    nobody = masters.supplier_of(pair, whom).is_null().to_numpy()
    _refuse(nobody, pair, masters, "has no other supplier")
    closed = ~masters.takes_orders[seen.ships_on, whom, pair]
    _refuse(closed, pair, masters, "is ordered on a day on which its supplier takes no orders")
    odd = (units < masters.minimum[pair]) | (units % masters.multiple[pair] != 0)
    _refuse(odd, pair, masters, "is ordered outside minimum and multiple")


def _refuse_changes(changes: PlannedChanges, seen: EveningView) -> None:
    lines, order = seen.orders, changes.order
    pair = lines.pair[order]
    come = lines.due[order] <= seen.day
    _refuse(come, pair, seen.masters, "has an order changed that has come")
    wrong = (changes.units < 0) | (changes.units > lines.quantity[order])
    wrong |= (changes.moved > changes.units) | ((changes.moved < 1) & (changes.units > 0))
    _refuse(wrong, pair, seen.masters, "has an order changed to units that it has not")
    twice = np.bincount(order, minlength=lines.pair.size)[order] > 1
    _refuse(twice, pair, seen.masters, "has an order changed twice")


def _refuse_shipments(
    shipments: PlannedShipments | None, moved: PlannedMoves, seen: EveningView
) -> None:
    if shipments is None:
        return
    masters, online = seen.masters, seen.online
    number, origin = shipments.number, shipments.origin
    open_numbers = np.zeros(0) if online is None else online.lines.number
    twice = np.unique(number, return_inverse=True)
    again = np.bincount(twice[1], minlength=1)[twice[1]] > 1
    _refuse(again | ~np.isin(number, open_numbers), origin, masters, "ships no open line")
    if online is None:
        return
    lines = online.lines.take(np.searchsorted(online.lines.number, number))
    strange = (masters.item[origin] != masters.item[lines.pair]) ^ shipments.offered
    _refuse(strange, origin, masters, "ships another item than was ordered")
    leaving = np.bincount(moved.origin, moved.units, minlength=masters.size)
    leaving += np.bincount(origin, minlength=masters.size)
    short = (leaving > seen.on_hand)[origin]
    _refuse(short, origin, masters, "ships more than is there")
    node = masters.location[origin]
    lines_of = np.bincount(node, minlength=len(masters.locations))
    busy = (lines_of > online.ordering.hands[seen.ships_on])[node]
    _refuse(busy, origin, masters, "ships more lines than its node has hands for")


def _refuse_prices(prices: PlannedPrices, seen: EveningView) -> None:
    masters, day = seen.masters, seen.day + 1
    if seen.entries is None:
        fixed = np.ones(masters.size, dtype=np.bool_)
        changed = np.concatenate([prices.marked, prices.held])
        _refuse(fixed[changed], changed, masters, "has a price that is not to be changed")
        return
    listed = find_listed(seen.entries, seen.day, masters.list_price)[prices.marked]
    rises = (prices.price >= listed) | (prices.price <= 0)
    _refuse(rises, prices.marked, masters, "is marked down to a price that is no lower")
    _refuse(prices.until <= day, prices.held, masters, "has its price held until it could fall")


def _refuse(wrong: Bools, pair: Ints, masters: ScenarioMasters, fault: str) -> None:
    found = np.flatnonzero(wrong)
    if found.size:
        sku, location = masters.pairs.select("sku", "location").row(int(pair[found[0]]))
        raise ValueError(f"the policy cannot be played: {sku} at {location} {fault}")
