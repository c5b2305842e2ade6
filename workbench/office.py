"""`Office`: all that the workbench is given, so that it asks neither clock nor environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from governance import ActionPolicy, Desk, PolicyRehearsal, Store
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
    """

    arithmetic: Callable[[pl.DataFrame, str], Arithmetic]
    story: Callable[[Warehouse, dict[str, Any]], ToldStory]
    gather_story: Callable[[Warehouse, dict[str, Any]], Story]
    rehearse: Callable[[Warehouse, ActionPolicy, int], PolicyRehearsal]
    item_location: Callable[[Warehouse, Desk, str, str], ToldItemLocation | None]


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
    is_local: bool
    provider: Provider | None
