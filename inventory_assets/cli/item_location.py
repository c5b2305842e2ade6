"""Print the story of an item-location: what it has, needs and gets, and why it gets no more."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import Desk, describe_action, describe_route, describe_set_aside
from governance.exchange import list_inbound_actions
from inventory_assets.cli.causes import print_stock_causes
from inventory_assets.premises import Premises
from optimization.shortages import answer_shortages, describe_goods
from quality_checks.contracts import SHORT_DC_STATES

_STATES = {
    "out": "It is out of stock.",
    "about_to_be_out": "It is expected to run out before the goods of its next order are there.",
    "unknown": "Its stock is unknown, or it is left out of the plan.",
    "before_launch": "It is not on sale yet.",
    "enough": "It is not expected to run out before the goods of its next order are there.",
    "not_replenished": "It is not replenished for customers.",
    "empty": "It has nothing for the places that it feeds.",
    "about_to_be_empty": "It will have nothing for the places that it feeds.",
}


class ToldItemLocation(NamedTuple):
    """What an item has at a location, what comes, what is planned, and why not more.

    Attributes:
        state: how it stands, as a sentence.
        cautions: what a calculation had to leave out, as sentences.
        facts: name and words of each.
        why: why it gets what it gets.
        change: what would have to change for more; empty where nothing would.
    """

    state: str
    cautions: list[str]
    facts: list[tuple[str, str]]
    why: str
    change: str


def tell_item_location(
    premises: Premises, desk: Desk, sku: str, location: str
) -> ToldItemLocation | None:
    """Tell of an item at a location; None where the assortment of the date has no such pair."""
    warehouse, business_date = premises.warehouse, desk.business_date
    chosen = pl.DataFrame({"sku": [sku], "location": [location]})
    tonight = list_inbound_actions(desk.proposals, desk.route())
    frames = {"tonight": tonight, "chosen": chosen}
    asked = warehouse.query("shortages", business_date, frames=frames)
    told = answer_shortages(asked.join(chosen, on=chosen.columns, how="semi"))
    if told.is_empty():
        return None
    receipts = warehouse.query("receipts_of_pairs", business_date, frames={"chosen": chosen})
    ahead = warehouse.query("stock_ahead", business_date, frames={"chosen": chosen})
    row = told.row(0, named=True)
    of_item = premises.list_set_aside(business_date).filter(pl.col("sku") == sku)
    return ToldItemLocation(
        state=_STATES[row["state"]],
        cautions=list(describe_set_aside(of_item)),
        facts=[*_stock(row, receipts), *_plan(row), *_dc(row), *_ahead(row, ahead)],
        why=row["why"],
        change=row["change"] or "",
    )


def print_item_location(
    premises: Premises, sku: str, location: str, business_date: date, console: Console
) -> None:
    """Print what an item-location has, what comes, what is planned, and why not more.

    Raises:
        SystemExit: the assortment of the business date has no such item-location.
    """
    desk = premises.open_desk(business_date)
    told = tell_item_location(premises, desk, sku, location)
    if told is None:
        raise SystemExit(f"no {sku} at {location} in the assortment of {business_date}")
    console.print(f"[bold]{escape(sku)} at {escape(location)}[/bold], {business_date}")
    console.print(told.state)
    for words in told.cautions:
        console.print(escape(words), highlight=False)
    facts = Table.grid(Column(no_wrap=True), Column(), padding=(0, 2))
    for name, value in told.facts:
        facts.add_row(name, escape(value))
    console.print(facts)
    console.print(f"[bold]Why[/bold]: {escape(told.why)}", highlight=False)
    if told.change:
        console.print(f"[bold]What would have to change[/bold]: {escape(told.change)}")
    print_stock_causes(premises.warehouse, sku, location, business_date, console)
    ends = (pl.col("destination") == location) | (pl.col("origin") == location)
    of_item = desk.proposals.filter(pl.col("sku") == sku, ends)
    routes = desk.route().drop("business_date", "plan_version")
    _print_actions(of_item.join(routes, on="action_id"), console)


def _stock(row: Mapping[str, Any], receipts: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """What it has and what comes."""
    known = row["available"] is not None
    yield "available", f"{row['available']:,}" if known else "unknown"
    due = [
        f"{units:,} due on {due_on} ({source.replace('_', ' ')})"
        for due_on, source, units in receipts.select("due_on", "source", "units").iter_rows()
    ]
    yield "on its way", "; ".join(due) or "nothing"
    if row["supply_location"] is not None:
        held = row["supply_available"]
        yield f"at {row['supply_location']}", "unknown" if held is None else f"{held:,}"


def _plan(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What it needs, when it is out, and what that costs."""
    currency = row["currency"]
    if row["daily_demand"] is not None:
        yield (
            "demand",
            (
                f"{row['daily_demand']:.2f} a day expected over {row['protection_days']:.1f} days, "
                "until the goods of the next order are there; "
                f"{row['margin_a_day']:,.2f} {currency}"
            ),
        )
    if row["order_up_to"] is not None:
        level = f"{row['order_up_to']:,}, set by {row['level_binding'].replace('_', ' ')}"
        if row["daily_demand"] is None:
            yield "level", f"{level}, for it and all that it feeds"
        else:
            yield "level", f"{level}; it has {row['inventory_position']} there and on its way"
    if row["days_until_out"] is not None and row["daily_demand"] is not None:
        yield "out in", f"{row['days_until_out']:.1f} days"
    if row["lost_units"]:
        yield (
            "lost",
            (
                f"{row['lost_units']:.1f} units, {row['lost_margin']:,.2f} {currency} of margin, "
                f"until {row['short_until']}"
            ),
        )


def _dc(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """When the DC of a place has nothing for it, which goods end that, and what it costs here."""
    if row["supply_location"] is None or row["empty_on"] is None:
        return
    if row["state"] in SHORT_DC_STATES:  # what is told is of itself, and among its reasons
        return
    yield (
        "its DC",
        (
            f"likelier empty than not by {row['empty_on']}. {describe_goods(row)} "
            f"That costs {row['gap_lost_margin']:,.2f} {row['currency']} of margin here"
        ),
    )


def _ahead(row: Mapping[str, Any], ahead: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """When a node that a supplier feeds runs empty; others are sent more by nights to come."""
    if ahead.is_empty() or row["supply_location"] is not None:
        return
    reach, empty_on, lacking = ahead.row(0)[2:]
    if empty_on is None:
        yield "ahead", f"not likely to be empty by {reach}, tonight's plan carried out"
    else:
        yield (
            "ahead",
            (
                f"likelier empty than not on {empty_on}, and {lacking:,.1f} units short by "
                f"{reach}, tonight's plan carried out"
            ),
        )


def _print_actions(actions: pl.DataFrame, console: Console) -> None:
    """The actions of the night that bring or take the item here, each with its id."""
    if actions.is_empty():
        console.print("No action of tonight is about it.")
        return
    console.print("[bold]Actions of tonight[/bold]")
    lines = Table.grid(Column(no_wrap=True), Column(), padding=(0, 1))
    for action in actions.sort("action_id").iter_rows(named=True):
        words = f"{describe_action(action)} ({describe_route(action)})"
        lines.add_row(action["action_id"][:8], escape(words))
    console.print(lines)
