"""Tell the whole story of one action, from landed rows to what came of it."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from governance import EVER, PlanVersion, find_rule, find_version, list_action_events
from governance.story import (
    Search,
    Story,
    list_answer_searches,
    list_delivery_searches,
    list_input_searches,
    write_story,
)
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS

_LISTED = 5


def trace_action(place: Workplace, digits: str, console: Console, *, as_json: bool) -> None:
    """Print the story of the action of any business date whose id starts with `digits`.

    Raises:
        LookupError: no action does, or several do.
    """
    with place.enter() as premises:
        story = gather_story(premises, _find_action(premises, digits))
    if as_json:
        console.print(story.to_json(), markup=False, highlight=False, soft_wrap=True)
        return
    for heading, sentences in write_story(story):
        console.print(f"[bold]{escape(heading)}[/bold]")
        for sentence in sentences:
            console.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)


def _find_action(premises: Premises, digits: str) -> dict[str, Any]:
    """The proposal, of any business date, whose id starts so.

    Raises:
        LookupError: none does, or several do.
    """
    if not digits or set(digits.lower()) - set("0123456789abcdef"):
        raise LookupError(f"{digits!r} is no beginning of an action's id")
    newest = premises.find_newest_plan()
    found = premises.warehouse.query("traced_action", newest, digits=digits.lower())
    if len(found) != 1:
        several = ", ".join(found["action_id"].head(_LISTED))
        said = f"{len(found)} actions start so: {several}" if several else "no action starts so"
        raise LookupError(f"{digits!r}: {said}")
    return found.row(0, named=True)


def gather_story(premises: Premises, action: dict[str, Any]) -> Story:
    """Gather all that is known of an action, as of what has landed by now."""
    day, action_id = action["business_date"], action["action_id"]
    warehouse = premises.warehouse
    lines = warehouse.read(CONTRACTS["export_lines"], day).filter(action_id=action_id)
    line = lines.row(0, named=True) if lines.height else None
    cancels = warehouse.read_until(CONTRACTS["cancel_lines"], premises.find_newest_plan())
    called = cancels.filter(action_id=action_id)
    cancel = called.row(0, named=True) if called.height else None
    versions = warehouse.read(CONTRACTS["plan_versions"], day)
    # What left keeps the version that it left with; the proposal may be of a later one.
    version = find_version(versions, day, (line or action)["plan_version"])
    route, policy_hash = _find_route(premises, action, version, has_left=line is not None)
    parts = [action_id, *filter(None, (action["parts_before"] or "").split(";"))]
    models = warehouse.read_until(CONTRACTS["model_versions"], day)
    trained = models.filter(version=version.model_version).tail(1)
    prices = warehouse.read_until(CONTRACTS["price_outcomes"], premises.find_newest_plan())
    return Story(
        action=action,
        inputs=_trace(premises, list_input_searches(action, _list_served(premises, action)), day),
        plan={"business_date": day, **version._asdict()},
        model=trained.row(0, named=True) if trained.height else None,
        policy_hash=policy_hash,
        rule=None if route is None else find_rule(premises.store, policy_hash, route["rule"]),
        steps=warehouse.query("explanation", day, action_id=action_id),
        route=route,
        decisions=premises.store.decisions(EVER).filter(pl.col("action_id").is_in(parts)),
        line=line,
        cancel=cancel,
        answers=_gather_answers(premises, action, [line, cancel]),
        prices=prices.filter(action_id=action_id),
        events=list_action_events(
            premises.store,
            version,
            policy_hash,
            parts,
            None if line is None else f"{line['business_date']}/{line['batch']}",
        ),
    )


def _find_route(
    premises: Premises, action: dict[str, Any], version: PlanVersion, *, has_left: bool
) -> tuple[dict[str, Any] | None, str]:
    """How an action is routed, and the hash of the policies by which it is.

    What has left, or is of a date that a later plan has overtaken, is as it was then, whatever
    policies and switches say today. Of what left with an earlier version no route is kept.
    """
    day, action_id = action["business_date"], action["action_id"]
    if not has_left and day == premises.find_newest_plan():
        return premises.open_desk(day).find_route(action_id), premises.policy_hash
    stored = premises.warehouse.read(CONTRACTS["routed"], day).filter(
        action_id=action_id, plan_version=version.plan_version
    )
    return stored.row(0, named=True) if stored.height else None, version.policy_hash


def _list_served(premises: Premises, action: dict[str, Any]) -> list[str]:
    """Nodes that the ends of an action supply with its item."""
    ends = [node for node in (action["origin"], action["destination"]) if node is not None]
    pairs = premises.warehouse.known("item_locations", action["business_date"])
    served = pairs.filter(pl.col("sku") == action["sku"], pl.col("supply_location").is_in(ends))
    return served["location"].to_list()


def _gather_answers(
    premises: Premises, action: dict[str, Any], handed: Iterable[dict[str, Any] | None]
) -> pl.DataFrame:
    """Documents that came after the plan of an action, and because of what was handed over."""
    known = premises.warehouse.newest(CONTRACTS["files"]) or action["business_date"]
    keys = [row["idempotency_key"] for row in handed if row is not None]
    answer = Search("acknowledgements", {"idempotency_key": keys})
    said = _trace(premises, [answer], known)
    named = filter(None, (json.loads(content)["erp_document"] for content in said["content"]))
    found = _trace(premises, list_answer_searches(action, next(named, None)), known)
    orders = found.filter(source="purchase_orders")["content"]
    pos = {json.loads(content)["po"] for content in orders}
    came = _trace(premises, list_delivery_searches(pos, action["sku"]), known)
    later = pl.concat([found, came]).filter(pl.col("file_date") > action["business_date"])
    # What is said under a key came after it, if on the same date.
    return pl.concat([said, later])


def _trace(premises: Premises, searches: Iterable[Search], day: date) -> pl.DataFrame:
    """Landed rows that are searched for, as of a date, each once."""
    found = [
        premises.warehouse.trace(search.source, day, every=search.every, some=search.some)
        for search in searches
    ]
    return pl.concat(found)
