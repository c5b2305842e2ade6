"""Look at actions, decide them, and switch automation; none of it needs Dagster or a model."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from governance import (
    Decision,
    Desk,
    Scope,
    describe_action,
    describe_held,
    describe_reasons,
    describe_route,
    make_decision,
)
from governance.kinds import KINDS
from governance.people import STOP_AUTOMATION, admit_switch, find_author
from inventory_assets.cli.audit import publish_head
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from inventory_assets.project import read_token


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


def record_decision(
    place: Workplace,
    action_id: str,
    day: date | None,
    facts: Mapping[str, str | int | date | datetime | None],
    console: Console,
) -> None:
    """Record a decision on an action of a plan, under an id made of its content.

    An approval is of the quantity that was read: it does not carry over to a larger one.

    Raises:
        LookupError: the plan has no such action.
        SystemExit: the decision could not count, in words.
    """
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        token, at = read_token(), cast("datetime", facts["decided_at"])
        try:
            author = facts["author"] or find_author(desk.store, token, at)
            decision = _state(premises, desk, action_id, {**facts, "author": author})
            route = desk.decide(decision, at=at, token=token)
        except ValueError as error:
            raise SystemExit(f"plenish: not recorded: {error}") from error
        finally:
            # A denial is an event, too.
            publish_head(premises, at, console)
    leaves = " `plenish export` hands it over." if route["status"] == "approved" else ""
    console.print(
        escape(
            f"Recorded: {decision.author} ({decision.role}) {decision.decision} "
            f"{decision.action_id}. Now: {describe_route(route)}.{leaves}"
        )
    )


def _state(premises: Premises, desk: Desk, digits: str, stated: Mapping[str, object]) -> Decision:
    """The decision on an action, with an id made of its content and the quantity that was read."""
    action = premises.find_action(desk, digits)
    facts = {"action_id": action["action_id"], **stated}
    packs = facts.pop("packs", None)
    if isinstance(packs, int):
        facts["quantity"] = packs * (action["quantity"] // action["packs"])
    elif facts["decision"] == "approve":
        facts["quantity"] = desk.find_quantity(action["action_id"])
    content = repr(sorted(facts.items(), key=str)).encode()
    return make_decision({"decision_id": hashlib.sha256(content).hexdigest()[:24], **facts})


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
