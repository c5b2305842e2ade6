"""How far stock records are off, by what counts found."""

from datetime import timedelta

import polars as pl

from forecasting.records import estimate_record_errors
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from quality_checks.contracts import CONTRACTS

_YEAR_DAYS = 365
_SHOWN = 20


@result_assets(
    {"record_errors": (), "judged_counts": ()},
    reads=[
        "adjustments",
        "stock_counts",
        "receipts",
        "transfers",
        "node_refusals",
        "locations",
        "products",
        "demand_history",
    ],
    by_item=True,
)
def record_errors(inputs: Inputs) -> list[Computed]:
    """How fast records come to state more than is there, by location and size of record."""
    patterns = inputs.policy.online_buffers.count_adjustments
    counts = inputs.query(
        "counted_records",
        frames={"reasons": pl.DataFrame({"pattern": patterns}, schema={"pattern": pl.String})},
        first_day=inputs.business_date - timedelta(days=_YEAR_DAYS - 1),
    )
    errors = estimate_record_errors(counts, inputs.known("locations"))
    least_sure = (
        errors.filter(units=0)
        .drop("units", "more_share")
        .sort("short_rate", "location", "record_from", descending=[True, False, False])
    )
    judged = counts.select(CONTRACTS["judged_counts"].made_schema.names())
    return [
        Computed(errors, metadata={"least sure": show_rows(least_sure, _SHOWN)}),
        Computed(judged),
    ]
