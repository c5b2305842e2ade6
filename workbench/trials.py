"""Scenarios as somebody runs, reads and drops them, by whichever door he comes."""

from typing import Final

import polars as pl

from governance.people import DROP_SCENARIO, RUN_SCENARIO, AccessDeniedError, admit_trial
from governance.scenarios import Scenario, ScenarioError
from workbench.door import Visitor
from workbench.office import Office, ToldScenario
from workbench.reading import Plan

NAMELESS: Final = "somebody on this machine"
"""Who states a scenario where names are believed and none was given."""


def start_scenario(office: Office, plan: Plan, visitor: Visitor, scenario: Scenario) -> None:
    """Run a scenario of a visitor in the background; nothing of the plan changes by it.

    Args:
        office: what the workbench works with.
        plan: by which it is checked.
        visitor: who asks, its author.
        scenario: what he states.

    Raises:
        AccessDeniedError: he may not.
        ScenarioError: it cannot be run; `ScenarioInTheWayError` where another one runs.
        PolicyError: the changed policy is none.
    """
    _admit(office, visitor, RUN_SCENARIO)
    plan.use(lambda warehouse: office.scenarios.start(warehouse, scenario))


def find_scenario(office: Office, name: str) -> ToldScenario:
    """How a scenario stands.

    Raises:
        LookupError: there is none of this name.
    """
    for told in office.scenarios.read():
        if told.scenario.name == name:
            return told
    raise LookupError(f"There is no scenario {name}.")


def compare_scenario(office: Office, told: ToldScenario, currency: str) -> pl.DataFrame | None:
    """The figures of a scenario that is done beside those of the plan that it changes.

    Args:
        office: what the workbench works with.
        told: how it stands.
        currency: of amounts.

    Returns:
        As `compare_figures` gives them, with the currency as unit of amounts; None where nothing
        has come of it.
    """
    if told.state != "done":
        return None
    try:
        rows = office.scenarios.compare(told.scenario.name)
    except ScenarioError:
        # Somebody has dropped it since it was listed.
        return None
    return rows.with_columns(pl.col("unit").replace("currency", currency))


def drop_scenario(office: Office, visitor: Visitor, name: str) -> None:
    """Remove a scenario, and stop it where it runs.

    Raises:
        AccessDeniedError: it is another's, and the visitor is no planner or administrator.
        LookupError: there is none of this name.
        ScenarioError: it does not stop.
    """
    told = find_scenario(office, name)
    _admit(office, visitor, DROP_SCENARIO, told.scenario.author)
    office.scenarios.drop(name)


def _admit(office: Office, visitor: Visitor, what: str, owner: str | None = None) -> None:
    at = office.clock()
    author = visitor.name or NAMELESS
    try:
        admit_trial(office.store, author, what, token=visitor.token, at=at, owner=owner)
    except AccessDeniedError:
        # A denial is an event, too.
        office.publish_head(at)
        raise
