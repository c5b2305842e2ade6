"""Tools that read actions: the worklist, one action, its arithmetic, its story, its policy."""

from typing import Annotated, Any

import polars as pl
from pydantic import Field

from workbench.agents.answers import Answer
from workbench.agents.callers import Caller, Look
from workbench.agents.overview import Most
from workbench.agents.showing import make_answer, show_figure, show_row, show_rows
from workbench.citing import Source

ActionId = Annotated[
    str, Field(pattern="^[0-9a-fA-F]{4,64}$", description="Id of an action, or its first digits.")
]
Name = Annotated[str, Field(max_length=200)]

_LISTED = (
    "kind",
    "sku",
    "item_name",
    "origin",
    "destination",
    "destination_name",
    "supplier",
    "supplier_name",
    "due_on",
    "quantity",
    "value",
    "benefit",
    "currency",
    "confidence",
    "urgency_days",
    "standing",
    "missing_roles",
    "decided_by",
)
_SUMS = ("quantity", "value", "benefit")


def list_worklist(  # noqa: PLR0913, PLR0917  # by what it is narrowed
    look: Caller,
    standing: Annotated[Name, Field(description="Such as waiting, approved, exported.")] = "",
    missing_roles: Annotated[Name, Field(description="Role whose approval counts next.")] = "",
    kind: Name = "",
    category: Name = "",
    region: Name = "",
    destination: Name = "",
    supplier: Name = "",
    sku: Name = "",
    decided_by: Name = "",
    most: Most = 25,
) -> Answer:
    """Actions of the plan as decisions stand now, worth most first, with sums of all that fit."""
    asked = {
        "standing": standing,
        "missing_roles": missing_roles,
        "kind": kind,
        "category": category,
        "region": region,
        "destination": destination,
        "supplier": supplier,
        "sku": sku,
        "decided_by": decided_by,
    }
    wanted = {name: value for name, value in asked.items() if value}
    found = look.citer.worklist.choose(**wanted)
    figures = [show_figure("actions", found.count("actions"))]
    figures += [show_figure(name, found.sum(name)) for name in _SUMS]
    return make_answer(look.citer, figures=figures, tables=[show_rows(found, _LISTED, most=most)])


def get_action(look: Caller, action_id: ActionId) -> Answer:
    """One action: what it is, what it is worth, how it stands, and what was decided about it."""
    source, row = find_row(look, action_id)
    figures = show_row(source, row, ("quantity", "unit_value", "value", "benefit", "confidence"))
    tables = [show_rows(source), show_rows(look.citer.read_decisions(row["action_id"]))]
    return make_answer(look.citer, figures=figures, tables=tables)


def explain_action(look: Caller, action_id: ActionId) -> Answer:
    """Why an action is what it is: each step with its value, and the cell or formula behind it."""
    _, row = find_row(look, action_id)
    steps = look.citer.plan.read_explanation(row["action_id"])
    source = look.citer.take_result("explanations", steps).choose(action_id=row["action_id"])
    return make_answer(look.citer, tables=[show_rows(source)])


def trace_action(look: Caller, action_id: ActionId) -> Answer:
    """The story of an action: rows that landed, decisions, lines that left, answers, the audit."""
    citer = look.citer
    _, row = find_row(look, action_id)
    action = citer.desks.find_action(citer.plan, row["action_id"])
    gather = citer.desks.office.tellers.gather_story
    story = citer.plan.use_for_action(
        action["action_id"], lambda warehouse: gather(warehouse, action)
    )
    events = [
        {"sequence": event.sequence, "at": event.at, "kind": event.kind, "hash": event.hash}
        for event in story.events
    ]
    landed = ("source", "file_name", "row")
    tables = [
        show_rows(citer.take_rows("landed_rows", landed, story.inputs)),
        show_rows(citer.read_decisions(row["action_id"])),
        show_rows(citer.read_view("exported_lines").choose(action_id=row["action_id"])),
        show_rows(citer.take_rows("answers", landed, story.answers)),
        show_rows(citer.take_rows("audit_events", ("sequence",), pl.DataFrame(events))),
    ]
    return make_answer(citer, tables=[rows for rows in tables if rows.rows])


def check_policy(look: Caller, action_id: ActionId) -> Answer:
    """What policy asks for an action: rule and route, who has approved, whose approval counts."""
    citer = look.citer
    _, row = find_row(look, action_id)
    with citer.desks.lock:
        policy = citer.desks.open_desk(citer.plan).policy
    name = row["rule"].partition(":")[0]
    named = [rule for rule in policy.all_rules if rule.name == name]
    said = (*named, policy.default)[0].model_dump(mode="json", exclude_none=True)
    stated = [
        *((f"when.{option}", value) for option, value in said.pop("when", {}).items()),
        *said.items(),
        ("agents_alone", policy.agents_alone),
    ]
    options = [{"rule": name, "option": option, "value": _word(value)} for option, value in stated]
    source = citer.take_rows("policies/actions.yaml", ("rule", "option"), pl.DataFrame(options))
    return make_answer(
        citer, tables=[show_rows(citer.read_routed(row["action_id"])), show_rows(source)]
    )


def _word(value: object) -> str:
    """A value of an option as text, several joined by semicolons."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def find_row(look: Look, action_id: str) -> tuple[Source, dict[str, Any]]:
    """The action whose id starts so, as decisions stand now: its source, and its row.

    Raises:
        LookupError: none does, or several do.
    """
    citer = look.citer
    known = citer.desks.find_action(citer.plan, action_id)["action_id"]
    source = citer.worklist.choose(action_id=known)
    return source, source.rows.row(0, named=True)
