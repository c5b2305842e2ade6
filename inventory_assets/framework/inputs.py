"""`Inputs`: what an asset reads, so that the lineage in the UI is what happens.

An asset declares the tables that it reads. Its function is given a handle that reads those of its
business date, and refuses any other: a table that is read and not declared fails the step.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from governance import ActionPolicy, PlanParts, PlanVersion, Store, find_current_version
from governance.cases import Playbooks
from governance.exchange import select_lines_before
from inventory_assets.framework.closed_days import find_last_closed_day
from inventory_assets.framework.guard import blocking_failures
from inventory_assets.framework.marking import mark_tables
from inventory_assets.framework.reads import Call, Reads
from inventory_assets.framework.retailer import Retailer
from quality_checks.contracts import CONTRACTS, PlanningPolicy
from warehouse import (
    OF_DAYS,
    SkuRange,
    Warehouse,
    find_tables_read,
    hash_whole,
    may_change_unmarked,
)

if TYPE_CHECKING:
    from governance.signed_heads import Witness


class UndeclaredInputError(RuntimeError):
    """An asset read a table that it does not declare."""


class ItemsBoundError(RuntimeError):
    """Some items were to be made apart from others that bear on them."""


@dataclass(frozen=True)
class Declared:
    """Tables that an asset reads.

    Attributes:
        asset: its name.
        reads: tables of its business date.
        earlier: tables of earlier business dates, or what earlier runs of its own left.
        closed_days: whether it sees sales and returns of days that have closed, and no later ones.
    """

    asset: str
    reads: frozenset[str]
    earlier: frozenset[str]
    closed_days: bool = False

    def refuse_others(self, tables: frozenset[str]) -> None:
        """Refuse tables that are not declared.

        Raises:
            UndeclaredInputError: names the asset and the tables.
        """
        if others := sorted(tables - self.reads - self.earlier):
            raise UndeclaredInputError(
                f"{self.asset} reads {', '.join(others)}, which it does not declare"
            )

    def refuse_open_days(self, table: str) -> None:
        """Refuse to read a table whole that an open day is part of, where none may be seen.

        Raises:
            UndeclaredInputError: names the asset and the table.
        """
        if self.closed_days and table in OF_DAYS:
            raise UndeclaredInputError(
                f"{self.asset} sees closed days of {table}, and no query would leave out others"
            )


class Inputs:
    """What the function of an asset is given: a business date, and what it may read of it.

    Args:
        business_date: partition that is made.
        declared: tables that may be read.
        retailer: whose tables they are.
        items: condition on the column `sku` of all that is read, of which rows without one are
            part; every item by default.
        beyond: where it is noted what was reached that no declared table tells.
        reads: where it is noted what was read.
        whole: whether that is read of every item, whichever are calculated.
    """

    def __init__(  # noqa: PLR0913  # what a handle knows
        self,
        business_date: date,
        declared: Declared,
        retailer: Retailer,
        items: pl.Expr | None = None,
        beyond: list[str] | None = None,
        *,
        reads: Reads | None = None,
        whole: bool = False,
    ) -> None:
        self.business_date = business_date
        self._declared, self._retailer, self._items = declared, retailer, items
        self._reads, self._whole = reads, whole
        self._beyond = [] if beyond is None else beyond

    @property
    def reached_beyond(self) -> bool:
        """Whether more was read, or done, than reading what is declared, policies and the model."""
        return bool(self._beyond)

    def _reach_beyond(self, what: str) -> Retailer:
        """The retailer, for what no declared table tells; it is noted."""
        self._beyond.append(what)
        return self._retailer

    def skus(self) -> list[str]:
        """Every item known as of the business date, sorted."""
        products = self._warehouse.known("products", self.business_date)
        return products["sku"].unique().sort().to_list()

    def of_only(self, skus: Collection[str], reads: Reads | None = None) -> "Inputs":
        """What is to be read of some items, and where it is noted."""
        return self._limited(pl.col("sku").is_in(list(skus)), reads)

    def without(self, skus: Collection[str]) -> "Inputs":
        """What is to be read of all items but some."""
        return self._limited(~pl.col("sku").is_in(list(skus)))

    def of_all(self) -> "Inputs":
        """What is to be read of every item, where rows of no item are held against it."""
        return self._limited(None, self._reads, whole=True)

    def bind_items(self) -> None:
        """Say that items bear on each other tonight, so that none are made apart from the rest.

        Raises:
            ItemsBoundError: some are being made so in a cycle; all are made instead.
        """
        if self._items is not None and self._reads is not None:
            raise ItemsBoundError(f"items of {self._declared.asset} share what limits them")

    def _limited(
        self, items: pl.Expr | None, reads: Reads | None = None, *, whole: bool = False
    ) -> "Inputs":
        known = self.business_date, self._declared, self._retailer
        return Inputs(*known, items, self._beyond, reads=reads, whole=whole)

    def _give(
        self, call: Call, read: Callable[[], pl.DataFrame], *, anew: bool = False
    ) -> pl.DataFrame:
        """What is read, where it is not at hand: the rows of the items that are read, and of none.

        It is noted.

        Args:
            call: what is asked for.
            read: reads it of all items.
            anew: whether the call does not say all that is asked, so that nothing at hand answers.
        """
        at_hand = None if anew or self._reads is None else self._reads.find_at_hand(call)
        chosen = frame = read() if at_hand is None else at_hand
        if self._items is not None and "sku" in frame.columns:
            chosen = frame.filter(self._items | pl.col("sku").is_null())
        if self._reads is not None:
            self._reads.note(chosen, call, whole=self._whole)
        return chosen

    @property
    def _warehouse(self) -> Warehouse:
        return self._retailer.warehouse

    def read(self, table: str, *, skus: SkuRange | None = None) -> pl.DataFrame:
        """The slice of a result table, sorted by key; of a range of skus, where one is named."""
        self._declared.refuse_others(frozenset({table}))
        self._declared.refuse_open_days(table)
        contract, day = CONTRACTS[table], self.business_date

        def read() -> pl.DataFrame:
            return self._warehouse.read(contract, day, skus=skus)

        return self._give(
            ("read", table, skus), lambda: self._read_once(("read", skus), {table}, read)
        )

    def _read_once(
        self, asked: Hashable, tables: Collection[str], read: Callable[[], pl.DataFrame]
    ) -> pl.DataFrame:
        """What is read of all items, once in a run while the tables behind it hold the same.

        Args:
            asked: tells the read from others of the same tables.
            tables: landing sources and result tables that it reads.
            read: reads it.
        """
        if any(may_change_unmarked(CONTRACTS[table]) for table in tables):
            return read()
        day = self.business_date
        marks = mark_tables(self._retailer, tables, day)
        return self._retailer.frames.give((asked, frozenset(tables), day, marks), read)

    def read_until(self, table: str) -> pl.DataFrame:
        """Every slice of a result table up to the business date."""
        self._declared.refuse_others(frozenset({table}))
        self._declared.refuse_open_days(table)
        contract, day = CONTRACTS[table], self.business_date
        return self._give(("read_until", table), lambda: self._warehouse.read_until(contract, day))

    def read_lines_before(self) -> pl.DataFrame:
        """Rows of `export_lines` that plans before the one in force have handed out.

        Each cycle is a version of its own, so only the lines are noted and not its number, from
        which nothing else follows.

        Raises:
            LookupError: the business date has no plan yet.
        """
        self._declared.refuse_others(frozenset({"export_lines", "plan_versions"}))
        return self._give(("read_lines_before",), self._select_lines_before)

    def _select_lines_before(self) -> pl.DataFrame:
        warehouse, day = self._warehouse, self.business_date
        version = find_current_version(warehouse.read(CONTRACTS["plan_versions"], day), day)
        lines = warehouse.read_until(CONTRACTS["export_lines"], day)
        return select_lines_before(lines, day, version.plan_version)

    def known(self, source: str) -> pl.DataFrame:
        """A landing source as of the business date, sorted by key."""
        self._declared.refuse_others(frozenset({source}))
        self._declared.refuse_open_days(source)
        day = self.business_date
        return self._give(("known", source), lambda: self._warehouse.known(source, day))

    def overtaken(self, source: str) -> pl.DataFrame:
        """Keys of a source that stand although a newer row waits; see `Warehouse.overtaken`."""
        self._declared.refuse_others(frozenset({source, "quarantine"}))
        day = self.business_date
        return self._give(("overtaken", source), lambda: self._warehouse.overtaken(source, day))

    def query(
        self,
        name: str,
        *,
        frames: Mapping[str, pl.DataFrame | Callable[["Inputs"], pl.DataFrame]] | None = None,
        **variables: date | float | str,
    ) -> pl.DataFrame:
        """The result of a named query; see `Warehouse.query`.

        A frame may be given as what reads it. What that reads is not noted then, since nothing but
        the query sees it, and the query's result is.
        """
        self._declared.refuse_others(find_tables_read(name))
        until = self.last_closed_day if self._declared.closed_days else None
        unseen = self._limited(self._items, whole=self._whole)

        def run() -> pl.DataFrame:
            given = {
                table: frame(unseen) if callable(frame) else frame
                for table, frame in (frames or {}).items()
            }

            def ask() -> pl.DataFrame:
                return self._warehouse.query(
                    name, self.business_date, frames=given, closed_until=until, **variables
                )

            marks = [
                (table, str(frame.schema), hash_whole(frame)) for table, frame in given.items()
            ]
            asked = ("query", name, until, *sorted(variables.items()), *sorted(marks))
            return self._read_once(asked, find_tables_read(name), ask)

        # Frames are no part of the call: of portions of items each would be given another's rows.
        anew = any(not callable(frame) for frame in (frames or {}).values())
        return self._give(("query", name, *sorted(variables.items())), run, anew=anew)

    @cached_property
    def last_closed_day(self) -> date:
        """The last day that has closed everywhere: what came of a later one would mislead."""
        self._declared.refuse_others(find_tables_read("open_day"))
        found = find_last_closed_day(self._retailer, self.business_date)
        self._give(("last_closed_day",), lambda: pl.DataFrame({"last_closed_day": [found]}))
        return found

    def ledger(self) -> pl.DataFrame:
        """Landed files that the plan may use: columns of the contract `files`."""
        return self._reach_beyond("ledger").warehouse.ledger(self.business_date)

    def newest_files(self) -> dict[str, date]:
        """Last business date of every source that ever came."""
        return self._reach_beyond("files").warehouse.newest_files(self.business_date)

    def blocking_failures(self, stages: Collection[str]) -> list[str]:
        """Blocking checks of the stages' assets that failed for the business date, in words."""
        return blocking_failures(self._reach_beyond("checks"), self.business_date, stages)

    def plan_parts(self) -> PlanParts:
        """What a plan of the business date is made from, by what is known now."""
        return self._reach_beyond("parts").plan_parts(self.business_date)

    def adopt(self, table: str, day: date, frame: pl.DataFrame) -> None:
        """Store the slice of an earlier business date that the warehouse has lost."""
        self._declared.refuse_others(frozenset({table}))
        self._reach_beyond(table).warehouse.write(CONTRACTS[table], day, frame)

    def replace_days(
        self, table: str, days: Sequence[date], frame: pl.DataFrame, marks: pl.DataFrame
    ) -> None:
        """Store days of a daily table, then what they were built from.

        Args:
            table: result table that the asset makes.
            days: business dates of which `frame` holds every row.
            frame: columns of the table's contract.
            marks: columns of the contract `day_fingerprints`, of the days.
        """
        self._reach_beyond(table).warehouse.replace_days(CONTRACTS[table], days, frame)
        fingerprints = CONTRACTS["day_fingerprints"]
        self._warehouse.replace_part(fingerprints, days, {"name": table}, marks)

    def is_planned_later(self) -> bool:
        """Whether a later business date has a plan."""
        warehouse = self._reach_beyond("later plans").warehouse
        return warehouse.has_after(CONTRACTS["plan_versions"], self.business_date)

    def plan_version(self) -> PlanVersion:
        """The plan version in force.

        Raises:
            LookupError: the business date has no plan yet.
        """
        return find_current_version(self.read("plan_versions"), self.business_date)

    @property
    def policy_hash(self) -> str:
        """Hash of all policies in force, as their files are now."""
        return self._retailer.policy_hash

    @property
    def policy_faults(self) -> list[str]:
        """What is wrong with policy files that are passed over; none where all are in force."""
        return self._retailer.policy_faults

    @property
    def policy(self) -> PlanningPolicy:
        """What every plan uses."""
        return self._retailer.planning_policy

    @property
    def action_policy(self) -> ActionPolicy:
        """Which actions go by themselves."""
        return self._retailer.action_policy

    @property
    def playbooks(self) -> Playbooks:
        """Which exceptions open a case, and what may answer it."""
        return self._retailer.playbooks

    @property
    def store(self) -> Store:
        """Decisions, settings and the audit log."""
        return self._reach_beyond("store").store

    @property
    def witness(self) -> "Witness":
        """Who signs and publishes heads of the audit chain."""
        return self._reach_beyond("witness").witness

    @property
    def policy_texts(self) -> dict[str, str]:
        """What the policy files in force say, by name, as it is written."""
        return self._retailer.policy_texts

    @property
    def models(self) -> Path:
        """The registry of trained models."""
        return self._retailer.models

    @property
    def reports(self) -> Path:
        """Where files of the business date are written that people open."""
        return self._reach_beyond("reports").data / "reports" / self.business_date.isoformat()

    @property
    def exports(self) -> Path:
        """Where the ERP picks up its batches."""
        return self._reach_beyond("exports").exports

    @property
    def outbox(self) -> Path:
        """Where files for suppliers lie ready."""
        return self._reach_beyond("outbox").data / "outbox"
