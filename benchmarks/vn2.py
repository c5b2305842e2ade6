"""The VN2 Inventory Planning Challenge: weekly orders of 599 series, two weeks in transit.

At the end of week X the orders are placed and arrive at the start of week X + 3; a unit left at the
end of a week costs 0.2, a lost sale 1.0, nothing is owed. After `rounds` orders two more weeks are
played. Cost counts from the week in which the first order arrives; the two weeks before, which
nobody can change, are `setup_cost`.

Sales of the file are demand, as the challenge took them, and a player sees those of all series up
to week X, met or not, as the challenge showed them. Weeks flagged out of stock are demand 0 in the
game and unknown to our forecast. At `STATE_WEEK` everybody starts from the challenge's stock; at
any other week from `WARM_UP_WEEKS` weeks of its own orders. The end of the game is not used: orders
are placed as if it went on.
"""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.vn2_peers import SPLIT_WEEKS, BoostedPoint, MovingAverage
from benchmarks.vn2_policy import Costs, Planner, usual_stock
from forecasting.weekly import YEAR, WeeklyHistory
from simulation.games import Decide, State, play_orders
from simulation.importers import STATE_WEEK, Challenge, read_vn2

COSTS = Costs(holding=0.2, shortage=1.0)
TRANSIT_WEEKS = 2
WARM_UP_WEEKS = 8
LEAST_WEEKS = YEAR + SPLIT_WEEKS + 2 * WARM_UP_WEEKS
"""Weeks before the first order: the winner's way learns from pairs of years, then is tuned."""

SHAPE, LIKENESS = "Format", ("ProductGroup", "Product")


def measure(data: Path, first_order: dt.date, rounds: int, seed: int) -> dict[str, Any]:
    """Cost of our orders and of the peers', or our first orders where the data ends there.

    Raises:
        ValueError: the data lacks a week that the game needs.
    """
    challenge = read_vn2(data)
    if first_order not in challenge.weeks:
        raise ValueError(
            f"{first_order} is no week of {challenge.weeks[0]} to {challenge.weeks[-1]}"
        )
    first = challenge.weeks.index(first_order)
    last = first + rounds + TRANSIT_WEEKS
    ahead = len(challenge.weeks) - 1 - first
    if 0 < ahead < rounds + TRANSIT_WEEKS:
        raise ValueError(
            f"{rounds} rounds need {rounds + TRANSIT_WEEKS} weeks of sales after {first_order}; "
            f"there are {ahead}, and none are needed for orders alone"
        )
    if first < LEAST_WEEKS:
        raise ValueError(f"{first} weeks lie before {first_order}; {LEAST_WEEKS} are needed")
    history = history_of(challenge)
    result: dict[str, Any] = {
        "benchmark": "vn2",
        "first_order": first_order.isoformat(),
        "rounds": rounds,
        "series": history.series,
    }
    started = time.perf_counter()
    planner = Planner(history, SHAPE, LIKENESS, COSTS, seed)
    state = starting_state(challenge, planner, first)
    if not ahead:
        units = planner(first, state)
        result["seconds"] = round(time.perf_counter() - started, 1)
        keys = challenge.series.rows()
        result["orders"] = [
            [store, product, int(q)] for (store, product), q in zip(keys, units, strict=True)
        ]
        return result
    result |= scored(challenge, planner, state, first, last)
    result["seconds"] = round(time.perf_counter() - started, 1)
    warm = first if first_order == STATE_WEEK else first - WARM_UP_WEEKS
    average = MovingAverage(history, 4.0)
    peers: dict[str, Decide] = {
        "moving average, 4 weeks": average,
        "moving average, tuned cover": average.tuned(warm, COSTS),
        "boosted point forecast, tuned target": BoostedPoint(history, COSTS, seed),
    }
    result["peers"] = {}
    for name, peer in peers.items():
        state = starting_state(challenge, peer, first)
        result["peers"][name] = scored(challenge, peer, state, first, last)
    return result


def history_of(challenge: Challenge) -> WeeklyHistory:
    """The sales as demand, unknown where a series could not sell."""
    return WeeklyHistory(
        demand=np.where(challenge.in_stock, challenge.sales, np.nan),
        week_of_year=np.array([week.isocalendar().week for week in challenge.weeks]),
        groups=challenge.groups,
    )


def starting_state(challenge: Challenge, player: Decide, first: int) -> State:
    """State at the end of the week `first`: the challenge's, or what the player's orders led to."""
    if challenge.weeks[first] == STATE_WEEK:
        return State(challenge.on_hand, challenge.pipeline)
    warm = first - WARM_UP_WEEKS
    state = usual_stock(challenge.sales, warm, TRANSIT_WEEKS)
    return play_orders(player, challenge.sales, state, range(warm, first)).state


def scored(
    challenge: Challenge, player: Decide, state: State, first: int, last: int
) -> dict[str, float]:
    """Cost of the weeks whose orders the player placed, its parts, and cost of the weeks before."""
    orders_in = range(first, last - TRANSIT_WEEKS)
    played = play_orders(player, challenge.sales, state, orders_in, last - first)
    holding, shortage = COSTS.holding * played.held, COSTS.shortage * played.lost
    of_player = slice(TRANSIT_WEEKS, None)
    return {
        "cost": round(float(holding[of_player].sum() + shortage[of_player].sum()), 1),
        "holding": round(float(holding[of_player].sum()), 1),
        "shortage": round(float(shortage[of_player].sum()), 1),
        "setup_cost": round(
            float(holding[:TRANSIT_WEEKS].sum() + shortage[:TRANSIT_WEEKS].sum()), 1
        ),
    }
