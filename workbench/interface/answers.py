"""What the interface answers with and is asked with."""

from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field


class PlanAnswer(BaseModel):
    """The newest plan, and what it counts."""

    business_date: date = Field(description="Business date.")
    plan_version: int = Field(description="Version of the business date, from 1.")
    figures: list[dict[str, Any]] = Field(
        description="What is short, waits, went by itself and is wrong with the data: group, name, "
        "value, unit and the page that has its rows."
    )
    reason_codes: dict[str, str] = Field(
        description="Reason codes of the policy in force, with what they say: where there are any, "
        "an override and a rejection need one."
    )


class RowsAnswer(BaseModel):
    """A page of a list."""

    business_date: date = Field(description="Of the plan.")
    plan_version: int = Field(description="Of the plan.")
    rows: list[dict[str, Any]] = Field(description="Rows with the columns of the view, in order.")
    sums: dict[str, float] = Field(description="Over all rows that were asked for.")
    after: str = Field(description="`after` of the next page; empty on the last.")
    before: str = Field(description="`before` of the page before; empty on the first.")


class ActionAnswer(BaseModel):
    """An action with its route, its arithmetic and what was decided about it."""

    business_date: date = Field(description="Of the plan.")
    plan_version: int = Field(description="Of the plan.")
    words: str = Field(description="The action as a sentence.")
    stands: str = Field(description="Where it stands, in words.")
    units: int = Field(description="Units that an approval is about.")
    due_on: date = Field(description="Day that an approval is about.")
    origin: str | None = Field(description="Node that ships; missing where none does.")
    supplier: str | None = Field(description="Supplier that is asked; missing where none is.")
    price: float | None = Field(description="Price to customers; missing where it sets none.")
    overridable: list[str] = Field(description="What an override may change of it.")
    action: dict[str, Any] = Field(description="Row of the contract Proposals.")
    route: dict[str, Any] = Field(description="Row of the contract Routed, as decisions stand now.")
    arithmetic: str | None = Field(description="The arithmetic in one line.")
    steps: list[dict[str, Any]] = Field(
        description="Rows of the contract Explanations: each number with table, key and column "
        "that it was read from, or the formula by which it was made."
    )
    decisions: list[dict[str, Any]] = Field(description="Rows of the contract Decisions.")


class ItemLocationAnswer(BaseModel):
    """An item at a location."""

    business_date: date = Field(description="Of the plan.")
    plan_version: int = Field(description="Of the plan.")
    state: str = Field(description="How it stands, as a sentence.")
    facts: dict[str, str] = Field(description="What it has, needs and gets, in words.")
    why: str = Field(description="Why it gets what it gets.")
    change: str = Field(description="What would have to change for more.")
    stock: dict[str, Any] | None = Field(description="What is there, its level and its minimum.")
    history: list[dict[str, Any]] = Field(description="What sold and was wanted, by day.")
    forecast: list[dict[str, Any]] = Field(description="Mean and variance of demand, by day.")
    projection: list[dict[str, Any]] = Field(description="How stock runs, by day and week.")
    receipts: list[dict[str, Any]] = Field(description="What is on its way.")


class DecisionAsked(BaseModel):
    """A decision on an action."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject", "override", "defer", "comment"] = Field(
        description="What is decided; a comment decides nothing."
    )
    role: str = Field(description="In which role.")
    reason: str = Field(description="Why, or the comment.", max_length=2000)
    reason_code: str | None = Field(
        default=None, description="One of `reason_codes` of the plan.", max_length=200
    )
    author: str | None = Field(
        default=None, description="Who decides; the holder of the token where it is missing."
    )
    quantity: int | None = Field(
        default=None, description="Units of an override; of an approval those that were read."
    )
    due_on: date | None = Field(
        default=None, description="Day of an override; of an approval the one that was read."
    )
    origin: str | None = Field(
        default=None,
        description="Node of an override; of an approval the one that was read.",
        max_length=200,
    )
    supplier: str | None = Field(
        default=None,
        description="Supplier of an override; of an approval the one that was read.",
        max_length=200,
    )
    price: float | None = Field(
        default=None,
        description="Price of an override; of an approval the one that was read.",
        gt=0,
        allow_inf_nan=False,
    )
    expires_on: date | None = Field(default=None, description="Last day of an override.")
    until: datetime | None = Field(
        default=None, description="End of a deferral, by the clocks of the retailer: no zone."
    )


class DecisionOnAction(DecisionAsked):
    """A decision on one of several actions."""

    action_id: str = Field(description="The action.", min_length=1, max_length=64)


class DecisionsAsked(BaseModel):
    """Decisions on several actions, one an action."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[DecisionOnAction] = Field(min_length=1, max_length=500)


class VerdictAnswer(BaseModel):
    """What became of a decision."""

    action_id: str = Field(description="The action.")
    is_recorded: bool = Field(description="Whether the decision counts.")
    words: str = Field(description="How the action stands, or why the decision was refused.")
    status: str | None = Field(description="Status of the action; missing of a refused decision.")


class VerdictsAnswer(BaseModel):
    """What became of several decisions, in their order."""

    verdicts: list[VerdictAnswer]
    warning: str = Field(
        description="Why the head of the audit chain was not published, else empty."
    )


class DraftedAnswer(BaseModel):
    """A decision that somebody has drafted and not made."""

    fingerprint: str = Field(description="By which it is made.")
    name: str = Field(description="Who drafted it.")
    sort: str = Field(description="Person, service or agent.")
    expires_at: datetime = Field(description="Until when it can be made.")
    words: str = Field(description="What it would decide.")
    action: str = Field(description="What it is about.")
    stands: str = Field(description="How that stands now.")
    decision: dict[str, Any] = Field(description="A row of the contract Decisions.")
    is_consented: bool = Field(description="Whether a person has consented to it.")


class Refusal(BaseModel):
    """Why nothing was done."""

    message: str = Field(description="In words.")


API: Final = "/api/v1"
"""Where the interface begins."""

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Refusal, "description": words}
    for status, words in {
        400: "It cannot be asked so.",
        401: "No token, or none that is good.",
        404: "There is none.",
        503: "A newer plan was published meanwhile: ask again.",
    }.items()
}
"""What every route may answer instead."""
