"""How surely open order lines come on their day, and on which days they may come else."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from forecasting.supply.closures import find_latest_wait, find_moves, move_wait
from forecasting.supply.delay_trials import add_modelled_chances
from forecasting.supply.lateness import spread_lateness
from forecasting.supply.usual_days import believe_days
from quality_checks.contracts import (
    DeliveryRecord,
    LineArrivals,
    LineChances,
    OpenDocuments,
    find_frame,
)

_WEEK = 7

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


def predict_order_risks(  # noqa: PLR0913  # documents, four records of suppliers, two numbers
    documents: pl.DataFrame,
    record: pl.DataFrame,
    closures: pl.DataFrame,
    delays: pl.DataFrame,
    scorecard: pl.DataFrame,
    *,
    as_of: dt.date,
    longest_days: int,
) -> OrderRisks:
    """Predict by how much each open line of a supplier may be late, and whether it may be short.

    A day stated that cannot be is replaced as `predict_receipts` does. Lateness is spread as the
    sender's earlier lines were late that had not come by then either (`spread_lateness`), and where
    the model of delays plans, with the chance to be late that it tells; so that
    the mean of the days is the day that plans count on, and moved by closures as that is. The
    chance to be short is that of the supplier's lines; of one that it has confirmed in full, that
    of such lines; and 1 of one of which it has confirmed fewer units.

    Args:
        documents: frame `open_documents`.
        record: frame `delivery_record`.
        closures: frame `supplier_closures`.
        delays: rows of the contract LineDelays of tonight.
        scorecard: rows of the contract SupplierScorecard.
        as_of: business date.
        longest_days: most days from an order to its day that are believed.

    Raises:
        ValueError: a frame breaks its contract.
    """
    stated = find_frame(OpenDocuments).read(documents)
    seen = find_frame(DeliveryRecord).read(record)
    overdue = (pl.lit(as_of) - pl.col("believed_on")).dt.total_days()
    dated = (
        believe_days(stated, seen, longest_days)
        .filter(pl.col("document_kind").is_in(_OF_SUPPLIERS))
        .with_columns(days_late=overdue, stated_on="believed_on")
    )
    late = pl.col("days_late")
    told = add_modelled_chances(dated, delays)
    lines = find_moves(told, closures, seen, as_of=as_of).with_columns(
        late_from=find_latest_wait(-late) + late,
        late_week_from=find_latest_wait(_WEEK - late) + late,
    )
    found = spread_lateness(lines, seen, points=POINTS).sort(_KEY)
    fewer = pl.col("confirmed_short")
    short = pl.when(fewer).then(1.0).when(~fewer).then("p_short_confirmed").otherwise("p_short")
    cards = scorecard.select("supplier", "p_short", "p_short_confirmed")
    arrivals = (
        found.select(
            *_KEY,
            "waits",
            "closed_wait",
            "moved_days",
            point=pl.lit(list(range(1, POINTS + 1)), pl.List(pl.Int64)),
        )
        .explode("waits", "point")
        .select(*_KEY, "point", due_on=pl.lit(as_of) + pl.duration(days=move_wait(pl.col("waits"))))
    )
    chances = (
        found.join(cards, on="supplier", how="left", maintain_order="left")
        .with_columns(short_chance=short)
        .select(*find_frame(LineChances).columns)
    )
    return OrderRisks(chances, find_frame(LineArrivals).read(arrivals))
