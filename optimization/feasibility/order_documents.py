"""Whether lines of an order may leave together, and orders within budgets and capacities."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import CENT, ROUNDING, report
from quality_checks.contracts import PurchasingRules

_DOCUMENT = ("supplier", "destination")
_CAPACITY = ("supplier", "stated_sku", "stated_category", "week")
_FLOORS = ["service_floor", "presentation_min"]


def document_problems(lines: pl.DataFrame) -> pl.DataFrame:
    """Documents that are not one, are worth too little, or were raised for nothing.

    Args:
        lines: the columns of PurchasePlan, least_value of the supplier, missing without one, and
            level_binding, what set the level.
    """
    value = pl.col("quantity") * pl.col("unit_price")
    # A floor is served whatever it costs, also beside lines that were raised.
    floor = pl.col("level_binding").is_in(_FLOORS)
    gain = pl.col("margin_kept") - pl.col("holding_cost")
    gain += pl.when(floor).then(pl.col("forced_cost")).otherwise(0.0)
    documents = lines.group_by(_DOCUMENT, maintain_order=True).agg(
        pl.col("document").n_unique().alias("ids"),
        pl.col("document").first(),
        pl.col("document_value").max().alias("most_stated"),
        pl.col("document_value").min().alias("least_stated"),
        pl.col("least_value").max(),
        value=value.sum(),
        gain=gain.sum(),
        raised=(pl.col("binding") == "supplier_minimum_value").any(),
    )
    shared = pl.len().over("document") > 1
    off = pl.max_horizontal(
        (pl.col("most_stated") - pl.col("value")).abs(),
        (pl.col("least_stated") - pl.col("value")).abs(),
    )
    short = pl.col("value") < pl.col("least_value") - ROUNDING * (1 + pl.col("least_value"))
    return report(documents, _DOCUMENT, {
        "document": (
            (pl.col("ids") != 1) | shared, "one document of its own", "document"
        ),
        "document_value": (off > CENT, pl.col("value").round(2), "most_stated"),
        "supplier_minimum_value": (
            short.fill_null(value=False),
            pl.format("at least {}", "least_value"), pl.col("value").round(2),
        ),
        "raised_order": (
            pl.col("raised") & (pl.col("gain") <= 0), "a gain", pl.col("gain").round(2)
        ),
    })  # fmt: skip


def room_problems(
    lines: pl.DataFrame, spent: pl.DataFrame, rules: PurchasingRules, order_day: dt.date
) -> pl.DataFrame:
    """Departments that pass their budget of the month with what they order.

    Args:
        lines: the columns of PurchasePlan, and department.
        spent: department, and spent, what was ordered so far in the month, currency.
        rules: budgets by department and month.
        order_day: day on which orders are placed.
    """
    month = f"{order_day:%Y-%m}"
    budgets = [
        (department, of_month[month])
        for department, of_month in rules.department_budget.items()
        if month in of_month
    ]
    stated = pl.DataFrame(
        budgets, schema={"department": pl.String, "budget": pl.Float64}, orient="row"
    )
    asked = (
        lines.group_by("department", maintain_order=True)
        .agg(ordered=(pl.col("quantity") * pl.col("unit_price")).sum())
        .join(stated, on="department")
        .join(spent, on="department", how="left")
    )
    left = (pl.col("budget") - pl.col("spent").fill_null(0.0)).clip(lower_bound=0.0)
    passed = pl.col("ordered") > left + ROUNDING * (1 + left)
    return report(asked, ("department",), {
        "budget": (passed, pl.format("at most {}", left.round(2)), pl.col("ordered").round(2)),
    })  # fmt: skip


def capacity_problems(lines: pl.DataFrame, capacities: pl.DataFrame) -> pl.DataFrame:
    """Suppliers that are asked for more in a week than they say that they can still deliver.

    Args:
        lines: the columns of PurchasePlan.
        capacities: frame `capacity_rooms`.
    """
    days = (pl.col("requested_on") - pl.col("week")).dt.total_days()
    asked = (
        lines.join(capacities, on=["supplier", "sku"])
        .filter(days.is_between(0, 6))
        .group_by(_CAPACITY, maintain_order=True)
        .agg(pl.col("quantity").sum(), pl.col("room").first())
    )
    return report(asked, _CAPACITY, {
        "supplier_capacity": (
            pl.col("quantity") > pl.col("room"), pl.format("at most {}", "room"), "quantity"
        ),
    })  # fmt: skip
