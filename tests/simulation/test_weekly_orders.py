"""The game of weekly orders, by hand."""

import numpy as np
import pytest

from simulation.games.weekly_orders import State, play_orders

DEMAND = np.array([[0.0, 4.0, 1.0, 5.0, 2.0, 9.0]])


def test_by_hand():
    """3 on hand, 2 and 1 in the pipeline, orders of 7 and then 6 at the ends of periods 0 and 1."""
    seen = []

    def decide(period, state):
        seen.append((period, state.on_hand.tolist(), state.pipeline.tolist()))
        return np.array([7 - period])

    played = play_orders(
        decide, DEMAND, State(np.array([3.0]), np.array([[2.0, 1.0]])), range(2), 5
    )
    # 3 + 2 - 4 = 1; 1 + 1 - 1 = 1; 1 + 7 - 5 = 3; 3 + 6 - 2 = 7; 7 + 0 - 9: two lost.
    assert played.held.tolist() == [1, 1, 3, 7, 0]
    assert played.lost.tolist() == [0, 0, 0, 0, 2]
    assert seen == [(0, [3], [[2, 1]]), (1, [1], [[1, 7]])]
    assert played.state.on_hand.tolist() == [0]
    assert played.state.pipeline.tolist() == [[0, 0]]


def test_nothing_is_owed():
    played = play_orders(
        lambda _period, _state: np.array([0]),
        DEMAND,
        State(np.array([1.0]), np.array([[0.0, 5.0]])),
        range(2),
    )
    # 3 of 4 are lost and not served from the 5 that arrive then: 5 - 1 = 4 are left.
    assert played.lost.tolist() == [3, 0]
    assert played.held.tolist() == [0, 4]


def test_a_negative_order_is_refused():
    state = State(np.array([1.0]), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="period 0: a negative order of series 0"):
        play_orders(lambda _period, _state: np.array([-1]), DEMAND, state, range(1))
