"""What markdowns share: budgets of departments, and lanes between price zones."""

import datetime as dt

import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.markdown.zones import name_zone
from quality_checks.contracts import MarkdownRules


def list_markdown_rooms(
    rules: MarkdownRules, exported: pl.DataFrame, products: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """List what departments may still mark down by in the month.

    Args:
        rules: budgets by department and month.
        exported: the columns of the contract ExportLines, of earlier business dates, that stand.
        products: sku and department of the contract Products.
        first_day: day on which a price may change; its month counts.

    Returns:
        Frame `markdown_rooms`: departments that have a budget for the month.
    """
    month = f"{first_day:%Y-%m}"
    budgets = {
        department: months[month]
        for department, months in sorted(rules.department_budget.items())
        if month in months
    }
    lines = exported.filter(
        pl.col("kind") == "markdown", pl.col("due_on").dt.strftime("%Y-%m") == month
    ).join(products.select("sku", "department"), on="sku", maintain_order="left")
    spent = aggregate_groups(lines, "department", spent=pl.col("value").sum())
    stated = pl.DataFrame(
        {"department": list(budgets), "budget": list(budgets.values())},
        schema={"department": pl.String, "budget": pl.Float64},
    )
    left = pl.col("budget") - pl.col("spent").fill_null(0.0)
    return stated.join(spent, on="department", how="left", maintain_order="left").select(
        "department", room=left.clip(lower_bound=0.0)
    )


def find_zone_lanes(lanes: pl.DataFrame, pairs: pl.DataFrame, rules: MarkdownRules) -> pl.DataFrame:
    """Find what the cheapest lane from a price zone to another asks for a unit.

    Args:
        lanes: the columns of the contract Lanes.
        pairs: location, region, price_zone and kind of the contract PlanningPairs, of every
            item-location.
        rules: which places make a zone.

    Returns:
        Frame `zone_lanes`; without rows where an item has one price everywhere.
    """
    zones = (
        pairs.filter(pl.col("kind") != "dc")
        .select("location", name_zone(rules))
        .unique(maintain_order=True)
        .sort("location", "zone")
    )
    return (
        lanes.filter("allowed")
        .join(zones.rename({"location": "origin", "zone": "origin_zone"}), on="origin")
        .join(zones.rename({"location": "destination"}), on="destination")
        .filter(pl.col("origin_zone") != pl.col("zone"))
        .group_by("origin_zone", "zone", maintain_order=True)
        .agg(pl.col("unit_cost").min())
        .sort("origin_zone", "zone")
    )
