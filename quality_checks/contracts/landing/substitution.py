"""What may be sent in place of another item, and what customers took."""

import polars as pl

from quality_checks.contracts.base import SKU, Table, Timestamp, landed
from quality_checks.contracts.landing.columns import column, key_column, number
from quality_checks.contracts.statement import rule

_BOTH = {**SKU, "substitute": ("products", "sku")}


class _OtherItem(Table):
    """An item, and another one in its place."""

    sku: str = key_column("Item that customers order.")
    substitute: str = key_column("Item in its place.")

    @rule
    @staticmethod
    def sku_and_substitute_differ(rows: pl.LazyFrame) -> pl.LazyFrame:
        """No item stands in for itself."""
        return rows.select((pl.col("sku") != pl.col("substitute")).fill_null(value=True))


@landed("substitutes", "state", key=("sku", "substitute"), references=_BOTH)
class Substitutes(_OtherItem):
    """Which items may, or may not, be sent in place of another. Each row is of one direction.

    Of items without a row in which one is allowed, those that are close by their attributes count.
    """

    allowed: bool = column("Whether it may be sent; if not it never is, however close it is.")


@landed(
    "substitution_outcomes",
    "events",
    key=("order_id", "line", "substitute"),
    date="offered_at",
    references=_BOTH,
    mentions={"order_id": ("online_orders", "order_id")},
)
class SubstitutionOutcomes(_OtherItem):
    """What customers answered to the substitutes that they were offered, or sent, for a line."""

    order_id: str = key_column("Order.")
    line: int = number("Line of the order.", ge=1)
    quantity: int = column("Units of the substitute.", unit="units", ge=1)
    offered_at: Timestamp = column("When it was offered or sent.", happened=True)
    outcome: str = column(
        "Whether the customer took it; one that he sent back he did not.",
        isin=["accepted", "declined"],
    )
    receipt: str = key_column(
        "Receipt of `pos_sales` under which it was sold; the order's name where missing.",
        omissible=True,
    )
    unit_price: float = column(
        "What he was to pay for a unit of it, without tax; where missing, what `customer_pays` of "
        "policy says.",
        unit="currency",
        omissible=True,
        ge=0,
    )
