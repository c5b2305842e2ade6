"""Model health: which model forecasts, how forecasts and chances held, and what was learnt."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.reading import Plan
from workbench.visits import Signed

router = APIRouter()

_WEEKS = 4
_CHECKS = ("trained", "champion_plans", "input_drift", "residual_drift", "responses_fall")
"""Checks that tell of models."""
_LEADS = ((1, 7), (8, 14), (15, 28))


@router.get("/model-health")
def show_model_health(visit: Signed) -> Response:
    """Show the trained models, and how well what they said held."""
    plan = visit.take_plan()
    versions = plan.read_table("model_versions")
    responses = plan.read_table("price_responses")
    context: dict[str, Any] = {
        "title": "Model health",
        "plan": plan,
        "in_use": plan.model_version,
        "versions": versions.sort("trained_on", "version", descending=True).to_dicts(),
        "weeks": _WEEKS,
        "accuracy": sum_accuracy(_select_recent(plan)),
        "chances": plan.read_table("risk_accuracy")
        .filter(part="all")
        .sort("chances", "outcome")
        .to_dicts(),
        "trials": plan.read_table("delay_trials").sort("record").to_dicts(),
        "responses": responses.group_by("basis")
        .agg(items=pl.len(), slope=pl.col("slope").median(), spread=pl.col("slope_sd").median())
        .sort("items", "basis", descending=[True, False])
        .to_dicts(),
        "overrides": sum_overrides(
            plan.read_view("override_reasons").filter(pl.col("business_date") > _find_since(plan))
        ),
        "checks": plan.read_view("checks_made")
        .filter(pl.col("check").is_in(_CHECKS))
        .sort("passed", "asset", "check")
        .to_dicts(),
    }
    return visit.show("model_health.html", context)


def _find_since(plan: Plan) -> date:
    """The day before the last weeks."""
    newest: date = plan.business_date
    return newest - timedelta(weeks=_WEEKS)


def sum_overrides(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Sum what people put in place of what was proposed by kind, reason and currency.

    Args:
        rows: of the view override_reasons.

    Returns:
        Its columns but the date, in order.
    """
    keys = ("kind", "override_code", "currency")
    sums = pl.col("actions", "proposed", "instead", "value_change").sum()
    return rows.group_by(keys).agg(sums).sort(keys).to_dicts()


def _select_recent(plan: Plan) -> pl.DataFrame:
    """Rows of the view category_accuracy of the last weeks."""
    return plan.read_view("category_accuracy").filter(pl.col("business_date") > _find_since(plan))


def sum_accuracy(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Sum how forecasts did by category and days ahead; errors and units add up.

    Args:
        rows: of the view category_accuracy.

    Returns:
        category, lead, actual (units), wape, naive, bias and covered (shares; missing where nothing
        sold), in order.
    """
    lead = pl.lit(None, pl.String)
    for first, last in _LEADS:
        within = pl.col("lead_days").is_between(first, last)
        lead = pl.when(within).then(pl.lit(f"{first} to {last}")).otherwise(lead)
    sold = pl.col("actual").sum()
    known = pl.when(sold > 0)
    return (
        rows.with_columns(lead=lead)
        .drop_nulls("lead")
        .group_by("category", "lead")
        .agg(
            pl.col("lead_days").min(),
            actual=sold,
            wape=known.then(pl.col("absolute_error").sum() / sold),
            naive=known.then(pl.col("naive_error").sum() / sold),
            bias=known.then(pl.col("forecast").sum() / sold - 1),
            covered=(pl.col("covered_80") * pl.col("pairs")).sum() / pl.col("pairs").sum(),
        )
        .sort("category", "lead_days")
        .drop("lead_days")
        .to_dicts()
    )
