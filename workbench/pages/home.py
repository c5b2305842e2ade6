"""The first page: what runs short, what waits, what went by itself, and is the data good."""

from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.brief import list_parts, write_brief
from workbench.citing import Citer
from workbench.figures import count_figures
from workbench.outcomes import compare_days, list_metrics, sum_outcomes
from workbench.visits import Signed

router = APIRouter()

_DEAREST = 5


@router.get("/")
def show_home(visit: Signed) -> Response:
    """Show the figures of the newest plan, each with its rows behind it."""
    plan = visit.take_plan()
    sheet = visit.bench.desks.read_sheet(plan)
    roles = visit.who.roles
    written = write_brief(Citer(plan, visit.bench.desks), roles[0], besides=roles[1:])
    context = {
        "title": "Home",
        "plan": plan,
        "figures": count_figures(plan, sheet, roles),
        "stock_outs": _take_dearest(plan.read_view("projected_stock_outs"), "lost_margin"),
        "exceptions": _take_dearest(plan.read_view("open_exceptions"), "money_at_risk"),
        "waiting": _take_waiting(sheet.frame, roles),
        "brief": list_parts(written),
        "days": compare_days(plan),
        "metrics": list_metrics(plan),
        "outcomes": sum_outcomes(
            plan.read_view("implemented_lines"), plan.read_view("realised_benefits")
        ),
        "changes": _sum_changes(plan.read_view("plan_differences")),
    }
    return visit.show("home.html", context)


def _take_dearest(rows: pl.DataFrame, money: str) -> list[dict[str, Any]]:
    dearest = rows.filter(pl.col(money) > 0)
    return dearest.sort(money, descending=True, maintain_order=True).head(_DEAREST).to_dicts()


def _take_waiting(sheet: pl.DataFrame, roles: tuple[str, ...]) -> list[dict[str, Any]]:
    """What waits for somebody in these roles, those worth most first."""
    asked = pl.col("missing_roles").str.split(";").list.set_intersection([*roles]).list.len() > 0
    return sheet.filter(asked, standing="waiting").sort("rank").head(_DEAREST).to_dicts()


def _sum_changes(changes: pl.DataFrame) -> list[dict[str, Any]]:
    """Lines and value by what became of them."""
    grouped = changes.group_by("change", "cause").agg(
        lines=pl.len(), value_before=pl.col("value_before").sum(), value=pl.col("value").sum()
    )
    return grouped.sort("lines", "change", "cause", descending=[True, False, False]).to_dicts()
