"""Cases on the command line: what waits, one case with its story, and a dry run of playbooks."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import Desk, describe_action, describe_route
from governance.cases import (
    PastDate,
    Rehearsal,
    compare_options,
    describe_money,
    follow_cases,
    load_playbooks,
    rehearse_playbooks,
)
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS

_SHORT_ID = 8
_OVER = ("resolved", "measured")


def show_cases(
    place: Workplace, day: date | None, console: Console, *, role: str | None, everything: bool
) -> None:
    """Print the cases of a business date as decisions stand now, those with most money first.

    Args:
        place: where the retailer's data lies.
        day: business date; None for the newest that is planned.
        console: printed to.
        role: only cases that are this role's turn; None for all.
        everything: those, too, that have ended.
    """
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        cases = follow_cases(premises.open_cases(desk), premises.playbooks)
    if not everything:
        cases = cases.filter(~pl.col("state").is_in(_OVER))
    if role is not None:
        cases = cases.filter(in_charge=role)
    of_whom = f" of {role}" if role else ""
    noun = "case" if len(cases) == 1 else "cases"
    console.print(f"{len(cases)} {noun}{of_whom} on {desk.business_date}.")
    lines = Table.grid(Column(no_wrap=True), Column(), padding=(0, 1))
    for case in cases.sort(
        "money_at_risk", "case_id", descending=[True, False], nulls_last=True
    ).to_dicts():
        turn = f"{case['state']}, {case['in_charge']} by {case['due_on']}"
        words = f"{case['words']} {describe_money(case)} ({turn})"
        lines.add_row(case["case_id"][:_SHORT_ID], escape(words))
    console.print(lines)


def show_case(place: Workplace, digits: str, day: date | None, console: Console) -> None:
    """Print a case: what is wrong, its alternatives in money, its actions, and who is asked.

    Raises:
        LookupError: no case starts with the digits, or several do.
    """
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        cases = follow_cases(premises.open_cases(desk), premises.playbooks)
        case = _find_case(cases, digits, desk.business_date)
        scope = premises.warehouse.read(CONTRACTS["exception_scope"], desk.business_date)
    linked = desk.case_actions.filter(case_id=case["case_id"])
    console.print(escape(case["words"]), soft_wrap=True)
    for line in _tell_standing(case):
        console.print(escape(line), soft_wrap=True)
    _print_options(linked, desk, scope.filter(exception_id=case["exception_id"]), console)
    _print_actions(linked, desk, console)


def try_playbooks(place: Workplace, file: Path | None, days: int, console: Console) -> None:
    """Print what playbooks would have opened over the last business dates that are planned.

    Args:
        place: where the retailer's data lies.
        file: playbooks that are tried; None for those in force.
        days: calendar days back from the newest business date that is planned.
        console: printed to.

    Raises:
        PolicyError: the file is at fault.
    """
    with place.enter() as premises:
        books = premises.playbooks if file is None else load_playbooks(file)
        last = premises.find_newest_plan()
        dates = list(_list_past(premises, last, days))
    console.print(f"{len(books.playbooks)} playbooks over {len(dates)} planned dates to {last}.")
    if dates:
        _print_rehearsal(rehearse_playbooks(dates, books), console)


def _find_case(cases: pl.DataFrame, digits: str, day: date) -> dict[str, Any]:
    found = cases.filter(pl.col("case_id").str.starts_with(digits.lower()))
    if len(found) == 1:
        return found.row(0, named=True)
    how_many = "no case" if found.is_empty() else f"{len(found)} cases"
    raise LookupError(
        f"{how_many} of {day} start with {digits!r}; `plenish cases --all` lists them"
    )


def _tell_standing(case: dict[str, Any]) -> Iterator[str]:
    """Where a case stands, line by line."""
    yield (
        f"Case {case['case_id']}, playbook {case['playbook']}, opened {case['opened_on']}: "
        f"{case['state']}. {case['in_charge']} is in charge, to decide by {case['due_on']}; "
        f"escalates to {case['escalates_to']} on {case['escalates_on']}."
    )
    if money := describe_money(case):
        yield money[0].upper() + money[1:]
    if case["exported"]:
        yield (
            f"{case['exported']} lines left for it before, "
            f"stated to gain {case['benefit_exported']:,.0f}."
        )
    if case["closed_on"] is not None:
        outcome = f" Outcome: {case['outcome']}." if case["outcome"] else ""
        yield f"It ended on {case['closed_on']}: {case['closed_by']}{outcome}"


def _print_options(linked: pl.DataFrame, desk: Desk, scope: pl.DataFrame, console: Console) -> None:
    """Alternatives of each item, the one that gains most first, and what doing nothing costs."""
    options = compare_options(linked, desk.proposals, desk.route())
    if options.is_empty():
        return
    at_risk = dict(scope.group_by("sku").agg(pl.col("money_at_risk").sum()).iter_rows())
    numbers = ("units", "keeps", "costs", "of it fees", "gains", "sure")
    table = Table(
        "item", "option", *(Column(name, justify="right") for name in numbers), "needs", "stands"
    )
    for (sku,), rows in options.group_by("choice", maintain_order=True):
        for row in rows.to_dicts():
            amounts = (f"{row[name]:,.0f}" for name in ("margin_kept", "costs", "fees", "benefit"))
            table.add_row(
                escape(str(sku)),
                row["option"].replace("+", " or "),
                f"{row['units']:,}",
                *amounts,
                f"{row['gain_chance']:.0%}",
                row["needs"],
                row["standing"],
            )
        table.add_row(escape(str(sku)), "nothing", "", f"{-at_risk.get(sku, 0.0):,.0f}")
    console.print("\n[bold]Alternatives[/bold]: approving one withdraws the others")
    console.print(table)


def _print_actions(linked: pl.DataFrame, desk: Desk, console: Console) -> None:
    routed = desk.route().drop("business_date", "plan_version")
    rows = (
        linked.select("action_id", "part")
        .join(desk.proposals, on="action_id")
        .join(routed, on="action_id")
        .sort("benefit", "action_id", descending=[True, False])
    )
    console.print(f"\n[bold]Actions[/bold]: {len(rows)}")
    lines = Table.grid(Column(no_wrap=True), Column(), padding=(0, 1))
    for row in rows.to_dicts():
        words = f"{describe_action(row)} ({row['part']}; {describe_route(row)})"
        lines.add_row(row["action_id"][:_SHORT_ID], escape(words))
    console.print(lines)


def _list_past(premises: Premises, last: date, days: int) -> Iterator[PastDate]:
    """What each of the last business dates knew that are planned and have exceptions."""
    warehouse = premises.warehouse
    for back in reversed(range(days)):
        day = last - timedelta(days=back)
        exceptions = warehouse.read(CONTRACTS["exceptions"], day)
        if not exceptions.is_empty():
            tables = (
                warehouse.read(CONTRACTS[name], day)
                for name in ("exception_scope", "proposals", "routed")
            )
            masters = (warehouse.known(name, day) for name in ("lanes", "locations"))
            yield PastDate(exceptions, *tables, *masters)


def _print_rehearsal(tried: Rehearsal, console: Console) -> None:
    for title, frame in (
        ("Cases that would have opened, by playbook", tried.cases),
        ("Work by role: cases owned, alerts, actions to approve", tried.workload),
        ("Exceptions that no playbook answers", tried.unmatched),
    ):
        first, *numbers = frame.columns
        table = Table(first, *(Column(name, justify="right") for name in numbers))
        for name, *amounts in frame.iter_rows():
            table.add_row(escape(str(name)), *(f"{amount:,.0f}" for amount in amounts))
        console.print(f"\n[bold]{title}[/bold]")
        console.print(table)
