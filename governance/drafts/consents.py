"""Whose consent an agent's decision has, and what a person who has consented may not do besides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from governance.decisions import Decision
from governance.drafts.draft import hash_words
from governance.drafts.recording import DRAFT_CONSENTED
from governance.names import fold_name
from governance.people import AccessDeniedError, log_denial
from governance.store import EVER, Store

_LETS_GO: Final = ("approve", "override")


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

    Nor may that person approve the same action for another role: two people are asked then.

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
        why = _refuse_second_say(store, decision, consents)
    if why:
        _note_denial(store, decision, signature, why, at)
        raise AccessDeniedError(why)
    return dict(signature) if agreed is None else {**signature, "consent": agreed}


def _find_agreed(decision: Decision, consents: Sequence[Consent]) -> str | None:
    """Who has consented to a decision in these very words; None where nobody has."""
    said = decision.decision_id, hash_words(decision)
    told = (consent.name for consent in consents if (consent.decision_id, consent.words) == said)
    return next(told, None)


def _refuse_second_say(store: Store, decision: Decision, consents: Sequence[Consent]) -> str:
    """Why a person who consented may not approve the action, too; nothing where he may."""
    mine = {
        consent.decision_id
        for consent in consents
        if fold_name(consent.name) == fold_name(decision.author)
        and consent.action_id == decision.action_id
    }
    if not mine or decision.decision not in _LETS_GO:
        return ""
    if not mine & {*store.decisions(EVER)["decision_id"]}:
        return ""
    return (
        f"{decision.author} has consented to what an agent decided about it, which counts as his "
        "own say: another person is asked."
    )


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
