"""Assumed stock flows as landing rows of a day: stock, transfers, adjustments, orders, receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from simulation.importers.stock_flow import BuyingTerms, DcPurchases, Flags, Units, Window, purchase

CLOSE = time(23, 59)
"""Stock is read when the last hour is over."""

ARRIVAL = time(4, 0)
"""Supplier goods reach a DC before the trucks to the stores leave."""

SPOT = "SPOT"
"""The supplier of spot buys, apart from the others so that it does not blur their record."""


def spot_supplier(origin: str) -> pl.DataFrame:
    """The row of `suppliers` that stands for spot buys."""
    return pl.DataFrame({"supplier": [SPOT], "name": ["Assumed spot market"], "origin": [origin]})


@dataclass(frozen=True)
class Pairs:
    """Assortment pairs in the order of the rows of their flows.

    `frame` has the columns sku, location and line, a number that tells skus apart in a document.
    `first_day` is the index of the day from which a pair has records.
    """

    frame: pl.DataFrame
    first_day: Units


def stock_rows(pairs: Pairs, on_hand: Units, day: int, business_date: date) -> pl.DataFrame:
    """`stock`: every pair on its first day, then the pairs whose stock changed."""
    started = day >= pairs.first_day
    changed = (day == pairs.first_day) | (on_hand[:, day] != on_hand[:, max(0, day - 1)])
    rows = np.flatnonzero(started & changed)
    return pairs.frame[rows].select(
        pl.lit(datetime.combine(business_date, CLOSE)).alias("snapshot_time"),
        "sku",
        "location",
        pl.Series("on_hand", on_hand[rows, day]),
        pl.lit(0).alias("reserved"),
        pl.lit(0).alias("damaged"),
    )


def transfer_rows(
    pairs: Pairs, origin: pl.Series, delivered: Units, business_date: date
) -> pl.DataFrame:
    """`transfers` from `origin`, the DC of each pair, that left and arrived on the day."""
    rows = np.flatnonzero(delivered)
    return pairs.frame[rows].select(
        pl.format(f"TR-{{}}-{business_date:%Y%m%d}", "location").alias("transfer_id"),
        "line",
        "sku",
        origin[rows].alias("origin"),
        pl.col("location").alias("destination"),
        pl.Series("shipped_quantity", delivered[rows]),
        pl.lit(business_date).alias("shipped_on"),
        pl.lit(business_date).alias("expected_on"),
        pl.Series("received_quantity", delivered[rows]),
        pl.lit(business_date).alias("received_on"),
        pl.lit(None).alias("proposal_ref"),
    )


def adjustment_rows(
    pairs: Pairs, written_off: Units, reason: str, business_date: date
) -> pl.DataFrame:
    """`adjustments` that take units off the books at the end of the day."""
    rows = np.flatnonzero(written_off)
    return pairs.frame[rows].select(
        pl.format(f"AD-{{}}-{{}}-{business_date:%Y%m%d}", "location", "sku").alias("adjustment_id"),
        pl.lit(datetime.combine(business_date, CLOSE)).alias("timestamp"),
        "sku",
        "location",
        pl.Series("quantity", -written_off[rows]),
        pl.lit(reason).alias("reason"),
    )


@dataclass(frozen=True)
class Buying:
    """What DCs bought: the pairs of sku and DC, their stock, and their order lines.

    `orders` has the columns of `purchase_orders` that never change, and ordered_day, arrival_day
    and spot.
    """

    pairs: Pairs
    on_hand: Units
    orders: pl.DataFrame


def buy(  # noqa: PLR0913  # each is a fact of the items, and keyword-only
    pairs: Pairs,
    outflow: Units,
    *,
    sales: Units,
    supplier: pl.Series,
    unit_price: pl.Series,
    terms: BuyingTerms,
    review: Flags,
    cover_days: float,
    window: Window,
    days: Sequence[date],
    rng: np.random.Generator,
) -> Buying:
    """Assume supplier orders that let DCs ship `outflow`; see `stock_flow.purchase`.

    `supplier` and `unit_price` have a value a pair.
    """
    bought = purchase(
        outflow,
        sales=sales,
        terms=terms,
        review=review,
        cover_days=cover_days,
        first_day=pairs.first_day,
        window=window,
        rng=rng,
    )
    return Buying(pairs, bought.on_hand, _order_lines(bought, pairs, supplier, unit_price, days))


def _order_lines(
    bought: DcPurchases,
    pairs: Pairs,
    supplier: pl.Series,
    unit_price: pl.Series,
    days: Sequence[date],
) -> pl.DataFrame:
    items = pairs.frame.select(
        pl.col("location").alias("destination"),
        "sku",
        "line",
        supplier.alias("supplier"),
        unit_price.alias("unit_price"),
    ).with_row_index("item")
    first = pl.lit(days[0])
    orders = bought.orders.with_columns(pl.col("item").cast(pl.UInt32)).join(
        items, on="item", how="left", maintain_order="left"
    )
    return orders.with_columns(
        (first + pl.duration(days="ordered_day")).cast(pl.Date).alias("ordered_on"),
        (first + pl.duration(days="requested_day")).cast(pl.Date).alias("requested_on"),
        (first + pl.duration(days="arrival_day")).cast(pl.Date).alias("arrives_on"),
        pl.when("spot").then(pl.lit(SPOT)).otherwise("supplier").alias("supplier"),
    ).with_columns(
        pl.format(
            "PO-{}-{}-{}",
            "destination",
            "supplier",
            pl.col("ordered_on").dt.strftime("%Y%m%d"),
        ).alias("po")
    )


def order_rows(buying: Buying, business_date: date) -> pl.DataFrame:
    """`purchase_orders` as known when the day closed: lines ordered, confirmed or received on it.

    A supplier confirms on the day after the order; a spot buy is received on the day of the order.
    """
    yesterday = business_date - timedelta(days=1)
    received = pl.col("arrives_on") == business_date
    confirmed = (pl.col("ordered_on") == yesterday) | (received & ~pl.col("spot"))
    confirmed_on = pl.min_horizontal(pl.col("ordered_on") + pl.duration(days=1), "arrives_on")
    known = buying.orders.filter(
        received | (pl.col("ordered_on") == business_date) | (pl.col("ordered_on") == yesterday)
    ).filter(pl.col("arrives_on") >= business_date)
    status = (
        pl.when(received)
        .then(pl.lit("received"))
        .when(confirmed)
        .then(pl.lit("confirmed"))
        .otherwise(pl.lit("open"))
    )
    return known.select(
        "po",
        "line",
        "supplier",
        "sku",
        "destination",
        "ordered_on",
        "requested_on",
        pl.when(received | confirmed).then(confirmed_on).alias("confirmed_on"),
        pl.when(received | confirmed).then("requested_on").alias("estimated_on"),
        pl.when(received).then(business_date).alias("delivered_on"),
        pl.col("ordered").alias("ordered_quantity"),
        pl.when(received | confirmed).then("ordered").alias("confirmed_quantity"),
        pl.when(received).then("delivered").otherwise(0).alias("delivered_quantity"),
        "unit_price",
        status.alias("status"),
        pl.lit(None).alias("proposal_ref"),
    )


def receipt_rows(buying: Buying, business_date: date) -> pl.DataFrame:
    """`receipts` of the order lines that arrived on the day."""
    return buying.orders.filter(pl.col("arrives_on") == business_date).select(
        pl.format("GR-{}", "po").alias("receipt_id"),
        "line",
        pl.lit(datetime.combine(business_date, ARRIVAL)).alias("timestamp"),
        "sku",
        pl.col("destination").alias("location"),
        "po",
        pl.col("line").alias("po_line"),
        pl.col("delivered").alias("received"),
        pl.lit(0).alias("rejected"),
    )
