"""How pairs are supplied, by the orders so far: what the night finds before it plans."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.supply import lead_times, scorecard, supplier_yields
from simulation.replay.decision import Seen


@dataclass(frozen=True)
class Supply:
    """How pairs are supplied.

    Attributes:
        lead_times: of each pair, in the order of the masters' pairs: lead_time_mean, lead_time_sd,
            review_days, lead_time_observed, yield_mean, yield_sd.
        terms: sku, location, supplier, supplier_price, minimum_order_quantity, order_multiple,
            valid_from, valid_to, as the query `purchase_terms` gives them.
    """

    lead_times: pl.DataFrame
    terms: pl.DataFrame


def find_supply(seen: Seen, *, scorecard_days: int, review_days: float) -> Supply:
    """Lead times, yields and terms by the orders so far, as the night finds them.

    Args:
        seen: what is known.
        scorecard_days: days of orders that count.
        review_days: days between two orders to a supplier.
    """
    masters, today = seen.masters, seen.masters.date(seen.day)
    orders = order_rows(seen)
    cards = scorecard(orders, as_of=today, window_days=scorecard_days)
    yields = supplier_yields(orders, as_of=today, window_days=scorecard_days)
    found, _ = lead_times(
        masters.pairs.select("sku", "location", "supply_location", "supplier"),
        cards,
        masters.terms,
        masters.lanes,
        supplier_review_days=review_days,
    )
    observed = pl.col("origin").is_not_null() | (pl.col("order_lines").fill_null(0) > 0)
    known = (
        found.join(cards.select("supplier", "order_lines"), on="supplier", how="left")
        .join(yields.select("supplier", "yield_mean", "yield_sd"), on="supplier", how="left")
        .with_columns(lead_time_observed=observed)
        .drop("order_lines")
    )
    terms = found.select("sku", "location", "supplier").join(masters.terms, on=["sku", "supplier"])
    keys = ["sku", "location"]
    return Supply(
        masters.pairs.select(keys)
        .join(known.drop("origin", "supplier"), on=keys, how="left", maintain_order="left")
        .drop(keys),
        terms.select(
            "sku",
            "location",
            "supplier",
            "minimum_order_quantity",
            "order_multiple",
            "valid_from",
            "valid_to",
            supplier_price="unit_price",
        ),
    )


def order_rows(seen: Seen) -> pl.DataFrame:
    """Order lines so far, as the scorecard reads them."""
    masters, lines = seen.masters, seen.orders
    came = lines.due <= seen.day
    delivered = masters.dates(np.where(came, lines.due, 0)).set(pl.Series(~came), None)
    return masters.pairs.select("supplier")[lines.pair].with_columns(
        ordered_on=masters.dates(lines.ordered),
        requested_on=masters.dates(lines.requested),
        delivered_on=delivered,
        ordered_quantity=pl.Series(lines.quantity),
        delivered_quantity=pl.Series(lines.accepted),
        status=pl.Series(np.where(came, "received", "open")),
    )
