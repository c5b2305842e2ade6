"""`Retailer`: the folders, warehouse, policies and decision store that a run works on."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

import dagster as dg
import polars as pl

from forecasting.lifecycle import RegistryError, champion
from governance import (
    Policy,
    Store,
    load_planning_policy,
    load_policy,
    open_store,
    policy_hash,
)
from inventory_assets.framework.code_version import code_version
from optimization.levels import planned_pairs
from quality_checks.contracts import CONTRACTS, PlanningPolicy
from warehouse import PlanVersion, Warehouse

FALLBACK = "fallback"
"""Stands for the baseline where no trained model plans."""

_RANGE_PAIRS = 200_000
"""Pairs whose levels are worked out at once; their forecast is 28 times as many rows."""

_EVERY_SKU = pl.DataFrame(
    {"first_sku": [None], "last_sku": [None]},
    schema={"first_sku": pl.String, "last_sku": pl.String},
)


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
        return Warehouse(self.data / "warehouse" / "plenish.duckdb")

    @cached_property
    def store(self) -> Store:
        """Decisions, settings and the audit log."""
        folder = self.data / "governance"
        folder.mkdir(parents=True, exist_ok=True)
        return open_store(self.decisions_url or f"sqlite:///{folder / 'decisions.sqlite'}")

    @property
    def _policy_files(self) -> list[Path]:
        return [Path(self.policies_folder) / name for name in ("actions.yaml", "planning.yaml")]

    @cached_property
    def action_policy(self) -> Policy:
        """Which actions go by themselves."""
        return load_policy(self._policy_files[0])

    @cached_property
    def planning_policy(self) -> PlanningPolicy:
        """What every plan uses."""
        return load_planning_policy(self._policy_files[1])

    @property
    def policy_hash(self) -> str:
        """Hash of both policies."""
        return policy_hash(self._policy_files)

    def next_plan_versions(self, business_date: date) -> pl.DataFrame:
        """Rows of `plan_versions`: that of what is known now is in force, a new one if need be."""
        inputs = self.warehouse.input_hash(business_date)
        parts = (inputs, self.policy_hash, code_version(), self.model_version(business_date))
        return self.warehouse.plan_version(business_date, *parts)

    def model_version(self, business_date: date) -> str:
        """The champion of the business date, or `fallback` where none can plan."""
        try:
            card = champion(self.models, business_date)
        except RegistryError:
            return FALLBACK
        return FALLBACK if card is None else card.version

    def plan_version(self, business_date: date) -> PlanVersion:
        """The version in force, which `plans/plan_versions` has set.

        Raises:
            LookupError: the business date has no plan yet.
        """
        return self.warehouse.current_version(business_date)

    def sku_ranges(self, business_date: date) -> Iterator[pl.DataFrame]:
        """The assortment in ranges of skus that fit in memory: a row first_sku, last_sku each."""
        ranges = self.warehouse.query("sku_ranges", business_date, range_pairs=_RANGE_PAIRS)
        yield from ranges.iter_slices(1)

    def planning_pairs(
        self, business_date: date, sku_range: pl.DataFrame = _EVERY_SKU
    ) -> pl.DataFrame:
        """Every pair of the assortment, or of a range of skus, with position and lead time."""
        return self.warehouse.query(
            "planning_pairs",
            business_date,
            frames={"sku_range": sku_range},
            recent_days=self.planning_policy.transfers.recently_moved_days,
        )

    def planning_forecast(
        self, business_date: date, sku_range: pl.DataFrame = _EVERY_SKU
    ) -> pl.DataFrame:
        """The forecast that plans look ahead by, of the assortment or of a range of skus."""
        return self.warehouse.query(
            "planning_forecast", business_date, frames={"sku_range": sku_range}
        )

    def planned_pairs(self, business_date: date) -> pl.DataFrame:
        """Those with a target, and the target."""
        targets = self.warehouse.read(CONTRACTS["targets"], business_date)
        return planned_pairs(self.planning_pairs(business_date), targets)
