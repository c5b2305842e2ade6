"""One planned change of a level: what it says, and whether it can be meant."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from governance.names import Author
from quality_checks.contracts import (
    EVERYWHERE,
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_UNITS,
)

ROLES_OF_LEVELS: Final = ("planner", "allocator", "buyer", "merchandiser")
"""Roles that may change a level."""

_SCOPE: Final = {"sku": "item", "location": "node", "region": "region", "category": "category"}
_LISTED: Final = 5
_Text = Annotated[str, Field(pattern=r"\S")]


class LevelChange(BaseModel):
    """A row of the landing contract `LevelChanges`, with the rules that a row cannot state.

    Raises:
        pydantic.ValidationError: it ends before it starts, its figure is missing, out of bounds or
            another change's, it names nothing, or a role or an author cannot make it; in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    change_id: _Text
    change: Literal["factor", "minimum", "freeze"]
    factor: float | None = None
    minimum: int | None = None
    sku: _Text = EVERYWHERE
    location: _Text = EVERYWHERE
    region: _Text = EVERYWHERE
    category: _Text = EVERYWHERE
    starts_on: date
    ends_on: date
    author: Author
    role: str
    reason: _Text
    decided_at: datetime

    @field_validator("role")
    @classmethod
    def _may_change_levels(cls, role: str) -> str:
        if role not in ROLES_OF_LEVELS:
            raise ValueError(f"{role!r} changes no levels; {', '.join(ROLES_OF_LEVELS)} do")
        return role

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError(f"it would end on {self.ends_on}, before it starts ({self.starts_on})")
        if all(getattr(self, name) == EVERYWHERE for name in _SCOPE):
            raise ValueError("say of which item, node, region or category the level changes")
        for name in ("factor", "minimum"):
            if (getattr(self, name) is not None) != (self.change == name):
                how = "its" if self.change == name else "no"
                raise ValueError(f"a {self.change} states {how} {name}")
        if self.factor is not None and not LEAST_FACTOR <= self.factor <= MOST_FACTOR:
            raise ValueError(
                f"a factor of {self.factor:g} is not meant; {LEAST_FACTOR:g} to {MOST_FACTOR:g} are"
            )
        if self.minimum is not None and not 1 <= self.minimum <= MOST_UNITS:
            raise ValueError(f"a minimum of {self.minimum} units is not meant; 1 or more are")
        return self

    @property
    def words(self) -> str:
        """What it does, to what and until when, in words."""
        named = ", ".join(
            f"{word} {getattr(self, name)}"
            for name, word in _SCOPE.items()
            if getattr(self, name) != EVERYWHERE
        )
        what = {
            "factor": f"levels times {self.factor or 0:g}",
            "minimum": f"levels of {self.minimum} units at least",
            "freeze": "levels stay as they were",
        }[self.change]
        return f"{what} ({named}) from {self.starts_on} to {self.ends_on}"

    @property
    def facts(self) -> dict[str, str]:
        """What an event says of it."""
        return {"change": self.model_dump_json()}


def close_level_change(
    known: Sequence[LevelChange], change_id: str, ends: Mapping[str, Any]
) -> LevelChange:
    """The change that puts another end in place of that of one that is known.

    One that ends before it would have begun is never in force.

    Args:
        known: changes as they stand.
        change_id: of the change, or its first letters.
        ends: ends_on, author, role, reason and decided_at of it from now on.

    Raises:
        LookupError: there is no such change, or there are several, in words.
        pydantic.ValidationError: it could not be meant.
    """
    found = [change for change in known if change.change_id.startswith(change_id)]
    if len(found) != 1:
        names = ", ".join(sorted(change.change_id for change in known)[:_LISTED]) or "none"
        words = f"{len(found)} changes of levels start with {change_id!r}"
        raise LookupError(f"{words}; known: {names}")
    starts_on = min(found[0].starts_on, ends["ends_on"])
    return LevelChange.model_validate({**dict(found[0]), **ends, "starts_on": starts_on})
