"""`Draft`: a decision that is stated and not made, with the fingerprint by which it is made."""

import hashlib
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from governance.decisions import Decision
from governance.names import fold_name, show_controls

_DIGITS = 32


class Draft(BaseModel):
    """A decision that somebody has drafted.

    Attributes:
        decision: as it was stated; `decided_at` is when.
        name: who drafted it.
        sort: person, service or agent.
        stands: hash of how its action stood then.
        expires_at: until when it can be made, local wall-clock time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Decision
    name: str
    sort: str
    stands: str
    expires_at: datetime

    @property
    def fingerprint(self) -> str:
        """Digits that no other draft has: of every word of it, and of how its action stood."""
        content = hash_words(self.decision), self.decision.decided_at, self.stands, self.expires_at
        return hashlib.sha256(repr((self.name, *content)).encode()).hexdigest()[:_DIGITS]

    def is_by(self, name: str) -> bool:
        """Whether somebody of this name has drafted it."""
        return fold_name(self.name) == fold_name(name)


def describe_draft(draft: Draft) -> str:
    """Say in words who wants to decide what, and why, on one line and with nothing hidden."""
    said = draft.decision
    facts = {
        "units": said.quantity,
        "due on": said.due_on,
        "from": said.origin or said.supplier,
        "at a price of": said.price,
        "until": said.until or said.expires_on,
        "reason code": said.reason_code,
    }
    told = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
    words = (
        f"{draft.name} ({draft.sort}) would {said.decision} it as {said.role}"
        f"{f' ({told})' if told else ''}: {said.reason}."
    )
    return show_controls(words)


def hash_words(decision: Decision) -> str:
    """Hash all that a decision says but when it was made, its id included."""
    said = decision.model_dump(mode="json", exclude={"decided_at"})
    return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
