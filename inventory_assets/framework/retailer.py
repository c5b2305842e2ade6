"""`Retailer`: the premises that a run works on, as a resource of Dagster."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cached_property, partial
from typing import Self

import dagster as dg

from governance import PlanParts
from inventory_assets.framework.code_version import hash_code
from inventory_assets.framework.kept_frames import KeptFrames
from inventory_assets.landing_state import find_arrival
from inventory_assets.premises import Premises
from inventory_assets.runs import close_dead_runs, record_run_times, show_life, take_turn
from quality_checks.intake import fingerprint_inputs

FALLBACK = "fallback"
"""Stands for the baseline where no trained model plans."""


class Retailer(dg.ConfigurableResource, Premises):  # type: ignore[type-arg]
    """One retailer's premises; see `Premises` for the attributes."""

    data_folder: str
    policies_folder: str
    decisions_url: str = ""
    audit_key: str = ""
    audit_place: str = ""

    @cached_property
    def frames(self) -> KeptFrames:
        """What a run has read and may be asked for again."""
        return KeptFrames()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """In a run, wait for its turn to work on this retailer.

        In the end it is noted how long it took, and the warehouse is closed.
        """
        instance, run = context.instance, context.run
        with self._turn(instance, run.run_id) if instance and run else nullcontext():
            try:
                yield self
                if instance and run:
                    arrives = partial(find_arrival, self.landing)
                    record_run_times(self.warehouse, instance, run, arrives)
            finally:
                self.frames.forget()
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

    @property
    def store_url(self) -> str:
        """The URL of the decision store; of a variable that is named, its value."""
        url = self.decisions_url
        # Outside of runs nothing has put the value in place of the variable's name.
        return (url.get_value() or "") if isinstance(url, dg.EnvVar) else url

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
        # What trains models takes seconds to import, and an export needs none of it.
        from forecasting.lifecycle import RegistryError, find_champion  # noqa: PLC0415

        try:
            card = find_champion(self.models, business_date)
        except RegistryError:
            return FALLBACK
        return FALLBACK if card is None else card.version
