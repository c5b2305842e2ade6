"""Run scenarios, list them, compare them with the plan that they change, and drop them."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import PolicyError
from governance.people import (
    DROP_SCENARIO,
    RUN_SCENARIO,
    AccessDeniedError,
    admit_trial,
    find_author,
    read_register,
)
from governance.scenarios import Scenario, ScenarioError, parse_scenario
from inventory_assets.cli.plan import RUN_KEY, execute, load_definitions
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import QuietPremises
from inventory_assets.project import read_token
from inventory_assets.scenarios import (
    ScenarioFolder,
    drop_scenario,
    find_scenario,
    join_scenario,
    list_scenarios,
    open_scenario,
    set_environment_of_copy,
    take_copy,
)
from warehouse import name_copy

_JOB: Final = "nightly"
_POLL_SECONDS: Final = 0.5
_STOPPED: Final = 130


def run_scenario(
    place: Workplace, content: str, author: str | None, at: datetime, console: Console
) -> bool:
    """Run a scenario to its end on a copy of the retailer; False where its night failed.

    Args:
        place: the retailer, of which nothing is changed.
        content: YAML or JSON of the scenario.
        author: who states it; the holder of the token where nobody is named.
        at: when.
        console: where what comes of it is printed.

    Raises:
        SystemExit: it cannot be run, in words.
    """
    try:
        with place.enter() as premises:
            told = author or find_author(premises.store, read_token(), at)
            admit_trial(premises.store, told, RUN_SCENARIO, token=read_token(), at=at)
            scenario = parse_scenario(content, told)
            with open_scenario(place.data, scenario) as folder:
                is_done = _plan_copy(premises, folder, scenario, console)
    except (AccessDeniedError, ScenarioError, PolicyError) as error:
        raise SystemExit(f"plenish: {error}") from error
    if is_done:
        compare_scenario(place, scenario.name, console)
    return is_done


def carry_out_scenario(place: Workplace, name: str, turn: int, console: Console) -> bool:
    """Run a scenario that `start_scenario` has booked; False where it failed.

    Args:
        place: the retailer, of which nothing is changed.
        name: of the scenario.
        turn: descriptor by which this process has inherited the turn.
        console: where it says how its night goes.

    Raises:
        SystemExit: nobody has booked it for this process.
    """
    try:
        with (
            join_scenario(place.data, name, turn) as (folder, scenario),
            place.enter() as premises,
        ):
            try:
                return _plan_copy(premises, folder, scenario, console)
            except (ScenarioError, PolicyError, LookupError) as error:
                folder.write_failure(str(error))
                return False
    except ScenarioError as error:
        raise SystemExit(f"plenish: {error}") from error


def print_scenarios(place: Workplace, console: Console) -> None:
    """Print how each scenario stands."""
    found = list_scenarios(place.data)
    if not found:
        console.print("There is no scenario.")
        return
    table = Table("scenario", "by", "of plan", "state", "what it changes")
    for one in found:
        state: str = one.state
        if state == "running":
            state = f"running, {one.steps} of {one.of_steps} steps"
        changes = "; ".join(one.scenario.list_changes())
        words = f"{changes}. {one.words}" if one.words else changes
        table.add_row(
            *map(escape, (one.scenario.name, one.scenario.author, one.plan, state, words))
        )
    console.print(table)


def compare_scenario(place: Workplace, name: str, console: Console) -> None:
    """Print the figures of the plan beside those of a scenario.

    Raises:
        SystemExit: there is none of this name, or it is not done.
    """
    try:
        folder = find_scenario(place.data, name)
        rows, standing = folder.read_comparison(), folder.tell_standing()
    except ScenarioError as error:
        raise SystemExit(f"plenish: {error}") from error
    plan = "" if standing is None else standing.plan
    columns = (Column(head, justify="right") for head in (f"plan {plan}", name, "change"))
    table = Table("about", "figure", "of", "unit", *columns)
    for row in rows.iter_rows(named=True):
        values = (row["live"], row["scenario"], row["change"])
        shown = ("" if value is None else f"{value:,.2f}" for value in values)
        changed = "bold" if row["change"] != 0 else ""
        words = (row["area"], row["figure"], row["name"], row["unit"])
        table.add_row(*map(escape, words), *shown, style=changed)
    console.print(table)


def remove_scenario(place: Workplace, name: str, at: datetime, console: Console) -> None:
    """Drop a scenario; one that runs is stopped.

    Raises:
        SystemExit: there is none of this name, the holder of the token may not, or it does not
            stop.
    """
    try:
        standing = find_scenario(place.data, name).tell_standing()
        with place.enter() as premises:
            if standing is not None and not read_register(premises.store).is_empty:
                author = find_author(premises.store, read_token(), at)
                owner = standing.scenario.author
                admit_trial(
                    premises.store, author, DROP_SCENARIO, token=read_token(), at=at, owner=owner
                )
        drop_scenario(place.data, name)
    except (AccessDeniedError, ScenarioError) as error:
        raise SystemExit(f"plenish: {error}") from error
    console.print(f"Dropped {name}.", markup=False, highlight=False)


def _plan_copy(
    premises: QuietPremises, folder: ScenarioFolder, scenario: Scenario, console: Console
) -> bool:
    """Plan a copy of the retailer; whether its night was done. The premises are left."""
    day = take_copy(premises, folder, scenario)
    premises.close()
    root = set_environment_of_copy(folder, day)
    words = _run_night(folder, day, scenario.name, console)
    if words:
        folder.write_failure(words)
    else:
        folder.keep_plan(name_copy(root / "warehouse" / "plenish.duckdb"))
    return not words


def _run_night(folder: ScenarioFolder, day: date, name: str, console: Console) -> str:
    """Run the night on the copy; says why it failed, or nothing."""
    defs = load_definitions(day)
    of_steps = len(defs.resolve_job_def(_JOB).graph.nodes)
    with dg.DagsterInstance.get() as instance, _watch(instance, folder, of_steps):
        tags = {RUN_KEY: name}
        done = execute(defs, instance, _JOB, day, tags, console)
    if done:
        return ""
    where = f"{folder.log} says" if folder.log.exists() else "the terminal has said"
    return f"its night failed: {where} where"


@contextmanager
def _watch(instance: dg.DagsterInstance, folder: ScenarioFolder, of_steps: int) -> Iterator[None]:
    """Tell how far the run is while the body runs, and end this process once it is to stop."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            if folder.is_to_stop:
                # A step cannot be told to stop; whoever asked removes what is left.
                os._exit(_STOPPED)
            runs = instance.get_runs(limit=1)
            stats = instance.get_run_step_stats(runs[0].run_id) if runs else []
            folder.write_progress(sum(step.end_time is not None for step in stats), of_steps)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
