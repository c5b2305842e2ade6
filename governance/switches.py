"""The kill switch: automation turned off for all, for a kind, for a region, or for a kind in one.

A switch only turns off: what is off for all is not turned on again by a switch of a kind. Each
scope has a switch of its own, and its last setting stands.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from governance.audit import Payload

SETTING: Final = "automation"
"""Name of the setting of the switch for all; those of narrower scopes begin with it, too."""


@dataclass(frozen=True, order=True)
class Scope:
    """What a switch is for; a kind or a region that is empty is any.

    Attributes:
        kind: kind of action.
        region: region that an action is for.
    """

    kind: str = ""
    region: str = ""

    @classmethod
    def of(cls, facts: Payload) -> "Scope":
        """The scope that the facts of a switch state."""
        return cls(str(facts.get("kind", "")), str(facts.get("region", "")))

    @property
    def facts(self) -> dict[str, str]:
        """What it states: nothing for all."""
        stated = {"kind": self.kind, "region": self.region}
        return {name: value for name, value in stated.items() if value}

    @property
    def setting(self) -> str:
        """Name of its setting."""
        if not self.facts:
            return SETTING
        text = f"{self.kind}\x1f{self.region}"
        return f"{SETTING}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    @property
    def words(self) -> str:
        """What it is for, in words."""
        where = f" in {self.region}" if self.region else ""
        return f"{self.kind or 'all actions'}{where}"


def select_stopped(stopped: Iterable[Scope]) -> pl.Expr:
    """Whether an action is of a scope for which automation is off.

    Args:
        stopped: scopes that are off; they are asked of the columns kind and region.
    """
    hit = pl.lit(value=False)
    for scope in stopped:
        conditions = [pl.col(name) == value for name, value in scope.facts.items()]
        hit |= pl.all_horizontal(pl.lit(value=True), *conditions)
    return hit
