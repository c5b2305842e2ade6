"""What became of plans: how today is beside the plan before, and what of it was kept."""

from typing import Any, Final

import polars as pl

from workbench.reading import LISTINGS, Plan

_TREND: Final = (
    ("Item-locations that are out", "out_share", "share", "/lists/stock-outs?state=out"),
    ("Margin that these lose a day", "margin_a_day", "money", "/lists/stock-outs"),
    ("Stock at cost", "stock_value", "money", ""),
    ("Money at risk in exceptions", "money_at_risk", "money", "/lists/exceptions"),
    ("Actions proposed", "actions", "number", "/worklist"),
    ("Share that goes by itself", "automated_share", "share", "/worklist?decided_by=policy"),
    ("Checks that failed", "failed_checks", "number", "/lists/checks?passed=false"),
)
"""What is compared -> its column of the view plan_trend, how it is written, where its rows are."""


def compare_days(plan: Plan) -> list[dict[str, Any]]:
    """Set figures of the newest plan beside those of the business date before; none without one."""
    days = plan.read_view("plan_trend").sort("business_date").tail(2).to_dicts()
    if len(days) < len(("before", "now")):
        return []
    before, now = days
    return [
        {
            "name": name,
            "form": form,
            "before": before[column],
            "now": now[column],
            "address": address,
        }
        for name, column, form, address in _TREND
    ]


def list_metrics(plan: Plan) -> list[dict[str, Any]]:
    """List the key metrics, each with the address of the list that it is made of.

    Returns:
        The columns of the view key_metrics and address, in their order.
    """
    lists = {listing.view: listing.name for listing in LISTINGS.values()}
    rows = plan.read_view("key_metrics").sort("place").to_dicts()
    return [{**row, "address": f"/lists/{lists[row['view']]}"} for row in rows]


def sum_outcomes(implemented: pl.DataFrame, realised: pl.DataFrame) -> list[dict[str, Any]]:
    """Sum by kind what left, what documents show of it, and what it kept of what it promised.

    Args:
        implemented: the view implemented_lines.
        realised: the view realised_benefits.

    Returns:
        kind, lines, answered, refused, units, shown_units, judged (lines), promised, realised and
        error (a standard error, lines taken as independent); the last four are missing of kinds of
        which no line can be judged.
    """
    left = implemented.group_by("kind").agg(
        pl.col("lines", "answered", "refused", "units", "shown_units").sum()
    )
    kept = (
        realised.filter(pl.col("judged") > 0)
        .group_by("kind")
        .agg(
            pl.col("judged", "promised", "realised").sum(),
            error=pl.col("realised_error").pow(2).sum().sqrt(),
        )
    )
    return left.join(kept, on="kind", how="left").sort("kind").to_dicts()
