"""`Plan`: the newest plan as one visitor reads it, which is all that a page or a tool is given."""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import polars as pl

from governance.people import ReadingScope
from warehouse import Warehouse
from workbench.reading.cutting import Cutter
from workbench.reading.plan import Mark, PublishedPlan

T = TypeVar("T")

_WHOLE: Final = "That is read by who reads all of the plan; your charges are of {}."


class BeyondChargesError(LookupError):
    """Somebody asks for what his charges do not let him read; the message says why."""


class Plan:
    """A published plan, cut to what a visitor reads.

    Args:
        whole: the plan.
        reading: what he reads of it.

    Attributes:
        whole: the plan, for what a page does not show: the desk, and what is made of it.
        reading: what the visitor reads.
    """

    def __init__(self, whole: PublishedPlan, reading: ReadingScope) -> None:
        self.whole = whole
        self.reading = reading
        self._cutter = None if reading is None else Cutter(whole, sorted(reading))
        self._kept: dict[str, pl.DataFrame] = {}

    @property
    def mark(self) -> Mark:
        """Of the file that it is read from."""
        return self.whole.mark

    @property
    def business_date(self) -> date:
        """Of the plan."""
        day: date = self.whole.business_date
        return day

    @property
    def plan_version(self) -> int:
        """Of the business date."""
        return self.whole.plan_version

    @property
    def model_version(self) -> str:
        """Of the model that was to plan, or fallback."""
        return self.whole.model_version

    @property
    def words(self) -> str:
        """Business date and version, which name the plan."""
        return self.whole.words

    @property
    def currency(self) -> str:
        """Of all amounts; empty where the plan knows no item."""
        return self.whole.currency

    @property
    def reads_all(self) -> bool:
        """Whether the visitor reads all of it."""
        return self.reading is None

    @property
    def reading_words(self) -> str:
        """What the visitor reads of it; empty where that is all."""
        return describe_reading(self.reading)

    def read_view(self, name: str) -> pl.DataFrame:
        """A view of the read copy, one of `VIEWS`, sorted by key."""
        return self._keep(name, f"view {name}", lambda: self.whole.read_view(name))

    def read_table(self, name: str) -> pl.DataFrame:
        """The slice of a result table of the business date, sorted by key."""
        return self._keep(name, name, lambda: self.whole.read_table(name))

    def read_known(self, name: str) -> pl.DataFrame:
        """A landing source as it was known on the business date, sorted by key."""
        return self._keep(name, f"known {name}", lambda: self.whole.read_known(name))

    def read_query(self, name: str) -> pl.DataFrame:
        """The result of a query about the business date, cut by its columns."""
        return self._keep(name, f"query {name}", lambda: self.whole.read_query(name))

    def query_chosen(self, name: str, **chosen: str | int) -> pl.DataFrame:
        """The result of a query about one thing; nothing of an item-location that is not read.

        Args:
            name: of an SQL file that reads the frame `chosen`.
            chosen: what tells the thing apart, by column of the frame.
        """
        found = self.whole.query_chosen(name, **chosen)
        if {"sku", "location"} <= chosen.keys():
            pair = str(chosen["sku"]), str(chosen["location"])
            return found if self.covers_pair(*pair) else found.clear()
        return self.cut(name, found)

    def read_explanation(self, action_id: str) -> pl.DataFrame:
        """The steps of one action, in order.

        Args:
            action_id: of an action of the plan, not what somebody has typed.
        """
        return self.cut("explanations", self.whole.read_explanation(action_id))

    def use(self, read: Callable[[Warehouse], T]) -> T:
        """What a function reads of the copy, whatever that is.

        Raises:
            BeyondChargesError: the visitor reads a part of the plan.
            PlanReplacedError: the copy is another one by now.
        """
        require_all(self.reading)
        return self.whole.use(read)

    def use_for_action(self, action_id: str, read: Callable[[Warehouse], T]) -> T:
        """What a function reads of the copy about an action.

        Raises:
            BeyondChargesError: the visitor does not read the action.
            PlanReplacedError: the copy is another one by now.
        """
        if not self.covers_action(action_id):
            require_all(self.reading)
        return self.whole.use(read)

    def use_for_pair(self, sku: str, location: str, read: Callable[[Warehouse], T]) -> T:
        """What a function reads of the copy about an item at a location.

        Raises:
            BeyondChargesError: the visitor does not read it.
            PlanReplacedError: the copy is another one by now.
        """
        if not self.covers_pair(sku, location):
            require_all(self.reading)
        return self.whole.use(read)

    def covers_action(self, action_id: str) -> bool:
        """Whether the visitor reads an action of this plan or of an earlier one."""
        return not self.cut("actions", pl.DataFrame({"action_id": [action_id]})).is_empty()

    def covers_pair(self, sku: str, location: str) -> bool:
        """Whether the visitor reads an item at a location."""
        return self._cutter is None or self._cutter.covers_pair(sku, location)

    def cut(self, source: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame that the visitor reads, in their order.

        Args:
            source: name of what they come from.
            rows: all of its columns.
        """
        return rows if self._cutter is None else self._cutter.cut(source, rows)

    def _keep(self, source: str, name: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        if self._cutter is None:
            return read()
        if name not in self._kept:
            self._kept[name] = self.cut(source, read())
        return self._kept[name]


def describe_reading(reading: ReadingScope) -> str:
    """Say what somebody reads in words; empty where that is everything."""
    return "; or ".join(limit.words for limit in sorted(reading or ()))


def require_all(reading: ReadingScope) -> None:
    """Refuse what is for those alone who read everything.

    Raises:
        BeyondChargesError: somebody reads a part.
    """
    if reading is not None:
        raise BeyondChargesError(_WHOLE.format(describe_reading(reading) or "nothing"))
