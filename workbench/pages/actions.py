"""One action: what and why, what was rejected for it, who decides, and how it came to be."""

from typing import Annotated, Any
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Form
from starlette.responses import Response

from governance import EVER, describe_held, describe_reasons
from governance.kinds import find_kind
from workbench.deciding import Verdict, decide_actions
from workbench.lines import describe_rows
from workbench.pages.decision_form import DecisionForm, list_choices
from workbench.pages.worklist import refuse_other_plan
from workbench.reading import Plan
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()


class ActionForm(DecisionForm):
    """The fields of the form of one action.

    Attributes:
        read: quantity, day, node, supplier and price that the page showed, joined by colons.
    """

    read: str = ""


@router.get("/actions/{action_id}")
def show_action(visit: Signed, action_id: str) -> Response:
    """Show an action of the newest plan."""
    return _show(visit, visit.take_plan(), action_id)


@router.get("/actions/{action_id}/story")
def show_story(visit: Signed, action_id: str) -> Response:
    """Show the whole story of an action, from the rows that landed to what came of it."""
    plan = visit.take_plan()
    action = visit.bench.desks.find_action(plan, action_id)
    tell = visit.bench.office.tellers.story
    story = plan.use_for_action(action["action_id"], lambda warehouse: tell(warehouse, action))
    context = {"title": "Story", "plan": plan, "action": action, "story": story}
    return visit.show("story.html", context)


@router.post("/actions/{action_id}/decisions")
def decide_action(visit: OwnForm, action_id: str, form: Annotated[ActionForm, Form()]) -> Response:
    """Decide an action, and show how it stands then."""
    plan = visit.take_plan()
    refuse_other_plan(plan, form.plan_words)
    stated = [(visit.who.name, form.state(action_id, form.read))]
    (verdict,), fault = decide_actions(visit.bench.desks, plan, visit.who, stated)
    return _show(visit, plan, action_id, verdict, fault)


def _show(
    visit: Visit, plan: Plan, digits: str, verdict: Verdict | None = None, fault: str = ""
) -> Response:
    desks, office = visit.bench.desks, visit.bench.office
    action = desks.find_action(plan, digits)
    action_id = action["action_id"]
    row = desks.read_sheet(plan).frame.filter(action_id=action_id)
    with desks.lock:
        desk = desks.open_desk(plan)
        (line,) = describe_rows(row, desk)
        route = desk.find_route(action_id)
        held = plan.cut("held", desk.list_held()).filter(kind=action["kind"]).to_dicts()
        choices = list_choices(plan, desk)
    steps = plan.read_explanation(action_id)
    context: dict[str, Any] = {
        "title": "Action",
        "plan": plan,
        "action": action,
        "line": line,
        "route": route,
        "reasons": describe_reasons(action["reason_codes"]),
        "held": [describe_held(document) for document in held],
        "arithmetic": office.tellers.arithmetic(steps, action["currency"]),
        "outcomes": plan.query_chosen("outcomes_of_action", action_id=action_id).to_dicts(),
        "alternatives": _list_alternatives(plan, action_id),
        "decisions": office.store.decisions(EVER)
        .filter(action_id=action_id)
        .sort("decided_at", "decision_id")
        .to_dicts(),
        "roles": visit.who.roles,
        "key": visit.bench.sessions.make_name(),
        **choices,
        "overridable": find_kind(action["kind"]).overridable,
        "origins": _list_origins(plan, action),
        **_list_terms(plan, action),
        "pair": urlencode({"sku": action["sku"], "location": action["destination"]}),
        "verdict": verdict,
        "fault": fault,
    }
    return visit.show("action.html", context)


def _list_alternatives(plan: Plan, action_id: str) -> list[dict[str, Any]]:
    """Options of the choices of cases that the action is part of."""
    linked = plan.read_table("case_actions")
    of_action = linked.filter(action_id=action_id).select("case_id", "choice").drop_nulls()
    others = linked.join(of_action, on=["case_id", "choice"], how="semi")
    return others.sort(pl.col("option_rank"), "action_id").to_dicts()


def _list_terms(plan: Plan, action: dict[str, Any]) -> dict[str, list[Any]]:
    """Suppliers that sell the item of an action to its place, and prices that policy allows it."""
    offers = plan.read_query("supplier_offers").filter(
        "takes_orders",
        sku=action["sku"],
        destination=action["destination"],
        currency=action["currency"],
    )
    allowed = plan.read_query("allowed_prices").filter(
        sku=action["sku"], zone=action["destination"]
    )
    return {
        "suppliers": offers["supplier"].to_list(),
        "prices": allowed["price"].sort(descending=True).to_list(),
    }


def _list_origins(plan: Plan, action: dict[str, Any]) -> list[str]:
    """Nodes from which a lane that plans may use goes to the destination of an action."""
    lanes = plan.read_known("lanes").filter("allowed", destination=action["destination"])
    return lanes["origin"].unique().sort().to_list()
