"""What stock and orders tie up by week ahead, and when suppliers are paid for them."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import Products

CAPITAL_PLANS = ["as_is", "with_proposals"]
"""Tonight's plan left alone, and carried out."""


@result("working_capital", "reporting", key=("plan", "week", "department"))
class WorkingCapital(Table):
    """What stock and orders tie up at the end of each week ahead, with tonight's plan and without.

    Values are at landed cost. Stock is projected by echelon, as supplier-fed nodes are planned: a
    node and what it supplies sell as long as any of them holds some. Each week stock = stock before
    + received - sold, and what is received is no longer to come. Open documents count as far as
    they are expected; later nights order nothing.
    """

    business_date: pl.Date = column("Business date.")
    plan: str = column(
        "Whether what tonight proposes to suppliers is left alone or carried out; what is rejected "
        "or blocked never is.",
        isin=CAPITAL_PLANS,
    )
    week: int = column("Weeks ahead; 0 is the close of the business date.", ge=0)
    ends_on: pl.Date = column("Its last day.")
    department: str = column_of(Products, "department")
    currency: str = column_of(Products, "currency")
    unknown_pairs: int = column(
        "Item-locations whose stock is unknown; nothing of what they hold is counted.", ge=0
    )
    stock_units: float = column("Units on hand, in every state.", unit="units", ge=0)
    stock_value: float = column("The same at landed cost.", unit="currency", ge=0)
    under_way_units: float = column(
        "Units shipped by suppliers or between our nodes, and not received.", unit="units", ge=0
    )
    under_way_value: float = column("The same at landed cost.", unit="currency", ge=0)
    on_order_units: float = column(
        "Units that suppliers have been asked for and have not shipped by tonight.",
        unit="units",
        ge=0,
    )
    on_order_value: float = column("The same at landed cost.", unit="currency", ge=0)
    proposed_units: float = column(
        "Units of tonight's orders that have not come; 0 where the plan is left alone.",
        unit="units",
        ge=0,
    )
    proposed_value: float = column("The same at landed cost.", unit="currency", ge=0)
    exposure_value: float = column("All of these together.", unit="currency", ge=0)
    received_units: float = column("Units received in the week.", unit="units", ge=0)
    received_value: float = column("The same at landed cost.", unit="currency", ge=0)
    sold_units: float = column("Units expected to leave for customers in it.", unit="units", ge=0)
    sold_value: float = column("The same at landed cost.", unit="currency", ge=0)


@result("budget_use", "reporting", key=("department", "month"), retain=400)
class BudgetUse(Table):
    """Budgets of departments for orders to suppliers, by month, and what is left of them.

    At the prices of the orders, in the month in which they are ordered; changes of orders that
    suppliers have count once the order says so.
    """

    business_date: pl.Date = column("Business date.")
    department: str = column_of(Products, "department")
    month: str = column("Month, such as 2026-11.")
    budget: float = column("Most that policy lets it order in it.", unit="currency", ge=0)
    ordered: float = column("Ordered in it and not cancelled.", unit="currency", ge=0)
    exported: float = column(
        "Our own orders of it that have left and that no document shows yet.",
        unit="currency",
        ge=0,
    )
    proposed: float = column(
        "Tonight's orders that are not refused, placed on the day after the business date.",
        unit="currency",
        ge=0,
    )
    left_as_is: float = column(
        "Left with tonight's plan left alone; below 0 where more was ordered.", unit="currency"
    )
    left_with_proposals: float = column("Left with it carried out.", unit="currency")


@result("cash_ahead", "reporting", key=("week", "supplier", "department"))
class CashAhead(Table):
    """What is due to suppliers in each week ahead, with tonight's plan and without.

    At the prices of the orders. Goods are due for payment the supplier's `payment_days` after they
    come; what would have been due by the business date is taken to be paid.
    """

    business_date: pl.Date = column("Business date.")
    week: int = column("Weeks ahead; 1 begins on the day after the business date.", ge=1)
    ends_on: pl.Date = column("Its last day.")
    supplier: str = column("Supplier.")
    department: str = column_of(Products, "department")
    currency: str = column_of(Products, "currency")
    payment_days: int = column("Days from delivery to payment.", unit="days")
    terms_assumed: bool = column("The supplier states none, and those of policy are taken.")
    received: float = column("For goods that have come.", unit="currency", ge=0)
    under_way: float = column("For goods that it has shipped.", unit="currency", ge=0)
    on_order: float = column("For goods that are on order.", unit="currency", ge=0)
    due_as_is: float = column("Due with tonight's plan left alone.", unit="currency", ge=0)
    changed: float = column(
        "What tonight's changes of orders bring into the week or take from it.", unit="currency"
    )
    proposed: float = column("For tonight's orders.", unit="currency", ge=0)
    fees: float = column("Fees of tonight's expedites.", unit="currency", ge=0)
    due_with_proposals: float = column(
        "Due with tonight's plan carried out.", unit="currency", ge=0
    )
