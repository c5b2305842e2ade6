"""The register of identities, tokens and stand-ins, read from the audit chain."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from pydantic import BaseModel

from governance.names import fold_name
from governance.people.identity import Identity, StandIn, Token
from governance.store import Store
from quality_checks.contracts import hash_token

T = TypeVar("T", bound=BaseModel)

IDENTITY_SET: Final = "identity_set"
TOKEN_MADE: Final = "token_made"  # noqa: S105  # a kind of event
TOKENS_REVOKED: Final = "tokens_revoked"
STAND_IN_SET: Final = "stand_in_set"


@dataclass(frozen=True)
class Register:
    """Who is known, as of the last event.

    Attributes:
        identities: by folded name.
        tokens: those that were not revoked, by hash.
        stand_ins: who has ever stood in for whom.
    """

    identities: Mapping[str, Identity]
    tokens: Mapping[str, Token]
    stand_ins: tuple[StandIn, ...]

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
        for token_hash, made in self.tokens.items():
            if hmac.compare_digest(presented, token_hash) and day <= made.expires_on:
                found = self.find(made.name)
        return found

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
    revoked = store.payloads(TOKENS_REVOKED)
    gone = {token_hash for said in revoked for token_hash in str(said["token_hashes"]).split(";")}
    stand_ins = [_parse(StandIn, said["stand_in"]) for said in store.payloads(STAND_IN_SET)]
    return Register(
        identities,
        {token.token_hash: token for token in made if token.token_hash not in gone},
        tuple(stand_ins),
    )


def _parse(model: type[T], said: object) -> T:
    """What an event says as JSON."""
    return model.model_validate_json(str(said))
