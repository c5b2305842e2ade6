"""Which node ships each line of the customers' orders, and what that costs."""

from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.frames import SourcingFrames
from optimization.sourcing.inputs import build_market, judge_candidates, read_sourcing
from optimization.sourcing.prices import solve_market
from optimization.sourcing.statement import state_candidates, state_limits, state_lines


class SourcingPlan(NamedTuple):
    """What is decided of every open line, and why.

    Attributes:
        lines: one row an open line, sorted by order_id and line, of the contracts OrderDecisions
            and OrderSourcing as far as is known yet: sku, quantity, decision (`ship`,
            `wait` or `open`), location, ship_on, item (what is shipped) and arrives_on of what is
            shipped, the cost terms (currency; missing where it is not shipped), cost (currency,
            their sum; else that of waiting or of leaving it open), reason (why it is not shipped;
            the verdict on its best node), rejected (the best other decision) and rejected_cost
            (what the line would have cost so: in another parcel its own cost and what that one adds
            beyond the chosen, all other lines left as they are; missing where there was none).
        considered: the columns of the contract SourcingOptions but carrier, one row a candidate,
            sorted by its key: besides item, ordered (the line's own), its
            cost terms with all other lines left as they are, cost, and verdict: `chosen`,
            `dearer`, or what keeps the line from it (VERDICTS).
        limits: the columns of OrderLimitPrices without business_date and stage, sorted by key.
        cost: of the plan, currency.
        bound: no plan costs less, currency.
    """

    lines: pl.DataFrame
    considered: pl.DataFrame
    limits: pl.DataFrame
    cost: float
    bound: float


def source_orders(given: SourcingFrames, *, split_penalty: float) -> SourcingPlan:
    """Decide for every open line which node ships it and when, or that it waits or stays open.

    A line is shipped whole, by its promise, from one node. The plan's cost is that of parcels,
    the split penalty, the candidates' own terms and the value that units have to the nodes they
    are taken from, plus what waits and what stays open.

    Args:
        given: lines, candidates, and what these share.
        split_penalty: cost of each further parcel of an order, beyond that parcel's own, currency.

    Raises:
        ValueError: a frame breaks its contract, or the penalty is negative.
    """
    if not split_penalty >= 0:
        raise ValueError(f"split_penalty is {split_penalty}; it must be at least 0")
    sourcing = read_sourcing(given, split_penalty)
    judged = judge_candidates(sourcing)
    market = build_market(sourcing, judged)
    solved = solve_market(market)
    admitted = judged.filter(pl.col("verdict").is_null())["row"].to_numpy()
    chosen = np.full(sourcing.lines.height, -1, dtype=np.int64)
    shipped = solved.choice >= 0
    chosen[shipped] = admitted[solved.choice[shipped]]
    considered = state_candidates(sourcing, judged, chosen)
    return SourcingPlan(
        state_lines(sourcing, considered),
        considered,
        state_limits(sourcing, judged, solved),
        solved.cost,
        solved.bound,
    )
