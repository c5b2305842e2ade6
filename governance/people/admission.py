"""Whether somebody may decide what he decides: by his token, or by his name in a file."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from governance.decisions import Decision
from governance.names import fold_name
from governance.people.identity import Identity
from governance.people.register import IDENTITY_SET, Register, read_register
from governance.store import DECISION_RECORDED, DECISION_SIGNED, Store
from quality_checks.contracts import hash_token

ACCESS_DENIED: Final = "access_denied"
"""Kind of the event of an attempt that was denied."""
STOP_AUTOMATION: Final = "automation off"
RUN_SCENARIO: Final = "run a scenario"
DROP_SCENARIO: Final = "drop a scenario"
_READS: Final = "auditor"
_UNKNOWN: Final = "That takes a token that is known and has not expired."
_SWITCHES_ON: Final = ("planner", "administrator")
_NO_KIND: Final = "no action"
"""Whoever is in charge of some kinds of action alone is not in charge of what is none."""
_SHOWN: Final = 12
"""Digits of a token's hash by which the record names it."""


class AccessDeniedError(ValueError):
    """Somebody may not do what he tried; the message says why."""


def admit_author(  # noqa: PLR0913  # who, about what, by whose token, and when
    store: Store,
    register: Register,
    decision: Decision,
    action: Mapping[str, Any],
    *,
    token: str | None,
    at: datetime,
) -> dict[str, Any] | None:
    """Let the bearer of a token decide; a denial is noted in the audit chain.

    Nobody is asked for a token where nobody is entered yet.

    Args:
        store: of the audit chain.
        register: who is known.
        decision: with author and role.
        action: kind, region and category of the action that it is about.
        token: that was presented.
        at: when, local wall-clock time.

    Returns:
        Who it was, as the event before that of the decision says; None where nobody is entered.

    Raises:
        AccessDeniedError: the token is nobody's, or another person's than the author, or he is not
            in charge of the action in that role.
    """
    if register.is_empty:
        return None
    bearer = find_bearer(register, token, at)
    try:
        away = _admit(register, decision.author, decision.role, action, bearer, at)
    except AccessDeniedError as error:
        who = "nobody" if bearer is None else bearer.name
        log_denial(store, _describe_attempt(decision, who, error), at)
        raise
    return _word_signature(decision.decision_id, bearer, hash_token(token or "")[:_SHOWN], away)


def admit_claim(  # noqa: PLR0913  # who, about what, by whose token, and when
    store: Store,
    *,
    what: str,
    author: str,
    role: str,
    about: Mapping[str, str],
    token: str | None,
    at: datetime,
) -> dict[str, str]:
    """Let the bearer of a token do what no action is about; a denial is noted.

    Args:
        store: of identities and of the audit chain.
        what: is done, in a word or two.
        author: who does it.
        role: in which role.
        about: region and category of what it touches; `*` where it touches several.
        token: that was presented.
        at: when, local wall-clock time.

    Returns:
        Who it was, for the event of it; nothing where nobody is entered.

    Raises:
        AccessDeniedError: he may not; an agent may not in any case.
    """
    register = read_register(store)
    if register.is_empty:
        return {}
    bearer = find_bearer(register, token, at)
    try:
        _refuse_agent(bearer)
        away = _admit(register, author, role, {"kind": _NO_KIND, **about}, bearer, at)
    except AccessDeniedError as error:
        who = "nobody" if bearer is None else bearer.name
        log_denial(store, {"what": what, "author": author, "who": who, "why": str(error)}, at)
        raise
    signed = _word_signature("", bearer, hash_token(token or "")[:_SHOWN], away)
    return {name: said for name, said in signed.items() if name != "decision_id"}


def admit_landed_claim(  # noqa: PLR0913  # who, about what, and when
    store: Store,
    register: Register,
    *,
    what: str,
    author: str,
    role: str,
    about: Mapping[str, str],
    at: datetime,
) -> str | None:
    """Say why the author of what came as a file may not do it; None where he may.

    Args:
        store: of the audit chain.
        register: who is known.
        what: as of `admit_claim`, as are the others.
        author: who does it.
        role: in which role.
        about: region and category of what it touches.
        at: when he says that he decided.
    """
    if register.is_empty:
        return None
    landed = {"author": author, "role": role, "decided_at": at}
    try:
        _admit_landed(register, landed, {"kind": _NO_KIND, **about})
    except AccessDeniedError as error:
        denied = {"what": what, "author": author, "who": author, "why": str(error)}
        store.append_event(ACCESS_DENIED, denied, at, once=True)
        return str(error)
    return None


