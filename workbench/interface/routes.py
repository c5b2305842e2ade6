"""Routes of the interface for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final

import polars as pl
from fastapi import APIRouter, Header, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from governance import EVER, consent_to_draft, describe_action, describe_route, find_in_force
from governance.drafts import describe_draft, find_draft, list_consents
from governance.kinds import find_kind
from governance.people import AccessDeniedError
from workbench.deciding import StatedDecision, Verdict, decide_actions
from workbench.figures import count_figures
from workbench.interface.answers import (
    API,
    REFUSALS,
    ActionAnswer,
    DecisionAsked,
    DecisionOnAction,
    DecisionsAsked,
    DraftedAnswer,
    ItemLocationAnswer,
    PlanAnswer,
    Refusal,
    RowsAnswer,
    VerdictAnswer,
    VerdictsAnswer,
)
from workbench.interface.callers import Call, Caller
from workbench.pair import read_pair
from workbench.reading import LISTINGS, Plan, Prepared, read_ask, select_page

_CONFLICTS: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": VerdictAnswer, "description": "The decision could not count."},
    412: {"model": Refusal, "description": "The plan or its decisions are others than were read."},
}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": Refusal, "description": "The consent could not count."},
}

ROUTES_OF_PLANS = APIRouter(prefix=API, tags=["plan"], responses=REFUSALS)
"""Those of plans, actions and decisions."""

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        description="Drawn anew for each request; one that is sent again is recorded once.",
    ),
]


@ROUTES_OF_PLANS.get("/plan", response_model=PlanAnswer)
def read_plan(call: Caller, response: Response) -> PlanAnswer | Response:
    """The newest plan with its figures."""
    plan = call.take_plan()
    mark = call.find_mark(plan)
    if (unchanged := call.answer_unchanged(mark)) is not None:
        return unchanged
    response.headers["ETag"] = mark
    sheet = call.bench.desks.read_sheet(plan)
    figures = count_figures(plan, sheet, call.caller.roles)
    with call.bench.desks.lock:
        codes = call.bench.desks.open_desk(plan).policy.reason_codes
    return PlanAnswer(
        **_name_plan(plan),
        figures=[asdict(figure) for figure in figures],
        reason_codes=dict(codes),
    )


@ROUTES_OF_PLANS.get("/worklist", response_model=RowsAnswer)
def read_worklist(call: Caller, request: Request, response: Response) -> RowsAnswer | Response:
    """A page of the plan's actions as decisions stand now.

    Parameters narrow it by a value of standing (deferred is what waits and is put off by now),
    missing_roles (the role that is asked), kind,
    category, region, destination, supplier, decided_by or case_id, and by `text`; `sort` and
    `direction` (up or down) order it; `size`, `after` and `before` page it.
    """
    plan = call.take_plan()
    sheet = call.bench.desks.read_sheet(plan)
    return _answer_rows(call, plan, sheet, request, response)


@ROUTES_OF_PLANS.get(
    "/lists/{name}",
    response_model=RowsAnswer,
    description=f"A page of a list: {', '.join(LISTINGS)}. It is narrowed by the columns that its "
    "page in the browser offers, and paged as the worklist is.",
)
def read_list(
    call: Caller, name: str, request: Request, response: Response
) -> RowsAnswer | Response:
    """A page of one of the lists that are read only."""
    listing = LISTINGS.get(name)
    if listing is None:
        raise LookupError(f"There is no list {name}; there are {', '.join(LISTINGS)}.")
    plan = call.take_plan()
    prepared = call.bench.desks.read_list(plan, listing)
    return _answer_rows(call, plan, prepared, request, response)


@ROUTES_OF_PLANS.get("/actions/{action_id}", response_model=ActionAnswer)
def read_action(call: Caller, action_id: str, response: Response) -> ActionAnswer | Response:
    """An action, why it is what it is, and what was decided about it."""
    plan = call.take_plan()
    action = call.bench.desks.find_action(plan, action_id)
    mark = call.find_mark(plan)
    if (unchanged := call.answer_unchanged(mark)) is not None:
        return unchanged
    response.headers["ETag"] = mark
    return _answer_action(call, plan, action)


@ROUTES_OF_PLANS.get("/item-locations", response_model=ItemLocationAnswer)
def read_item_location(
    call: Caller, sku: str, location: str, response: Response
) -> ItemLocationAnswer | Response:
    """An item at a location: what sold, what is expected, how stock runs, and why no more comes."""
    plan = call.take_plan()
    mark = call.find_mark(plan)
    if (unchanged := call.answer_unchanged(mark)) is not None:
        return unchanged
    response.headers["ETag"] = mark
    pair = read_pair(plan, call.bench.desks, sku, location)
    return ItemLocationAnswer(
        **_name_plan(plan),
        state=pair.told.state,
        facts=dict(pair.told.facts),
        why=pair.told.why,
        change=pair.told.change,
        stock=pair.stock,
        history=pair.history.to_dicts(),
        forecast=pair.forecast.to_dicts(),
        projection=pair.projection.to_dicts(),
        receipts=pair.receipts.to_dicts(),
    )


@ROUTES_OF_PLANS.post(
    "/actions/{action_id}/decisions", response_model=VerdictAnswer, responses=_CONFLICTS
)
def decide_action(
    call: Caller, action_id: str, asked: DecisionAsked, key: Key, response: Response
) -> Verdict:
    """Decide an action; `If-Match` refuses it where the plan or its decisions have moved on."""
    wanted = DecisionOnAction(action_id=action_id, **asked.model_dump())
    (verdict,), _ = _decide(call, [wanted], key)
    if not verdict.is_recorded:
        response.status_code = 409
    return verdict


@ROUTES_OF_PLANS.post("/decisions", responses=_CONFLICTS)
def decide_several(call: Caller, asked: DecisionsAsked, key: Key) -> VerdictsAnswer:
    """Decide several actions in one transaction; one that is refused stops none of the others."""
    verdicts, warning = _decide(call, asked.decisions, key)
    told = [VerdictAnswer(**asdict(verdict)) for verdict in verdicts]
    return VerdictsAnswer(verdicts=told, warning=warning)


@ROUTES_OF_PLANS.get("/drafts/{fingerprint}")
def read_draft(call: Caller, fingerprint: str) -> DraftedAnswer:
    """A decision that was drafted, by an agent say, for who is asked to consent to it."""
    return _answer_draft(call, fingerprint)


@ROUTES_OF_PLANS.post("/drafts/{fingerprint}/consents", responses=_REFUSED)
def consent(call: Caller, fingerprint: str) -> DraftedAnswer:
    """Consent to a draft of somebody else, as the person whose token is shown."""
    office, desks = call.bench.office, call.bench.desks
    _answer_draft(call, fingerprint)
    at = office.clock()
    try:
        with desks.lock:
            desk = desks.open_desk(call.take_plan())
            consent_to_draft(desk, fingerprint, token=call.caller.token, at=at)
    except AccessDeniedError as error:
        raise HTTPException(409, str(error)) from error
    finally:
        # A denial is an event, too.
        office.publish_head(at)
    return _answer_draft(call, fingerprint)


def _answer_draft(call: Call, fingerprint: str) -> DraftedAnswer:
    """What was drafted.

    Raises:
        LookupError: nothing was, or the plan has no such action any more.
    """
    store, plan = call.bench.office.store, call.take_plan()
    draft = find_draft(store, fingerprint)
    if draft is None or not plan.covers_action(draft.decision.action_id):
        raise LookupError("Nobody has drafted a decision with this fingerprint.")
    with call.bench.desks.lock:
        desk = call.bench.desks.open_desk(plan)
        action = desk.find_action(draft.decision.action_id)
        route = desk.find_route(action["action_id"])
    name = draft.decision.decision_id
    return DraftedAnswer(
        fingerprint=fingerprint,
        name=draft.name,
        sort=draft.sort,
        expires_at=draft.expires_at,
        words=describe_draft(draft),
        action=describe_action(action),
        stands=describe_route(route),
        decision=draft.decision.model_dump(),
        is_consented=any(one.decision_id == name for one in list_consents(store)),
    )


def _decide(call: Call, asked: Sequence[DecisionOnAction], key: str) -> tuple[list[Verdict], str]:
    plan = call.take_plan()
    if call.if_match and call.if_match != call.find_mark(plan):
        raise HTTPException(412, "The plan or its decisions are others than were read.")
    stated = [
        (
            wanted.author or call.caller.name,
            StatedDecision(**wanted.model_dump(exclude={"author"}), key=key),
        )
        for wanted in asked
    ]
    return decide_actions(call.bench.desks, plan, call.caller, stated)


def _answer_rows(
    call: Call, plan: Plan, prepared: Prepared, request: Request, response: Response
) -> RowsAnswer | Response:
    mark = call.find_mark(plan)
    if (unchanged := call.answer_unchanged(mark)) is not None:
        return unchanged
    response.headers["ETag"] = mark
    page = select_page(prepared, read_ask(prepared.listing, request.query_params))
    return RowsAnswer(
        **_name_plan(plan),
        rows=page.rows.to_dicts(),
        sums=dict(page.sums),
        after=page.after,
        before=page.before,
    )


def _answer_action(call: Call, plan: Plan, action: dict[str, Any]) -> ActionAnswer:
    office, desks, action_id = call.bench.office, call.bench.desks, action["action_id"]
    with desks.lock:
        desk = desks.open_desk(plan)
        route = desk.find_route(action_id)
    stated = find_in_force(action, route)
    steps = plan.read_explanation(action_id)
    decided = office.store.decisions(EVER).filter(pl.col("action_id") == action_id)
    return ActionAnswer(
        **_name_plan(plan),
        words=describe_action(action),
        stands=describe_route(route),
        units=stated["quantity"],
        due_on=stated["due_on"],
        origin=stated["origin"],
        supplier=stated["supplier"],
        price=stated["price"],
        overridable=list(find_kind(action["kind"]).overridable),
        action=action,
        route=route,
        arithmetic=office.tellers.arithmetic(steps, action["currency"]).said,
        steps=steps.to_dicts(),
        decisions=decided.sort("decided_at", "decision_id").to_dicts(),
    )


def _name_plan(plan: Plan) -> dict[str, Any]:
    return {"business_date": plan.business_date, "plan_version": plan.plan_version}
