"""Scenarios as somebody runs, reads and drops them, by whichever door he comes.

They tell of the whole plan, so that they are for who reads all of it.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from governance.people import DROP_SCENARIO, RUN_SCENARIO, AccessDeniedError, admit_trial
from governance.scenarios import Scenario, ScenarioError
from workbench.door import Visitor
from workbench.office import Office, ToldScenario
from workbench.reading import Desks, Plan

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
        BeyondChargesError: he reads a part of the plan.
        ScenarioError: it cannot be run; `ScenarioInTheWayError` where another one runs.
        PolicyError: the changed policy is none.
    """
    _admit(office, visitor, RUN_SCENARIO)
    plan.use(lambda warehouse: office.scenarios.start(warehouse, scenario))


def list_scenarios(desks: Desks, visitor: Visitor) -> Sequence[ToldScenario]:
    """List how each scenario stands, by name.

    Raises:
        BeyondChargesError: the visitor reads a part of the plan.
    """
    desks.require_all(visitor)
    return desks.office.scenarios.read()


def find_scenario(desks: Desks, visitor: Visitor, name: str) -> ToldScenario:
    """Find how a scenario stands.

    Raises:
        BeyondChargesError: the visitor reads a part of the plan.
        LookupError: there is none of this name.
    """
    for told in list_scenarios(desks, visitor):
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


def drop_scenario(desks: Desks, visitor: Visitor, name: str) -> None:
    """Remove a scenario, and stop it where it runs.

    Raises:
        AccessDeniedError: it is another's, and the visitor is no planner or administrator.
        BeyondChargesError: the visitor reads a part of the plan.
        LookupError: there is none of this name.
        ScenarioError: it does not stop.
    """
    told = find_scenario(desks, visitor, name)
    _admit(desks.office, visitor, DROP_SCENARIO, told.scenario.author)
    desks.office.scenarios.drop(name)


def _admit(office: Office, visitor: Visitor, what: str, owner: str | None = None) -> None:
    at = office.clock()
    author = visitor.name or NAMELESS
    try:
        admit_trial(office.store, author, what, token=visitor.token, at=at, owner=owner)
    except AccessDeniedError:
        # A denial is an event, too.
        office.publish_head(at)
        raise