def admit_switch(store: Store, author: str, what: str, *, token: str | None, at: datetime) -> None:
    """Let somebody switch automation or the model that plans; a denial is noted.

    Whoever is entered may stop automation. All else takes a planner or an administrator, and is
    never done by an agent.

    Args:
        store: of identities and of the audit chain.
        author: who does it.
        what: is done: `STOP_AUTOMATION`, or else in a word or two.
        token: that was presented.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he may not.
    """
    _admit_or_deny(
        store, author, what, token, at, lambda bearer: _refuse_switch(bearer, author, what)
    )


def admit_trial(  # noqa: PLR0913  # who, what, whose it is, by whose token, and when
    store: Store,
    author: str,
    what: str,
    *,
    token: str | None,
    at: datetime,
    owner: str | None = None,
) -> None:
    """Let somebody try a scenario, or do something with one of another; a denial is noted.

    Nothing of the plan changes by it: whoever is in charge of anything may, agents too, but not who
    reads only. What is somebody's he or a planner or an administrator drops.

    Args:
        store: of identities and of the audit chain.
        author: who does it.
        what: is done, in a word or two.
        token: that was presented.
        at: when, local wall-clock time.
        owner: whose it is, where not everybody may.

    Raises:
        AccessDeniedError: he may not.
    """
    _admit_or_deny(
        store, author, what, token, at, lambda bearer: _refuse_trial(bearer, author, owner)
    )


def _admit_or_deny(  # noqa: PLR0913, PLR0917  # who, what, by whose token, when, and what stands against it
    store: Store,
    author: str,
    what: str,
    token: str | None,
    at: datetime,
    refuse: Callable[[Identity | None], str | None],
) -> None:
    """Let somebody do what nothing stands against; note a denial in the audit chain, and refuse."""
    register = read_register(store)
    if register.is_empty:
        return
    bearer = find_bearer(register, token, at)
    why = refuse(bearer)
    if why is not None:
        who = "nobody" if bearer is None else bearer.name
        log_denial(store, {"what": what, "author": author, "who": who, "why": why}, at)
        raise AccessDeniedError(why)


def _refuse_trial(bearer: Identity | None, author: str, owner: str | None) -> str | None:
    """Why somebody may not try something; None where he may."""
    if bearer is None:
        return _UNKNOWN
    if fold_name(bearer.name) != fold_name(author):
        return f"The token is that of {bearer.name}, not of {author}."
    if all(charge.role == _READS for charge in bearer.charges):
        return f"{bearer.name} reads, and tries nothing."
    if owner is None or fold_name(owner) == fold_name(bearer.name):
        return None
    if bearer.sort != "agent" and any(map(bearer.has_role, _SWITCHES_ON)):
        return None
    return f"{owner} has stated it: that is for him, a planner or an administrator."


def _refuse_switch(bearer: Identity | None, author: str, what: str) -> str | None:
    """Why somebody may not switch something; None where he may."""
    if bearer is None:
        return _UNKNOWN
    if fold_name(bearer.name) != fold_name(author):
        return f"The token is that of {bearer.name}, not of {author}."
    may = bearer.sort != "agent" and any(map(bearer.has_role, _SWITCHES_ON))
    if may or what == STOP_AUTOMATION:
        return None
    return "That is for a planner or an administrator, and for no agent."


def admit_landed(
    store: Store, register: Register, landed: Mapping[str, Any], action: Mapping[str, Any]
) -> str | None:
    """Say why the author of a landed decision may not decide it; None where he may.

    A file carries no token: who may write into the landing folder is what guards it. Its authors
    must be known all the same, and in charge. A denial is noted once.

    Args:
        store: of the audit chain.
        register: who is known.
        landed: a row of the contract Decisions.
        action: kind, region and category of the action that it is about.
    """
    if register.is_empty:
        return None
    try:
        _admit_landed(register, landed, action)
    except AccessDeniedError as error:
        attempt = _describe_attempt(Decision.model_construct(**landed), landed["author"], error)
        # The file is read again by each run of its date.
        store.append_event(ACCESS_DENIED, attempt, landed["decided_at"], once=True)
        return str(error)
    return None


