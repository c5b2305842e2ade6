"""What the purchases of a night are given: supplier-fed nodes with their levels and terms."""

import datetime as dt

import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.value import compute_sale_margin
from quality_checks.contracts import OrderedInMonth, PurchaseTerms, PurchasingRules, find_frame

_KEYS = ["sku", "location"]


def select_purchase_items(
    windows: pl.DataFrame, targets: pl.DataFrame, terms: pl.DataFrame
) -> pl.DataFrame:
    """Select supplier-fed nodes as `plan_purchases` reads them.

    Args:
        windows: what `build_echelon_windows` gives.
        targets: the columns of the contract Targets.
        terms: frame `purchase_terms`.
    """
    levels = targets.select(
        *_KEYS,
        "overage_cost",
        "surplus_step",
        "surplus_most",
        "value_level",
        "order_up_to",
        level_binding="binding",
    )
    # The level is worth what the item costs landed; an order earns by what this supplier asks.
    margin = compute_sale_margin("supplier_price")
    return (
        windows.drop("supplier")
        .join(levels, on=_KEYS)
        .join(find_frame(PurchaseTerms).fill(terms), on=_KEYS)
        .with_columns(
            underage_cost=margin.clip(lower_bound=0.0), unit_price=pl.col("supplier_price")
        )
        .rename({"location": "destination"})
        .sort("sku", "destination")
    )


def add_stranded_units(items: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Add to items how much of their echelon's stock lies where nobody asks for it.

    A location keeps what it has above its own expected demand of the window: transfers may move
    some of that on, and nothing says that they will.

    Args:
        items: what `select_purchase_items` gives.
        members: frame `member_stock` of the items, of their protection intervals.

    Returns:
        `items` with stranded_units, whole units.
    """
    asked = items.select("sku", "destination", "demand_mean")
    above = pl.col("units") - pl.col("share") * pl.col("demand_mean")
    stranded = aggregate_groups(
        members.join(asked, on=["sku", "destination"], maintain_order="left"),
        ["sku", "destination"],
        stranded_units=above.clip(lower_bound=0).sum().floor().cast(pl.Int64),
    )
    return items.join(
        stranded, on=["sku", "destination"], how="left", maintain_order="left"
    ).with_columns(pl.col("stranded_units").fill_null(0))


def list_budget_rooms(
    rules: PurchasingRules, spent: pl.DataFrame, order_day: dt.date
) -> pl.DataFrame:
    """List what departments may still order for in the month of an order day.

    Args:
        rules: budgets by department and month.
        spent: frame `ordered_in_month`, of that month.
        order_day: day on which orders are placed.

    Returns:
        Frame `budget_rooms`: departments that have a budget for the month.
    """
    find_frame(OrderedInMonth).check(spent)
    budgets = list_budgets(rules).filter(month=f"{order_day:%Y-%m}")
    left = pl.col("budget") - pl.col("spent").fill_null(0.0)
    return budgets.join(spent, on="department", how="left", maintain_order="left").select(
        "department", "month", room=left.clip(lower_bound=0.0)
    )


def list_budgets(rules: PurchasingRules) -> pl.DataFrame:
    """List the budgets that policy states: department, month, budget (currency), sorted.

    Returns:
        department, month and budget of the contract BudgetUse, sorted.
    """
    stated = [
        (department, month, most)
        for department, months in sorted(rules.department_budget.items())
        for month, most in sorted(months.items())
    ]
    schema = {"department": pl.String, "month": pl.String, "budget": pl.Float64}
    return pl.DataFrame(stated, schema=schema, orient="row")
