"""Tools that act, in two steps: a draft that shows what would become of it, then the decision.

What may be done is judged by governance for every door alike: charges, policy, the consent of a
person to what an agent decides. Nothing that a tool is told changes that.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from governance import Preview, Scope, commit_draft
from governance import draft_decision as make_draft
from governance.kinds import KINDS
from governance.people import STOP_AUTOMATION, AccessDeniedError, admit_switch
from quality_checks.contracts import CONTRACTS
from workbench.agents.actions import ActionId, Name, find_row
from workbench.agents.answers import CommitAnswer, DraftAnswer, SwitchAnswer
from workbench.agents.callers import Caller, Look
from workbench.agents.showing import show_rows

Reason = Annotated[str, Field(min_length=1, max_length=2000, description="Why, for the record.")]


def draft_decision(  # noqa: PLR0913, PLR0917  # what may be said of a decision
    look: Caller,
    action_id: ActionId,
    decision: Literal["approve", "reject", "override", "defer", "comment"],
    role: Annotated[Name, Field(description="In which role; one of yours.")],
    reason: Reason,
    reason_code: Annotated[Name, Field(description="One of policy, where it asks.")] = "",
    quantity: Annotated[int | None, Field(ge=0, description="Units of an override.")] = None,
    due_on: Annotated[date | None, Field(description="Day of an override.")] = None,
    origin: Annotated[Name, Field(description="Node of an override.")] = "",
    supplier: Annotated[Name, Field(description="Supplier of an override.")] = "",
    price: Annotated[float | None, Field(gt=0, description="Price of an override.")] = None,
    expires_on: Annotated[date | None, Field(description="Last day of an override.")] = None,
    until: Annotated[datetime | None, Field(description="End of a deferral, without zone.")] = None,
) -> DraftAnswer:
    """State a decision and see what it would do; nothing is decided until it is committed."""
    _, row = find_row(look, action_id)
    facts = {
        "decision": decision,
        "role": role,
        "reason": reason,
        "reason_code": reason_code or None,
        "quantity": quantity,
        "due_on": due_on,
        "origin": origin or None,
        "supplier": supplier or None,
        "price": price,
        "expires_on": expires_on,
        "until": until,
    }
    desks = look.citer.desks
    with desks.lock:
        desk = desks.open_desk(look.citer.plan)
        try:
            shown = make_draft(
                desk, row["action_id"], facts, token=look.visitor.token, at=look.citer.now
            )
        finally:
            # A denial is an event, too.
            desks.office.publish_head(look.citer.now)
    return _show_draft(look, shown)


def commit_decision(
    look: Caller,
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="Of the draft.")],
    idempotency_key: Annotated[
        str, Field(min_length=8, max_length=200, description="Drawn anew for each commit.")
    ],
) -> CommitAnswer:
    """Make the decision that you have drafted, once; an agent's takes the consent of a person."""
    desks, now = look.citer.desks, look.citer.now
    warning = ""
    with desks.lock:
        desk = desks.open_desk(look.citer.plan)
        try:
            route = commit_draft(
                desk, fingerprint, idempotency_key, token=look.visitor.token, at=now
            )
        finally:
            warning = desks.office.publish_head(now)
    action_id = route["action_id"]
    stands = show_rows(look.citer.read_routed(action_id))
    return CommitAnswer(action_id=action_id, is_recorded=True, stands=stands, warning=warning)


def stop_automation(
    look: Caller,
    reason: Reason,
    kind: Annotated[Name, Field(description="Kind of action; all without one.")] = "",
    region: Annotated[Name, Field(description="Region; all without one.")] = "",
) -> SwitchAnswer:
    """Turn automation off: every action of a scope waits for people. No tool turns it on."""
    office, now = look.citer.desks.office, look.citer.now
    if not look.visitor.name:
        raise AccessDeniedError("Nobody is entered yet: a switch takes a known name.")
    regions = look.citer.worklist.rows["region"].drop_nulls()
    if kind and kind not in KINDS:
        raise LookupError(f"There is no kind {kind!r}; kinds: {', '.join(KINDS)}.")
    if region and region not in regions:
        raise LookupError(f"No action of the plan is for a region {region!r}.")
    scope, author = Scope(kind, region), look.visitor.name
    try:
        admit_switch(office.store, author, STOP_AUTOMATION, token=look.visitor.token, at=now)
        office.store.set_automation(scope, on=False, author=author, reason=reason, at=now)
    finally:
        warning = office.publish_head(now)
    return SwitchAnswer(scope=scope.words, is_on=False, warning=warning)


def _show_draft(look: Look, shown: Preview) -> DraftAnswer:
    source, _ = find_row(look, shown.action["action_id"])
    before, after = (
        show_rows(look.citer.take_routed(pl.DataFrame([route], schema=CONTRACTS["routed"].schema)))
        for route in (shown.before, shown.after)
    )
    return DraftAnswer(
        fingerprint=shown.draft.fingerprint,
        expires_at=shown.draft.expires_at,
        needs_consent=shown.needs_consent,
        before=before,
        after=after,
        action=show_rows(source),
    )
