"""Policies that play InventoryBench: ours, and base-stock policies to hold it against."""

import numpy as np
from scipy import stats

from forecasting.online import AdaptiveDemand, LeadTimeBelief
from optimization.reference import Supply, choose_order, find_usual_lead_time
from simulation.games.inventorybench import Briefing, PeriodOutcome

PATHS = 300
"""Paths of demand that each order is tried on."""

AHEAD = 10
"""Periods after the usual arrival of an order that are looked at."""

RECENT = 10
"""Last demands that the adaptive base stock is made of."""

CAP_QUANTILE = 0.95


class RolloutPolicy:
    """Our policy: demand and lead times as learned so far, the order by rollout.

    Args:
        told: what is known before the first period.
        seed: of the sampled paths.
    """

    def __init__(self, told: Briefing, seed: int) -> None:
        self._told, self._left = told, told.periods
        self._demand = AdaptiveDemand(told.history)
        self._lead_times = LeadTimeBelief(told.promised)
        self._rng = np.random.default_rng([seed, 95])

    def order(self, on_hand: float, last: PeriodOutcome | None) -> int:
        """Units to order now."""
        if last is not None:
            self._demand.observe(last.demand)
            self._lead_times.arrive(last.arrived)
        out, chances = self._lead_times.outstanding(), self._lead_times.distribution()
        periods = min(find_usual_lead_time(chances) + AHEAD, self._left)
        quantity = choose_order(
            self._demand.paths(periods, PATHS, self._rng),
            on_hand,
            Supply(out.age, out.quantity, chances),
            self._rng,
            profit=self._told.profit,
            holding_cost=self._told.holding_cost,
        )
        self._left -= 1
        self._lead_times.order(quantity)
        return quantity


class BaseStock:
    """Orders up to mean and deviation of the history over the promised lead time and a period."""

    def __init__(self, told: Briefing) -> None:
        level, _ = _levels(told.history, told)
        self._level, self._on_order = level, 0.0

    def order(self, on_hand: float, last: PeriodOutcome | None) -> int:
        """Units to order now."""
        self._on_order -= last.arrived if last else 0.0
        quantity = max(int(self._level - on_hand - self._on_order), 0)
        self._on_order += quantity
        return quantity


class AdaptiveBaseStock:
    """Orders by the last demands, with capped orders, and overdue ones taken as lost.

    The cap is that of Xin (Understanding the Performance of Capped Base-Stock Policies in
    Lost-Sales Inventory Models, Operations Research 69, 2021).
    """

    def __init__(self, told: Briefing) -> None:
        self._told, self._demand = told, [float(units) for units in told.history]
        self._ordered: list[int] = []

    def order(self, on_hand: float, last: PeriodOutcome | None) -> int:
        """Units to order now."""
        if last is not None:
            self._demand.append(last.demand)
        level, cap = _levels(np.array(self._demand[-RECENT:]), self._told)
        promised = self._told.promised
        on_order = sum(self._ordered[-promised:]) if promised else 0
        self._ordered.append(int(min(max(level - on_hand - on_order, 0.0), cap)))
        return self._ordered[-1]


def _levels(demand: np.ndarray, told: Briefing) -> tuple[float, float]:
    """The base-stock level for the promised lead time and a period, and the cap on an order."""
    cover = told.promised + 1
    ratio = told.profit / (told.profit + told.holding_cost)
    mean, deviation = demand.mean(), demand.std(ddof=1)
    level = cover * mean + stats.norm.ppf(ratio) * deviation * np.sqrt(cover)
    cap = level / cover + stats.norm.ppf(CAP_QUANTILE) * deviation / np.sqrt(cover)
    return float(level), float(cap)
