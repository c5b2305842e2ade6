"""Run the nightly job through the Dagster instance, once for the same inputs."""

import hashlib
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from governance import hash_decisions
from inventory_assets.cli.summary import print_blocking, print_summary
from inventory_assets.cli.workplace import Workplace
from inventory_assets.landing_state import (
    LANDING_STATE_TAG,
    find_newest_landed,
    hash_landing,
    make_all_landing,
    wait_for_quiet,
)
from inventory_assets.runs import close_dead_runs, show_life
from quality_checks.contracts import CONTRACTS

if TYPE_CHECKING:
    # Where partitions begin is read from the environment when the framework is imported.
    from inventory_assets.framework import Retailer

RUN_KEY = "plenish/plan_key"
"""Tag that tells a run by what it works on."""

_POLL_SECONDS = 0.5
_SHOWN_IN_UI = {".dagster/repository": "__repository__@inventory_assets.definitions"}


def run_plan(place: Workplace, day: date | None, console: Console, *, again: bool) -> bool:
    """Plan a business date and print the summary; False where the run failed.

    Where nothing that the plan depends on changed since a run of it succeeded, that plan stands.
    """
    if not wait_for_quiet(place.data):
        console.print("Files are still landing: this plan uses what is there, whole files only.")
    make_from_raw(place, console)
    business_date = day or newest_landed(place, console)
    defs = load_definitions(business_date)
    retailer = retailer_of(defs)
    landed = hash_landing(place.landing, business_date)
    key = _plan_key(place, retailer, business_date, landed)
    with dg.DagsterInstance.get() as instance:
        planned = retailer.warehouse.has(CONTRACTS["plan_versions"], business_date)
        done = _done_before(instance, key) if planned and not again else None
        if done:
            console.print(f"Nothing changed since run {done[:8]}: its plan stands.")
        elif not execute(
            defs,
            instance,
            "nightly",
            business_date,
            {RUN_KEY: key, LANDING_STATE_TAG: landed},
            console,
        ):
            print_blocking(retailer, business_date, console)
            return False
    print_summary(retailer, business_date, console)
    return True


def make_from_raw(place: Workplace, console: Console) -> None:
    """Make landing files where the retailer is connected by mappings; say what was not used."""
    for message in make_all_landing(place.data):
        console.print(f"[yellow]not used[/yellow]: {escape(message)}", highlight=False)


def newest_landed(place: Workplace, console: Console | None = None) -> date:
    """Newest business date in the landing folder, by sales and stock.

    Args:
        place: whose landing folder it is.
        console: where files of a date beyond it are named.

    Raises:
        SystemExit: nothing has landed.
    """
    newest = find_newest_landed(place.landing)
    if newest.business_date is None:
        raise SystemExit(f"no extracts in {place.landing}: run `plenish demo` or an import first")
    if console is not None:
        for words in newest.describe_beyond():
            console.print(f"[red]{escape(words)}[/red]", highlight=False, soft_wrap=True)
    return newest.business_date


def load_definitions(business_date: date) -> dg.Definitions:
    """The definitions, in which the business date has a partition.

    Raises:
        SystemExit: it has none, in words.
    """
    # Loaded late: where partitions begin is read from the environment and the landing folder.
    from inventory_assets.definitions import defs  # noqa: PLC0415

    _refuse_date(business_date)
    return defs


def _refuse_date(business_date: date) -> None:
    """Refuse a business date that has no partition.

    Raises:
        SystemExit: it is before the first one, or to come.
    """
    from inventory_assets.framework import business_dates  # noqa: PLC0415  # after its environment

    if not business_dates.has_partition_key(business_date.isoformat()):
        first = business_dates.get_first_partition_key()
        last = business_dates.get_last_partition_key()
        raise SystemExit(
            f"{business_date} is no business date: they run from {first}, that of the oldest "
            f"landed file or PLENISH_FIRST_BUSINESS_DATE, to {last}"
        )


def retailer_of(defs: dg.Definitions) -> "Retailer":
    """The retailer that the definitions work on."""
    from inventory_assets.framework import Retailer  # noqa: PLC0415  # after its environment

    resources = defs.resources or {}
    retailer = resources["retailer"]
    if not isinstance(retailer, Retailer):
        raise TypeError(f"the resource retailer is a {type(retailer).__name__}")
    return retailer


def _plan_key(place: Workplace, retailer: "Retailer", business_date: date, landed: str) -> str:
    """Hash all that a run depends on: files, policies, code, decisions, earlier batches."""
    from inventory_assets.framework import hash_code  # noqa: PLC0415  # after its environment

    handed_out = [
        retailer.warehouse.read_until(CONTRACTS[name], business_date)
        .filter(pl.col("business_date") < business_date)["idempotency_key"]
        .to_list()
        for name in ("export_lines", "cancel_lines")
    ]
    parts = (
        business_date,
        landed,
        retailer.policy_hash,
        hash_code(),
        retailer.model_version(business_date),
        hash_decisions(retailer.store),
        handed_out,
        str(place.data),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _done_before(instance: dg.DagsterInstance, key: str) -> str | None:
    done = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS], tags={RUN_KEY: key})
    runs = instance.get_runs(done, limit=1)
    return runs[0].run_id if runs else None


def execute(  # noqa: PLR0913, PLR0917  # what to run, where, and how to show it
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    name: str,
    business_date: date,
    tags: Mapping[str, str],
    console: Console,
) -> bool:
    """Run a job of a business date under a progress bar; False where it failed.

    Runs that died before are closed first: the slot they hold would keep this one waiting for ever.

    Args:
        defs: where the job is from.
        instance: where the run is recorded.
        name: of the job.
        business_date: the partition.
        tags: of the run; `RUN_KEY` among them says which run it is.
        console: where the bar and what failed are shown.
    """
    for run_id in close_dead_runs(instance):
        console.print(f"Run {run_id[:8]} died without saying so; it is closed.")
    job = defs.resolve_job_def(name)
    work = f"{name} {business_date}"
    run_id = str(uuid.uuid4())
    with _progress(instance, tags[RUN_KEY], len(job.graph.nodes), work, console):
        result = job.execute_in_process(
            instance=instance,
            partition_key=business_date.isoformat(),
            raise_on_error=False,
            run_id=run_id,
            # It shows that it lives before the run is known to others.
            tags={**tags, **_SHOWN_IN_UI, **show_life(instance, run_id)},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if result.success:
        return True
    console.print(f"[red]The job {name} of {business_date} failed, run {result.run_id}.")
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        cause = error.cause or error if error else None
        message = escape(cause.message) if cause else "failed"
        console.print(f"[red]{event.step_key}[/red]: {message}")
    return False


@contextmanager
def _progress(
    instance: dg.DagsterInstance, key: str, steps: int, work: str, console: Console
) -> Iterator[None]:
    """A bar over the steps of the run that has `key`, which it looks up while the body runs.

    Only a terminal shows one: for a log nothing is looked up.
    """
    if not console.is_terminal:
        yield
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    over = threading.Event()
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(work, total=steps)

        def watch() -> None:
            while not over.wait(_POLL_SECONDS):
                runs = instance.get_runs(dg.RunsFilter(tags={RUN_KEY: key}), limit=1)
                stats = instance.get_run_step_stats(runs[0].run_id) if runs else []
                bar.update(task, completed=sum(step.end_time is not None for step in stats))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
