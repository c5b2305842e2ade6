"""The plan in words: what runs short, what to do about it, what is wrong with the data.

It reads in 80 columns, the width of a log file that cron writes.
"""

from datetime import date
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import (
    Desk,
    describe_action,
    describe_reasons,
    describe_route,
    describe_set_aside,
)
from governance.cases import follow_cases
from governance.kinds import find_kind
from inventory_assets.cli.changes import print_changes
from inventory_assets.premises import Premises
from optimization.exceptions import tabulate_exceptions
from optimization.shortages import tabulate_shortages
from quality_checks.contracts import CONTRACTS

_SHORTAGES = 10
_ACTIONS = 10
_ALERTS = 10


def print_summary(retailer: Premises, business_date: date, console: Console) -> None:
    """Print the summary of the plan in force of a business date."""
    version = retailer.plan_version(business_date)
    console.rule(f"Plan of {business_date}, version {version.plan_version}")
    _assumed(retailer, business_date, console)
    _set_aside(retailer, business_date, console)
    _short(retailer, business_date, console)
    _exceptions(retailer, business_date, console)
    desk = retailer.open_desk(business_date)
    # As decisions stand now; the table has them as the last run found them.
    routed = desk.route().drop("business_date", "plan_version")
    _worth_most(desk, routed, console)
    _routes(desk, routed, console)
    _cases(retailer, desk, console)
    _orders(retailer, business_date, console)
    _money(retailer, business_date, console)
    print_changes(retailer, business_date, console)
    _problems(retailer, business_date, console)
    console.print()
    print_path("Files for the ERP", retailer.exports / business_date.isoformat(), console)
    print_path("Worklist", retailer.data / "reports" / business_date.isoformat(), console)
    print_path(
        "Rows behind the checks", retailer.data / "checks" / business_date.isoformat(), console
    )
    console.print("Web UI: make ui, then http://localhost:3000", highlight=False)


