"""A policy against a scenario: a warm-up that all policies share, then the days that count."""

from simulation.replay.decision import ReplayPolicy
from simulation.replay.scenario import Scenario
from simulation.replay.world import ReplayWorld

Day = dict[str, float]


def warmed_up(scenario: Scenario, policy: ReplayPolicy, days: int) -> ReplayWorld:
    """Play a policy for `days` days, and return the world as it is then.

    Args:
        scenario: what is played.
        policy: of the retailer until now.
        days: at least 1, below the days of the scenario.

    Raises:
        ValueError: the scenario has no day after them.
    """
    if not 0 < days < scenario.days:
        msg = f"a warm-up must leave some of the {scenario.days} days, not take {days}"
        raise ValueError(msg)
    world = ReplayWorld(scenario)
    world.trade()
    for _ in range(days - 1):
        world.carry_out(policy.decide(world.seen()))
        world.trade()
    return world


def play(warm: ReplayWorld, policy: ReplayPolicy) -> list[Day]:
    """Play a policy from where the warm-up ended to the end of the scenario.

    Args:
        warm: the world after its warm-up, which stays as it is.
        policy: what decides.

    Returns:
        The sums of each day: what the evening before decided, and how the day went.
    """
    world = warm.copy()
    days = []
    while world.day + 1 < world.scenario.days:
        decided = world.carry_out(policy.decide(world.seen()))
        days.append(decided | world.trade())
    return days
