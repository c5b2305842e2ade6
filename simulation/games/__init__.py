"""Ordering games with published results: lost sales, InventoryBench, weekly orders."""

from simulation.games.inventorybench import (
    Briefing,
    Instance,
    OrderingPolicy,
    play_instance,
    read_instances,
    score_hindsight,
)
from simulation.games.lost_sales import (
    Played,
    RulePolicy,
    System,
    make_base_stock,
    make_fixed_service,
    play_system,
)
from simulation.games.ordering_policies import AdaptiveBaseStock, BaseStock, RolloutPolicy
from simulation.games.weekly_orders import Decide, State, play_orders

__all__ = [
    "AdaptiveBaseStock",
    "BaseStock",
    "Briefing",
    "Decide",
    "Instance",
    "OrderingPolicy",
    "Played",
    "RolloutPolicy",
    "RulePolicy",
    "State",
    "System",
    "make_base_stock",
    "make_fixed_service",
    "play_instance",
    "play_orders",
    "play_system",
    "read_instances",
    "score_hindsight",
]
