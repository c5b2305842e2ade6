"""List what waits for people, each action with the digits of its id that name it."""

from datetime import date, datetime

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import (
    describe_action,
    describe_held,
    describe_route,
    describe_set_aside,
    rank_actions,
)
from inventory_assets.cli.workplace import Workplace

_SHORT_ID = 8


def show_worklist(  # noqa: PLR0913  # which actions, and how they are shown
    place: Workplace,
    day: date | None,
    console: Console,
    *,
    at: datetime,
    role: str | None,
    most: int,
    ids: bool,
) -> None:
    """Print the actions that wait for people, or for a role, those worth most first.

    Those that are put off beyond `at` are counted, and not listed.
    """
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        routed = desk.route().filter(status="waiting").drop("business_date", "plan_version")
        held = desk.list_held()
        set_aside = premises.list_set_aside(desk.business_date)
    off = (pl.col("deferred_until") > at).fill_null(value=False)
    put_off, routed = routed.filter(off), routed.filter(~off)
    of_cases = desk.case_actions.group_by("action_id").agg(pl.col("case_id").sort().first())
    if role is not None:
        routed = routed.filter(pl.col("missing_roles").str.split(";").list.contains(role))
    waiting = desk.proposals.join(routed, on="action_id")
    ranked = rank_actions(waiting.join(of_cases, on="action_id", how="left"))
    if ids:
        for action_id in ranked["action_id"].head(most):
            console.print(action_id, highlight=False)
        return
    console.print(f"{len(ranked)} actions of {desk.business_date} wait for {role or 'people'}.")
    if len(put_off):
        back = put_off.sort("deferred_until")["deferred_until"][0]
        console.print(f"{len(put_off)} are put off, the next of them until {back}.")
    lines = Table.grid(Column(no_wrap=True), Column(), padding=(0, 1))
    for row in ranked.head(most).iter_rows(named=True):
        case = f"; case {row['case_id'][:_SHORT_ID]}" if row["case_id"] else ""
        words = f"{describe_action(row)} ({describe_route(row)}{case})"
        lines.add_row(row["action_id"][:_SHORT_ID], escape(words))
    console.print(lines)
    if len(ranked) > most:
        console.print(f"{len(ranked) - most} more; --most {len(ranked)} lists all of them.")
    for words in describe_set_aside(set_aside):
        console.print(escape(words), highlight=False)
    for document in held.iter_rows(named=True):
        console.print(escape(describe_held(document)), soft_wrap=True)
