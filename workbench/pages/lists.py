"""Lists that are read only, the page of an exception or a case, and whether the data is good."""

from typing import Any
from urllib.parse import quote, urlencode

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from governance import describe_set_aside
from workbench.lines import describe_rows
from workbench.reading import LISTINGS, Listing, Plan, read_ask, select_page
from workbench.visits import Signed, Visit

router = APIRouter()

_SCOPE = 200
_MOST_WIDE = 12
"""Columns beyond which a table is set closer, to fit a screen."""


@router.get("/lists/{name}")
def show_list(visit: Signed, name: str) -> Response:
    """Show a page of a list.

    Raises:
        LookupError: there is no such list.
    """
    listing = LISTINGS.get(name)
    if listing is None:
        raise LookupError(f"There is no list {name}.")
    plan = visit.take_plan()
    prepared = visit.bench.desks.read_list(plan, listing)
    ask = read_ask(listing, visit.request.query_params)
    page = select_page(prepared, ask)
    context = {
        "title": listing.title,
        "plan": plan,
        "listing": listing,
        "ask": ask,
        "asked": urlencode(ask.parameters),
        "page": page,
        "values": prepared.values,
        "names": {name: listing.name_column(name) for name in (*listing.shown, *listing.sums)},
        "numbers": [name for name, kind in page.rows.schema.items() if kind.is_numeric()],
        "most_wide": _MOST_WIDE,
        "moneys": listing.list_money(),
        "days": [name for name, kind in page.rows.schema.items() if kind == pl.Date],
        "coded": [choice.name for choice in listing.choices if not choice.is_name],
        "rows": [{**row, "address": _find_address(listing, row)} for row in page.rows.to_dicts()],
    }
    return visit.show("list.html", context)


@router.get("/exceptions/{exception_id}")
def show_exception(visit: Signed, exception_id: str) -> Response:
    """Show what is wrong, why, and all that it touches.

    Raises:
        LookupError: no open exception has the id.
    """
    plan = visit.take_plan()
    row = _find_one(plan.read_view("open_exceptions"), "exception_id", exception_id)
    key = {"exception_id": row["exception_id"]}
    scope = plan.read_table("exception_scope").filter(**key)
    dearest = scope.sort(
        "money_at_risk", "sku", "location", descending=[True, False, False], nulls_last=True
    )
    causes = plan.read_table("exception_causes").filter(**key)
    context = {
        "title": "Exception",
        "plan": plan,
        "row": row,
        "scope": dearest.head(_SCOPE).to_dicts(),
        "touched": scope.height,
        "causes": causes.sort("share", "cause", descending=[True, False]).to_dicts(),
    }
    return visit.show("exception.html", context)


@router.get("/cases/{case_id}")
def show_case(visit: Signed, case_id: str) -> Response:
    """Show a case with its actions as decisions stand now.

    Raises:
        LookupError: no case of the plan has the id.
    """
    plan = visit.take_plan()
    row = _find_one(plan.read_view("cases_followed"), "case_id", case_id)
    linked = plan.read_table("case_actions").filter(case_id=row["case_id"])
    context = {
        "title": "Case",
        "plan": plan,
        "row": row,
        "actions": _describe_linked(visit, plan, linked),
    }
    return visit.show("case.html", context)


@router.get("/data-health")
def show_data_health(visit: Signed) -> Response:
    """Show whether the data of the plan is good: checks, sources, quarantine, items left out."""
    plan = visit.take_plan()
    checks = plan.read_view("checks_made")
    waiting = plan.read_view("rows_waiting")
    context: dict[str, Any] = {
        "title": "Data health",
        "plan": plan,
        "failed": checks.filter(passed=False)
        .sort("blocking", "failing_rows", "asset", "check", descending=[True, True, False, False])
        .to_dicts(),
        "made": checks.height,
        "sources": plan.read_view("sources_landed").to_dicts(),
        "waiting": waiting.group_by("source", "reason")
        .agg(rows=pl.len())
        .sort("rows", "source", "reason", descending=[True, False, False])
        .to_dicts(),
        "set_aside": describe_set_aside(plan.read_table("items_set_aside")),
    }
    return visit.show("data_health.html", context)


def _find_one(rows: pl.DataFrame, key: str, value: str) -> dict[str, Any]:
    found = rows.filter(pl.col(key).str.starts_with(value.lower()))
    if found.height != 1:
        words = key.removesuffix("_id")
        raise LookupError(f"{found.height} of the newest plan's {words}s begin with {value}.")
    return found.row(0, named=True)


def _find_address(listing: Listing, row: dict[str, Any]) -> str:
    """Page of its own of a row; empty where it has none."""
    if listing.page:
        return listing.page.format_map({name: quote(str(row[name]), safe="") for name in row})
    place = row.get("location") or row.get("destination")
    if row.get("sku") and place:
        return f"/item-location?{urlencode({'sku': row['sku'], 'location': place})}"
    return ""


def _describe_linked(visit: Visit, plan: Plan, linked: pl.DataFrame) -> list[dict[str, Any]]:
    """Actions of a case in words; of those that left with an earlier plan, what is known."""
    desks = visit.bench.desks
    columns = ["action_id", "part", "choice", "option", "option_rank", "left_on"]
    tonight = desks.read_sheet(plan).frame.join(
        linked.select("action_id"), on="action_id", how="semi"
    )
    with desks.lock:
        said = {row["action_id"]: row for row in describe_rows(tonight, desks.open_desk(plan))}
    found = linked.sort(
        "choice",
        "option_rank",
        "benefit",
        "action_id",
        descending=[False, False, True, False],
        nulls_last=True,
    )
    return [
        {**said.get(row["action_id"], {"words": "", "standing": "", "stands": ""}), **row}
        for row in found.select(*columns, "sku", "kind", "benefit").to_dicts()
    ]
