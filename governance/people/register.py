"""The register of identities, tokens and stand-ins, read from the audit chain."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from pydantic import BaseModel

from governance.names import fold_name
from governance.people.identity import Identity, ProviderLink, StandIn, Token
from governance.store import Store
from quality_checks.contracts import hash_token

T = TypeVar("T", bound=BaseModel)

IDENTITY_SET: Final = "identity_set"
TOKEN_MADE: Final = "token_made"  # noqa: S105  # a kind of event
TOKENS_REVOKED: Final = "tokens_revoked"
STAND_IN_SET: Final = "stand_in_set"
PROVIDER_LINKED: Final = "provider_linked"
PROVIDER_UNLINKED: Final = "provider_unlinked"
SIGNED_ON: Final = "signed_on"
_MOST_SIGNED_ON: Final = 1_000
"""Sign-ons by a provider that hold at once; each request looks through them."""


@dataclass(frozen=True)
class Register:
    """Who is known, as of the last event.

    Attributes:
        identities: by folded name.
        tokens: those that were not revoked, by hash.
        stand_ins: who has ever stood in for whom.
        links: by what providers know whom, by what no two share.
        sign_ons: tokens of sessions that a provider opened and nobody has ended, by hash.
    """

    identities: Mapping[str, Identity]
    tokens: Mapping[str, Token]
    stand_ins: tuple[StandIn, ...]
    links: Mapping[tuple[str, str, str], ProviderLink] = field(default_factory=dict)
    sign_ons: Mapping[str, Token] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever entered, so that names are believed as they are typed."""
        return not self.identities

    def find(self, name: str) -> Identity | None:
        """The identity of a name, however it is typed."""
        return self.identities.get(fold_name(name))

    def find_holder(self, token: str, day: date) -> Identity | None:
        """Who holds a token that is good on a day; None of none."""
        presented = hash_token(token)
        found = None
        # Every one is compared, so that the time tells nothing.
        for token_hash, made in (*self.tokens.items(), *self.sign_ons.items()):
            if hmac.compare_digest(presented, token_hash) and day <= made.expires_on:
                found = self.find(made.name)
        return found

    def list_links(self, name: str) -> list[ProviderLink]:
        """By what providers know somebody, in order."""
        folded = fold_name(name)
        return [
            self.links[key]
            for key in sorted(self.links)
            if fold_name(self.links[key].name) == folded
        ]

    def list_hashes(self, name: str) -> list[str]:
        """Hashes of the tokens of somebody, those of his sessions included, in order."""
        return sorted(
            made.token_hash
            for made in (*self.tokens.values(), *self.sign_ons.values())
            if fold_name(made.name) == fold_name(name)
        )

    def list_bearers(self, role: str, day: date) -> list[Identity]:
        """Those who have a role and a token that is good on a day, by name."""
        good = {fold_name(made.name) for made in self.tokens.values() if day <= made.expires_on}
        known = (self.identities[name] for name in sorted(good & self.identities.keys()))
        return [identity for identity in known if identity.has_role(role)]

    def find_last_day(self, name: str) -> date | None:
        """The last day on which a token of somebody is good; None where he has none."""
        return max(
            (
                made.expires_on
                for made in self.tokens.values()
                if fold_name(made.name) == fold_name(name)
            ),
            default=None,
        )

    def list_away(self, name: str, day: date) -> list[Identity]:
        """Those for whom somebody stands in on a day, by name."""
        away = {
            fold_name(stand_in.away)
            for stand_in in self.stand_ins
            if fold_name(stand_in.name) == fold_name(name)
            and stand_in.since <= day <= stand_in.until
        }
        return [self.identities[name] for name in sorted(away & self.identities.keys())]


def read_register(store: Store) -> Register:
    """Read who is known from the events of the audit chain, of which the last of a name counts."""
    entered = [_parse(Identity, said["identity"]) for said in store.payloads(IDENTITY_SET)]
    identities = {fold_name(identity.name): identity for identity in entered}
    if not identities:
        return Register({}, {}, ())
    made = [_parse(Token, said["token"]) for said in store.payloads(TOKEN_MADE)]
    ended = (*store.payloads(TOKENS_REVOKED), *store.payloads(PROVIDER_UNLINKED))
    gone = {token_hash for said in ended for token_hash in str(said["token_hashes"]).split(";")}
    stand_ins = [_parse(StandIn, said["stand_in"]) for said in store.payloads(STAND_IN_SET)]
    opened = store.payloads(SIGNED_ON, newest=_MOST_SIGNED_ON)
    return Register(
        identities,
        _keep_good(made, gone),
        tuple(stand_ins),
        _read_links(store),
        _keep_good([_parse(Token, said["token"]) for said in opened], gone),
    )


def _keep_good(tokens: list[Token], gone: set[str]) -> dict[str, Token]:
    """Tokens that nobody has ended, by hash."""
    return {token.token_hash: token for token in tokens if token.token_hash not in gone}


def _read_links(store: Store) -> dict[tuple[str, str, str], ProviderLink]:
    """Links that stand: the last word on each counts."""
    links: dict[tuple[str, str, str], ProviderLink] = {}
    for event in store.events_of((PROVIDER_LINKED, PROVIDER_UNLINKED)):
        link = _parse(ProviderLink, json.loads(event.payload)["link"])
        links.pop(link.key, None)
        if event.kind == PROVIDER_LINKED:
            links[link.key] = link
    return links


def _parse(model: type[T], said: object) -> T:
    """What an event says as JSON."""
    return model.model_validate_json(str(said))
