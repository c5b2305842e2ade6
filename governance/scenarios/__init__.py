"""Scenarios: what changes against tonight's plan, in policy and masters, and how both compare."""

from governance.scenarios.changes import change_masters, change_planning
from governance.scenarios.comparison import compare_figures
from governance.scenarios.scenario import (
    LaneCapacity,
    NodeCapacity,
    OrderBudget,
    Outage,
    Scenario,
    ScenarioError,
    parse_scenario,
)

__all__ = [
    "LaneCapacity",
    "NodeCapacity",
    "OrderBudget",
    "Outage",
    "Scenario",
    "ScenarioError",
    "change_masters",
    "change_planning",
    "compare_figures",
    "parse_scenario",
]
