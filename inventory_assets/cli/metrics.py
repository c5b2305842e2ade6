"""What the newest plan found, in the form of Prometheus, for a file that a node exporter reads."""

import os
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from rich.console import Console

from forecasting.lifecycle import find_champion
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS, list_landing_sources


def tell_metrics(place: Workplace, out: Path | None, console: Console) -> None:
    """Print the metrics of the newest plan, or write them to a file by rename.

    Raises:
        LookupError: nothing is planned yet.
    """
    registry = CollectorRegistry()
    with place.enter() as premises:
        business_date = premises.find_newest_plan()
        _gauge(registry, "plan_business_date", "Business date of the newest plan").set(
            _seconds(business_date)
        )
        _tell_sources(registry, premises, business_date)
        _tell_checks(registry, premises, business_date)
        _tell_queues(registry, premises, business_date)
        _tell_model(registry, premises, business_date)
        _tell_runs(registry, premises, business_date)
    text = generate_latest(registry)
    if out is None:
        console.print(text.decode(), end="", markup=False, highlight=False, soft_wrap=True)
        return
    partial = out.with_name(f".{out.name}.part")
    partial.write_bytes(text)
    os.replace(partial, out)  # noqa: PTH105  # the reader never sees half of it


def _tell_sources(registry: CollectorRegistry, premises: Premises, business_date: date) -> None:
    """Of each source: its newest file, refused files of the date, and rows that wait."""
    newest = _gauge(registry, "source_business_date", "Newest business date of a source", "source")
    refused = _gauge(
        registry, "source_files_refused", "Files of the newest plan's run refused", "source"
    )
    waiting = _gauge(registry, "source_rows_waiting", "Rows of a source in quarantine", "source")
    for source, day in sorted(premises.warehouse.newest_files(business_date).items()):
        newest.labels(source).set(_seconds(day))
    for source in list_landing_sources():
        files = premises.warehouse.files(source, business_date)
        looked = files.filter(status="refused", loaded_on=business_date)
        refused.labels(source).set(len(looked))
        waiting.labels(source).set(len(premises.warehouse.waiting(source, business_date)))


def _tell_checks(registry: CollectorRegistry, premises: Premises, business_date: date) -> None:
    """Checks that failed, those that stop a plan apart."""
    failed = _gauge(registry, "checks_failed", "Checks of the newest plan that failed", "blocking")
    outcomes = premises.warehouse.read(CONTRACTS["check_outcomes"], business_date)
    for blocking in (True, False):
        found = outcomes.filter(passed=False, blocking=blocking)
        failed.labels(str(blocking).lower()).set(len(found))


def _tell_queues(registry: CollectorRegistry, premises: Premises, business_date: date) -> None:
    """Actions that wait for people, by role, and approved ones that have not left."""
    desk = premises.open_desk(business_date)
    waits = _gauge(registry, "actions_waiting", "Actions that wait for a role", "role")
    routed = desk.route().filter(status="waiting")
    asked = routed["missing_roles"].str.split(";").explode(empty_as_null=True, keep_nulls=False)
    for role, number in sorted(asked.value_counts().iter_rows()):
        waits.labels(role).set(number)
    ready = _gauge(registry, "actions_ready", "Approved actions that have not left")
    ready.set(len(desk.select_ready()))


def _tell_model(registry: CollectorRegistry, premises: Premises, business_date: date) -> None:
    """When the champion was trained; 0 where there is none."""
    trained = _gauge(
        registry, "champion_trained_on", "Date on which the champion was trained; 0 without one"
    )
    champion = find_champion(premises.models, business_date)
    trained.set(0 if champion is None else _seconds(champion.trained_on))


def _tell_runs(registry: CollectorRegistry, premises: Premises, business_date: date) -> None:
    """How long the newest run of each job took from the first new file, by stage.

    Its label is no `job`: Prometheus names by that what it asks.
    """
    began = _gauge(registry, "run_started_timestamp_seconds", "When the newest run began", "work")
    took = _gauge(registry, "run_seconds", "Time of the newest run in a stage", "work", "stage")
    runs = premises.warehouse.read_until(CONTRACTS["run_times"], business_date)
    newest = runs.filter(pl.col("started_at") == pl.col("started_at").max().over("job"))
    for row in newest.iter_rows(named=True):
        began.labels(row["job"]).set(row["started_at"].replace(tzinfo=UTC).timestamp())
        took.labels(row["job"], row["stage"]).set(row["seconds"])


def _gauge(registry: CollectorRegistry, name: str, words: str, *labels: str) -> Gauge:
    return Gauge(f"plenish_{name}", f"{words}.", labels, registry=registry)


def _seconds(day: date) -> float:
    """A day as Prometheus has moments: the seconds of its midnight in UTC."""
    return datetime.combine(day, time(), UTC).timestamp()
