"""What the function of an asset gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from quality_checks.checks import Outcome


@dataclass(frozen=True)
class Computed:
    """A slice of a result table, what its checks found, and what a person would look at.

    Attributes:
        frame: rows of the slice.
        outcomes: what checks found.
        metadata: what is shown beside the slice, by name; a picture is a function that draws it.
    """

    frame: pl.DataFrame
    outcomes: Sequence[Outcome] = ()
    metadata: dict[str, Any] = field(default_factory=dict)

    def show(self, *, pictures: bool) -> dict[str, Any]:
        """What is shown beside the slice, with its pictures drawn, or without them."""
        return {
            name: shown() if callable(shown) else shown
            for name, shown in self.metadata.items()
            if pictures or not callable(shown)
        }
