"""Tools that try something and change nothing."""

from collections.abc import Sequence
from typing import Annotated, Final

import polars as pl
from pydantic import Field

from governance import ActionPolicy, parse_actions
from governance.scenarios import ScenarioChanges, parse_scenario
from workbench.agents.answers import Answer
from workbench.agents.callers import Caller, Look
from workbench.agents.showing import MOST_ROWS, make_answer, show_rows
from workbench.citing import Source
from workbench.office import ToldScenario
from workbench.trials import (
    NAMELESS,
    compare_scenario,
    find_scenario,
    list_scenarios,
    start_scenario,
)

ScenarioName = Annotated[
    str, Field(max_length=40, description="Of a scenario: small letters, digits and hyphens.")
]


_STATED: Final = {
    "name": pl.String,
    "author": pl.String,
    "of_plan": pl.String,
    "state": pl.String,
    "steps": pl.Int64,
    "of_steps": pl.Int64,
    "changes": pl.String,
    "words": pl.String,
}


def dry_run_policy(
    look: Caller,
    policy: Annotated[
        str, Field(max_length=100_000, description="What actions.yaml would say, as YAML.")
    ],
    days: Annotated[int, Field(ge=1, le=90, description="Dates back from the newest.")] = 14,
) -> Answer:
    """Where a changed policy would have sent the actions of past dates; nothing is changed.

    Files of regions count as they are, automation as on, and each date has its whole budget.
    """
    citer = look.citer
    with citer.desks.lock:
        regional = citer.desks.open_desk(citer.plan).policy.regional
    stated = parse_actions({"actions.yaml": policy})
    # Validated as one: a rule named like that of a region is refused as it is in files.
    tried = ActionPolicy.model_validate({**dict(stated), "regional": regional})
    rehearse = citer.desks.office.tellers.rehearse
    found = citer.plan.use(lambda warehouse: rehearse(warehouse, tried, days))
    routes = citer.take_rows("rehearsed_routes", ("kind", "was", "would_be"), found.routes)
    workload = citer.take_rows("rehearsed_workload", ("role",), found.workload)
    return make_answer(citer, tables=[show_rows(routes), show_rows(workload)])


def simulate(look: Caller, name: ScenarioName, changes: ScenarioChanges) -> Answer:
    """Plan tonight anew on a copy with something changed; `get_scenario` has what comes of it.

    It runs in the background, one at a time, as long as a night. The plan stays as it is.
    """
    office = look.citer.desks.office
    author = look.visitor.name or NAMELESS
    stated = {**changes.model_dump(mode="json"), "name": name}
    scenario = parse_scenario(stated, author)
    start_scenario(office, look.citer.plan, look.visitor, scenario)
    told = find_scenario(look.citer.desks, look.visitor, name)
    return make_answer(look.citer, tables=[show_rows(_state(look, [told]))])


def get_scenario(
    look: Caller,
    name: Annotated[str, Field(max_length=40, description="Of a scenario; all without one.")] = "",
    most: Annotated[int, Field(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> Answer:
    """How a scenario stands, and its figures beside those of the plan that it changes."""
    office, citer = look.citer.desks.office, look.citer
    if not name:
        told = list_scenarios(citer.desks, look.visitor)
        return make_answer(citer, tables=[show_rows(_state(look, told))])
    one = find_scenario(citer.desks, look.visitor, name)
    tables = [show_rows(_state(look, [one]))]
    rows = compare_scenario(office, one, citer.currency)
    if rows is not None:
        key = ("scenario_name", "area", "figure", "name")
        named = rows.select(pl.lit(name).alias("scenario_name"), pl.all())
        tables.append(show_rows(citer.take_rows("scenario_figures", key, named), most=most))
    return make_answer(citer, tables=tables)


def _state(look: Look, scenarios: Sequence[ToldScenario]) -> Source:
    """How scenarios stand, a row each."""
    rows = [
        {
            "name": told.scenario.name,
            "author": told.scenario.author,
            "of_plan": told.plan,
            "state": told.state,
            "steps": told.steps,
            "of_steps": told.of_steps,
            "changes": "; ".join(told.scenario.list_changes()),
            "words": told.words,
        }
        for told in scenarios
    ]
    return look.citer.take_rows("scenarios", ("name",), pl.DataFrame(rows, schema=_STATED))
