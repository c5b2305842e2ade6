"""Try a changed policy on the actions of past business dates."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Column, Table

from governance import (
    EVER,
    ActionPolicy,
    Policies,
    PolicyError,
    PolicyRehearsal,
    RoutedDate,
    load_policy,
    rehearse_policy,
)
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse


def check_policies(folder: Path, console: Console) -> bool:
    """Print what the policies of a folder say at a glance, or what is wrong with which file.

    Returns:
        Whether all files are valid.
    """
    # Nothing is recalled: what was valid before does not make these files valid.
    found = Policies(folder, dict)
    try:
        rules, limits = found.actions.all_rules, found.actions.limits
        regions = [part.region for part in found.actions.regional]
        playbooks = found.playbooks.playbooks
        names = ", ".join(found.texts)
    except PolicyError as error:
        console.print(str(error), highlight=False, markup=False, style="red", soft_wrap=True)
        return False
    counts = f"{len(rules)} rules, {len(limits)} limits, {len(playbooks)} playbooks"
    where = f", regions {', '.join(regions)}" if regions else ""
    console.print(f"Valid: {names}. {counts}{where}.", highlight=False, markup=False)
    return True


def try_policy(place: Workplace, policies: Path, days: int, console: Console) -> None:
    """Print where the policy in a folder would have sent past actions, beside where they went.

    Raises:
        PolicyError: its `actions.yaml` is missing or at fault; names file, rule and field.
    """
    policy = load_policy(policies / "actions.yaml")
    with place.enter() as premises:
        found = rehearse_days(premises, policy, days)
    console.print(f"{found.dates} business dates with actions.", highlight=False)
    print_rehearsal(found, console)


def rehearse_days(premises: Premises, policy: ActionPolicy, days: int) -> PolicyRehearsal:
    """Where a policy would have sent the actions of the last days up to the newest plan."""
    return rehearse_policy(_read_dates(premises, days), policy, premises.store.decisions(EVER))


def print_rehearsal(found: PolicyRehearsal, console: Console) -> None:
    """Print what changes by kind, and the work of each role."""
    routes = Table("kind", "went to", "would go to", *_numbers("actions", "value"))
    for row in found.routes.iter_rows(named=True):
        changed = "bold" if row["was"] != row["would_be"] else ""
        words = (row["kind"], row["was"], row["would_be"])
        routes.add_row(*words, f"{row['actions']:,}", f"{row['value']:,.2f}", style=changed)
    console.print(routes)
    workload = Table("role", *_numbers("was asked for", "would be asked for"))
    for role, asked, would_be in found.workload.iter_rows():
        workload.add_row(role, f"{asked:,}", f"{would_be:,}")
    console.print(workload)


def _numbers(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]


def _read_dates(premises: Premises, days: int) -> list[RoutedDate]:
    """Business dates that have actions, of the last days up to the newest plan."""
    newest = premises.find_newest_plan()
    left = premises.warehouse.read_until(CONTRACTS["export_lines"], newest)
    days_back = [newest - timedelta(days=back) for back in reversed(range(days))]
    found = [_read_date(premises.warehouse, day, left) for day in days_back]
    return [past for past in found if past.proposals.height]


def _read_date(warehouse: Warehouse, day: date, left: pl.DataFrame) -> RoutedDate:
    """A business date as it was routed, with what had left until then as it was routed by."""
    return RoutedDate(
        warehouse.read(CONTRACTS["proposals"], day),
        warehouse.read(CONTRACTS["routed"], day),
        warehouse.read(CONTRACTS["case_actions"], day),
        left.filter(pl.col("business_date") <= day)["action_id"].to_list(),
    )
