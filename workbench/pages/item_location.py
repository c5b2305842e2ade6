"""One item at one location: what sold, what is expected, how stock runs, and what is planned."""

from datetime import date
from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.lines import describe_rows
from workbench.pair import PairRows, draw_demand, draw_stock, read_pair
from workbench.reading import Plan
from workbench.visits import Signed, Visit

router = APIRouter()


@router.get("/item-location")
def show_item_location(visit: Signed, sku: str, location: str) -> Response:
    """Show an item at a location.

    Raises:
        LookupError: the assortment of the plan has no such pair.
    """
    plan = visit.take_plan()
    pair = read_pair(plan, visit.bench.desks, sku, location)
    context: dict[str, Any] = {
        "title": f"{sku} at {location}",
        "plan": plan,
        "pair": pair,
        "demand": draw_demand(pair, plan.business_date),
        "stock": draw_stock(pair),
        "actions": _list_actions(visit, plan, pair),
        "days": _list_days(pair.projection),
    }
    return visit.show("item_location.html", context)


def _list_actions(visit: Visit, plan: Plan, pair: PairRows) -> list[dict[str, Any]]:
    """Actions of the plan that bring or take the item here, by the day on which they are due."""
    desks = visit.bench.desks
    ends = (pl.col("destination") == pair.location) | (pl.col("origin") == pair.location)
    rows = desks.read_sheet(plan).frame.filter(pl.col("sku") == pair.sku, ends)
    with desks.lock:
        return describe_rows(rows.sort("due_on", "action_id"), desks.open_desk(plan))


def _list_days(projection: pl.DataFrame) -> list[tuple[date, dict[str, Any]]]:
    return [(row["day"], row) for row in projection.to_dicts()]
