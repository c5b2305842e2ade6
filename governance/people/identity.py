"""Who somebody is, and in which roles for which actions."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from governance.kinds import KINDS
from governance.names import refuse_name
from governance.roles import ROLES

_FROZEN = ConfigDict(frozen=True, extra="forbid")
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Charge(BaseModel):
    """A role, and the actions for which somebody has it.

    Attributes:
        role: one of `ROLES`.
        regions: of the actions; all where none is named, actions without a region included.
        categories: of the items, likewise.
        kinds: of the actions, likewise.
    """

    model_config = _FROZEN

    role: str
    regions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.role not in ROLES:
            raise ValueError(f"there is no role {self.role!r}; roles: {', '.join(ROLES)}")
        if unknown := sorted(set(self.kinds) - set(KINDS)):
            raise ValueError(f"there is no kind {unknown[0]!r}; kinds: {', '.join(KINDS)}")
        return self

    @property
    def is_unlimited(self) -> bool:
        """Whether it is for every action of the retailer."""
        return not (self.regions or self.categories or self.kinds)

    def covers(self, action: Mapping[str, Any]) -> bool:
        """Whether the charge is for an action: a row with kind, region and category."""
        limits = {"region": self.regions, "category": self.categories, "kind": self.kinds}
        return all(not among or action[field] in among for field, among in limits.items())

    def describe(self) -> str:
        """Say it in words, such as `buyer (regions north)`."""
        limits = {"regions": self.regions, "categories": self.categories, "kinds": self.kinds}
        said = [f"{name} {', '.join(among)}" for name, among in limits.items() if among]
        return f"{self.role} ({'; '.join(said)})" if said else self.role


class Identity(BaseModel):
    """Somebody who decides.

    Attributes:
        name: people are told apart by it as `fold_names` compares names.
        sort: a person; a service, which is a program; or an agent, which a language model drives.
        charges: what he is in charge of; nothing where he has left.
    """

    model_config = _FROZEN

    name: str
    sort: Literal["person", "service", "agent"] = "person"
    charges: tuple[Charge, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        refuse_name(name)
        return name

    def has_role(self, role: str) -> bool:
        """Whether any charge is of a role."""
        return any(charge.role == role for charge in self.charges)

    def may_act(self, role: str, action: Mapping[str, Any]) -> bool:
        """Whether a charge of the role is for an action."""
        return any(charge.role == role and charge.covers(action) for charge in self.charges)


class Token(BaseModel):
    """What somebody is known by; only its hash is kept.

    Attributes:
        name: of the identity.
        token_hash: SHA-256 in hex; a token is drawn from 2**256, so that no salt is needed.
        expires_on: last day on which it is good.
    """

    model_config = _FROZEN

    name: str
    token_hash: Hash
    expires_on: date


class ProviderLink(BaseModel):
    """By what a provider of OpenID Connect an identity is known: its subject there, or its e-mail.

    Attributes:
        name: of the identity.
        issuer: address of the provider, as its tokens name it.
        subject: never given to another by the provider; missing where the e-mail is what counts.
        email: that the provider has verified, in letters of ASCII; else missing.
    """

    model_config = _FROZEN

    name: str
    issuer: Annotated[str, Field(min_length=1)]
    subject: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    # Other letters that look or fold alike would be another person's address.
    email: Annotated[str, Field(pattern="^[!-?A-~]+@[!-?A-~]+$", max_length=254)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.subject is None) == (self.email is None):
            raise ValueError("name either a subject or an e-mail")
        return self

    @property
    def key(self) -> tuple[str, str, str]:
        """What no two identities may share."""
        if self.subject is not None:
            return self.issuer, "subject", self.subject
        return self.issuer, "email", (self.email or "").lower()

    def describe(self) -> str:
        """Say it in words, such as `subject 1234 at https://login.example.com`."""
        issuer, sort, value = self.key
        return f"{sort} {value} at {issuer}"


class StandIn(BaseModel):
    """Somebody who decides in the place of another while that one is away.

    Attributes:
        name: who stands in.
        away: in whose charges.
        since: first day.
        until: last day.
    """

    model_config = _FROZEN

    name: str
    away: str
    since: date
    until: date

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until < self.since:
            raise ValueError(f"{self.until} is before {self.since}")
        return self