def print_path(name: str, path: Path, console: Console) -> None:
    """A path from where the command runs; on one line, however long, to be copied from there."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    console.print(f"{name}: {escape(str(shown))}", highlight=False, soft_wrap=True)


def _assumed(retailer: Premises, business_date: date, console: Console) -> None:
    assumed = retailer.warehouse.known("assumptions", business_date)
    if assumed.is_empty():
        return
    fields = assumed.group_by("source", maintain_order=True).agg(pl.col("field"))
    console.print("[bold]Assumed, not observed[/bold] (every action that rests on it says so)")
    for source, names in fields.iter_rows():
        console.print(f"  {source}: {escape(', '.join(names))}", highlight=False)


def _set_aside(retailer: Premises, business_date: date, console: Console) -> None:
    """Items that nothing is planned of, since a calculation broke on them."""
    words = describe_set_aside(retailer.list_set_aside(business_date))
    if words:
        console.print(f"[bold]Set aside[/bold]: {len(words)} items")
        for sentence in words:
            console.print(f"  {escape(sentence)}", highlight=False)


def _short(retailer: Premises, business_date: date, console: Console) -> None:
    health = retailer.warehouse.read(CONTRACTS["stock_health"], business_date)
    short = retailer.warehouse.read(CONTRACTS["shortages"], business_date)
    pairs, out, soon = (
        int(health[name].sum()) for name in ("pairs", "out_of_stock", "about_to_be_out")
    )
    share = out / pairs if pairs else 0.0
    console.print(
        f"\n[bold]Running short[/bold]: {out:,} of {pairs:,} item-locations are out of stock "
        f"({share:.1%}), {health['margin_a_day'].sum():,.0f} of margin a day; {soon:,} more will "
        "be before the goods of their next order are there"
    )
    numbers = ("out", "about\nto be", "DCs", "margin lost\nuntil then")
    table = Table("what is done", *(Column(header, justify="right") for header in numbers))
    for row in tabulate_shortages(short).iter_rows(named=True):
        table.add_row(
            " · ".join(part.replace("_", " ") for part in (row["answer"], row["reason"]) if part),
            f"{row['out']:,}",
            f"{row['about to be']:,}",
            f"{row['DCs']:,}",
            f"{row['margin lost until then']:,.0f}",
        )
    console.print(table)
    _short_most(short, console)


def _exceptions(retailer: Premises, business_date: date, console: Console) -> None:
    found = retailer.warehouse.read(CONTRACTS["exceptions"], business_date)
    by_kind = tabulate_exceptions(found.filter(pl.col("state") != "closed"))
    told = ", ".join(f"{row['kind']} {row['new'] + row['open']}" for row in by_kind.to_dicts())
    new, closed = (int((found["state"] == state).sum()) for state in ("new", "closed"))
    console.print(
        f"\n[bold]Exceptions[/bold]: {told or 'none'}; {new} new, {closed} closed "
        "(`plenish exceptions`)"
    )


def _short_most(short: pl.DataFrame, console: Console) -> None:
    """The shortages that cost most, each with its answer."""
    lines = Table.grid(Column(justify="right"), Column(), padding=(0, 1))
    by_loss = short.filter(pl.col("lost_margin") > 0).sort(
        "lost_margin", "sku", "location", descending=[True, False, False]
    )
    for rank, row in enumerate(by_loss.head(_SHORTAGES).iter_rows(named=True), start=1):
        lines.add_row(
            f"{rank}.",
            escape(
                f"{row['sku']} at {row['location']} loses {row['lost_margin']:,.0f} until "
                f"{row['short_until']}: {row['why']}"
            ),
        )
    console.print(lines)


def _worth_most(desk: Desk, routed: pl.DataFrame, console: Console) -> None:
    best = (
        desk.proposals.join(routed, on="action_id")
        .sort("benefit", "action_id", descending=[True, False])
        .head(_ACTIONS)
    )
    console.print("\n[bold]Worth most[/bold]")
    lines = Table.grid(Column(justify="right"), Column(), padding=(0, 1))
    for rank, row in enumerate(best.iter_rows(named=True), start=1):
        lines.add_row(
            f"{rank}.",
            f"{escape(describe_action(row))} {describe_reasons(row['reason_codes'])} "
            f"({escape(describe_route(row))}; {row['action_id'][:8]})",
        )
    console.print(lines)


def _routes(desk: Desk, routed: pl.DataFrame, console: Console) -> None:
    counts = (
        desk.proposals.join(routed.select("action_id", "status"), on="action_id")
        .group_by("kind", "status")
        .agg(pl.len(), pl.col("quantity", "value", "benefit").sum())
        .sort("kind", "status")
    )
    numbers = ("actions", "units", "value", "benefit")
    table = Table("kind", "status", *(Column(header, justify="right") for header in numbers))
    for name, status, number, units, value, benefit in counts.iter_rows():
        kind = find_kind(name)
        amounts = f"{number:,}", f"{units:,}", f"{value:,.0f}", f"{benefit:,.0f}"
        table.add_row(kind.singular if number == 1 else kind.plural, status, *amounts)
    console.print("\n[bold]Actions[/bold]", table)


def _cases(retailer: Premises, desk: Desk, console: Console) -> None:
    """What is done about exceptions: cases that are open, and what roles are told tonight."""
    cases = follow_cases(retailer.open_cases(desk), retailer.playbooks)
    standing = cases.filter(pl.col("closed_on").is_null())
    if standing.is_empty():
        return
    number = len(standing)
    turns = standing.group_by("in_charge").len().sort("in_charge")
    whose = ", ".join(f"{count} of {role}" for role, count in turns.iter_rows())
    escalated = len(standing.filter(state="escalated"))
    console.print(
        f"\n[bold]Cases[/bold]: {number} {'is' if number == 1 else 'are'} open ({whose}), "
        f"{escalated} escalated; {standing['money_at_risk'].sum():,.0f} is at risk. "
        "`plenish cases` lists them."
    )
    alerts = retailer.warehouse.read(CONTRACTS["case_alerts"], desk.business_date)
    for alert in alerts.head(_ALERTS).iter_rows(named=True):
        told = f"  {alert['role']}, {alert['reason']}: {alert['words']}"
        console.print(escape(told), highlight=False)
    if len(alerts) > _ALERTS:
        console.print(f"  {len(alerts) - _ALERTS} more alerts are in case_alerts.")


def _orders(retailer: Premises, business_date: date, console: Console) -> None:
    """What becomes of customers' orders, and what the OMS's choice costs beside ours."""
    decisions = retailer.warehouse.read(CONTRACTS["order_decisions"], business_date)
    if decisions.is_empty():
        return
    lines = retailer.warehouse.read(CONTRACTS["order_sourcing"], business_date)
    instead = retailer.warehouse.read(CONTRACTS["substitution_plan"], business_date)
    shadow = retailer.warehouse.read(CONTRACTS["sourcing_shadow"], business_date)
    moved = lines["allocated_to"].count()
    count = decisions["decision"].value_counts()
    others = {name: number for name, number in count.iter_rows() if name != "ship"}
    console.print(
        f"\n[bold]Customers' orders[/bold]: of {len(decisions):,} lines that no node has picked "
        f"{len(lines) - moved:,} open ones are shipped from {lines['origin'].n_unique():,} nodes "
        f"and {moved:,} are taken from another; {others.get('stay', 0):,} stay, "
        f"{others.get('wait', 0):,} wait, {others.get('open', 0):,} stay open and "
        f"{len(instead):,} get a substitute, which {instead['chance'].sum():,.0f} customers are "
        f"expected to take. The OMS allocated "
        f"{shadow['lines'].sum():,} at a cost of {shadow['oms_cost'].sum():,.0f}; where we would "
        f"have put them it is {shadow['our_cost'].sum():,.0f}.",
        highlight=False,
    )


def _money(retailer: Premises, business_date: date, console: Console) -> None:
    """What stock and orders tie up and what is due to suppliers, as is and with the plan."""
    capital = retailer.warehouse.read(CONTRACTS["working_capital"], business_date)
    cash = retailer.warehouse.read(CONTRACTS["cash_ahead"], business_date)
    last = capital["week"].max()
    if last is None:
        return
    ends = capital.filter(pl.col("week") == last)
    exposed = {plan: rows["exposure_value"].sum() for (plan,), rows in ends.group_by("plan")}
    tonight = capital.filter(pl.col("week") == 0, pl.col("plan") == "as_is")
    stock, coming = tonight.select(
        pl.col("stock_value").sum(),
        coming=pl.sum("under_way_value") + pl.sum("on_order_value"),
    ).row(0)
    due = cash.filter(pl.col("week") <= last)
    console.print(
        f"\n[bold]Money[/bold]: {stock:,.0f} {tonight['currency'][0]} of stock and "
        f"{coming:,.0f} coming tie up {stock + coming:,.0f} at cost; on {ends['ends_on'][0]} "
        f"{exposed['as_is']:,.0f} are tied up, {exposed['with_proposals']:,.0f} with tonight's "
        f"plan. Suppliers are due {due['due_as_is'].sum():,.0f} until then, "
        f"{due['due_with_proposals'].sum():,.0f} with it.",
        highlight=False,
    )


def _problems(retailer: Premises, business_date: date, console: Console) -> None:
    failed = _failed_checks(retailer, business_date)
    console.print(f"\n[bold]Data problems[/bold]: {len(failed)} checks found something")
    _print_checks(retailer, failed, console)


def print_blocking(retailer: Premises, business_date: date, console: Console) -> None:
    """Print what stopped a plan: each blocking check that failed, and what else is wrong."""
    failed = _failed_checks(retailer, business_date).sort(
        pl.col("blocking").not_(), "asset", "check"
    )
    _print_checks(retailer, failed, console)


def _failed_checks(retailer: Premises, business_date: date) -> pl.DataFrame:
    outcomes = retailer.warehouse.read(CONTRACTS["check_outcomes"], business_date)
    return outcomes.filter(~pl.col("passed"))


def _print_checks(retailer: Premises, failed: pl.DataFrame, console: Console) -> None:
    """Checks in words, with the file of the rows at fault and what to do."""
    for row in failed.iter_rows(named=True):
        stops = "[red]stops the plan[/red] " if row["blocking"] else ""
        console.print(
            f"  {stops}{row['asset']} {row['check']}: {escape(row['message'])} "
            f"({row['failing_rows']} rows)",
            highlight=False,
        )
        if row["remedy"]:
            console.print(f"    {row['remedy']}", highlight=False)
        if row["blocking"] and row["failing_file"]:
            print_path("    rows", retailer.data / row["failing_file"], console)
