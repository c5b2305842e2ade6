"""Budgets of departments by month, beside what was ordered and what tonight asks for."""

import polars as pl
from landing_folder import day
from simulated import warehouse_of

from quality_checks.checks import judge_budgets
from quality_checks.contracts import CONTRACTS

TODAY = 20
NO_VALUES = pl.DataFrame(schema={"sku": pl.String, "ordered_on": pl.Date, "value": pl.Float64})


def use(shop, budgets, exported=NO_VALUES, proposed=()):
    frames = {
        "budgets": pl.DataFrame(
            budgets,
            schema={"department": pl.String, "month": pl.String, "budget": pl.Float64},
            orient="row",
        ),
        "exported": exported,
        "proposed": pl.DataFrame(
            list(proposed), schema={"sku": pl.String, "value": pl.Float64}, orient="row"
        ),
    }
    found = warehouse_of(shop.root).query("budget_use", day(TODAY), frames=frames)
    contract = CONTRACTS["budget_use"]
    return contract.conform(found.with_columns(business_date=pl.lit(day(TODAY))))


def test_each_month_has_its_own_orders_and_the_next_days_tonights(shop):
    line = {"ordered_quantity": 10, "unit_price": 3.0}
    orders = [
        {"po": "before", **line, "ordered_on": day(-1)},
        {"po": "first", **line, "ordered_on": day(0)},
        {"po": "off", **line, "ordered_on": day(9), "status": "cancelled"},
    ]
    shop.send("purchase_orders", TODAY, orders)
    shop.load("purchase_orders", TODAY)
    budgets = [
        ("fashion", "2025-08", 25.0),
        ("fashion", "2025-09", 100.0),
        ("fashion", "2025-10", 80.0),
        ("toys", "2025-09", 5.0),
    ]
    exported = pl.DataFrame(
        [("A", day(3), 7.0), ("B", day(-2), 1.0)], schema=NO_VALUES.schema, orient="row"
    )
    found = use(shop, budgets, exported, [("A", 40.0), ("B", 23.5)])
    figures = ["ordered", "exported", "proposed", "left_as_is", "left_with_proposals"]
    assert found.select("department", "month", *figures).rows() == [
        ("fashion", "2025-08", 30.0, 1.0, 0.0, -6.0, -6.0),
        ("fashion", "2025-09", 30.0, 7.0, 63.5, 63.0, -0.5),
        ("fashion", "2025-10", 0.0, 0.0, 0.0, 80.0, 80.0),
        ("toys", "2025-09", 0.0, 0.0, 0.0, 5.0, 5.0),
    ]
    overdrawn = judge_budgets(found)
    assert overdrawn.failing["month"].to_list() == ["2025-08", "2025-09"]
    assert judge_budgets(found.filter(month="2025-10")).passed


def test_without_budgets_there_is_nothing_to_state(shop):
    assert use(shop, []).is_empty()
