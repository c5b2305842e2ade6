"""Ordering games with published results: lost sales, InventoryBench, weekly orders."""

from simulation.games.inventorybench import (
    Briefing,
    Instance,
    OrderingPolicy,
    hindsight_score,
    play_instance,
    read_instances,
)
from simulation.games.lost_sales import (
    Played,
    Policy,
    System,
    base_stock,
    fixed_service,
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
    "Policy",
    "RolloutPolicy",
    "State",
    "System",
    "base_stock",
    "fixed_service",
    "hindsight_score",
    "play_instance",
    "play_orders",
    "play_system",
    "read_instances",
]
