"""Scenarios: what changes against tonight's plan, in policy and masters, and how both compare."""

from governance.scenarios.changes import change_masters, change_planning
from governance.scenarios.comparison import compare_figures
from governance.scenarios.scenario import (
    LaneCapacity,
    NodeCapacity,
    OrderBudget,
    Outage,
    Scenario,
    ScenarioChanges,
    ScenarioError,
    ScenarioInTheWayError,
    describe_policy_changes,
    parse_scenario,
)

__all__ = [
    "LaneCapacity",
    "NodeCapacity",
    "OrderBudget",
    "Outage",
    "Scenario",
    "ScenarioChanges",
    "ScenarioError",
    "ScenarioInTheWayError",
    "change_masters",
    "change_planning",
    "compare_figures",
    "describe_policy_changes",
    "parse_scenario",
]
