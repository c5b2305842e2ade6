"""Sign on whom a provider of OpenID Connect knows, and say as whom it knows somebody.

A provider proves who somebody is there. Who that is here, an administrator has said beforehand:
nobody is entered by signing on, and what he may decide stands in the register alone.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NoReturn

from governance.names import fold_name
from governance.people.admission import AccessDeniedError, log_denial
from governance.people.charges import append_change, find_administrator, find_known
from governance.people.identity import Identity, ProviderLink, Token
from governance.people.register import (
    PROVIDER_LINKED,
    PROVIDER_UNLINKED,
    SIGNED_ON,
    Register,
    read_register,
)
from governance.store import Store
from quality_checks.contracts import hash_token

_BYTES: Final = 32
_MOST_OPEN: Final = 20
"""Sessions of somebody that are good at once; the register holds a thousand of all."""


@dataclass(frozen=True)
class ProvenUser:
    """Whom a provider says that it knows.

    Attributes:
        issuer: address of the provider, as its tokens name it.
        subject: by which it never means another.
        email: that it has verified; missing where it has not.
    """

    issuer: str
    subject: str
    email: str | None = None


def link_identity(
    store: Store, link: ProviderLink, *, token: str | None, reason: str, at: datetime
) -> None:
    """Say by what a provider knows somebody who is entered.

    Args:
        store: of the audit chain.
        link: who it is, and by what the provider knows him.
        token: of an administrator.
        reason: why.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: the token is not an administrator's, there is no such identity, or the
            provider is said to mean another by it.
    """
    register = read_register(store)
    by = find_administrator(store, register, token, "link_identity", at)
    identity = find_known(register, link.name)
    held = register.links.get(link.key)
    if held is not None and fold_name(held.name) != fold_name(link.name):
        raise AccessDeniedError(f"{link.describe()} is {held.name}: unlink that first.")
    entered = link.model_copy(update={"name": identity.name})
    append_change(store, PROVIDER_LINKED, {"link": entered.model_dump_json()}, by, reason, at)


def drop_identity_links(
    store: Store, name: str, *, token: str | None, reason: str, at: datetime
) -> int:
    """Let no provider sign somebody on any more, end the sessions so opened, and count his links.

    Raises:
        AccessDeniedError: the token is not an administrator's, or there is no such identity.
    """
    register = read_register(store)
    by = find_administrator(store, register, token, "drop_identity_links", at)
    folded = fold_name(find_known(register, name).name)
    links = register.list_links(name)
    ended = sorted(
        made.token_hash for made in register.sign_ons.values() if fold_name(made.name) == folded
    )
    for link in links:
        facts = {"link": link.model_dump_json(), "token_hashes": ";".join(ended)}
        append_change(store, PROVIDER_UNLINKED, facts, by, reason, at)
    return len(links)


def sign_on_user(store: Store, user: ProvenUser, *, expires_on: date, at: datetime) -> str:
    """Let in whom a provider has proven, and give a token for his session; a denial is noted.

    Args:
        store: of the audit chain.
        user: whom the provider says that it knows.
        expires_on: last day on which the token is good.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: nobody is linked to him, who is has left, or has too many sessions open.
    """
    register = read_register(store)
    link = _find_link(register, user)
    identity = None if link is None else register.find(link.name)
    if link is None or identity is None:
        _deny(store, user, "No administrator has said who that is here.", at)
    if not _has_charge(register, identity, at):
        _deny(store, user, f"{identity.name} is in charge of nothing.", at)
    if _count_open(register, identity, at) >= _MOST_OPEN:
        # No event: who repeats it would fill the chain.
        raise AccessDeniedError(
            f"{identity.name} has signed on {_MOST_OPEN} times of late: use a token, or come later."
        )
    drawn = secrets.token_urlsafe(_BYTES)
    made = Token(name=identity.name, token_hash=hash_token(drawn), expires_on=expires_on)
    facts = {
        "token": made.model_dump_json(),
        "link": link.model_dump_json(),
        "subject": user.subject,
        "by": user.issuer,
    }
    store.append_event(SIGNED_ON, facts, at)
    return drawn


def _count_open(register: Register, identity: Identity, at: datetime) -> int:
    """How many sessions of somebody a provider has opened that are still good."""
    return sum(
        fold_name(made.name) == fold_name(identity.name) and at.date() <= made.expires_on
        for made in register.sign_ons.values()
    )


def _find_link(register: Register, user: ProvenUser) -> ProviderLink | None:
    """The link of somebody by his subject, or else by the e-mail that his provider has verified."""
    found = register.links.get((user.issuer, "subject", user.subject))
    if found is None and user.email is not None and user.email.isascii():
        found = register.links.get((user.issuer, "email", user.email.lower()))
    return found


def _has_charge(register: Register, identity: Identity, at: datetime) -> bool:
    """Whether somebody, or one for whom he stands in, is in charge of anything."""
    return any(each.charges for each in (identity, *register.list_away(identity.name, at.date())))


def _deny(store: Store, user: ProvenUser, why: str, at: datetime) -> NoReturn:
    attempt = {"what": "sign on", "who": "nobody", "why": why}
    told = {"issuer": user.issuer, "subject": user.subject, "email": user.email or ""}
    log_denial(store, {**attempt, **told}, at)
    raise AccessDeniedError(why)
