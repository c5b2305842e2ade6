"""Profit of a day by item-location: what `measures` sums up over a retailer, taken apart.

Money stands where the units are: margin, holding and clearance at the pair that sells, keeps or
clears, moving cost, what changes of its orders cost and what another supplier is paid beyond cost
at the pair that receives. Summed over pairs and days it is the profit of `measures`, but for two
things that no single pair causes: the loss on what is left on the last day, and the fixed cost of
shipments that run on schedule whatever they carry. So a unit that is bought and not yet sold is
worth its cost.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import Decision, PlannedMoves
from simulation.replay.measures import YEAR
from simulation.replay.scenario import Floats, Ints, ScenarioMasters
from simulation.replay.world import ReplayWorld

TERMS = ("margin", "holding", "clearance", "moving")
"""What profit is made of, in the order of `play_evening`; costs count below 0."""


class LineCosts(NamedTuple):
    """What moving each line of a decision costs, currency, in the order of its rows."""

    replenishment: Floats
    transfers: Floats


def charge_lines(decision: Decision, masters: ScenarioMasters, policy: PlanningPolicy) -> LineCosts:
    """Share the cost of an evening's moves out to its lines.

    A line bears its units' cost on the lane, what policy says that it costs in hands, and by its
    units a share of the fixed cost of its shipment, unless shipments of the DC are scheduled.
    """
    fixed, by_unit = masters.lane_costs
    scheduled = np.zeros_like(fixed) if policy.allocation.scheduled_shipments else fixed
    sent = _share_out(decision.replenishment, masters, scheduled, by_unit)
    moved = _share_out(decision.transfers, masters, fixed, by_unit)
    rules = policy.lines
    return LineCosts(sent + rules.allocation_line_cost, moved + rules.transfer_line_cost)


def _share_out(
    moves: PlannedMoves, masters: ScenarioMasters, fixed: Floats, by_unit: Floats
) -> Floats:
    lane = masters.way[masters.location[moves.origin], masters.location[moves.destination]]
    carried = np.bincount(lane, moves.units, minlength=fixed.size)
    return np.asarray((by_unit[lane] + fixed[lane] / carried[lane]) * moves.units)


def play_evening(
    world: ReplayWorld, decision: Decision, costs: LineCosts, policy: PlanningPolicy
) -> Floats:
    """Carry out what an evening decided, play the next day, and say what each pair earned.

    Args:
        world: on the evening; it is a day further afterwards.
        decision: of the evening.
        costs: of its lines.
        policy: holding and exit losses, cost of a return.

    Returns:
        Currency by term of `TERMS` and pair, shape (4, pairs).

    Raises:
        ValueError: the decision cannot be carried out.
    """
    scenario, economics = world.scenario, policy.economics
    cost = scenario.masters.cost
    changes = decision.changes
    asked = world.seen().orders.pair[changes.order]
    fees = np.bincount(asked, changes.fee, minlength=cost.size)
    world.carry_out(decision)
    world.trade()
    flows = world.flows
    stock = (world.on_hand + world.in_transit) * cost
    price = world.price[world.day].astype(np.float64)
    returns = economics.return_handling_cost * (flows.sold - flows.kept)
    return np.stack(
        [
            flows.kept * price - (flows.sold - flows.coming_back) * cost - returns,
            -stock * economics.carrying_rate_per_year / YEAR,
            -(flows.cleared * economics.exit_loss_share + flows.spoiled) * cost,
            -_by_pair(decision, costs, cost.size) - fees - world.paid_more,
        ]
    )


def _by_pair(decision: Decision, costs: LineCosts, size: int) -> Floats:
    received: npt.NDArray[np.float64] = np.zeros(size)
    moves = (decision.replenishment, decision.transfers)
    for planned, of_lines in zip(moves, costs, strict=True):
        received += np.bincount(planned.destination, of_lines, minlength=size)
    return received


def sum_groups(by_pair: Floats, group: Ints, groups: int) -> Floats:
    """Sum pairs by the number of their group: shape (terms, pairs) to (terms, groups)."""
    return np.stack([np.bincount(group, row, minlength=groups) for row in by_pair])
