"""Copy a retailer as the newest plan found him, and change him as a scenario says.

The night that runs there is the one that ships: what a scenario changes comes in as policy files
and landing files, and no step of the night knows of it. Nothing is shared with the retailer:
decisions, batches, keys, published heads and the history of runs are the copy's own.
"""

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from governance.scenarios import Scenario, change_masters, change_planning
from inventory_assets.premises import Premises
from inventory_assets.project import AUDIT_KEY, AUDIT_PLACE, DECISIONS_URL, PROJECT, TOKEN
from inventory_assets.scenarios.folder import ScenarioFolder
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse, name_copy

_MASTERS: Final = ("suppliers", "locations", "lanes", "products")
_LEFT: Final = ("export_lines", "cancel_lines")
_PLANNING: Final = "planning.yaml"
_NO_PLAN: Final = "no plan is published yet: run `plenish plan`"
_RUNS: Final = "data/dagster"
"""Where runs are kept, as the project's `dagster.yaml` has it."""


def take_copy(premises: Premises, folder: ScenarioFolder, scenario: Scenario) -> date:
    """Copy a retailer into the folder of a scenario, changed as that says.

    What has left on the business date of the newest plan is taken back in the copy, so that the
    whole plan is made again. Landing files are not copied: the warehouse has their rows, and files
    that have come since are not part of the plan that is changed.

    Returns:
        The business date of the plan.

    Raises:
        LookupError: no plan is published yet.
        ScenarioError: the scenario names what does not exist.
        PolicyError: the changed policy is none.
    """
    copy, root = name_copy(premises.warehouse_file), folder.retailer
    if not copy.exists():
        raise LookupError(_NO_PLAN)
    warehouse_file = root / "warehouse" / premises.warehouse_file.name
    warehouse_file.parent.mkdir(parents=True)
    shutil.copyfile(copy, warehouse_file)
    warehouse = Warehouse(warehouse_file, idle_seconds=0)
    plan = warehouse.read_view("newest_plan").row(0, named=True)
    day: date = plan["business_date"]
    folder.write_live_figures(warehouse.read_view("plan_figures"))
    folder.write_statement(scenario, f"{day}.{plan['plan_version']}")
    for source, rows in change_masters(scenario, _read_masters(warehouse, day), day).items():
        _land(root / "landing" / source, rows, day)
    for name in _LEFT:
        contract = CONTRACTS[name]
        warehouse.write(contract, day, contract.empty().drop("business_date"))
    warehouse.close()
    _copy_batches(premises.exports, root / "exports", day)
    if premises.models.is_dir():
        shutil.copytree(premises.models, root / "models")
    _write_policies(premises, scenario, root / "policies")
    store = root / "governance" / "decisions.sqlite"
    store.parent.mkdir(mode=0o700)
    premises.store.copy_to(f"sqlite:///{store}")
    _write_instance(root / "dagster")
    return day


def check_scenario(premises: Premises, warehouse: Warehouse, scenario: Scenario) -> None:
    """Refuse a scenario that could not be run, before anything is copied.

    Args:
        premises: the retailer.
        warehouse: the published copy, which is read.
        scenario: that somebody states.

    Raises:
        LookupError: no plan is published yet.
        ScenarioError: the scenario names what does not exist.
        PolicyError: the changed policy is none.
    """
    newest = warehouse.read_view("newest_plan")
    if newest.is_empty():
        raise LookupError(_NO_PLAN)
    day: date = newest["business_date"][0]
    change_masters(scenario, _read_masters(warehouse, day), day)
    change_planning(premises.policy_texts[_PLANNING], scenario)


def _read_masters(warehouse: Warehouse, day: date) -> dict[str, pl.DataFrame]:
    return {source: warehouse.known(source, day) for source in _MASTERS}


def set_environment_of_copy(folder: ScenarioFolder, business_date: date) -> Path:
    """Turn this process to the copy for good: nothing that it does then reaches the retailer.

    Returns:
        The data folder of the copy.
    """
    for name in (DECISIONS_URL, AUDIT_KEY, AUDIT_PLACE, TOKEN):
        os.environ.pop(name, None)
    root = folder.retailer
    os.environ |= {
        "PLENISH_DATA": str(root),
        "PLENISH_POLICIES": str(root / "policies"),
        "DAGSTER_HOME": str(root / "dagster"),
        "PLENISH_FIRST_BUSINESS_DATE": business_date.isoformat(),
    }
    return root


def _land(folder: Path, rows: pl.DataFrame, day: date) -> None:
    folder.mkdir(parents=True)
    rows.write_parquet(folder / f"{day}_scenario.parquet")


def _copy_batches(exports: Path, copy: Path, day: date) -> None:
    """Copy the batches of earlier business dates, which say what is on its way."""
    if exports.is_dir():
        shutil.copytree(exports, copy, ignore=shutil.ignore_patterns(day.isoformat(), ".*"))


def _write_policies(premises: Premises, scenario: Scenario, folder: Path) -> None:
    for name, text in premises.policy_texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change_planning(text, scenario) if name == _PLANNING else text)


def _write_instance(home: Path) -> None:
    """Write a Dagster home whose runs are its own, so that nobody waits for them."""
    home.mkdir()
    text = (PROJECT / "dagster.yaml").read_text()
    (home / "dagster.yaml").write_text(text.replace(_RUNS, str(home)))
