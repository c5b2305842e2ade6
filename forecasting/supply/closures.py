"""Days that a closure of a supplier costs: while it is closed it neither works nor ships.

Goods leave the supplier the days of transport before they come, as its ship notices took (0 where
there are none). Whatever leaves on the first day of a closure or later waits for as many days as
the closure has left, 52 weeks at most: no demand is told beyond them.
"""

import datetime as dt

import polars as pl

from forecasting.supply.order_days import count_days_to_order
from forecasting.supply.usual_days import add_usual_days, round_half_up
from quality_checks.contracts import (
    LeadTimes,
    SupplierCalendars,
    SupplierClosures,
    find_contract,
    find_frame,
)

MOST_CLOSED_DAYS = 364
"""Of a closure no more are told: one until further notice, as 9999-12-31, has no end to plan by."""

_NOTICES = "ship_notice"
_UNSHIPPED = "purchase_order"


def count_closed_days(begin: pl.Expr, leave: pl.Expr, as_of: dt.date) -> pl.Expr:
    """Count the days by which a closure moves goods that would leave on a day without it.

    The columns read are closed_from and closed_to, missing for no closure.

    Args:
        begin: days from `as_of` from which on the supplier has work to do on them.
        leave: days from `as_of` on which they would leave it.
        as_of: business date.
    """
    first, last = (
        (pl.col(name) - pl.lit(as_of)).dt.total_days() for name in ("closed_from", "closed_to")
    )
    waits = (leave >= first) & (begin <= last)
    lost = (last - pl.max_horizontal(first, begin) + 1).clip(upper_bound=MOST_CLOSED_DAYS)
    return pl.when(waits.fill_null(value=False)).then(lost).otherwise(0).cast(pl.Float64)


def find_moves(
    lines: pl.DataFrame, closures: pl.DataFrame, record: pl.DataFrame, *, as_of: dt.date
) -> pl.DataFrame:
    """Find by how many days a closure moves each open document line, and from which day on.

    Only order lines move: what a ship notice carries has left, and our own lines that no document
    shows were dated with the closure in sight. A line whose believed_on lies more than its sender's
    usual days (usual_days) after the order has the excess as room for the closure already.

    Args:
        lines: supplier, document_kind, ordered_on, believed_on, usual_days.
        closures: frame `supplier_closures`.
        record: frame `delivery_record`.
        as_of: business date.

    Returns:
        `lines` in their order with closed_wait: the least days from `as_of` to arrival that are
        moved; and moved_days, by how many. Both 0 for lines that do not move.
    """
    placed = _join_closures(lines, closures, record)
    until = (pl.col("closed_from") - pl.lit(as_of)).dt.total_days().clip(lower_bound=1)
    # What nobody says has left can leave tomorrow at the earliest.
    waits = pl.when(until > 1).then(until + pl.col("transport_days")).otherwise(1)
    lost = count_closed_days(pl.lit(1), until, as_of)
    stated = (pl.col("believed_on") - pl.col("ordered_on")).dt.total_days()
    room = (stated - pl.col("usual_days")).fill_null(0).clip(lower_bound=0)
    moved = pl.when(document_kind=_UNSHIPPED).then((lost - room).clip(lower_bound=0)).otherwise(0)
    return (
        placed.with_columns(moved_days=round_half_up(moved))
        .with_columns(closed_wait=pl.when(pl.col("moved_days") > 0).then(waits).otherwise(0))
        .drop("closed_from", "closed_to", "transport_days")
    )


def move_wait(wait: pl.Expr) -> pl.Expr:
    """Move days from the business date to arrival by a closure.

    The columns read are closed_wait and moved_days, as `find_moves` gives them.
    """
    return wait + pl.when(wait >= pl.col("closed_wait")).then("moved_days").otherwise(0)


def find_latest_wait(day: pl.Expr) -> pl.Expr:
    """Find the most days to arrival, without the closure, of a line that comes by a day with it.

    Args:
        day: days from the business date; the columns that `move_wait` reads are read, too.
    """
    before = pl.min_horizontal(day, pl.col("closed_wait") - 1)
    return pl.max_horizontal(before, day - pl.col("moved_days"))


def add_closures(
    lead_times: pl.DataFrame,
    closures: pl.DataFrame,
    calendars: pl.DataFrame,
    record: pl.DataFrame,
    *,
    as_of: dt.date,
) -> pl.DataFrame:
    """Add to lead times what a closure costs the next order of a supplier, and the one after it.

    Orders can be placed from the day after `as_of`. One that is placed while the supplier is closed
    begins when it opens, so the next order after it is placed a review later, or on the first day
    from then on on which the supplier takes orders. Where it takes none on the day after `as_of`,
    the next order is that of the first day on which it does.

    Args:
        lead_times: what `estimate_lead_times` gives.
        closures: frame `supplier_closures`.
        calendars: frame `supplier_calendars`.
        record: frame `delivery_record`.
        as_of: business date.

    Returns:
        The columns of the contract LeadTimes but business_date: lead_time_mean has the
        closure_days in it, and next_receipt_days is missing for pairs that a DC feeds.
    """
    own = find_frame(SupplierCalendars).read(calendars)
    found = _join_closures(lead_times, closures, record).join(
        own, on="supplier", how="left", maintain_order="left"
    )
    days = pl.col("lead_time_mean")
    travel = (days - pl.col("transport_days").fill_null(0)).clip(lower_bound=0)
    begun = pl.lit(1.0)
    begins = begun + count_closed_days(begun, begun, as_of)
    weekdays = pl.col("order_weekdays")
    taken = count_days_to_order(weekdays, begun, as_of) == 0
    later = begins + pl.when(taken).then("review_days").otherwise(0.0)
    after = later + count_days_to_order(weekdays, later, as_of)
    next_days = after - begun + days + count_closed_days(after, after + travel, as_of)
    closed = count_closed_days(begun, begun + travel, as_of)
    return found.with_columns(
        lead_time_mean=days + closed,
        closure_days=closed,
        next_receipt_days=pl.when(pl.col("supplier").is_not_null()).then(next_days),
    ).select(find_contract(LeadTimes).made_schema.names())


def _join_closures(
    rows: pl.DataFrame, closures: pl.DataFrame, record: pl.DataFrame
) -> pl.DataFrame:
    """Add closed_from, closed_to and transport_days of the supplier of each row."""
    shut = find_frame(SupplierClosures).read(closures)
    arrived = record.filter(pl.col("came"), record=_NOTICES)
    taken = pl.col("lead_days") + pl.col("days_late")
    travel = add_usual_days(
        shut.select("supplier", record=pl.lit(_NOTICES), sender="supplier"), arrived, taken
    )
    known = shut.join(
        travel.select(
            "supplier", transport_days=round_half_up(pl.col("usual_days").fill_null(0.0))
        ),
        on="supplier",
        maintain_order="left",
    )
    return rows.join(known, on="supplier", how="left", maintain_order="left")
