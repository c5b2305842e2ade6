"""Our own exported actions that no ERP document shows yet: stock that is coming or going.

Ignoring them orders the same goods again the next night; counting them beside their document
counts them twice. So an exported line counts from the plan after the one that exported it until
the first purchase order or transfer that refers to it appears, whatever the state of that
document, or until the ERP rejects it, or until it expires.
"""

from datetime import date
from typing import Final

import polars as pl

from governance.exchange.acknowledgements import apply

_MOVING: Final = ("purchase_order", "allocation", "transfer")
"""Kinds that add stock at the destination; others change the time or price of stock that is."""


def open_proposals(  # noqa: PLR0913  # four tables and the plan's place in time
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    purchase_orders: pl.DataFrame,
    transfers: pl.DataFrame,
    *,
    business_date: date,
    plan_version: int,
    expire_after_days: int = 14,
) -> pl.DataFrame:
    """Units on their way in or out by our own exports, by sku, location and kind.

    A line counts where it was exported for an earlier business date, or for this one by a lower
    plan version: a plan never nets itself, so running it again gives the same bytes. It counts with
    the units of `acknowledgements.apply`. It stops counting when the business date is more than
    `expire_after_days` past the day it was due: the ERP lost it or dropped it.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        purchase_orders: proposal_ref; a `PurchaseOrders` frame.
        transfers: proposal_ref; a `Transfers` frame.
        business_date: business date of the plan.
        plan_version: version of the plan that asks.
        expire_after_days: days past due after which a line without a document is given up.

    Returns:
        sku, location, kind, inbound, outbound (units, Int64, 0 where none), sorted by the first
        three; no row where both are 0.
    """
    documents = pl.concat(
        [purchase_orders.select("proposal_ref"), transfers.select("proposal_ref")]
    )
    earlier = (pl.col("business_date") < business_date) | (
        (pl.col("business_date") == business_date) & (pl.col("plan_version") < plan_version)
    )
    alive = pl.lit(business_date) <= pl.col("due_on") + pl.duration(days=expire_after_days)
    counted = (
        apply(export_lines, acknowledgements)
        .filter(pl.col("kind").is_in(_MOVING) & earlier & alive & (pl.col("open_units") > 0))
        .join(documents, left_on="action_id", right_on="proposal_ref", how="anti")
    )
    none = pl.lit(0, pl.Int64)
    inbound = counted.select(
        "sku", "kind", location="destination", inbound="open_units", outbound=none
    )
    outbound = counted.filter(pl.col("origin").is_not_null()).select(
        "sku", "kind", location="origin", inbound=none, outbound="open_units"
    )
    return (
        pl.concat([inbound, outbound])
        .group_by("sku", "location", "kind")
        .agg(pl.col("inbound", "outbound").sum())
        .sort("sku", "location", "kind")
    )
