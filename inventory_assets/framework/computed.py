"""What the function of an asset gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from quality_checks.checks import Outcome


@dataclass(frozen=True)
class Computed:
    """A slice of a result table, what its checks found, and what a person would look at."""

    frame: pl.DataFrame
    outcomes: Sequence[Outcome] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
