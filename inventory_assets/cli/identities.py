"""Commands about who may decide what: identities, their tokens and their stand-ins."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.table import Table

from governance.people import (
    Charge,
    Identity,
    ProviderLink,
    StandIn,
    change_identity,
    drop_identity_links,
    link_identity,
    make_token,
    read_register,
    revoke_tokens,
    set_stand_in,
)
from inventory_assets.cli.audit import enter_and_publish
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_token

_SAMPLES = {
    "ada": "administrator",
    "pia": "planner",
    "al": "allocator",
    "ben": "buyer",
    "pro": "procurement",
    "finn": "finance",
    "mia": "merchandiser",
    "sue": "supply_manager",
    "dan": "data_engineer",
    "ann": "auditor",
}
"""Name of a person to try things with -> role; the administrator, who enters the others, first."""


def enter_identity(  # noqa: PLR0913  # what an identity is
    place: Workplace,
    name: str,
    *,
    sort: str,
    roles: Sequence[str],
    regions: Sequence[str],
    categories: Sequence[str],
    kinds: Sequence[str],
    reason: str,
    at: datetime,
    console: Console,
) -> None:
    """Enter somebody with charges that share their limits, in place of those that he had.

    Raises:
        SystemExit: it may not be done, in words.
    """
    limits = {"regions": tuple(regions), "categories": tuple(categories), "kinds": tuple(kinds)}
    with enter_and_publish(place, at, console) as premises:
        charges = [Charge(role=role, **limits) for role in roles]
        identity = Identity.model_validate({"name": name, "sort": sort, "charges": charges})
        change_identity(premises.store, identity, token=read_token(), reason=reason, at=at)
    charged = "; ".join(charge.describe() for charge in identity.charges) or "nothing"
    _say(f"{identity.name} ({identity.sort}) is in charge of: {charged}.", console)


def show_new_token(place: Workplace, name: str, days: int, at: datetime, console: Console) -> None:
    """Make a token and print it, which nobody can do a second time.

    Raises:
        SystemExit: it may not be done, in words.
    """
    expires_on = at.date() + timedelta(days=days)
    with enter_and_publish(place, at, console) as premises:
        drawn = make_token(premises.store, name, expires_on=expires_on, token=read_token(), at=at)
    _say(drawn, console)


def enter_samples(place: Workplace, days: int, at: datetime, console: Console) -> None:
    """Enter a person for each role where nobody is entered yet, and print their tokens, once.

    Raises:
        SystemExit: somebody is entered already.
    """
    expires_on, drawn = at.date() + timedelta(days=days), dict[str, str]()
    given: str | None = None
    with enter_and_publish(place, at, console) as premises:
        if not read_register(premises.store).is_empty:
            raise SystemExit("plenish: somebody is entered already: `plenish identity list`.")
        for name, role in _SAMPLES.items():
            identity = Identity(name=name, sort="person", charges=(Charge(role=role),))
            why = "to try things with"
            change_identity(premises.store, identity, token=given, reason=why, at=at)
            drawn[name] = make_token(
                premises.store, name, expires_on=expires_on, token=given, at=at
            )
            # At once: of what ends here the administrator at least can go on.
            _say(f"{name:<5}{role:<16}{drawn[name]}", console)
            given = drawn["ada"]
    _say(f"Nobody can show these tokens again; they are good until {expires_on}.", console)


def drop_tokens(place: Workplace, name: str, reason: str, at: datetime, console: Console) -> None:
    """Revoke the tokens of somebody.

    Raises:
        SystemExit: it may not be done, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        gone = revoke_tokens(premises.store, name, token=read_token(), reason=reason, at=at)
    _say(f"{name}: {gone} tokens are good for nothing any more.", console)


def enter_link(  # noqa: PLR0913  # who, by what, and why
    place: Workplace,
    name: str,
    *,
    issuer: str,
    subject: str | None,
    email: str | None,
    reason: str,
    at: datetime,
    console: Console,
) -> None:
    """Say by what a provider of OpenID Connect knows somebody.

    Raises:
        SystemExit: it may not be done, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        link = ProviderLink(name=name, issuer=issuer, subject=subject, email=email)
        link_identity(premises.store, link, token=read_token(), reason=reason, at=at)
    _say(f"{name} is {link.describe()}.", console)


def drop_links(place: Workplace, name: str, reason: str, at: datetime, console: Console) -> None:
    """Let no provider sign somebody on any more.

    Raises:
        SystemExit: it may not be done, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        gone = drop_identity_links(premises.store, name, token=read_token(), reason=reason, at=at)
    _say(f"{name}: {gone} links are gone, and the sessions that they opened.", console)


def enter_stand_in(  # noqa: PLR0913  # who, for whom, when and why
    place: Workplace,
    name: str,
    away: str,
    *,
    since: date,
    until: date,
    reason: str,
    at: datetime,
    console: Console,
) -> None:
    """Let somebody decide in the place of another for some days.

    Raises:
        SystemExit: it may not be done, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        stand_in = StandIn(name=name, away=away, since=since, until=until)
        set_stand_in(premises.store, stand_in, token=read_token(), reason=reason, at=at)
    _say(f"{name} decides in the place of {away} from {since} to {until}.", console)


def show_identities(place: Workplace, day: date, console: Console) -> None:
    """Print who is entered, in charge of what, with a token that is good or without."""
    with place.enter() as premises:
        register = read_register(premises.store)
    if register.is_empty:
        _say("Nobody is entered: whoever decides is believed.", console)
        return
    table = Table("name", "sort", "in charge of", "token until", "known as", "in place of")
    for name in sorted(register.identities):
        identity = register.identities[name]
        table.add_row(
            identity.name,
            identity.sort,
            "; ".join(charge.describe() for charge in identity.charges) or "nothing",
            str(register.find_last_day(identity.name) or "none"),
            "; ".join(link.describe() for link in register.list_links(identity.name)) or "none",
            ", ".join(away.name for away in register.list_away(identity.name, day)),
        )
    console.print(table)


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
