"""What departments may still order this month, beside what actions of the plan would spend."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from governance import Desk
from governance.exchange import list_supplier_actions
from workbench.reading import DEFERRED, Plan

_ASKED = "waiting"


@dataclass(frozen=True)
class Spending:
    """Budgets of the month in which tonight's orders are placed, and what each order spends.

    Attributes:
        budgets: rows of the view budgets_left; none where policy sets none.
        orders: action_id and spends (currency) of each new order, as people left it.
    """

    budgets: pl.DataFrame
    orders: pl.DataFrame

    def list_left(self, rows: pl.DataFrame, fitting: pl.DataFrame) -> list[dict[str, Any]]:
        """List what departments may still order, what is approved by now taken off.

        Args:
            rows: of the sheet, all.
            fitting: those that are asked for.

        Returns:
            department, left and fitting (what those that wait and are asked for would spend).
        """
        named = self.orders.join(rows.select("action_id", "department", "standing"), on="action_id")
        waits = pl.col("standing").is_in([_ASKED, DEFERRED])
        asked = waits & pl.col("action_id").is_in(fitting["action_id"].to_list())
        spent = named.group_by("department").agg(
            committed=pl.col("spends").filter(~waits).sum(),
            fitting=pl.col("spends").filter(asked).sum(),
        )
        return (
            self.budgets.join(spent, on="department", how="left")
            .select(
                "department",
                left=pl.col("left_as_is") - pl.col("committed").fill_null(0.0),
                fitting=pl.col("fitting").fill_null(0.0),
            )
            .sort("department")
            .to_dicts()
        )

    def list_spends(self, rows: pl.DataFrame) -> dict[str, float]:
        """What each action of some rows that waits would spend, by its id.

        Args:
            rows: of the sheet.
        """
        if self.budgets.is_empty():
            return {}
        waiting = rows.filter(pl.col("standing").is_in([_ASKED, DEFERRED]))
        return dict(waiting.select("action_id").join(self.orders, on="action_id").iter_rows())


def read_spending(plan: Plan, desk: Desk) -> Spending:
    """Read the budgets of the month and what the new orders of a plan spend.

    Args:
        plan: the plan.
        desk: of it.
    """
    month = f"{plan.business_date + timedelta(days=1):%Y-%m}"
    orders = list_supplier_actions(desk.proposals, desk.route()).filter(pl.col("po").is_null())
    return Spending(
        budgets=plan.read_view("budgets_left").filter(month=month),
        orders=orders.select("action_id", spends=pl.col("units") * pl.col("unit_price")),
    )
