"""The newest plan, read from the published copy of the warehouse and found anew after each night.

The copy is replaced by rename. Every read is held against the file that the plan was taken from, so
that no page shows half of one plan and half of another.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

T = TypeVar("T")

Mark = tuple[int, int, int]
"""Device, inode and time of change of the copy."""

_IDLE_SECONDS: Final = 1.0


class PlanReplacedError(RuntimeError):
    """A newer plan was published while one was read; whoever asks again gets the newer one."""


class PublishedPlan:
    """One published plan, all of it; what was read of it is kept. Visitors read it as a `Plan`.

    Attributes:
        mark: of the file that it is read from.
        business_date: of the plan.
        plan_version: of the business date.
        model_version: of the model that was to plan, or fallback.
    """

    def __init__(self, path: Path, lock: threading.RLock) -> None:
        """Take the plan that the copy has now.

        Raises:
            LookupError: there is no copy, or nothing is planned.
        """
        self.mark = _find_mark(path)
        self._path = path
        self._lock = lock
        self._warehouse = Warehouse(path, idle_seconds=_IDLE_SECONDS, read_only=True)
        self._kept: dict[str, pl.DataFrame] = {}
        newest = self.read_view("newest_plan")
        if newest.is_empty():
            raise LookupError("nothing is planned yet: run `plenish plan`")
        row = newest.row(0, named=True)
        self.business_date = row["business_date"]
        self.plan_version = int(row["plan_version"])
        self.model_version = str(row["model_version"])

    @property
    def words(self) -> str:
        """Business date and version, which name the plan."""
        return f"{self.business_date}.{self.plan_version}"

    @property
    def currency(self) -> str:
        """Of all amounts; empty where the plan knows no item."""
        return next(iter(self.read_view("items")["currency"]), "")

    def read_view(self, name: str) -> pl.DataFrame:
        """A view of the read copy, one of `VIEWS`, sorted by key."""
        return self._keep(f"view {name}", lambda: self._warehouse.read_view(name))

    def read_table(self, name: str) -> pl.DataFrame:
        """The slice of a result table of the business date, sorted by key."""
        contract = CONTRACTS[name]
        return self._keep(name, lambda: self._warehouse.read(contract, self.business_date))

    def read_known(self, name: str) -> pl.DataFrame:
        """A landing source as it was known on the business date, sorted by key."""
        return self._keep(f"known {name}", lambda: self._warehouse.known(name, self.business_date))

    def read_query(self, name: str) -> pl.DataFrame:
        """The result of a query about the business date."""
        return self._keep(f"query {name}", lambda: self._warehouse.query(name, self.business_date))

    def query_chosen(self, name: str, **chosen: str | int) -> pl.DataFrame:
        """The result of a query about one thing.

        Args:
            name: of an SQL file that reads the frame `chosen`.
            chosen: what tells the thing apart, by column of the frame.
        """
        frames = {"chosen": pl.DataFrame([chosen])}
        return self.use(lambda warehouse: warehouse.query(name, self.business_date, frames=frames))

    def read_explanation(self, action_id: str) -> pl.DataFrame:
        """The steps of one action, in order.

        Args:
            action_id: of an action of the plan, not what somebody has typed.
        """
        return self.use(
            lambda warehouse: warehouse.query(
                "explanation", self.business_date, action_id=action_id
            )
        )

    def use(self, read: Callable[[Warehouse], T]) -> T:
        """What a function reads of the copy.

        Raises:
            PlanReplacedError: the copy is another one by now.
        """
        # One at a time: a second connection would share a file that was replaced meanwhile.
        with self._lock:
            try:
                return read(self._warehouse)
            finally:
                # What a read breaks on may be of the newer plan, too.
                if _find_mark(self._path) != self.mark:
                    raise PlanReplacedError("a newer plan has just been published")

    def close(self) -> None:
        """Give back the file."""
        self._warehouse.close()

    def _keep(self, name: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self.use(lambda _: read())
            return self._kept[name]


class PlanShelf:
    """Where the newest plan is taken from.

    Args:
        path: the published copy.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._plan: PublishedPlan | None = None

    def take(self) -> PublishedPlan:
        """The newest plan that is published.

        Raises:
            LookupError: nothing is planned yet.
            PlanReplacedError: a newer one was published meanwhile.
        """
        with self._lock:
            if self._plan is not None and self._plan.mark != _find_mark(self._path):
                self.close()
            if self._plan is None:
                self._plan = PublishedPlan(self._path, self._lock)
            return self._plan

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            if self._plan is not None:
                self._plan.close()
                self._plan = None


def _find_mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise LookupError("nothing is planned yet: run `plenish plan`") from error
    return found.st_dev, found.st_ino, found.st_mtime_ns
