"""`Premises`: the folders, warehouse, policies and decision store of one retailer.

It knows no Dagster, which takes longer to import than a decision may take.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from governance import (
    EVER,
    ActionPolicy,
    Desk,
    PlanVersion,
    Policies,
    Store,
    Terms,
    explain_dropped_action,
    find_current_version,
    open_store,
    recall_policies,
)
from governance.cases import CaseBook, Playbooks
from governance.exchange import (
    Departed,
    Recall,
    find_cancel_lines,
    find_departed,
    find_fallen,
    find_lessened_document,
    find_lines,
    read_recalls,
    select_unanswered_recalls,
    select_waiting_recalls,
)
from quality_checks.contracts import CONTRACTS, PlanningPolicy
from warehouse import Warehouse, WarehouseBusyError, name_copy

if TYPE_CHECKING:
    from governance.signed_heads import Witness

_IDLE_SECONDS = 1.0
"""How long a run keeps the warehouse open between two uses; long computing steps take longer."""


@dataclass
class Premises:
    """One retailer's folders, and what lives in them.

    Attributes:
        data_folder: holds mappings/, raw/, landing/, warehouse/, exports/, governance/, checks/.
        policies_folder: holds planning.yaml, actions.yaml and playbooks.yaml, and regions/ if any.
        decisions_url: SQLAlchemy URL of the decision store; empty for SQLite in the data folder.
        audit_key: private key that signs heads of the audit chain; empty for `keys/audit.pem`.
        audit_place: file or folder that they are published to; empty for `audit/`.
    """

    data_folder: str
    policies_folder: str
    decisions_url: str = ""
    audit_key: str = ""
    audit_place: str = ""

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.data_folder).resolve()

    @property
    def landing(self) -> Path:
        """Where source systems drop their extracts."""
        return self.data / "landing"

    @property
    def exports(self) -> Path:
        """Where the ERP picks up its batches."""
        return self.data / "exports"

    @property
    def models(self) -> Path:
        """The registry of trained models."""
        return self.data / "models"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file."""
        return self.data / "warehouse" / "plenish.duckdb"

    @cached_property
    def warehouse(self) -> Warehouse:
        """The DuckDB warehouse."""
        return Warehouse(self.warehouse_file, idle_seconds=_IDLE_SECONDS)

    @cached_property
    def store(self) -> Store:
        """Decisions, settings and the audit log."""
        folder = self.data / "governance"
        # Who decided what is for the owner's eyes; a mode that was set since then stays.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open_store(self.store_url or f"sqlite:///{folder / 'decisions.sqlite'}")

    @property
    def store_url(self) -> str:
        """The URL of the decision store; empty for SQLite in the data folder."""
        return self.decisions_url

    @property
    def witness(self) -> "Witness":
        """Who signs and publishes heads of the audit chain."""
        # Cryptography takes time to load, and looking at a plan needs none.
        from governance.signed_heads import Witness  # noqa: PLC0415

        key = Path(self.audit_key) if self.audit_key else self.data / "keys" / "audit.pem"
        place = Path(self.audit_place) if self.audit_place else self.data / "audit"
        return Witness(self.store, key, place, makes_place=not self.audit_place)

    @property
    def policy_texts(self) -> dict[str, str]:
        """What the policy files in force say, by name, as it is written."""
        return self._read_policies().texts

    @property
    def policy_faults(self) -> list[str]:
        """What is wrong with policy files that are passed over; none where all are in force."""
        return self._read_policies().faults

    @cached_property
    def policies(self) -> Policies:
        """The policies in force."""
        return self._read_policies()

    def _read_policies(self) -> Policies:
        return Policies(Path(self.policies_folder), lambda: recall_policies(self.store))

    @property
    def action_policy(self) -> ActionPolicy:
        """Which actions go by themselves."""
        return self.policies.actions

    @property
    def planning_policy(self) -> PlanningPolicy:
        """What every plan uses."""
        return self.policies.planning

    @property
    def playbooks(self) -> Playbooks:
        """Which exceptions open a case, and what may answer it."""
        return self.policies.playbooks

    @property
    def policy_hash(self) -> str:
        """Hash of all policies in force, as they are by now."""
        return self._read_policies().digest

    def enter_copy(self, warehouse: Warehouse) -> "Premises":
        """The same premises, of which the given copy of the warehouse is read."""
        copied = Premises(
            self.data_folder,
            self.policies_folder,
            self.decisions_url,
            self.audit_key,
            self.audit_place,
        )
        copied.warehouse, copied.store = warehouse, self.store
        return copied

    def plan_version(self, business_date: date) -> PlanVersion:
        """The version in force, which `plans/plan_versions` has set.

        Raises:
            LookupError: the business date has no plan yet.
        """
        versions = self.warehouse.read(CONTRACTS["plan_versions"], business_date)
        return find_current_version(versions, business_date)

    def find_newest_plan(self) -> date:
        """The newest business date that has a plan.

        Raises:
            LookupError: none has.
        """
        newest = self.warehouse.newest(CONTRACTS["plan_versions"])
        if newest is None:
            raise LookupError("nothing is planned yet: run `plenish plan`")
        return newest

    def is_planned_before(self, business_date: date) -> bool:
        """Whether an earlier business date has a plan."""
        until = business_date - timedelta(days=1)
        return not self.warehouse.read_until(CONTRACTS["plan_versions"], until).is_empty()

    def list_set_aside(self, business_date: date) -> pl.DataFrame:
        """Items on which a calculation of a business date broke: `ItemsSetAside` rows."""
        return self.warehouse.read(CONTRACTS["items_set_aside"], business_date)

    def find_action(self, desk: Desk, digits: str) -> dict[str, Any]:
        """The proposal of a plan whose id starts with `digits`.

        Raises:
            LookupError: none does, or several do, in words.
        """
        try:
            return desk.find_action(digits)
        except LookupError as error:
            day = desk.business_date
            lines = self.warehouse.read(CONTRACTS["plan_lines"], day)
            gone = lines.join(desk.exported, on="action_id", how="anti")
            dropped = explain_dropped_action(digits, gone, self.list_set_aside(day))
            if desk.proposes(digits) or dropped is None:
                raise
            raise LookupError(dropped) from error

    def open_desk(self, business_date: date) -> Desk:
        """The plan of a business date as decisions about it stand now."""
        newest = self.find_newest_plan()
        exported = self.warehouse.read(CONTRACTS["export_lines"], business_date)
        return Desk(
            business_date,
            self.warehouse.read(CONTRACTS["proposals"], business_date),
            exported,
            self.action_policy,
            self.store,
            self.warehouse.read(CONTRACTS["case_actions"], business_date),
            newest if newest > business_date else None,
            self.warehouse.read(CONTRACTS["plan_lines"], business_date),
            lambda: self.warehouse.known("lanes", business_date),
            lambda: Terms.read(lambda name: self.warehouse.query(name, business_date)),
            self._find_fallen(exported),
        )

    def find_departed(self, digits: str) -> Departed:
        """The line that has left of the action of any business date whose id starts with `digits`.

        Raises:
            LookupError: none has, or several have, in words.
        """
        warehouse, newest = self.warehouse, self.find_newest_plan()
        # What the ERP has answered since the plan counts, too.
        known = max(warehouse.newest(CONTRACTS["files"]) or newest, newest)
        return find_departed(
            digits,
            self._read_lines(newest),
            warehouse.known("acknowledgements", known),
            self._read_cancels(newest),
            warehouse.known("purchase_orders", known),
            warehouse.known("transfers", known),
            warehouse.read_until(CONTRACTS["plan_lines"], newest),
        )

    def find_lessened_document(self, departed: Departed) -> dict[str, Any] | None:
        """The document that is worth too little once a line of it is called back, if it is."""
        lines = self._read_lines(self.find_newest_plan())
        return find_lessened_document(
            departed.line["idempotency_key"],
            lines,
            self._find_fallen(lines),
            {recall.cancels for recall in read_recalls(self.store)},
        )

    def list_waiting_recalls(self) -> list[Recall]:
        """What was called back and the next export hands over."""
        warehouse, newest = self.warehouse, self.find_newest_plan()
        return select_unanswered_recalls(
            select_waiting_recalls(read_recalls(self.store), self._read_cancels(newest)),
            self._read_lines(newest),
            warehouse.known("acknowledgements", newest),
            warehouse.known("purchase_orders", newest),
            warehouse.known("transfers", newest),
        )

    def _read_lines(self, until: date) -> pl.DataFrame:
        """Every line that has left up to a business date, booked or not."""
        booked = self.warehouse.read_until(CONTRACTS["export_lines"], until)
        return find_lines(self.exports, booked, until)

    def _read_cancels(self, until: date) -> pl.DataFrame:
        """Every cancel line that has left up to a business date, booked or not."""
        booked = self.warehouse.read_until(CONTRACTS["cancel_lines"], until)
        return find_cancel_lines(self.exports, booked)

    def _find_fallen(self, lines: pl.DataFrame) -> frozenset[str]:
        """Keys of lines that the ERP has rejected or cancelled, by what the newest plan knows."""
        newest = self.find_newest_plan()
        answers = self.warehouse.known("acknowledgements", newest)
        return find_fallen(lines, answers, self._read_cancels(newest))

    def open_cases(self, desk: Desk) -> CaseBook:
        """The cases of a plan as decisions about it stand now."""
        business_date = desk.business_date
        return CaseBook(
            business_date=business_date,
            exceptions=self.warehouse.read(CONTRACTS["exceptions"], business_date),
            case_actions=desk.case_actions,
            proposals=desk.proposals,
            routed=desk.route(),
            decisions=self.store.decisions(EVER),
            earlier=self.warehouse.query("cases_before", business_date),
            history=self.warehouse.query("case_history", business_date),
        )


@dataclass
class QuietPremises(Premises):
    """Premises of which the warehouse is only read, beside others that do.

    While a run writes, the copy is read that the run before has published.
    """

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse, or its copy while it is held."""
        live = Warehouse(
            self.warehouse_file, deadline_seconds=0, idle_seconds=_IDLE_SECONDS, read_only=True
        )
        copy = name_copy(self.warehouse_file)
        try:
            live.newest(CONTRACTS["plan_versions"])
        except WarehouseBusyError:
            if not copy.exists():
                raise
            return Warehouse(copy, idle_seconds=_IDLE_SECONDS, read_only=True)
        return live

    def close(self) -> None:
        """Give back the files that are open."""
        for opened in ("warehouse", "store"):
            if opened in self.__dict__:
                self.__dict__[opened].close()
