"""Other prices than the plan's: those that nothing lowers but promotions."""

from dataclasses import replace

import numpy as np

from simulation.replay.decision import Decision, EveningView, PlannedPrices, ReplayPolicy
from simulation.replay.scenario import NEVER


class FullPrice:
    """A policy whose prices never fall for good, whatever the price list plans.

    Attributes:
        name: short name in tables.
    """

    def __init__(self, name: str, policy: ReplayPolicy) -> None:
        """Let a policy decide all but prices.

        Args:
            name: short name in tables.
            policy: what decides the rest.
        """
        self.name, self._policy = name, policy

    def decide(self, seen: EveningView) -> Decision:
        """What the policy decides, every fall that the price list tells of put off for ever."""
        decision = self._policy.decide(seen)
        entries = seen.entries
        if entries is None:
            return decision
        coming = (entries.start > seen.day) & (entries.start < NEVER)
        held = np.unique(entries.pair[coming & (entries.announced <= seen.day)])
        none = PlannedPrices.none()
        return replace(decision, prices=none._replace(held=held, until=np.full(held.size, NEVER)))
