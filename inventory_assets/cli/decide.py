"""Look at an action, decide it, and switch automation."""

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from governance import Decision, describe_action, describe_reasons
from governance.exchange import find_batch_faults, record_batches
from inventory_assets.cli.explain import print_explanation
from inventory_assets.cli.item_location import print_item_location
from inventory_assets.cli.plan import load_definitions, newest_landed, retailer_of
from inventory_assets.cli.summary import print_summary
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import CONTRACTS

if TYPE_CHECKING:
    from inventory_assets.framework import Retailer


def _retailer(business_date: date) -> "Retailer":
    return retailer_of(load_definitions(business_date))


def _action(retailer: "Retailer", action_id: str, business_date: date) -> dict[str, Any]:
    """The proposal whose id starts with `action_id`.

    Raises:
        SystemExit: none does, or several do.
    """
    proposals = retailer.warehouse.read(CONTRACTS["proposals"], business_date)
    found = proposals.filter(pl.col("action_id").str.starts_with(action_id))
    if len(found) != 1:
        raise SystemExit(f"{len(found)} actions of {business_date} start with {action_id}")
    return found.row(0, named=True)


def show_status(place: Workplace, day: date | None, console: Console) -> None:
    """Print the summary of the last plan of a business date."""
    business_date = day or newest_landed(place)
    print_summary(_retailer(business_date), business_date, console)


def show_action(place: Workplace, action_id: str, day: date | None, console: Console) -> None:
    """Print why an action is what it is, then every column of it and of its route.

    Raises:
        SystemExit: the business date has no such action.
    """
    business_date = day or newest_landed(place)
    retailer = _retailer(business_date)
    action = _action(retailer, action_id, business_date)
    console.print(escape(describe_action(action)))
    console.print(describe_reasons(action["reason_codes"]))
    routes = retailer.warehouse.read(CONTRACTS["routed"], business_date)
    route = routes.row(by_predicate=pl.col("action_id") == action["action_id"], named=True)
    steps = retailer.warehouse.query("explanation", business_date, action_id=action["action_id"])
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
    business_date = day or newest_landed(place)
    print_item_location(_retailer(business_date), sku, location, business_date, console)


def record_decision(
    place: Workplace,
    action_id: str,
    facts: dict[str, str | int | date | datetime | None],
    console: Console,
) -> None:
    """Record a decision on an action of the newest plan, under an id made of its content.

    An approval is of the quantity that was read: it does not carry over to a larger one.

    Raises:
        SystemExit: there is no such action, or the decision breaks a rule, in words.
    """
    business_date = newest_landed(place)
    retailer = _retailer(business_date)
    action = _action(retailer, action_id, business_date)
    facts = {"action_id": action["action_id"], **facts}
    if facts["decision"] == "approve":
        facts["quantity"] = action["quantity"]
    content = repr(sorted(facts.items(), key=str)).encode()
    try:
        decision = Decision.model_validate(
            {"decision_id": hashlib.sha256(content).hexdigest()[:24], **facts}
        )
        retailer.store.record_decision(decision, at=decision.decided_at)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    author = escape(f"{decision.author} ({decision.role})")
    console.print(
        f"Recorded: {author} {decision.decision} {decision.action_id}. "
        "The next plan run of its business date acts on it."
    )


def set_automation(  # noqa: PLR0913  # who, why and when belong to the switch
    place: Workplace, *, on: bool, author: str, reason: str, at: datetime, console: Console
) -> None:
    """Turn automation on or off for every plan from now on."""
    retailer = _retailer(newest_landed(place))
    retailer.store.set_automation(on=on, author=author, reason=reason, at=at)
    console.print(f"Automation is {'on' if on else 'off: every action goes to review'}.")


def check_audit(place: Workplace, at: datetime, console: Console) -> bool:
    """Print what is wrong with the audit chain, and say whether it is whole.

    Batches whose process died before it could record them are recorded first, and named.
    """
    retailer = _retailer(newest_landed(place))
    for folder in record_batches(retailer.exports, retailer.store, at):
        console.print(f"Batch {folder} had left without an event: it is recorded now.")
    faults = retailer.store.verify_chain()
    faults += find_batch_faults(retailer.exports, retailer.store)
    for fault in faults:
        console.print(f"[red]{escape(fault)}")
    if not faults:
        console.print("The audit chain is whole.")
    return not faults
