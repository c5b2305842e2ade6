"""`Citer`: gives the tables of one plan as sources, and its actions as decisions stand now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

import polars as pl

from governance import EVER
from quality_checks.contracts import CONTRACTS, VIEW_SCHEMA, VIEWS, Column
from workbench.citing.cited import Source
from workbench.reading import Desks, Plan

_WORKLIST: Final = "worklist"
"""Name of the actions of the plan with decisions as they stand now, beside `planned_actions`."""
_ROUTED_NOW: Final = "routed_now"
_DECISIONS: Final = "decisions"


@dataclass(frozen=True)
class Citer:
    """The tables of a plan.

    Attributes:
        plan: the newest.
        desks: gives decisions as they stand.
    """

    plan: Plan
    desks: Desks

    @cached_property
    def currency(self) -> str:
        """Currency of the plan's amounts, which it has where it proposes nothing, too."""
        return self.plan.currency

    @property
    def now(self) -> datetime:
        """What the retailer's clocks show."""
        return self.desks.office.clock()

    @cached_property
    def worklist(self) -> Source:
        """Actions of the plan as decisions stand now, in the order of the worklist."""
        stated = {
            **CONTRACTS["routed"].model.stated_columns,
            **VIEWS["planned_actions"].model.stated_columns,
        }
        sheet = self.desks.read_sheet(self.plan).frame
        known = {name: column for name, column in stated.items() if name in sheet.columns}
        ranked = sheet.select(*known, "rank").sort("rank").drop("rank")
        return self._make(_WORKLIST, ("action_id",), known, ranked)

    def read_view(self, name: str) -> Source:
        """A view of the read copy, one of `VIEWS`."""
        view = VIEWS[name]
        rows = self.plan.read_view(name)
        return self._make(f"{VIEW_SCHEMA}.{name}", view.key, view.model.stated_columns, rows)

    def read_result(self, name: str, **wanted: str) -> Source:
        """Rows of a result table of the business date that have some values."""
        return self.take_result(name, self.plan.read_table(name)).choose(**wanted)

    def take_result(self, name: str, rows: pl.DataFrame) -> Source:
        """Rows that a query has read of a result table, some columns of it or all.

        Args:
            name: of the table.
            rows: of the business date, the key among their columns.
        """
        contract = CONTRACTS[name]
        stated = contract.model.stated_columns
        known = {column: stated[column] for column in rows.columns if column in stated}
        dated = {"business_date": self.plan.business_date.isoformat()}
        key = tuple(column for column in contract.key if column in known)
        return self._make(contract.table, key, known, rows.select(*known), dated)

    def take_rows(self, table: str, key: tuple[str, ...], rows: pl.DataFrame) -> Source:
        """Rows of no table of the warehouse, of whose columns nothing is stated.

        Args:
            table: what they are called.
            key: columns that tell them apart.
            rows: in order.
        """
        columns = {
            name: Column(name.replace("_", " "), True, {}, (), dtype)
            for name, dtype in rows.schema.items()
        }
        return self._make(table, key, columns, rows)

    def read_routed(self, action_id: str) -> Source:
        """What policy and people make of an action by now."""
        with self.desks.lock:
            rows = self.desks.open_desk(self.plan).route().filter(action_id=action_id)
        return self.take_routed(rows).choose(action_id=action_id)

    def take_routed(self, rows: pl.DataFrame) -> Source:
        """Rows of a `Routed` frame that no table holds: as decisions stand, or would."""
        return replace(self.take_result("routed", rows), table=_ROUTED_NOW)

    def read_decisions(self, action_id: str) -> Source:
        """What was decided about an action, in order; the decision store has it."""
        rows = self.desks.office.store.decisions(EVER).filter(action_id=action_id)
        columns = CONTRACTS["decisions"].model.stated_columns
        found = self._make(_DECISIONS, ("decision_id",), columns, rows)
        return found.choose(action_id=action_id).sort("decided_at", descending=False)

    def _make(
        self,
        table: str,
        key: tuple[str, ...],
        columns: Mapping[str, Column],
        rows: pl.DataFrame,
        where: Mapping[str, str] | None = None,
    ) -> Source:
        return Source(table, key, columns, rows, where or {}, self.currency)
