"""Scenarios: what tonight's plan would be with something changed, run and compared."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

import polars as pl
import yaml
from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from governance import PolicyError
from governance.people import AccessDeniedError
from governance.policy_drafts import draft_policy
from governance.scenarios import (
    ScenarioError,
    ScenarioInTheWayError,
    describe_policy_changes,
    parse_scenario,
)
from workbench.pages.decision_form import Perhaps
from workbench.reading import Plan
from workbench.trials import (
    compare_scenario,
    drop_scenario,
    find_scenario,
    list_scenarios,
    start_scenario,
)
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_LONGEST: Final = 20_000
"""Characters of a scenario that is stated as text."""
_MOST_OFFERED: Final = 500
"""Names that a field offers; others are typed."""
_SERVICE: Final = {"service_a": "A", "service_b": "B", "service_c": "C"}


class ScenarioForm(BaseModel):
    """What somebody fills in: one change of each sort, or several as text."""

    name: str = ""
    text: str = ""
    factor: Perhaps[float] = None
    category: str = "*"
    region: str = "*"
    department: str = ""
    month: str = ""
    value: Perhaps[float] = None
    service_a: Perhaps[float] = None
    service_b: Perhaps[float] = None
    service_c: Perhaps[float] = None
    late_supplier: str = ""
    late_days: Perhaps[int] = None
    closed_supplier: str = ""
    closed_until: Perhaps[date] = None
    node: str = ""
    sends: Perhaps[int] = None
    receives: Perhaps[int] = None
    origin: str = ""
    destination: str = ""
    units: Perhaps[int] = None
    policy_field: str = ""
    policy_value: str = ""

    def list_facts(self) -> dict[str, Any]:
        """What a scenario is made of, of those changes of which anything is filled in."""
        service = {
            kind: value
            for name, kind in _SERVICE.items()
            if (value := getattr(self, name)) is not None
        }
        late, field = self.late_supplier, self.policy_field
        facts: dict[str, Any] = {
            "demand": _take(factor=self.factor, category=self.category, region=self.region)
            if self.factor is not None
            else [],
            "budgets": _take(department=self.department, month=self.month, value=self.value),
            "service": service,
            "supplier_days": {late: self.late_days} if late else {},
            "outages": _take(supplier=self.closed_supplier, until=self.closed_until),
            "nodes": _take(location=self.node, sends=self.sends, receives=self.receives),
            "lanes": _take(origin=self.origin, destination=self.destination, units=self.units),
            "policy": {field: yaml.safe_load(self.policy_value)} if field else {},
        }
        return {"name": self.name, **{name: said for name, said in facts.items() if said}}


@router.get("/scenarios")
def show_scenarios(visit: Signed) -> Response:
    """Show how each scenario stands, what those that are done come to, and a form for another."""
    return _show_all(visit, ScenarioForm())


@router.post("/scenarios")
def run_scenario(visit: OwnForm, asked: Annotated[ScenarioForm, Form()]) -> Response:
    """Run what a form states in the background, and show how far it is."""
    office, plan = visit.bench.office, visit.take_plan()
    try:
        stated = asked.text[:_LONGEST] or asked.list_facts()
        scenario = parse_scenario(stated, visit.who.name)
        start_scenario(office, plan, visit.who, scenario)
    except (AccessDeniedError, PolicyError, ScenarioError, yaml.YAMLError) as error:
        return _show_all(visit, asked, str(error), _find_status(error))
    return visit.send_to(f"/scenarios/{scenario.name}")


@router.get("/scenarios/{name}")
def show_scenario(visit: Signed, name: str) -> Response:
    """Show what a scenario changes, how far it is, and what it comes to beside the plan."""
    return _show_one(visit, name)


@router.post("/scenarios/{name}/drop")
def remove_scenario(visit: OwnForm, name: str) -> Response:
    """Drop a scenario; one that runs is stopped."""
    try:
        drop_scenario(visit.bench.desks, visit.who, name)
    except (AccessDeniedError, ScenarioError) as error:
        return _show_one(visit, name, str(error), _find_status(error))
    return visit.send_to("/scenarios")


@router.post("/scenarios/{name}/policy")
def propose_policy(
    visit: OwnForm, name: str, reason: Annotated[str, Form(max_length=500)]
) -> Response:
    """Draft what a scenario changes of policy, for another person to put in force."""
    office = visit.bench.office
    told, at = find_scenario(visit.bench.desks, visit.who, name), office.clock()
    try:
        draft_policy(
            office.store,
            office.policies_folder,
            told.scenario,
            reason=reason,
            token=visit.who.token,
            at=at,
        )
    except (AccessDeniedError, PolicyError) as error:
        return _show_one(visit, name, str(error), _find_status(error))
    finally:
        office.publish_head(at)
    return visit.send_to("/approvals")


def _show_all(visit: Visit, asked: ScenarioForm, fault: str = "", status: int = 200) -> Response:
    office, plan = visit.bench.office, visit.take_plan()
    told = list_scenarios(visit.bench.desks, visit.who)
    done = [
        (one.scenario.name, rows)
        for one in told
        if (rows := compare_scenario(office, one, plan.currency)) is not None
    ]
    context: dict[str, Any] = {
        "title": "Scenarios",
        "plan": plan,
        "scenarios": told,
        "is_running": any(one.state == "running" for one in told),
        "columns": [name for name, _ in done],
        "figures": _put_side_by_side(done),
        "asked": asked,
        "fault": fault,
        **_list_names(plan),
    }
    return visit.show("scenarios.html", context, status=status)


def _show_one(visit: Visit, name: str, fault: str = "", status: int = 200) -> Response:
    office, plan = visit.bench.office, visit.take_plan()
    told = find_scenario(visit.bench.desks, visit.who, name)
    rows = compare_scenario(office, told, plan.currency)
    context: dict[str, Any] = {
        "title": f"Scenario {name}",
        "plan": plan,
        "told": told,
        "is_of_newest": told.plan in {"", plan.words},
        "changes": told.scenario.list_changes(),
        "of_policy": describe_policy_changes(told.scenario),
        "areas": [] if rows is None else _group_by_area(rows),
        "fault": fault,
    }
    return visit.show("scenario.html", context, status=status)


def _find_status(error: Exception) -> int:
    if isinstance(error, AccessDeniedError):
        return 403
    return 409 if isinstance(error, ScenarioInTheWayError) else 400


def _take(**said: object) -> list[dict[str, object]]:
    """A change that is filled in, or none where nothing of it is."""
    filled = {name: value for name, value in said.items() if value not in {None, ""}}
    return [filled] if filled else []


def _group_by_area(rows: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Figures by what they are about, in the order in which planners read them."""
    return [
        (area, rows.filter(area=area).to_dicts())
        for area in sorted(rows["area"].unique(), key=_find_place)
    ]


