"""Kinds that find something out first: counts of stock whose record is in doubt."""

from datetime import timedelta
from typing import Final

import polars as pl

from governance.context import ActionContext
from governance.kinds.kind import TERMS, Commitment, Form, Kind, Plan
from governance.kinds.sources import STOCK_AND_DEMAND
from quality_checks.contracts import CountPlan, Table, column_of


class RecordInDoubt(Table):
    """The record that is to be counted; `quantity` is the units by which it may be wrong."""

    on_record: int = column_of(CountPlan, "on_record")
    wrong_chance: float = column_of(CountPlan, "wrong_chance")


def _count_terms(plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """Terms of a count: it is done on the day after, and moves nothing."""
    return plan.with_columns(
        origin=pl.lit(None, pl.String),
        destination="location",
        wrong_chance=pl.col("wrong_chance").round(4),
        supplier=pl.lit(None, pl.String),
        due_on=pl.lit(context.business_date + timedelta(days=1)),
        packs="quantity",
        unit_value="unit_cost",
        margin_given_up=pl.lit(0.0),
        holding_cost=pl.lit(0.0),
        moving_cost="count_cost",
        forced_cost=pl.lit(0.0),
    )


STOCK_COUNT: Final = Kind(
    name="stock_count",
    singular="stock count",
    plural="stock counts",
    forms={
        "": Form(
            headline="Count {sku} at {destination} by {due_on}: {on_record} on record",
            commits=Commitment(),
        )
    },
    terms=TERMS | {"moving_cost": "costs {} to count"},
    file="stock_counts",
    addressee="wms",
    columns=RecordInDoubt,
    keys=("sku", "destination"),
    roles=("planner", "allocator"),
    sources=STOCK_AND_DEMAND | {"adjustments", "receipts", "returns", "stock_counts"},
    # A count is worth the more, the less the record can be trusted.
    ends=(),
    reasons={
        "phantom_stock": "The record has stock, and nothing sells where it should.",
        "not_found": "The location looked for it in vain since it was counted or came last.",
        "long_uncounted": "Records of its size are often short after as many days without a count.",
    },
    urgency="sold out in {:.1f} days by its record",
    plan=Plan(table=CountPlan, terms=_count_terms),
)
