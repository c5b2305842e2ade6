"""A game of weekly orders under lost sales, played period by period against given demand.

An order placed at the end of a period arrives behind what is in the pipeline: with a pipeline of L
periods, at the start of the (L + 1)-th period after. Then demand takes what stock there is, the
rest is lost, and what is left is held.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class State(NamedTuple):
    """What a player has at the end of a period.

    Attributes:
        on_hand: units, shape (series,).
        pipeline: units that arrive at the start of the periods to come, shape (series, L).
    """

    on_hand: FloatArray
    pipeline: FloatArray


class PlayedOrders(NamedTuple):
    """What came of the played orders.

    Attributes:
        held: units left at the end of each period, over all series, shape (periods,).
        lost: units of demand not met, shape (periods,).
        state: at the end.
    """

    held: FloatArray
    lost: FloatArray
    state: State


Decide = Callable[[int, State], npt.NDArray[np.int64]]
"""Orders of each series at the end of a period, from its number and the state then."""


def play_orders(
    decide: Decide, demand: FloatArray, state: State, orders_in: range, periods: int | None = None
) -> PlayedOrders:
    """Play a number of periods, with orders at the end of some.

    Args:
        decide: asked at the end of each period of `orders_in`; it may know the demand of all series
            up to that period, met or not.
        demand: units, shape (series, periods of the data).
        state: at the end of the first period of `orders_in`.
        orders_in: periods at whose end orders are placed; those after the first are played.
        periods: periods played, without orders after those of `orders_in`; by default as many as
            there are orders.

    Raises:
        ValueError: orders are negative; names the period and the series.
    """
    on_hand, pipeline = state
    played = len(orders_in) if periods is None else periods
    held, lost = np.zeros(played), np.zeros(played)
    for step in range(played):
        period = orders_in.start + step
        orders = np.zeros(len(on_hand))
        if period in orders_in:
            orders = decide(period, State(on_hand, pipeline)).astype(float)
            if (orders < 0).any():
                raise ValueError(f"period {period}: a negative order of series {orders.argmin()}")
        stock = on_hand + pipeline[:, 0]
        pipeline = np.column_stack([pipeline[:, 1:], orders])
        sold = np.minimum(stock, demand[:, period + 1])
        on_hand = stock - sold
        held[step] = on_hand.sum()
        lost[step] = (demand[:, period + 1] - sold).sum()
    return PlayedOrders(held, lost, State(on_hand, pipeline))
