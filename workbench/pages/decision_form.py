"""What a form sends by which actions are decided, one or several, and what it offers to choose."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, Field

from governance import Desk
from governance.kinds import CHANGES
from workbench.deciding import StatedDecision
from workbench.reading import Plan

T = TypeVar("T")

# A browser sends what was left empty as an empty text.
Perhaps = Annotated[T | None, BeforeValidator(lambda text: text or None)]
"""A field that may be left empty."""

_LAST_MINUTE: Final = "T23:59"


class DecisionForm(BaseModel):
    """The fields of a form by which actions are decided.

    Attributes:
        decision: approve, reject, override, defer or comment.
        role: in which.
        plan_words: names the plan that was read.
        key: of the page that was loaded, so that a form that is sent again is recorded once.
        reason: why, or the comment.
        reason_code: one of policy.
        quantity: units of an override.
        due_on: day of an override.
        origin: node of an override.
        supplier: supplier of an override.
        price: price to customers of an override.
        expires_on: last day of an override.
        until: end of a deferral.
    """

    decision: str
    role: str
    plan_words: str
    key: str
    reason: str = ""
    reason_code: Perhaps[str] = None
    quantity: Perhaps[int] = None
    due_on: Perhaps[date] = None
    origin: Perhaps[str] = None
    supplier: Perhaps[str] = None
    price: Perhaps[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = None
    expires_on: Perhaps[date] = None
    until: Perhaps[datetime] = None

    def state(self, action_id: str, read: str) -> StatedDecision:
        """State what is decided about an action.

        Args:
            action_id: the action.
            read: quantity, day, node, supplier and price that the page showed, joined by colons,
                texts as in an address; an approval is of these.

        Raises:
            ValueError: what was read has another form.
        """
        is_override = self.decision == "override"
        changes = self.model_dump(include={*CHANGES})
        return StatedDecision(
            action_id,
            self.decision,
            self.role,
            self.reason,
            self.key,
            reason_code=self.reason_code,
            expires_on=self.expires_on,
            until=self.until,
            **(changes if is_override else _parse_read(read)),
        )


def list_choices(plan: Plan, desk: Desk) -> dict[str, Any]:
    """List what the form offers besides roles: reason codes of policy, and bounds of days.

    Args:
        plan: that is decided.
        desk: of the plan.

    Returns:
        `codes` with what they say, `leaves_on` (the day on which what is decided leaves, the first
        on which an override must hold) and `latest` (until when something can be put off).
    """
    leaves_on = plan.business_date + timedelta(days=1)
    return {
        "codes": desk.policy.reason_codes,
        "leaves_on": leaves_on,
        "latest": f"{leaves_on}{_LAST_MINUTE}",
    }


def _parse_read(read: str) -> dict[str, Any]:
    if not read:
        return {}
    quantity, due_on, origin, supplier, price = read.split(":")
    return {
        "quantity": int(quantity),
        "due_on": date.fromisoformat(due_on),
        "price": float(price) if price else None,
        "supplier": unquote(supplier) or None,
        "origin": unquote(origin) or None,
    }
