"""A supplier: how it delivers, what is open, what is proposed to it, and what is at risk."""

from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from governance.kinds import KINDS
from workbench.lines import describe_rows
from workbench.office import ToldSupplier
from workbench.reading import Plan
from workbench.visits import Signed, Visit

router = APIRouter()

_DEAREST = 15


@router.get("/suppliers/{supplier:path}")
def show_supplier(visit: Signed, supplier: str) -> Response:
    """Show a supplier of the plan.

    Raises:
        LookupError: the plan knows no such supplier.
    """
    plan = visit.take_plan()
    found = plan.read_view("suppliers_judged").filter(supplier=supplier)
    if found.is_empty():
        raise LookupError(f"There is no supplier {supplier}.")
    told, unknown = _tell(visit, plan, supplier)
    lines = plan.read_view("order_lines_at_risk").filter(supplier=supplier)
    lanes = plan.read_table("lane_risks").filter(supplier=supplier)
    context: dict[str, Any] = {
        "title": found["supplier_name"][0],
        "plan": plan,
        "row": found.row(0, named=True),
        "told": told,
        "unknown": unknown,
        "lines": lines.sort(
            "margin_at_risk",
            *("document_kind", "document", "line"),
            descending=[True, False, False, False],
            nulls_last=True,
        )
        .head(_DEAREST)
        .to_dicts(),
        "open": lines.height,
        "lanes": lanes.sort("destination").to_dicts(),
        **_describe_actions(visit, plan, supplier),
    }
    return visit.show("supplier.html", context)


def _tell(visit: Visit, plan: Plan, supplier: str) -> tuple[ToldSupplier | None, str]:
    """How it delivers, or why that is not known."""
    tell = visit.bench.office.tellers.supplier
    try:
        told = plan.use(lambda warehouse: tell(warehouse, supplier, plan.business_date))
    except LookupError as error:
        return None, str(error)
    return told, ""


def _describe_actions(visit: Visit, plan: Plan, supplier: str) -> dict[str, Any]:
    """What is proposed to it, by kind and the dearest in words."""
    desks = visit.bench.desks
    rows = desks.read_sheet(plan).frame.filter(supplier=supplier)
    kinds = rows.group_by("kind").agg(
        actions=pl.len(),
        waiting=(pl.col("standing") == "waiting").sum(),
        value=pl.col("value").sum(),
        benefit=pl.col("benefit").sum(),
    )
    with desks.lock:
        dearest = describe_rows(
            rows.sort("benefit", "action_id", descending=[True, False]).head(_DEAREST),
            desks.open_desk(plan),
        )
    order = {kind: place for place, kind in enumerate(KINDS)}
    return {
        "actions": dearest,
        "kinds": sorted(kinds.to_dicts(), key=lambda row: order[row["kind"]]),
    }
