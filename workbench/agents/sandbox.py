"""Tools that try something and change nothing."""

from typing import Annotated

from pydantic import Field

from governance import ActionPolicy, parse_actions
from workbench.agents.answers import Answer
from workbench.agents.callers import Caller
from workbench.agents.showing import make_answer, show_rows


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
