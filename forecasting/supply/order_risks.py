"""How surely open order lines come on their day, and on which days they may come else."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from forecasting.supply.lateness import spread_lateness
from forecasting.supply.receipts import believe_days
from quality_checks.contracts import (
    DeliveryRecord,
    LineArrivals,
    LineChances,
    OpenDocuments,
    find_frame,
)

POINTS = 15
"""Days of equal chance by which the arrival of a line is stated; of so many, some are the quantiles
at 10, 50 and 90 %."""

_KEY = ["document_kind", "document", "line"]
_OF_SUPPLIERS = ["purchase_order", "shipment"]


class OrderRisks(NamedTuple):
    """What may become of open lines of suppliers.

    Attributes:
        chances: frame `line_chances`.
        arrivals: frame `line_arrivals`.
    """

    chances: pl.DataFrame
    arrivals: pl.DataFrame


def predict_order_risks(
    documents: pl.DataFrame,
    record: pl.DataFrame,
    scorecard: pl.DataFrame,
    *,
    as_of: dt.date,
    longest_days: int,
) -> OrderRisks:
    """Predict by how much each open line of a supplier may be late, and whether it may be short.

    A day stated that cannot be is replaced as `predict_receipts` does. Lateness is spread as the
    sender's earlier lines were late that had not come by then either (`spread_lateness`), so that
    the mean of the days is the day that plans count on. The chance to be short is that of the
    supplier's lines.

    Args:
        documents: frame `open_documents`.
        record: frame `delivery_record`.
        scorecard: rows of the contract SupplierScorecard.
        as_of: business date.
        longest_days: most days from an order to its day that are believed.

    Raises:
        ValueError: a frame breaks its contract.
    """
    stated = find_frame(OpenDocuments).read(documents)
    seen = find_frame(DeliveryRecord).read(record)
    overdue = (pl.lit(as_of) - pl.col("believed_on")).dt.total_days()
    lines = (
        believe_days(stated, seen, longest_days)
        .filter(pl.col("document_kind").is_in(_OF_SUPPLIERS))
        .with_columns(days_late=overdue, stated_on="believed_on")
    )
    found = spread_lateness(lines, seen, points=POINTS).sort(_KEY)
    short = scorecard.select("supplier", short_chance="p_short")
    arrivals = (
        found.select(*_KEY, "waits", point=pl.lit(list(range(1, POINTS + 1)), pl.List(pl.Int64)))
        .explode("waits", "point")
        .select(*_KEY, "point", due_on=pl.lit(as_of) + pl.duration(days="waits"))
    )
    chances = found.join(short, on="supplier", how="left", maintain_order="left").select(
        *find_frame(LineChances).columns
    )
    return OrderRisks(chances, find_frame(LineArrivals).read(arrivals))
