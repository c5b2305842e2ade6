"""Whose consent an agent's decision has, and what a person who has consented may not do besides."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from governance.decisions import Decision
from governance.drafts.draft import hash_words
from governance.drafts.recording import DRAFT_CONSENTED
from governance.names import fold_name
from governance.people import AccessDeniedError, log_denial
from governance.store import DECISION_SIGNED, EVER, Store

_LETS_GO: Final = ("approve", "override")
_VOTES: Final = (*_LETS_GO, "reject")


@dataclass(frozen=True)
class Consent:
    """A person's agreement with the words of one decision.

    Attributes:
        name: who has consented.
        decision_id: of the decision.
        action_id: that it is about.
        words: hash of all that it says.
    """

    name: str
    decision_id: str
    action_id: str
    words: str


def list_consents(store: Store) -> list[Consent]:
    """List every consent that was given, in order."""
    return [
        Consent(*(str(said[name]) for name in ("name", "decision_id", "action_id", "words")))
        for said in store.payloads(DRAFT_CONSENTED)
    ]


def require_consent(  # noqa: PLR0913  # what, by whom, who agreed, what is made, and when
    store: Store,
    decision: Decision,
    signature: Mapping[str, Any],
    *,
    consents: Sequence[Consent],
    alone: Collection[str],
    at: datetime,
) -> dict[str, Any]:
    """Let an agent's decision count only where a person has consented to it; a denial is noted.

    Who has consented speaks by what the agent decides: of him nothing else counts beside it.

    Args:
        store: of the audit chain.
        decision: as it would be recorded.
        signature: who makes it, as `admit_author` gives it.
        consents: all that were given.
        alone: decisions for which policy asks nobody else.
        at: when, local wall-clock time.

    Returns:
        The signature; of what a person has consented to with `consent`, who that was.

    Raises:
        AccessDeniedError: nobody has, or he has had his say.
    """
    is_lonely = signature["sort"] == "agent" and decision.decision not in alone
    agreed = _find_agreed(decision, consents) if is_lonely else None
    if is_lonely and agreed is None:
        why = (
            f"{signature['name']} is an agent: a person in charge has to consent to this decision "
            "once it is drafted."
        )
    else:
        why = refuse_second_say(store, decision, agreed or decision.author)
    if why:
        _note_denial(store, decision, signature, why, at)
        raise AccessDeniedError(why)
    return dict(signature) if agreed is None else {**signature, "consent": agreed}


def _find_agreed(decision: Decision, consents: Sequence[Consent]) -> str | None:
    """Who has consented to a decision in these very words; None where nobody has."""
    said = decision.decision_id, hash_words(decision)
    told = (consent.name for consent in consents if (consent.decision_id, consent.words) == said)
    return next(told, None)


def refuse_second_say(store: Store, decision: Decision, person: str) -> str:
    """Why a person may not let an action go by a decision: he has had his say by another's name.

    An agent's approval is the say of who consented to it. It does not count any more once somebody
    has changed the action since, which whoever consented may do, too.

    Args:
        store: of decisions and of the audit chain.
        decision: as it would be recorded.
        person: whose say it is: its author, or who consents to it.

    Returns:
        In words; nothing where he may.
    """
    if decision.decision not in _LETS_GO:
        return ""
    consented = _read_consented(store)
    votes = store.decisions(EVER).filter(action_id=decision.action_id)
    latest = {}
    for row in votes.sort("decided_at", "decision_id").iter_rows(named=True):
        if row["decision"] in _VOTES:
            latest[fold_name(row["author"])] = row
    changed = [row["decided_at"] for row in latest.values() if row["decision"] == "override"]
    if decision.decision == "override":
        changed.append(decision.decided_at)
    since = max(changed, default=None)
    latest.pop(fold_name(decision.author), None)
    for author, row in latest.items():
        speaker = fold_name(consented.get(row["decision_id"], author))
        is_fresh = since is None or row["decided_at"] >= since
        counts = row["decision"] in _LETS_GO and is_fresh
        if counts and speaker == fold_name(person):
            return (
                f"{person} has had his say on it as {row['role']}, for what an agent decides is "
                "the say of who consents to it: another person is asked."
            )
    return ""


def _read_consented(store: Store) -> dict[str, str]:
    """Who has consented to the decisions of agents that were made: decision_id -> name."""
    signed = (json.loads(one.payload) for one in store.find_events(DECISION_SIGNED, '"consent"'))
    return {said["decision_id"]: said["consent"] for said in signed if "consent" in said}


def _note_denial(
    store: Store, decision: Decision, signature: Mapping[str, Any], why: str, at: datetime
) -> None:
    attempt = {
        "what": decision.decision,
        "action_id": decision.action_id,
        "decision_id": decision.decision_id,
        "author": decision.author,
        "role": decision.role,
        "who": signature["name"],
        "why": why,
    }
    log_denial(store, attempt, at)
