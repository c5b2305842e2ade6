"""A check, and what it found."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Outcome:
    """What a check found: it passed when no row is at fault."""

    check: "Check"
    message: str
    failing: pl.DataFrame

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return self.failing.is_empty()


@dataclass(frozen=True)
class Check:
    """A named property of an asset.

    Attributes:
        name: identifier within the asset.
        description: what holds when it passes.
        blocking: whether going on would do harm when it fails.
        remedy: what to do when it fails, where its description does not say.
    """

    name: str
    description: str
    blocking: bool = False
    remedy: str = ""

    def found(self, failing: pl.DataFrame, message: str) -> Outcome:
        """The outcome with the rows at fault, none where it passes."""
        return Outcome(self, "" if failing.is_empty() else message, failing)
