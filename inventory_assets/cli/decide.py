"""Look at actions, decide them, and switch automation; none of it needs Dagster or a model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from governance import (
    EVER,
    Decision,
    Desk,
    Matching,
    Scope,
    Verdict,
    describe_action,
    describe_held,
    describe_reasons,
    describe_route,
    select_matching,
    sum_actions_by_kind,
    word_decision,
)
from governance.kinds import KINDS
from governance.people import STOP_AUTOMATION, admit_switch, find_author
from inventory_assets.cli.audit import publish_head
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from inventory_assets.project import read_clock, read_token

_SHORT_ID = 8


def show_status(place: Workplace, day: date | None, console: Console) -> None:
    """Print the summary of the last plan of a business date, as decisions stand now."""
    from inventory_assets.cli.summary import print_summary  # noqa: PLC0415

    with place.enter() as premises:
        print_summary(premises, day or premises.find_newest_plan(), console)


def show_action(place: Workplace, action_id: str, day: date | None, console: Console) -> None:
    """Print why an action is what it is and where it stands, then every column of it.

    Raises:
        LookupError: the business date has no such action.
    """
    from inventory_assets.cli.explain import print_explanation  # noqa: PLC0415

    with place.enter() as premises:
        business_date = day or premises.find_newest_plan()
        desk = premises.open_desk(business_date)
        action = premises.find_action(desk, action_id)
        route = desk.find_route(action["action_id"])
        held = desk.list_held().filter(kind=action["kind"])
        key = {"action_id": action["action_id"]}
        steps = premises.warehouse.query("explanation", business_date, **key)
    console.print(escape(describe_action(action)))
    console.print(describe_reasons(action["reason_codes"]))
    console.print(escape(f"Now: {describe_route(route)}."))
    of_line = json.loads(action["details"] or "{}").get("document")
    for document in held.iter_rows(named=True):
        if document["document"] == of_line:
            console.print(escape(describe_held(document)), soft_wrap=True)
    print_explanation(steps, action["currency"], console)
    facts = Table("", "", show_header=False)
    for name, value in {**action, **route}.items():
        facts.add_row(name, "" if value is None else escape(str(value)))
    console.print(facts)


def show_item_location(
    place: Workplace, sku: str, location: str, day: date | None, console: Console
) -> None:
    """Print what an item has at a location, what is planned, and why not more.

    Raises:
        SystemExit: the business date has no such item-location.
    """
    from inventory_assets.cli.item_location import print_item_location  # noqa: PLC0415

    with place.enter() as premises:
        business_date = day or premises.find_newest_plan()
        print_item_location(premises, sku, location, business_date, console)


@dataclass(frozen=True)
class Chosen:
    """Which actions of a plan a decision is about.

    Attributes:
        digits: first digits of the id of each that is named.
        matching: which of those that wait, where all of them are meant.
    """

    digits: Sequence[str] = ()
    matching: Matching | None = None

    def select(self, premises: Premises, desk: Desk, at: datetime) -> pl.DataFrame:
        """Rows of `Proposals` of those that are meant.

        Raises:
            LookupError: one that is named is not there.
        """
        if self.matching is not None:
            return select_matching(desk.proposals, desk.route(), self.matching, at)
        ids = [premises.find_action(desk, digits)["action_id"] for digits in self.digits]
        return desk.proposals.filter(pl.col("action_id").is_in(ids)).sort("action_id")


def record_decision(  # noqa: PLR0913  # which actions, what is decided, and whether that is agreed to
    place: Workplace,
    chosen: Chosen,
    day: date | None,
    facts: Mapping[str, str | float | date | datetime | None],
    console: Console,
    *,
    agreed: bool,
) -> None:
    """Record a decision on one action of a plan or on many, each under an id made of its content.

    Of many it says first what they are, and asks unless that is agreed to. What somebody else
    decides while it asks is not decided over.

    Raises:
        LookupError: the plan has no such action.
        SystemExit: no decision could count, in words.
    """
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        token, shown = read_token(), desk.store.decisions(EVER)["decision_id"].to_list()
        actions = chosen.select(premises, desk, read_clock())
        if chosen.matching is not None or len(actions) > 1:
            _show_chosen(actions, str(facts["decision"]), console)
            if actions.is_empty() or not (agreed or typer.confirm("Go on?")):
                return
        # An answer may take its time, and a decision is made when it is given.
        at = read_clock()
        try:
            author = facts["author"] or find_author(desk.store, token, at)
            stated = _state(desk, actions, {**facts, "author": author, "decided_at": at})
            verdict = desk.decide_all(stated, at, token=token, shown=shown)
        except ValueError as error:
            raise SystemExit(f"plenish: not recorded: {error}") from error
        finally:
            # A denial is an event, too.
            publish_head(premises, at, console)
        routes = desk.route().rows_by_key("action_id", named=True, include_key=True, unique=True)
    if len(stated) == 1 and verdict.refused:
        raise SystemExit(f"plenish: not recorded: {verdict.refused[stated[0].decision_id]}")
    _tell(stated, verdict, routes, console)
    if not verdict.recorded:
        raise SystemExit("plenish: nothing is recorded")


def _state(desk: Desk, actions: pl.DataFrame, facts: Mapping[str, Any]) -> list[Decision]:
    """The decision on each action, as it stands."""
    routes = desk.route().rows_by_key("action_id", named=True, include_key=True, unique=True)
    return [
        word_decision(action, routes[action["action_id"]], facts)
        for action in actions.iter_rows(named=True)
    ]


def _show_chosen(actions: pl.DataFrame, decision: str, console: Console) -> None:
    """Say what a decision on many actions is about."""
    console.print(f"To {decision}: {len(actions)} actions.")
    for row in sum_actions_by_kind(actions).iter_rows(named=True):
        console.print(
            escape(
                f"  {row['actions']} of {row['kind']}: {row['units']:,} units worth "
                f"{row['value']:,.2f} {row['currency']}"
            )
        )


def _tell(
    stated: Sequence[Decision], verdict: Verdict, routes: Mapping[Any, Any], console: Console
) -> None:
    """Say what was recorded, and of each other why it was not."""
    if len(stated) == 1:
        (one,) = stated
        route = routes[one.action_id]
        leaves = " `plenish export` hands it over." if route["status"] == "approved" else ""
        console.print(
            escape(
                f"Recorded: {one.author} ({one.role}) {one.decision} "
                f"{one.action_id}. Now: {describe_route(route)}.{leaves}"
            )
        )
        return
    console.print(f"Recorded: {len(verdict.recorded)} of {len(stated)}.")
    for one in stated:
        if one.decision_id in verdict.refused:
            why = verdict.refused[one.decision_id]
            console.print(escape(f"{one.action_id[:_SHORT_ID]} not recorded: {why}"))


def set_automation(  # noqa: PLR0913  # who, why and when belong to the switch
    place: Workplace,
    scope: Scope,
    facts: Mapping[str, str],
    at: datetime,
    console: Console,
    *,
    on: bool,
) -> None:
    """Turn automation on or off for a scope for every plan from now on.

    Args:
        place: the data folder.
        scope: what is switched.
        facts: author and reason.
        at: when.
        console: where it is said.
        on: whether actions of the scope may go by themselves.

    Raises:
        SystemExit: there is no such kind or region, or author or reason is blank.
    """
    with place.enter() as premises:
        _refuse_unknown_scope(premises, scope)
        author = facts["author"]
        try:
            what = "automation on" if on else STOP_AUTOMATION
            admit_switch(premises.store, author, what, token=read_token(), at=at)
            premises.store.set_automation(
                scope, on=on, author=author, reason=facts["reason"], at=at
            )
        except ValueError as error:
            raise SystemExit(f"plenish: {error}") from error
        finally:
            publish_head(premises, at, console)
        stopped = [off.words for off in premises.store.stopped()]
    state = "on" if on else "off: every one goes to review"
    console.print(escape(f"Automation of {scope.words} is {state}."))
    if stopped:
        console.print(escape(f"Off for: {', '.join(stopped)}."))


def _refuse_unknown_scope(premises: Premises, scope: Scope) -> None:
    """Refuse a switch of what does not exist, which would stop nothing.

    Raises:
        SystemExit: with the names that do exist.
    """
    if scope.kind and scope.kind not in KINDS:
        raise SystemExit(f"plenish: there is no kind {scope.kind!r}; known: {', '.join(KINDS)}")
    if not scope.region:
        return
    places = premises.warehouse.known("locations", premises.find_newest_plan())
    regions = places["region"].unique().sort().to_list()
    if scope.region not in regions:
        raise SystemExit(
            f"plenish: there is no region {scope.region!r}; known: {', '.join(regions)}"
        )
