"""Which items were set aside, kept by table and business date for those who look or decide."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from inventory_assets.framework.retailer import Retailer
from quality_checks.checks import ITEMS_CALCULATED, Outcome
from quality_checks.contracts import CONTRACTS, Contract


def note_items(
    retailer: Retailer, contract: Contract, business_date: date, outcomes: Sequence[Outcome]
) -> None:
    """Keep which items a table was made without, in place of those of its run before.

    Args:
        retailer: whose table it is.
        contract: of the table.
        business_date: the slice that was made.
        outcomes: of its checks; only `items_calculated` tells of items.
    """
    kept = CONTRACTS["items_set_aside"]
    for outcome in outcomes:
        if outcome.check.name != ITEMS_CALCULATED.name:
            continue
        rows = outcome.failing.with_columns(
            business_date=pl.lit(business_date), asset=pl.lit(contract.table)
        )
        if not rows.is_empty():
            before = retailer.warehouse.query("set_aside_before", business_date)
            rows = rows.join(before, on=["asset", "sku"], how="left")
        since = pl.col("since") if "since" in rows.columns else pl.lit(None, pl.Date)
        frame = rows.with_columns(since=since.fill_null(pl.lit(business_date)))
        part = {"asset": contract.table}
        retailer.warehouse.replace_part(kept, [business_date], part, frame.select(kept.columns))
