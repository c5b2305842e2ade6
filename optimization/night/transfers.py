"""What moves sideways in a night, once the allocation is on its way."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from optimization.transfers import (
    TransferPlan,
    measure_rooms,
    net_lanes,
    plan_transfers,
    select_movers,
)
from quality_checks.contracts import LineRules, PlanningPolicy, TransferRules


@dataclass(frozen=True)
class TransferInputs:
    """All that the transfers of a night are made from.

    Attributes:
        movers: frame `movers`.
        lanes: frame `lanes_left`.
        places: frame `places`.
        weekday: on which moves ship, 0 for Monday.
        min_gain: what a trip must gain beyond its costs, currency.
        rules: of policy.
        line_rules: what a line costs, must gain, and may cover.
    """

    movers: pl.DataFrame
    lanes: pl.DataFrame
    places: pl.DataFrame
    weekday: int
    min_gain: float
    rules: TransferRules
    line_rules: LineRules


def gather_transfer_inputs(
    planned: pl.DataFrame,
    lanes: pl.DataFrame,
    allocated: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
) -> TransferInputs:
    """Put together what the transfers of a night must keep.

    Args:
        planned: frame `planned_pairs`, before the allocation.
        lanes: the columns of the contract Lanes.
        allocated: frame `moved_units`: what DCs send.
        policy: its rules of lines and of transfers.
        business_date: the day that closed; moves ship on the next.
    """
    first_day, rules = business_date + dt.timedelta(days=1), policy.transfers
    hands = {str(kind): units for kind, units in rules.handling_units.items()}
    return TransferInputs(
        movers=select_movers(
            planned,
            allocated,
            lanes,
            first_day=first_day,
            launch_protected_days=rules.launch_protected_days,
        ),
        lanes=net_lanes(lanes, allocated, planned.select("sku", "volume")),
        places=measure_rooms(planned, allocated, hands),
        weekday=first_day.weekday(),
        min_gain=policy.min_transfer_gain,
        rules=rules,
        line_rules=policy.lines,
    )


def transfer_stock(inputs: TransferInputs) -> TransferPlan:
    """Move units between locations to where they are worth more, net of what the move costs.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    return plan_transfers(
        inputs.movers,
        inputs.lanes,
        weekday=inputs.weekday,
        min_gain=inputs.min_gain,
        rules=inputs.rules,
        line_rules=inputs.line_rules,
        places=inputs.places,
    )