def _find_place(area: str) -> tuple[int, str]:
    order = ("money", "service", "stock", "work")
    return (order.index(area) if area in order else len(order)), area


def _put_side_by_side(done: Sequence[tuple[str, pl.DataFrame]]) -> list[dict[str, Any]]:
    """Figures of the whole plan, with what each scenario comes to and how far that is from it."""
    found: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}
    for name, rows in done:
        for row in rows.filter(name="").iter_rows(named=True):
            found.setdefault((row["area"], row["figure"], row["unit"]), {})[name] = row
    ordered = sorted(found.items(), key=lambda item: (_find_place(item[0][0]), item[0]))
    return [
        {"area": area, "figure": figure, "unit": unit, "of": of}
        for (area, figure, unit), of in ordered
    ]


def _list_names(plan: Plan) -> dict[str, list[str]]:
    """What the fields of the form offer."""
    items, places = plan.read_known("products"), plan.read_known("locations")
    return {
        "categories": _sort(items["category"]),
        "departments": _sort(items["department"]),
        "regions": _sort(places["region"]),
        "locations": _sort(places["location"])[:_MOST_OFFERED],
        "suppliers": _sort(plan.read_known("suppliers")["supplier"])[:_MOST_OFFERED],
    }


def _sort(names: pl.Series) -> list[str]:
    return names.drop_nulls().unique().sort().to_list()
