"""`Retailer`: the folders, warehouse, policies and decision store that a run works on."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

import dagster as dg

from forecasting.lifecycle import RegistryError, find_champion
from governance import (
    ActionPolicy,
    PlanParts,
    PlanVersion,
    Store,
    find_current_version,
    hash_policies,
    load_planning_policy,
    load_policy,
    open_store,
)
from inventory_assets.framework.code_version import hash_code
from inventory_assets.runs import close_dead_runs, show_life, take_turn
from quality_checks.contracts import CONTRACTS, PlanningPolicy
from quality_checks.intake import fingerprint_inputs
from warehouse import Warehouse

_IDLE_SECONDS = 0.3
"""How long a run keeps the warehouse open between two uses; computing steps take longer."""

FALLBACK = "fallback"
"""Stands for the baseline where no trained model plans."""


class Retailer(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One retailer's folders, and what lives in them.

    Attributes:
        data_folder: holds landing/, warehouse/, exports/, governance/, checks/.
        policies_folder: holds planning.yaml and actions.yaml.
        decisions_url: SQLAlchemy URL of the decision store; empty for SQLite in the data folder.
    """

    data_folder: str
    policies_folder: str
    decisions_url: str = ""

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

    @cached_property
    def warehouse(self) -> Warehouse:
        """The DuckDB warehouse."""
        return Warehouse(self.data / "warehouse" / "plenish.duckdb", idle_seconds=_IDLE_SECONDS)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """In a run, wait for its turn to work on this retailer; close the warehouse in the end."""
        instance, run = context.instance, context.run
        with self._turn(instance, run.run_id) if instance and run else nullcontext():
            try:
                yield self
            finally:
                self.warehouse.close()

    @contextmanager
    def _turn(self, instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
        """Show that a run lives, and work on this retailer alone.

        What it waited for may have died, and holds the slot that it would wait for next.
        """
        instance.add_run_tags(run_id, show_life(instance, run_id))
        with take_turn(self.data):
            close_dead_runs(instance)
            yield

    @cached_property
    def store(self) -> Store:
        """Decisions, settings and the audit log."""
        folder = self.data / "governance"
        # Who decided what is for the owner's eyes; a mode that was set since then stays.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        url = self.decisions_url
        # Outside of runs nothing has put the value in place of the variable's name.
        said = url.get_value() if isinstance(url, dg.EnvVar) else url
        return open_store(said or f"sqlite:///{folder / 'decisions.sqlite'}")

    @property
    def _policy_files(self) -> list[Path]:
        return [Path(self.policies_folder) / name for name in ("actions.yaml", "planning.yaml")]

    @cached_property
    def action_policy(self) -> ActionPolicy:
        """Which actions go by themselves."""
        return load_policy(self._policy_files[0])

    @cached_property
    def planning_policy(self) -> PlanningPolicy:
        """What every plan uses."""
        return load_planning_policy(self._policy_files[1])

    @property
    def policy_hash(self) -> str:
        """Hash of both policies."""
        return hash_policies(self._policy_files)

    def plan_parts(self, business_date: date) -> PlanParts:
        """What a plan of the business date is made from, by what is known now."""
        return PlanParts(
            input_hash=fingerprint_inputs(self.warehouse.ledger(business_date)),
            policy_hash=self.policy_hash,
            code_version=hash_code(),
            model_version=self.model_version(business_date),
        )

    def model_version(self, business_date: date) -> str:
        """The champion of the business date, or `fallback` where none can plan."""
        try:
            card = find_champion(self.models, business_date)
        except RegistryError:
            return FALLBACK
        return FALLBACK if card is None else card.version

    def plan_version(self, business_date: date) -> PlanVersion:
        """The version in force, which `plans/plan_versions` has set.

        Raises:
            LookupError: the business date has no plan yet.
        """
        versions = self.warehouse.read(CONTRACTS["plan_versions"], business_date)
        return find_current_version(versions, business_date)
