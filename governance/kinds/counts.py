"""Kinds that find something out first: counts of stock whose record is in doubt."""

from typing import Final

from governance.kinds.kind import TERMS, Commitment, Form, Kind
from governance.kinds.sources import STOCK_AND_DEMAND
from quality_checks.contracts import Table, column


class RecordInDoubt(Table):
    """The record that is to be counted; `quantity` is the units by which it may be wrong."""

    on_record: int = column("Units that the record states.", unit="units")


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
    columns=RecordInDoubt,
    keys=("sku", "destination"),
    roles=("planner", "allocator"),
    sources=STOCK_AND_DEMAND | {"adjustments", "receipts", "returns", "stock_counts"},
    # A count is worth the more, the less the record can be trusted.
    ends=(),
    reasons={
        "phantom_stock": "The record has stock, and nothing sells where it should.",
        "books_unbalanced": "The record does not follow from its movements.",
    },
)
