"""A stream of customers' orders from the invoices of Online Retail II, and nodes to ship it from.

Real: which items are ordered together on which day (a line counts as one pack), and how often. What
the data lack is assumed, with a seed: where customers live (a place in a square each), NODES nodes
there, what items weigh, what carriers ask by distance, and what nodes hold when the stream begins:
COVER times what will be ordered of each item, spread by the demand near each node and by luck
(UNEVEN), as after weeks without a delivery.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FILE = "invoices_2009_2010.parquet"
MERCHANDISE = r"^\d{5}[A-Z]{0,2}$"
PAST = dt.timedelta(weeks=8)
"""Time before the stream from which its demand is forecast."""

NODES = 6
COVER = 1.05
UNEVEN = 2.0
"""Shape of the gamma law that spreads units: the less the unevener."""

SPLIT_PENALTY, UNSERVED = 1.5, 30.0


class OrderStream(NamedTuple):
    """Orders in the order of time, and what they may be shipped from; numbers from 0.

    Attributes:
        lines: order, line (from 1), item, day, home (nearest node of the customer).
        parcel_cost: [order, node] price of a parcel, currency.
        kg_cost: [order, node] price of a kilogram.
        weight: kilograms of a pack of each item.
        stock: [item, node] packs at first.
        expected: [item, node] packs a day that customers near each node ordered before.
        days: days of the stream.
        multi_share: share of lines that are not alone in their order.
    """

    lines: pl.DataFrame
    parcel_cost: Floats
    kg_cost: Floats
    weight: Floats
    stock: Ints
    expected: Floats
    days: int
    multi_share: float


def read_stream(data: Path, start: dt.date, weeks: int, items: int, seed: int) -> OrderStream:
    """Read the invoices of some weeks as a stream of orders.

    Args:
        data: folder of the data set.
        start: first day of the stream.
        weeks: its weeks.
        items: items looked at: those on most invoices before it.
        seed: of what is assumed.

    Raises:
        ValueError: there is no invoice before or in the stream.
    """
    end = start + dt.timedelta(weeks=weeks)
    sold = _read_lines(data, start - PAST, end)
    before = sold.filter(pl.col("date") < start)
    often = before["sku"].value_counts().sort("count", "sku", descending=[True, False])
    names = often["sku"].head(items).sort()
    if before.is_empty() or sold.height == before.height:
        raise ValueError(f"{data / FILE} has no invoices around {start}")
    sold = sold.filter(pl.col("sku").is_in(names.implode()))
    rng = np.random.default_rng(seed)
    customers = sold["customer"].unique().sort()
    places, nodes = rng.random((len(customers), 2)), rng.random((NODES, 2))
    apart = np.sqrt(((places[:, None, :] - nodes[None, :, :]) ** 2).sum(axis=2))
    numbered = sold.with_columns(
        item=names.search_sorted(sold["sku"]).cast(pl.Int64),
        who=customers.search_sorted(sold["customer"]).cast(pl.Int64),
    ).with_columns(home=pl.lit(pl.Series(apart.argmin(axis=1))).gather(pl.col("who")))
    past = numbered.filter(pl.col("date") < start)
    stream = numbered.filter(pl.col("date") >= start).sort("time", "invoice", "item")
    orders = stream["invoice"].unique(maintain_order=True)
    stream = stream.join(
        pl.DataFrame({"invoice": orders, "order": range(len(orders))}), on="invoice"
    ).sort("order", "item")
    who = stream.group_by("order", maintain_order=True).agg(pl.col("who").first())["who"]
    distance = apart[who.to_numpy()]
    alone = stream.filter(pl.len().over("order") == 1).height / stream.height
    return OrderStream(
        lines=stream.select(
            "order",
            "item",
            "home",
            line=pl.int_range(1, pl.len() + 1).over("order"),
            day=(pl.col("date") - start).dt.total_days(),
        ),
        parcel_cost=3.2 + 4.5 * distance,
        kg_cost=0.25 + distance,
        weight=rng.lognormal(-0.3, 0.7, len(names)),
        stock=_spread_stock(rng, stream, past, len(names)),
        expected=_count(past, len(names)) / PAST.days,
        days=7 * weeks,
        multi_share=1 - alone,
    )


def _read_lines(data: Path, first: dt.date, end: dt.date) -> pl.DataFrame:
    """Lines sold by day, invoice and item, each once."""
    return (
        pl.read_parquet(data / FILE)
        .select(
            invoice="Invoice",
            sku="StockCode",
            time="InvoiceDate",
            date=pl.col("InvoiceDate").dt.date(),
            quantity="Quantity",
            customer=pl.coalesce(pl.col("CustomerID").cast(pl.String), "Invoice"),
        )
        .filter(
            pl.col("date").is_between(first, end, closed="left"),
            pl.col("quantity") > 0,
            pl.col("sku").str.contains(MERCHANDISE),
        )
        .sort("time", "invoice", "sku")
        .unique(["invoice", "sku"], keep="first", maintain_order=True)
    )


def _count(rows: pl.DataFrame, items: int) -> Floats:
    """Lines by item and node nearest to their customers, an item's spread as all items' are."""
    of_item = np.bincount(rows["item"].to_numpy(), minlength=items).astype(np.float64)
    of_node = np.bincount(rows["home"].to_numpy(), minlength=NODES).astype(np.float64)
    return np.outer(of_item, of_node / of_node.sum())


def _spread_stock(
    rng: np.random.Generator, stream: pl.DataFrame, past: pl.DataFrame, items: int
) -> Ints:
    asked = np.bincount(stream["item"].to_numpy(), minlength=items)
    share = _count(past, items)[:1] * rng.gamma(UNEVEN, 1.0, (items, NODES))
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray(rng.multinomial(np.ceil(COVER * asked).astype(np.int64), share))
