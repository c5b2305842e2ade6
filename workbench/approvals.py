"""What waits for somebody's say: actions, what agents have drafted, and drafted policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

import polars as pl

from governance import is_as_drafted
from governance.drafts import Draft, list_consents, list_open_drafts
from governance.people import Charge, read_register
from governance.policy_drafts import PolicyDraft, list_open_policy_drafts, may_put_in_force
from workbench.door import Visitor
from workbench.reading import Desks, Plan

_LIMITS = {"region": "regions", "category": "categories", "kind": "kinds"}
"""Columns of actions by which a charge is limited."""


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody.

    Attributes:
        actions: rows of the sheet, those worth most first.
        drafts: of agents, that he may consent to.
        policies: drafts of policies, that he may put in force.
    """

    actions: pl.DataFrame
    drafts: Sequence[Draft]
    policies: Sequence[PolicyDraft]

    @property
    def count(self) -> int:
        """How much it is."""
        return self.actions.height + len(self.drafts) + len(self.policies)


def find_waiting(desks: Desks, plan: Plan, visitor: Visitor) -> Waiting:
    """Find what waits for somebody and that he may let go himself.

    Args:
        desks: gives decisions as they stand.
        plan: the newest.
        visitor: who asks; nothing waits for an agent, which somebody else has to consent to.
    """
    if visitor.sort == "agent":
        return Waiting(desks.read_sheet(plan).frame.clear(), (), ())
    at = desks.office.clock()
    policies = list_policy_drafts(desks, visitor, at)
    return Waiting(
        _select_actions(desks, plan, visitor),
        list_drafts(desks, plan, visitor.charges, at, but_of=visitor.name),
        policies,
    )


def list_drafts(
    desks: Desks, plan: Plan, charges: Sequence[Charge], at: datetime, *, but_of: str = ""
) -> list[Draft]:
    """List what agents have drafted in some charges, and nobody has consented to.

    Args:
        desks: gives decisions as they stand.
        plan: the newest.
        charges: of who might consent.
        at: the moment, local wall-clock time.
        but_of: name of who has drafted it himself and may not.
    """
    store = desks.office.store
    drafts = [
        draft
        for draft in list_open_drafts(store, at)
        if draft.sort == "agent" and not draft.is_by(but_of)
    ]
    if not drafts:
        return []
    agreed = {consent.decision_id for consent in list_consents(store)}
    with desks.lock:
        desk = desks.open_desk(plan)
        # A replan, or another's decision, ends a draft before its time.
        return [
            draft
            for draft in drafts
            if draft.decision.decision_id not in agreed
            and plan.covers_action(draft.decision.action_id)
            and is_as_drafted(desk, draft)
            and any(
                charge.role == draft.decision.role
                and charge.covers(desk.find_action(draft.decision.action_id))
                for charge in charges
            )
        ]


def list_policy_drafts(desks: Desks, visitor: Visitor, at: datetime) -> list[PolicyDraft]:
    """List drafts of policies that a visitor may put in force, as somebody else drafted them."""
    office = desks.office
    bearer = read_register(office.store).find(visitor.name)
    if bearer is None or not may_put_in_force(bearer):
        return []
    return [
        draft
        for draft in list_open_policy_drafts(office.store, office.policies_folder, at)
        if not draft.is_by(visitor.name)
    ]


def _select_actions(desks: Desks, plan: Plan, visitor: Visitor) -> pl.DataFrame:
    """Actions that wait for a role that he has for them, and of which he has not had his say."""
    sheet = desks.read_sheet(plan).frame
    with desks.lock:
        people = desks.open_desk(plan).route().select("action_id", "least_people")
    waiting = sheet.filter(_cover(visitor.charges), standing="waiting").join(
        people, on="action_id", how="left", maintain_order="left"
    )
    names = pl.col("decided_by").fill_null("").str.split(";")
    had_his_say = names.list.contains(visitor.name) & (pl.col("least_people") > 1)
    return waiting.filter(~had_his_say).drop("least_people").sort("rank")


def _cover(charges: Sequence[Charge]) -> pl.Expr:
    """Whether one of the charges is of a role that is asked, for the action."""
    asked = pl.col("missing_roles").fill_null("").str.split(";")
    each = [
        reduce(
            lambda held, limit: held & limit,
            (
                pl.col(column).is_in(getattr(charge, limits)).fill_null(value=False)
                for column, limits in _LIMITS.items()
                if getattr(charge, limits)
            ),
            asked.list.contains(charge.role),
        )
        for charge in charges
    ]
    return reduce(or_, each, pl.lit(value=False))
