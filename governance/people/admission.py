"""Whether somebody may decide what he decides: by his token, or by his name in a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from governance.decisions import Decision
from governance.people.identity import Identity
from governance.people.register import Register, fold, hash_token, read_register
from governance.store import Store

ACCESS_DENIED: Final = "access_denied"
DECISION_SIGNED: Final = "decision_signed"
_UNKNOWN: Final = "That takes a token that is known and has not expired."
_SWITCHES_ON: Final = ("planner", "administrator")
_SHOWN: Final = 12
"""Digits of a token's hash by which the record names it."""


class AccessDeniedError(ValueError):
    """Somebody may not do what he tried; the message says why."""


def admit_author(
    store: Store,
    decision: Decision,
    action: Mapping[str, Any],
    *,
    token: str | None,
    at: datetime,
) -> dict[str, Any] | None:
    """Let the bearer of a token decide; a denial is noted in the audit chain.

    Nobody is asked for a token where nobody is entered yet.

    Args:
        store: of identities and of the audit chain.
        decision: with author and role.
        action: kind, region and category of the action that it is about.
        token: that was presented.
        at: when, local wall-clock time.

    Returns:
        What `sign_decision` notes of who it was; None where nobody is entered.

    Raises:
        AccessDeniedError: the token is nobody's, or another person's than the author, or he is not
            in charge of the action in that role.
    """
    register = read_register(store)
    if register.is_empty:
        return None
    bearer = find_bearer(register, token, at)
    try:
        away = _admit(register, decision, action, bearer, at)
    except AccessDeniedError as error:
        who = "nobody" if bearer is None else bearer.name
        log_denial(store, _describe_attempt(decision, who, error), at)
        raise
    return {
        "decision_id": decision.decision_id,
        "name": "" if bearer is None else bearer.name,
        "sort": "" if bearer is None else bearer.sort,
        "token": hash_token(token or "")[:_SHOWN],
        "in_place_of": away,
    }


def sign_decision(store: Store, signature: Mapping[str, Any] | None, at: datetime) -> None:
    """Note in the audit chain who makes a decision that is about to be recorded, where known.

    It is noted first: a process that dies between both leaves a signature without a decision, and
    never a decision without its signature.
    """
    if signature is not None:
        store.append_event(DECISION_SIGNED, dict(signature), at, once=True)


def admit_switch(store: Store, author: str, *, on: bool, token: str | None, at: datetime) -> None:
    """Let somebody turn automation off or on; a denial is noted in the audit chain.

    Whoever is entered may turn it off. On it is turned by a planner or an administrator, and never
    by an agent.

    Args:
        store: of identities and of the audit chain.
        author: who does it.
        on: whether it is turned on.
        token: that was presented.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he may not.
    """
    register = read_register(store)
    if register.is_empty:
        return
    bearer = find_bearer(register, token, at)
    if bearer is None:
        why = _UNKNOWN
    elif fold(bearer.name) != fold(author):
        why = f"The token is that of {bearer.name}, not of {author}."
    elif on and (bearer.sort == "agent" or not any(map(bearer.has_role, _SWITCHES_ON))):
        why = "Automation is turned on by a planner or an administrator, and by no agent."
    else:
        return
    who = "nobody" if bearer is None else bearer.name
    attempt = {"what": "automation", "on": on, "author": author, "who": who, "why": why}
    log_denial(store, attempt, at)
    raise AccessDeniedError(why)


def admit_landed(
    store: Store, register: Register, decision: Decision, action: Mapping[str, Any]
) -> str | None:
    """Say why the author of a landed decision may not decide it; None where he may.

    A file carries no token: who may write into the landing folder is what guards it. Its authors
    must be known all the same, and in charge. A denial is noted once.

    Args:
        store: of the audit chain.
        register: who is known.
        decision: with author, role and the time at which it was made.
        action: kind, region and category of the action that it is about.
    """
    if register.is_empty:
        return None
    try:
        _admit(register, decision, action, register.find(decision.author), decision.decided_at)
    except AccessDeniedError as error:
        attempt = _describe_attempt(decision, decision.author, error)
        # The file is read again by each run of its date.
        store.append_event(ACCESS_DENIED, attempt, decision.decided_at, once=True)
        return str(error)
    return None


def find_bearer(register: Register, token: str | None, at: datetime) -> Identity | None:
    """Who presents a token, where it is good at a time."""
    return register.find_holder(token, at.date()) if token else None


def log_denial(store: Store, attempt: Mapping[str, Any], at: datetime) -> None:
    """Note an attempt that was denied in the audit chain."""
    store.append_event(ACCESS_DENIED, dict(attempt), at)


def _admit(
    register: Register,
    decision: Decision,
    action: Mapping[str, Any],
    bearer: Identity | None,
    at: datetime,
) -> str:
    """Give the name of the one in whose place the bearer decides; empty where in his own."""
    if bearer is None:
        raise AccessDeniedError(_UNKNOWN)
    if fold(bearer.name) != fold(decision.author):
        raise AccessDeniedError(f"The token is that of {bearer.name}, not of {decision.author}.")
    if bearer.may_act(decision.role, action):
        return ""
    for away in register.list_away(bearer.name, at.date()):
        if away.may_act(decision.role, action):
            return away.name
    where = ", ".join(str(action[field]) for field in ("kind", "region", "category"))
    raise AccessDeniedError(
        f"{bearer.name} is not in charge of that as {decision.role} ({where}); in charge of: "
        + ("; ".join(charge.describe() for charge in bearer.charges) or "nothing")
    )


def _describe_attempt(decision: Decision, who: str, error: AccessDeniedError) -> dict[str, Any]:
    return {
        "what": decision.decision,
        "action_id": decision.action_id,
        "decision_id": decision.decision_id,
        "author": decision.author,
        "role": decision.role,
        "who": who,
        "why": str(error),
    }
