"""`Office`: all that the workbench is given, so that it asks neither clock nor environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from governance import ActionPolicy, Desk, PolicyRehearsal, Store
from governance.level_changes import LevelChange
from governance.scenarios import Scenario
from governance.story import Story
from warehouse import Warehouse
from workbench.door import Provider


class ExplainedStep(Protocol):
    """One line of an action's arithmetic."""

    @property
    def place(self) -> int:
        """Number of the step."""

    @property
    def value(self) -> str:
        """Value with its unit."""

    @property
    def words(self) -> str:
        """What it is."""

    @property
    def origin(self) -> str:
        """Where it was read, or what it was made of."""


class Arithmetic(Protocol):
    """Why an action is what it is."""

    @property
    def said(self) -> str | None:
        """The arithmetic in one line; None where that cannot be said."""

    @property
    def steps(self) -> Sequence[ExplainedStep]:
        """Its steps in order."""

    @property
    def sources(self) -> Sequence[tuple[int, str, str]]:
        """Number, table and key of each row that was read."""


class ToldItemLocation(Protocol):
    """What an item has at a location, and why it gets no more."""

    @property
    def state(self) -> str:
        """How it stands, as a sentence."""

    @property
    def cautions(self) -> Sequence[str]:
        """What the plan had to leave out, as sentences."""

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """Name and words of each."""

    @property
    def why(self) -> str:
        """Why it gets what it gets."""

    @property
    def change(self) -> str:
        """What would have to change for more; empty where nothing would."""


class ToldFigure(Protocol):
    """A figure of a supplier's scorecard in words; see `inventory_assets/cli/told_supplier.py`."""

    @property
    def name(self) -> str:
        """What it is."""

    @property
    def meaning(self) -> str:
        """The same at length."""

    @property
    def value(self) -> str:
        """Over all lines."""

    @property
    def recent(self) -> str:
        """Over the newest weeks."""

    @property
    def before(self) -> str:
        """Over as many weeks before these."""

    @property
    def trend(self) -> str:
        """Whether it got better or worse beyond chance; empty where that cannot be said."""

    @property
    def peers(self) -> str:
        """Median of the other suppliers."""

    @property
    def place(self) -> str:
        """Its place among them."""

    @property
    def lines(self) -> int:
        """Order lines that tell."""


class ToldLine(Protocol):
    """An order line that something counts against."""

    @property
    def order(self) -> str:
        """Order and line."""

    @property
    def sku(self) -> str:
        """Item."""

    @property
    def requested_on(self) -> str:
        """Day asked for."""

    @property
    def faults(self) -> str:
        """What counts against it."""


class ToldSupplier(Protocol):
    """How a supplier delivers."""

    @property
    def basis(self) -> str:
        """What the figures rest on."""

    @property
    def sentences(self) -> Sequence[str]:
        """What a buyer would say first."""

    @property
    def dependence(self) -> Sequence[str]:
        """What rests on the supplier."""

    @property
    def figures(self) -> Sequence[ToldFigure]:
        """Of its scorecard."""

    @property
    def lines(self) -> Sequence[ToldLine]:
        """The newest that something counts against."""


class ToldScenario(Protocol):
    """How a scenario stands; see `inventory_assets/scenarios/folder.py`."""

    @property
    def scenario(self) -> Scenario:
        """What it changes, and who asks."""

    @property
    def plan(self) -> str:
        """Business date and version of the plan that it changes; empty until it is copied."""

    @property
    def state(self) -> str:
        """Whether it is running, done or failed."""

    @property
    def steps(self) -> int:
        """Steps of its night that are done."""

    @property
    def of_steps(self) -> int:
        """Steps that there are; 0 before they begin."""

    @property
    def words(self) -> str:
        """Why it failed; empty where it has not."""


ToldStory = Sequence[tuple[str, Sequence[str]]]
"""Headings, each with its sentences."""


@dataclass(frozen=True)
class Tellers:
    """What the command line tells in words, so that both tell the same.

    Attributes:
        arithmetic: of the steps of an action and the currency of its amounts.
        story: of a warehouse and an action, a row of `Proposals`.
        gather_story: the same, of which nothing is told yet.
        rehearse: of a warehouse, a policy that is tried and a number of days up to the newest plan:
            where it would have sent their actions.
        item_location: of a warehouse, a desk, an item and a location; None where the assortment of
            the plan has no such pair.
        supplier: of a warehouse, a supplier and a business date; raises LookupError in words where
            it has no scorecard.
    """

    arithmetic: Callable[[pl.DataFrame, str], Arithmetic]
    story: Callable[[Warehouse, dict[str, Any]], ToldStory]
    gather_story: Callable[[Warehouse, dict[str, Any]], Story]
    rehearse: Callable[[Warehouse, ActionPolicy, int], PolicyRehearsal]
    item_location: Callable[[Warehouse, Desk, str, str], ToldItemLocation | None]
    supplier: Callable[[Warehouse, str, date], ToldSupplier]


@dataclass(frozen=True)
class Levels:
    """How levels are changed for some days, as the command line does it.

    Attributes:
        state: of a warehouse, what is given of a change, its author and the time the change, which
            nothing is recorded of; raises ValueError in words where it cannot be made.
        save: records and lands a change that was stated, with the token that was shown; says what
            was done, and raises ValueError in words where its author may not.
    """

    state: Callable[[Warehouse, Mapping[str, object], str, datetime], LevelChange]
    save: Callable[[Warehouse, LevelChange, str | None, datetime], str]


@dataclass(frozen=True)
class Sheets:
    """How worklists leave for a spreadsheet program and come back.

    Attributes:
        write: a frame as a workbook.
        read: of the name and content of a file its rows, by the names of its first one; raises
            ValueError in words where it is no worklist.
    """

    write: Callable[[pl.DataFrame], bytes]
    read: Callable[[str, bytes], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Scenarios:
    """How scenarios are run and read, as the command line does it.

    Attributes:
        read: how each stands, by name.
        start: runs one in the background, checked by the warehouse that is given; raises ValueError
            in words where it cannot be run, and `ScenarioInTheWayError` where another one is.
        compare: the figures of the plan and of a scenario, as `compare_figures` gives them; raises
            ScenarioError where nothing has come of it, or there is none of the name.
        drop: removes one, and stops it where it runs; raises ScenarioError.
    """

    read: Callable[[], Sequence[ToldScenario]]
    start: Callable[[Warehouse, Scenario], None]
    compare: Callable[[str], pl.DataFrame]
    drop: Callable[[str], None]


@dataclass(frozen=True)
class Office:
    """What the workbench of one retailer works with.

    Attributes:
        read_copy: the published copy of the warehouse.
        exports: the folder of batches for the ERP.
        policies_folder: the folder of policy files.
        store: decisions and the audit chain.
        publish_head: publishes the head of the chain; says why it could not, or nothing.
        clock: what the clocks of the retailer's time zone show.
        tellers: what is told as the command line tells it.
        sheets: worklists as files.
        levels: changes of levels.
        scenarios: what tonight's plan would be with something changed.
        is_local: whether only this machine can reach the workbench; names are believed only then.
        provider: of OpenID Connect, by which people sign on besides by tokens; None where there is
            none.
    """

    read_copy: Path
    exports: Path
    policies_folder: Path
    store: Store
    publish_head: Callable[[datetime], str]
    clock: Callable[[], datetime]
    tellers: Tellers
    sheets: Sheets
    levels: Levels
    scenarios: Scenarios
    is_local: bool
    provider: Provider | None
