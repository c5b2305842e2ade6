"""Take a source in: make its landing files, load them, and judge what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from connecting.making import Made, make_landing
from quality_checks.checks import WEEK, Outcome, judge_source
from warehouse import LoadReport, Warehouse


@dataclass(frozen=True)
class TakenIn:
    """What came of a source, and what its checks found.

    Attributes:
        made: what became of its raw files.
        loaded: what the load did.
        files: ledger of its files up to the business date.
        waiting: its rows in quarantine, newest first.
        outcomes: of all of its checks.
    """

    made: Made
    loaded: LoadReport
    files: pl.DataFrame
    waiting: pl.DataFrame
    outcomes: list[Outcome]

    @property
    def row_count(self) -> int:
        """Rows of it that were taken in so far."""
        return int(self.files["loaded_rows"].sum())

    @property
    def refused(self) -> list[str]:
        """Mappings and files that were not used, in words."""
        return self.made.refused + self.loaded.refused + self.loaded.misnamed


def take_in_source(  # noqa: PLR0913  # where it comes from, where it goes, how it is judged
    data: Path,
    landing: Path,
    warehouse: Warehouse,
    source: str,
    business_date: date,
    *,
    misnamed: Sequence[str] = (),
    stop_after_days: Mapping[str, int],
) -> TakenIn:
    """Make and load new and changed files of a source up to a date, and judge the source.

    Args:
        data: data folder with mappings/ and raw/.
        landing: where landing files are made and loaded from.
        warehouse: where they are loaded to.
        source: landing source.
        business_date: of the run.
        misnamed: files that are not used by their name, in words, beside those that loading names.
        stop_after_days: days of age at which planning on a source must stop.
    """
    made = make_landing(data, source, landing)
    loaded = warehouse.load(landing, source, business_date)
    files = warehouse.files(source, business_date)
    waiting = warehouse.waiting(source, business_date)
    outcomes = judge_source(
        source,
        business_date,
        files=files,
        misnamed=[*made.refused, *loaded.misnamed, *misnamed],
        waiting=waiting,
        overtaken=warehouse.overtaken(source, business_date),
        unknown=warehouse.unknown_mentions(source, business_date),
        misfits=warehouse.misfit_times(source, business_date, days=WEEK),
        stop_after_days=stop_after_days,
    )
    return TakenIn(made, loaded, files, waiting, outcomes)
