"""How far stock records are off, by what counts found."""

from datetime import timedelta

import polars as pl

from forecasting.records import learn_record_errors
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows

_YEAR_DAYS = 365
_SHOWN = 20


@result_assets(
    {"record_errors": (), "missing_units": ()},
    reads=["adjustments", "stock_counts", "locations"],
    group="reporting",
)
def record_errors(inputs: Inputs) -> list[Computed]:
    """How often fewer units are there than a record states, and how many are missing then."""
    patterns = inputs.policy.online_buffers.count_adjustments
    counts = inputs.query(
        "counted_records",
        frames={"reasons": pl.DataFrame({"pattern": patterns}, schema={"pattern": pl.String})},
        first_day=inputs.business_date - timedelta(days=_YEAR_DAYS - 1),
    )
    judged = learn_record_errors(counts, inputs.known("locations"))
    least_sure = judged.errors.sort("short_chance", "location", descending=[True, False])
    return [
        Computed(judged.errors, metadata={"least sure": show_rows(least_sure, _SHOWN)}),
        Computed(judged.missing),
    ]
