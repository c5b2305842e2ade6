"""Enter people, hand out and revoke their tokens, and say who stands in for whom.

Each change is an event of the audit chain with who made it and why. An administrator makes it; the
first identity of all has to be one, since there is nobody yet who could.
"""

import secrets
from datetime import date, datetime
from typing import Final

from governance.names import SET_UP, fold_name
from governance.people.admission import AccessDeniedError, find_bearer, log_denial
from governance.people.identity import Identity, StandIn, Token
from governance.people.register import (
    IDENTITY_SET,
    STAND_IN_SET,
    TOKEN_MADE,
    TOKENS_REVOKED,
    Register,
    read_register,
)
from governance.store import Store
from quality_checks.contracts import hash_token

ADMINISTRATOR: Final = "administrator"
_BYTES: Final = 32


def change_identity(
    store: Store, identity: Identity, *, token: str | None, reason: str, at: datetime
) -> None:
    """Enter somebody, or put what he is in charge of in place of what he was.

    Args:
        store: of the audit chain.
        identity: without charges he can decide nothing more.
        token: of an administrator; none where nobody is entered yet.
        reason: why.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: the token is not an administrator's, or nobody would be one any more.
    """
    register = read_register(store)
    first = register.is_empty and identity.has_role(ADMINISTRATOR)
    if register.is_empty and not first:
        raise AccessDeniedError("The first identity must be an administrator's.")
    by = SET_UP if first else find_administrator(store, register, token, "change_identity", at)
    others = [
        known for name, known in register.identities.items() if name != fold_name(identity.name)
    ]
    if not any(known.has_role(ADMINISTRATOR) for known in (*others, identity)):
        raise AccessDeniedError("Nobody would be an administrator any more.")
    append_change(store, IDENTITY_SET, {"identity": identity.model_dump_json()}, by, reason, at)


def make_token(
    store: Store, name: str, *, expires_on: date, token: str | None, at: datetime
) -> str:
    """Make a token for somebody; it is nowhere but in the answer.

    Args:
        store: of the audit chain.
        name: whose it is.
        expires_on: last day on which it is good.
        token: of an administrator; none where no administrator has one that is good, as at the
            start and after all have ended: then an administrator's is made.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: the token is not an administrator's, or there is no such identity.
    """
    register = read_register(store)
    if register.list_bearers(ADMINISTRATOR, at.date()):
        by = find_administrator(store, register, token, "make_token", at)
        identity = find_known(register, name)
    else:
        by, identity = SET_UP, find_known(register, name)
        if not identity.has_role(ADMINISTRATOR):
            raise AccessDeniedError("The first token must be an administrator's.")
    drawn = secrets.token_urlsafe(_BYTES)
    made = Token(name=identity.name, token_hash=hash_token(drawn), expires_on=expires_on)
    append_change(store, TOKEN_MADE, {"token": made.model_dump_json()}, by, "handed out", at)
    return drawn


def revoke_tokens(store: Store, name: str, *, token: str | None, reason: str, at: datetime) -> int:
    """Let the tokens of somebody be good for nothing from now on; gives how many there were.

    Sessions that a provider opened for him end with them.

    Raises:
        AccessDeniedError: the token is not an administrator's, there is no such identity, or no
            administrator would have a token any more.
    """
    register = read_register(store)
    by = find_administrator(store, register, token, "revoke_tokens", at)
    identity = find_known(register, name)
    bearers = register.list_bearers(ADMINISTRATOR, at.date())
    if [bearer.name for bearer in bearers] == [identity.name]:
        raise AccessDeniedError("No administrator would have a token any more.")
    hashes = register.list_hashes(identity.name)
    facts = {"name": identity.name, "token_hashes": ";".join(hashes)}
    append_change(store, TOKENS_REVOKED, facts, by, reason, at)
    return len(hashes)


def set_stand_in(
    store: Store, stand_in: StandIn, *, token: str | None, reason: str, at: datetime
) -> None:
    """Let somebody decide in the place of another while that one is away.

    Args:
        store: of the audit chain.
        stand_in: who, for whom and when.
        token: of an administrator, or of the one who is away.
        reason: why.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: the token is neither, or one of both is not known.
    """
    register = read_register(store)
    bearer = find_bearer(register, token, at)
    if bearer is not None and fold_name(bearer.name) == fold_name(stand_in.away):
        by = bearer.name
    else:
        by = find_administrator(store, register, token, "set_stand_in", at)
    for name in (stand_in.name, stand_in.away):
        find_known(register, name)
    append_change(store, STAND_IN_SET, {"stand_in": stand_in.model_dump_json()}, by, reason, at)


def find_administrator(
    store: Store, register: Register, token: str | None, what: str, at: datetime
) -> str:
    """The name of the administrator whose token it is; a denial is logged."""
    bearer = find_bearer(register, token, at)
    if bearer is None or not bearer.has_role(ADMINISTRATOR):
        who = "nobody" if bearer is None else bearer.name
        why = "That takes the token of an administrator."
        log_denial(store, {"what": what, "who": who, "why": why}, at)
        raise AccessDeniedError(why)
    return bearer.name


def find_known(register: Register, name: str) -> Identity:
    """The identity of a name; an error says who there is."""
    identity = register.find(name)
    if identity is None:
        known = ", ".join(sorted(each.name for each in register.identities.values())) or "nobody"
        raise AccessDeniedError(f"There is no {name!r}; there is {known}.")
    return identity


def append_change(  # noqa: PLR0913, PLR0917  # what an event says
    store: Store, kind: str, facts: dict[str, str], by: str, reason: str, at: datetime
) -> None:
    """Note a change of who may do what, with who made it and why."""
    if not reason.strip():
        raise AccessDeniedError("A reason must be given.")
    store.append_event(kind, {**facts, "by": by, "reason": reason}, at)
