"""Customers' orders: what the plan makes of open lines, and which nodes it considered."""

from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.visits import Signed

router = APIRouter()

_DEAREST = 20

_TERMS = (
    ("shipping", "shipping_cost"),
    ("parcel", "parcel_cost"),
    ("further parcel", "split_penalty"),
    ("handling", "handling_cost"),
    ("refusal", "refusal_cost"),
    ("late", "late_cost"),
    ("worth of the units", "unit_value"),
    ("markdown avoided", "markdown_avoided"),
)
"""What a cost term is called -> its column, in the order of the sum."""


@router.get("/orders")
def show_orders(visit: Signed) -> Response:
    """Show what becomes of lines of customers' orders, and those that cost most as they are."""
    plan = visit.take_plan()
    lines = plan.read_view("order_lines_decided")
    decided = lines.group_by("decision", "reason").agg(
        lines=pl.len(), cost=pl.col("cost").sum(), otherwise=pl.col("otherwise").sum()
    )
    context: dict[str, Any] = {
        "title": "Orders",
        "plan": plan,
        "currency": plan.currency,
        "decided": decided.sort(
            "lines", "decision", "reason", descending=[True, False, False]
        ).to_dicts(),
        "late": lines.filter(pl.col("arrives_on") > pl.col("promised_on")).height,
        "dearest": lines.filter(pl.col("decision").is_in(["open", "wait", "stay"]))
        .sort("cost", "order_id", "line", descending=[True, False, False])
        .head(_DEAREST)
        .to_dicts(),
    }
    return visit.show("orders.html", context)


@router.get("/orders/{order_id:path}/{line}")
def show_order_line(visit: Signed, order_id: str, line: int) -> Response:
    """Show a line of an order with each node that was considered and what each costs.

    Raises:
        LookupError: the plan decides nothing about such a line.
    """
    plan = visit.take_plan()
    found = plan.read_view("order_lines_decided").filter(order_id=order_id, line=line)
    if found.is_empty():
        raise LookupError(f"The plan decides nothing about line {line} of order {order_id}.")
    nodes = plan.query_chosen("shown_order_nodes", order_id=order_id, line=line)
    context: dict[str, Any] = {
        "title": f"Order {order_id}, line {line}",
        "plan": plan,
        "currency": plan.currency,
        "row": found.row(0, named=True),
        "nodes": nodes.to_dicts(),
        "terms": _TERMS,
    }
    return visit.show("order_line.html", context)
