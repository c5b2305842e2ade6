"""Where a command works: the data folder, and the Dagster instance that its runs are kept in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from inventory_assets.premises import QuietPremises
from inventory_assets.project import DECISIONS_URL, PROJECT, find_data_folder, find_policies_folder


@dataclass(frozen=True)
class Workplace:
    """The data folder of one retailer.

    Attributes:
        data: holds landing/, warehouse/, exports/.
    """

    data: Path

    @classmethod
    def at(cls, data: Path | None) -> Self:
        """The workplace at `data`, else at $PLENISH_DATA, else in the project.

        Sets the environment that the definitions read when they are loaded.
        """
        chosen = data or find_data_folder()
        os.environ["PLENISH_DATA"] = str(chosen.resolve())
        os.environ.setdefault("DAGSTER_HOME", str(PROJECT))
        return cls(chosen.resolve())

    @property
    def landing(self) -> Path:
        """Where extracts land."""
        return self.data / "landing"

    @contextmanager
    def enter(self) -> Iterator[QuietPremises]:
        """What lives at the workplace, for commands that look at a plan and decide about it."""
        premises = QuietPremises(
            data_folder=str(self.data),
            policies_folder=str(find_policies_folder()),
            decisions_url=os.environ.get(DECISIONS_URL, ""),
        )
        try:
            yield premises
        finally:
            premises.close()
