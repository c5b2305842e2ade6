"""The two steps of a decision: a draft that says what would become of it, then the decision itself.

The draft gives a fingerprint, which stands for its words, how the action stood, and who drafted it.
The decision is made by that fingerprint alone, so that nothing else can be decided than what was
shown, nothing twice, and nothing after the action has moved on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from governance.desk import Desk
from governance.drafts import (
    Draft,
    find_commit,
    find_draft,
    find_refusal,
    list_open_drafts,
    record_commit,
    record_consent,
    record_draft,
    record_refusal,
    refuse_second_say,
)
from governance.names import fold_name
from governance.objections import DecisionRefusedError
from governance.people import (
    AccessDeniedError,
    Identity,
    admit_author,
    find_bearer,
    log_denial,
    read_register,
)
from governance.stating import find_in_force
from governance.store import EVER, Store

_LASTS: Final = timedelta(minutes=15)
_MOST_OPEN: Final = 100
"""Drafts that somebody may have open: each is kept for ever."""
_NOT_ENTERED: Final = "Nobody is entered yet: decisions in two steps are for known people."


@dataclass(frozen=True)
class Preview:
    """A draft, and what its decision would do.

    Attributes:
        draft: as it is kept.
        action: the row of `Proposals` that it is about.
        before: its row of `Routed` as it stands.
        after: its row of `Routed` if the decision were made now.
        needs_consent: whether a person has to consent before it can be made.
    """

    draft: Draft
    action: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    needs_consent: bool


def draft_decision(
    desk: Desk, action_id: str, facts: Mapping[str, Any], *, token: str | None, at: datetime
) -> Preview:
    """Draft a decision of the bearer of a token and say what it would do; nothing is decided.

    Args:
        desk: the plan, as decisions stand.
        action_id: of an action of the plan.
        facts: of the decision, as `word_decision` takes them, but for author and time.
        token: of who drafts it.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he may not make it.
        DecisionRefusedError: it could not count, in words.
        LookupError: the plan has no such action.
    """
    bearer = _find_drafter(desk.store, token, "draft_decision", at)
    _refuse_many(desk.store, bearer, at)
    decision = desk.state(action_id, {**facts, "author": bearer.name, "decided_at": at})
    action = desk.find_action(decision.action_id)
    admit_author(desk.store, read_register(desk.store), decision, action, token=token, at=at)
    before, after = desk.find_route(decision.action_id), desk.preview_decision(decision)
    stands = _hash_stand(desk, decision.action_id)
    draft = Draft(
        decision=decision, name=bearer.name, sort=bearer.sort, stands=stands, expires_at=at + _LASTS
    )
    record_draft(desk.store, draft, at)
    asks = bearer.sort == "agent" and decision.decision not in desk.policy.agents_alone
    return Preview(draft, action, before, after, asks)


def consent_to_draft(desk: Desk, fingerprint: str, *, token: str | None, at: datetime) -> Draft:
    """Record that a person, in charge of the action in the role of a draft, agrees with it.

    Args:
        desk: the plan, as decisions stand.
        fingerprint: of the draft.
        token: of the person.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he drafted it himself, is an agent, is not in charge, or has had his say;
            the draft is no agent's, is not known, has expired, or was made, or its action stands
            otherwise by now.
    """
    draft, bearer, signed = _hear_person(desk, fingerprint, "consent_to_draft", token, at)
    stated = draft.decision.model_copy(update={"decided_at": at})
    if why := refuse_second_say(desk.store, stated, bearer.name):
        _deny(desk.store, why, draft, bearer, at)
    record_consent(desk.store, draft, signed, at)
    return draft


def refuse_draft(
    desk: Desk, fingerprint: str, reason: str, *, token: str | None, at: datetime
) -> Draft:
    """Record that a person, in charge of the action in the role of a draft, does not agree with it.

    The draft is over then: nobody consents to it any more, and nobody commits it.

    Args:
        desk: the plan, as decisions stand.
        fingerprint: of the draft.
        reason: why, for the record.
        token: of the person.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: as of `consent_to_draft`, but that he has had his say.
        DecisionRefusedError: no reason is given.
    """
    if not reason.strip():
        raise DecisionRefusedError("Say why.")
    draft, _, signed = _hear_person(desk, fingerprint, "refuse_draft", token, at)
    record_refusal(desk.store, draft, signed, reason.strip(), at)
    return draft


def commit_draft(
    desk: Desk, fingerprint: str, key: str, *, token: str | None, at: datetime
) -> Mapping[str, Any]:
    """Make the decision that a draft states, once; gives how its action stands from then on.

    Args:
        desk: the plan, as decisions stand.
        fingerprint: of the draft.
        key: drawn by who asks, so that the record tells a request that came again from another.
        token: of who drafted it.
        at: when, local wall-clock time.

    Returns:
        The row of `Routed` of the action.

    Raises:
        AccessDeniedError: as of `consent_to_draft`, somebody else drafted it, or nobody has
            consented where policy asks for that.
        DecisionRefusedError: it could not count, in words.
    """
    what = "commit_decision"
    bearer = _find_drafter(desk.store, token, what, at)
    draft = _find_open(desk, fingerprint, bearer, what, at, key)
    if fold_name(draft.name) != fold_name(bearer.name):
        _deny(desk.store, f"{draft.name} drafted it, not {bearer.name}.", draft, bearer, at)
    decision = draft.decision.model_copy(update={"decided_at": at})
    route = desk.decide(decision, at, token=token)
    record_commit(desk.store, draft, key, at)
    return route


def is_as_drafted(desk: Desk, draft: Draft) -> bool:
    """Whether the action of a draft is in the plan and stands as it did when it was drafted."""
    action_id = draft.decision.action_id
    return desk.proposes(action_id) and draft.stands == _hash_stand(desk, action_id)


def _hear_person(
    desk: Desk, fingerprint: str, what: str, token: str | None, at: datetime
) -> tuple[Draft, Identity, dict[str, Any]]:
    """Hear a person on what an agent has drafted: the draft, who it is, and his signature."""
    bearer = _find_drafter(desk.store, token, what, at)
    draft = _find_open(desk, fingerprint, bearer, what, at)
    signature = admit_author(
        desk.store,
        read_register(desk.store),
        draft.decision.model_copy(update={"author": bearer.name}),
        desk.find_action(draft.decision.action_id),
        token=token,
        at=at,
    )
    signed = signature or {}
    if bearer.sort != "person":
        _deny(desk.store, f"{bearer.name} is no person: consent is for people.", draft, bearer, at)
    if fold_name(draft.name) in {fold_name(bearer.name), fold_name(signed["in_place_of"] or "?")}:
        why = f"{draft.name} drafted it: the consent is for somebody else."
        _deny(desk.store, why, draft, bearer, at)
    if draft.sort != "agent":
        why = f"{draft.name} is no agent: the decision takes nobody's consent."
        _deny(desk.store, why, draft, bearer, at)
    return draft, bearer, signed


def _refuse_many(store: Store, bearer: Identity, at: datetime) -> None:
    """Refuse a draft more where somebody has too many open.

    Raises:
        DecisionRefusedError: he has.
    """
    own = [one for one in list_open_drafts(store, at) if one.name == bearer.name]
    if len(own) >= _MOST_OPEN:
        raise DecisionRefusedError(
            f"{bearer.name} has {len(own)} drafts open: commit them, or wait until they expire."
        )


def _find_drafter(store: Store, token: str | None, what: str, at: datetime) -> Identity:
    register = read_register(store)
    if register.is_empty:
        raise AccessDeniedError(_NOT_ENTERED)
    bearer = find_bearer(register, token, at)
    if bearer is None:
        why = "That takes a token that is known and has not expired."
        log_denial(store, {"what": what, "who": "nobody", "why": why}, at)
        raise AccessDeniedError(why)
    return bearer


def _find_open(  # noqa: PLR0913, PLR0917  # which draft of which plan, who asks, for what, and when
    desk: Desk, fingerprint: str, bearer: Identity, what: str, at: datetime, key: str = ""
) -> Draft:
    """The draft with a fingerprint, where it can still be made; a denial is noted."""
    draft = find_draft(desk.store, fingerprint)
    why = _refuse_draft(desk, draft, fingerprint, key, at)
    if draft is None or why:
        attempt = {"what": what, "fingerprint": fingerprint, "who": bearer.name, "why": why}
        about = {} if draft is None else {"action_id": draft.decision.action_id}
        log_denial(desk.store, {**attempt, **about}, at)
        raise AccessDeniedError(why)
    return draft


def _refuse_draft(desk: Desk, draft: Draft | None, fingerprint: str, key: str, at: datetime) -> str:
    """Why a draft cannot be made; nothing where it can."""
    if draft is None:
        return "Nobody has drafted a decision with this fingerprint."
    name = draft.decision.decision_id
    if name in {*desk.store.decisions(EVER)["decision_id"]}:
        made = find_commit(desk.store, fingerprint)
        is_same = made is not None and made["key"] == key
        again = "This request came before" if is_same else "The draft was made before"
        return f"{again}: decision {name} is on record, and nothing more is recorded."
    if refusal := find_refusal(desk.store, fingerprint):
        return f"{refusal['name']} has refused the draft: {refusal['reason']}"
    if draft.expires_at <= at:
        return f"The draft has expired at {draft.expires_at:%Y-%m-%d %H:%M}: draft it anew."
    if not is_as_drafted(desk, draft):
        return "The action stands otherwise than when this was drafted: look again, draft anew."
    return ""


def _hash_stand(desk: Desk, action_id: str) -> str:
    """Hash how an action stands: what is proposed, what is in force, and who has decided what."""
    action, route = desk.find_action(action_id), desk.find_route(action_id)
    decided = desk.store.decisions(EVER).filter(action_id=action_id)["decision_id"].sort()
    said = sorted(action.items()), sorted(route.items()), find_in_force(action, route)
    return hashlib.sha256(repr((*said, decided.to_list())).encode()).hexdigest()


def _deny(store: Store, why: str, draft: Draft, bearer: Identity, at: datetime) -> NoReturn:
    attempt = {
        "what": draft.decision.decision,
        "action_id": draft.decision.action_id,
        "fingerprint": draft.fingerprint,
        "author": draft.name,
        "who": bearer.name,
        "why": why,
    }
    log_denial(store, attempt, at)
    raise AccessDeniedError(why)
