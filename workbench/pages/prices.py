"""Markdowns: what was weighed for the price of each item, and what was chosen."""

from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.reading import Plan
from workbench.visits import Signed

router = APIRouter()

_SHOWN = 200


@router.get("/markdowns")
def show_markdowns(visit: Signed) -> Response:
    """Show of each item whose season is weighed what a step, holding and moving are worth."""
    plan = visit.take_plan()
    items = _list_items(plan.read_view("prices_weighed"))
    context: dict[str, Any] = {
        "title": "Markdowns",
        "plan": plan,
        "currency": plan.currency,
        "items": items.head(_SHOWN).to_dicts(),
        "weighed": items.height,
        "chosen": items.group_by("chosen").len().sort("len", "chosen", descending=True).rows(),
        "steps": _list_steps(plan),
    }
    return visit.show("markdowns.html", context)


@router.get("/markdowns/{sku:path}")
def show_markdown(visit: Signed, sku: str, zone: str) -> Response:
    """Show all that was weighed for the price of an item in a zone.

    Raises:
        LookupError: nothing was.
    """
    plan = visit.take_plan()
    options = plan.read_view("prices_weighed").filter(sku=sku, zone=zone)
    if options.is_empty():
        raise LookupError(f"No price of {sku} in zone {zone} is weighed by the plan.")
    learnt = plan.read_table("price_responses").filter(sku=sku)
    context: dict[str, Any] = {
        "title": f"Price of {sku}",
        "plan": plan,
        "currency": plan.currency,
        "row": options.row(0, named=True),
        "options": options.sort(
            "worth", "option", "new_price", descending=[True, False, True]
        ).to_dicts(),
        "response": learnt.row(0, named=True) if learnt.height else None,
    }
    return visit.show("markdown.html", context)


def _list_items(options: pl.DataFrame) -> pl.DataFrame:
    """An item and zone in a row: the option chosen, and the best worth of each sort of option."""
    chosen = pl.col("verdict") == "chosen"
    best = {
        option: pl.col("worth").filter(pl.col("option") == option).max()
        for option in ("hold", "markdown", "planned", "transfer", "no_markdown")
    }
    step = pl.col("option") == "markdown"
    return (
        options.sort("worth", descending=True, maintain_order=True)
        .group_by("family", "sku", "zone", "item_name", "list_price", maintain_order=True)
        .agg(
            chosen=pl.col("option").filter(chosen).first(),
            price=pl.col("new_price").filter(chosen).first(),
            step_price=pl.col("new_price").filter(step).first(),
            **best,
        )
        .sort("family", "sku", "zone")
    )


def _list_steps(plan: Plan) -> list[dict[str, Any]]:
    """The markdowns that the plan proposes, those that keep most first."""
    rows = plan.read_table("markdown_plan")
    columns = ["sku", "zone", "old_price", "new_price", "due_on", "season_end", "quantity"]
    kept = rows.sort("margin_kept", "sku", "zone", descending=[True, False, False])
    return kept.select(*columns, "sold_as_is", "sold_then", "margin_kept", "limit_price").to_dicts()
