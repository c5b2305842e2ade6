"""Scenarios on disk: the copy that one runs on, how far it is, and the plan that came of it."""

from inventory_assets.scenarios.copying import copy_retailer, leave_for_copy
from inventory_assets.scenarios.folder import (
    ScenarioFolder,
    ScenarioStanding,
    drop_scenario,
    find_scenario,
    list_scenarios,
    open_scenario,
)

__all__ = [
    "ScenarioFolder",
    "ScenarioStanding",
    "copy_retailer",
    "drop_scenario",
    "find_scenario",
    "leave_for_copy",
    "list_scenarios",
    "open_scenario",
]
