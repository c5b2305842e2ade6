"""Draws that hang on their arguments alone, so that all policies meet the same."""

import numpy as np

from compilation import compiled

REFUSAL_DRAW, PRICE_DRAW, ORDER_DRAW = 1 << 40, 1 << 41, 1 << 42
"""Number of the first draw of refusals by suppliers, of what a price does, and of customers'
orders; those of returns begin at 0: each so far from the others that no two draws are one."""


@compiled
def draw_uniform(seed: np.uint64, day: int, pair: int, draw: int) -> float:
    """Draw from [0, 1) by the arguments alone: splitmix64 (Steele and others 2014)."""
    state = seed + np.uint64(0x9E3779B97F4A7C15)
    for part in (day, pair, draw):
        state = (state ^ np.uint64(part)) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return float(state >> np.uint64(11)) / 2.0**53
