"""Scenarios on disk: the copy that one runs on, how far it is, and the plan that came of it."""

from inventory_assets.scenarios.copying import set_environment_of_copy, take_copy
from inventory_assets.scenarios.folder import (
    ScenarioFolder,
    ScenarioStanding,
    drop_scenario,
    find_scenario,
    join_scenario,
    list_scenarios,
    open_scenario,
)
from inventory_assets.scenarios.starting import start_scenario

__all__ = [
    "ScenarioFolder",
    "ScenarioStanding",
    "drop_scenario",
    "find_scenario",
    "join_scenario",
    "list_scenarios",
    "open_scenario",
    "set_environment_of_copy",
    "start_scenario",
    "take_copy",
]