def sign_landed(
    register: Register, decision: Decision, action: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Say who made a decision that came as a file, as `admit_author` does."""
    if register.is_empty:
        return None
    away = _admit_landed(register, decision.model_dump(), action)
    return _word_signature(decision.decision_id, register.find(decision.author), "", away)


def _admit_landed(register: Register, landed: Mapping[str, Any], action: Mapping[str, Any]) -> str:
    bearer = register.find(landed["author"])
    if bearer is None:
        raise AccessDeniedError(f"{landed['author']} is not entered.")
    _refuse_agent(bearer)
    return _admit(register, landed["author"], landed["role"], action, bearer, landed["decided_at"])


def _refuse_agent(bearer: Identity | None) -> None:
    """Refuse an agent where nobody could be asked to consent.

    Raises:
        AccessDeniedError: it is one.
    """
    if bearer is not None and bearer.sort == "agent":
        raise AccessDeniedError(
            f"{bearer.name} is an agent, which drafts decisions on actions that a person consents "
            "to, and does nothing else."
        )


def find_author(store: Store, token: str | None, at: datetime) -> str:
    """Find who decides by the token that was presented; a denial is noted.

    Raises:
        AccessDeniedError: the token is nobody's, or there is none.
    """
    register = read_register(store)
    bearer = find_bearer(register, token, at)
    if bearer is not None:
        return bearer.name
    if register.is_empty:
        raise AccessDeniedError("say who decides by --author")
    log_denial(store, {"what": "decide", "who": "nobody", "why": _UNKNOWN}, at)
    raise AccessDeniedError(_UNKNOWN)


def find_unsigned(store: Store) -> list[str]:
    """Find decisions that were recorded without a signature since the first identity, in words."""
    entered = store.find_events(IDENTITY_SET, "")
    if not entered:
        return []
    signed = {said["decision_id"] for said in store.payloads(DECISION_SIGNED)}
    recorded = store.find_events(DECISION_RECORDED, "")
    since = (event for event in recorded if event.sequence > entered[0].sequence)
    told = (json.loads(event.payload)["decision_id"] for event in since)
    return [f"decision {name}: nobody has signed it" for name in told if name not in signed]


def find_bearer(register: Register, token: str | None, at: datetime) -> Identity | None:
    """Who presents a token, where it is good at a time."""
    return register.find_holder(token, at.date()) if token else None


def log_denial(store: Store, attempt: Mapping[str, Any], at: datetime) -> None:
    """Note an attempt that was denied in the audit chain."""
    store.append_event(ACCESS_DENIED, dict(attempt), at)


def _word_signature(
    decision_id: str, bearer: Identity | None, token: str, away: str
) -> dict[str, Any]:
    """Who makes a decision: name, sort, digits of the token's hash (none of a file's), for whom."""
    return {
        "decision_id": decision_id,
        "name": "" if bearer is None else bearer.name,
        "sort": "" if bearer is None else bearer.sort,
        "token": token,
        "in_place_of": away,
    }


def _admit(  # noqa: PLR0913, PLR0917  # who, as what, about what, by whose token, and when
    register: Register,
    author: str,
    role: str,
    action: Mapping[str, Any],
    bearer: Identity | None,
    at: datetime,
) -> str:
    """Give the name of the one in whose place the bearer decides; empty where in his own."""
    if bearer is None:
        raise AccessDeniedError(_UNKNOWN)
    if fold_name(bearer.name) != fold_name(author):
        raise AccessDeniedError(f"The token is that of {bearer.name}, not of {author}.")
    if bearer.may_act(role, action):
        return ""
    for away in register.list_away(bearer.name, at.date()):
        if away.may_act(role, action):
            return away.name
    where = ", ".join(str(action[field]) for field in ("kind", "region", "category"))
    raise AccessDeniedError(
        f"{bearer.name} is not in charge of that as {role} ({where}); in charge of: "
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
