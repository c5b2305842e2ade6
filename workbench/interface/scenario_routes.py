"""Routes by which programs run scenarios, follow and compare them, and drop them."""

from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from governance.people import AccessDeniedError
from governance.scenarios import ScenarioChanges, ScenarioInTheWayError, parse_scenario
from workbench.interface.answers import API, REFUSALS, Refusal
from workbench.interface.callers import Caller
from workbench.office import ToldScenario
from workbench.trials import (
    NAMELESS,
    compare_scenario,
    drop_scenario,
    find_scenario,
    list_scenarios,
    start_scenario,
)

_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    403: {"model": Refusal, "description": "Whose token it is may not."},
    409: {
        "model": Refusal,
        "description": "Another one runs, has the name, or there are many.",
    },
}

ROUTES_OF_SCENARIOS = APIRouter(prefix=f"{API}/scenarios", tags=["scenarios"], responses=REFUSALS)
"""Those of scenarios."""


class ScenarioAsked(ScenarioChanges):
    """A scenario to be run."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="By which it is found again."
    )
    author: str = Field(
        default="",
        max_length=100,
        description="Who states it, where no token says; else the holder of the token.",
    )


class ScenarioAnswer(BaseModel):
    """How a scenario stands."""

    name: str
    author: str = Field(description="Who stated it.")
    plan: str = Field(description="Date and version of the plan that it changes; empty at first.")
    state: str = Field(description="running, done or failed.")
    steps: int = Field(description="Steps of its night that are done.")
    of_steps: int = Field(description="Steps that there are; 0 before they begin.")
    words: str = Field(description="Why it failed; empty where it has not.")
    changes: list[str] = Field(description="What it changes, a sentence each.")


class FigureCompared(BaseModel):
    """A figure of a plan beside that of a scenario."""

    area: str = Field(description="money, service, stock or work.")
    figure: str
    name: str = Field(description="Of which kind, supplier or role; empty of the whole plan.")
    unit: str = Field(description="An ISO 4217 code for amounts.")
    live: float | None = Field(description="Of the plan that is changed.")
    scenario: float | None = Field(description="Of what came of it.")
    change: float | None = Field(description="How much more the scenario has.")


class ScenarioCompared(ScenarioAnswer):
    """How a scenario stands, and what it comes to."""

    figures: list[FigureCompared] = Field(description="None while it is not done.")


@ROUTES_OF_SCENARIOS.get("")
def read_scenarios(call: Caller) -> list[ScenarioAnswer]:
    """How each scenario stands, by name."""
    return [ScenarioAnswer(**_tell(one)) for one in list_scenarios(call.bench.desks, call.caller)]


@ROUTES_OF_SCENARIOS.post("", status_code=202, responses=_REFUSED)
def run_scenario(call: Caller, asked: ScenarioAsked, response: Response) -> ScenarioAnswer:
    """Run a scenario in the background, on a copy: the plan and all decisions stay as they are.

    One runs at a time. How far it is tells the address in `Location`.
    """
    office = call.bench.office
    author = call.caller.name or asked.author or NAMELESS
    scenario = parse_scenario(asked.model_dump(mode="json", exclude={"author"}), author)
    try:
        start_scenario(office, call.take_plan(), call.caller, scenario)
    except AccessDeniedError as error:
        raise HTTPException(403, str(error)) from error
    except ScenarioInTheWayError as error:
        raise HTTPException(409, str(error)) from error
    response.headers["Location"] = f"{API}/scenarios/{scenario.name}"
    return ScenarioAnswer(**_tell(find_scenario(call.bench.desks, call.caller, scenario.name)))


@ROUTES_OF_SCENARIOS.get("/{name}")
def read_scenario(call: Caller, name: str) -> ScenarioCompared:
    """How a scenario stands, and its figures beside those of the plan that it changes."""
    office = call.bench.office
    told = find_scenario(call.bench.desks, call.caller, name)
    rows = compare_scenario(office, told, call.take_plan().currency)
    figures = [] if rows is None else rows.to_dicts()
    return ScenarioCompared(**_tell(told), figures=[FigureCompared(**row) for row in figures])


@ROUTES_OF_SCENARIOS.delete("/{name}", status_code=204, responses=_REFUSED)
def remove_scenario(call: Caller, name: str) -> None:
    """Drop a scenario; one that runs is stopped. Who states it may, or a planner."""
    try:
        drop_scenario(call.bench.desks, call.caller, name)
    except AccessDeniedError as error:
        raise HTTPException(403, str(error)) from error


def _tell(told: ToldScenario) -> dict[str, Any]:
    return {
        "name": told.scenario.name,
        "author": told.scenario.author,
        "plan": told.plan,
        "state": told.state,
        "steps": told.steps,
        "of_steps": told.of_steps,
        "words": told.words,
        "changes": told.scenario.list_changes(),
    }
