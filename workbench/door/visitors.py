"""Who somebody is, by the register that decisions are admitted by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from governance import Store
from governance.people import (
    AccessDeniedError,
    Charge,
    Identity,
    ProvenUser,
    Register,
    read_register,
    sign_on_user,
)

SESSION_LASTS: Final = timedelta(hours=12)
"""For which a browser stays signed on."""


class NotAdmittedError(ValueError):
    """Somebody is not let in; the message says why."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who was let in.

    Attributes:
        name: who it is.
        roles: in which he may decide, those of whom he stands in for included.
        token: that he showed; None where names are believed.
        charges: in which he may, for which actions; those of whom he stands in for included.
        sort: person, service or agent.
    """

    name: str
    roles: tuple[str, ...]
    token: str | None
    charges: tuple[Charge, ...] = ()
    sort: str = "person"


def admit_token(store: Store, token: str, at: datetime) -> Visitor:
    """Let the bearer of a token in.

    Raises:
        NotAdmittedError: nobody is entered, the token is nobody's, or its holder has left.
    """
    register = read_register(store)
    if register.is_empty:
        raise NotAdmittedError("Nobody is entered yet: `plenish identity add` enters somebody.")
    bearer = register.find_holder(token, at.date())
    if bearer is None:
        raise NotAdmittedError("That is no token that is known and has not expired.")
    charges = _list_charges(register, bearer, at)
    if not charges:
        raise NotAdmittedError(f"{bearer.name} is in charge of nothing.")
    roles = tuple(dict.fromkeys(charge.role for charge in charges))
    return Visitor(bearer.name, roles, token, charges, bearer.sort)


def admit_proven(store: Store, user: ProvenUser, at: datetime) -> Visitor:
    """Let in whom a provider has proven; a denial is in the audit chain.

    Raises:
        NotAdmittedError: nobody is linked to him, or who is has left.
    """
    try:
        token = sign_on_user(store, user, expires_on=(at + SESSION_LASTS).date(), at=at)
    except AccessDeniedError as error:
        raise NotAdmittedError(str(error)) from error
    return admit_token(store, token, at)


def admit_believed(store: Store, name: str, role: str) -> Visitor:
    """Let somebody in by the name and role that he gives, as long as nobody is entered.

    Raises:
        NotAdmittedError: somebody is entered, or the name is blank.
    """
    if not read_register(store).is_empty:
        raise NotAdmittedError("People are entered: sign on with a token.")
    if not name.strip():
        raise NotAdmittedError("Say who you are.")
    return Visitor(name.strip(), (role,), None, (Charge(role=role),))


def review_visitor(store: Store, visitor: Visitor, at: datetime) -> Visitor:
    """Look again at who is signed on: tokens end, charges change, and people are entered.

    Raises:
        NotAdmittedError: he would not be let in any more.
    """
    if visitor.token is not None:
        return admit_token(store, visitor.token, at)
    return admit_believed(store, visitor.name, visitor.roles[0])


def may_believe_names(store: Store, *, is_local: bool) -> bool:
    """Whether names are believed: nobody is entered, and nobody else can reach the workbench."""
    return is_local and read_register(store).is_empty


def is_loopback(host: str) -> bool:
    """Whether an address is that of this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _list_charges(register: Register, bearer: Identity, at: datetime) -> tuple[Charge, ...]:
    """Charges of somebody and of those for whom he stands in."""
    identities = [bearer, *register.list_away(bearer.name, at.date())]
    return tuple(charge for identity in identities for charge in identity.charges)
