"""How pairs are supplied, by the orders so far: what the night finds before it plans."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.night import find_supply
from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import EveningView

_KEYS = ["sku", "location"]


@dataclass(frozen=True)
class KnownSupply:
    """How pairs are supplied.

    Attributes:
        lead_times: of each pair, in the order of the masters' pairs: lead_time_mean, lead_time_sd,
            review_days, lead_time_observed, yield_mean, yield_sd.
        terms: sku, location, supplier, supplier_price, minimum_order_quantity, order_multiple,
            valid_from, valid_to, as the query `purchase_terms` gives them.
    """

    lead_times: pl.DataFrame
    terms: pl.DataFrame


def known_supply(seen: EveningView, policy: PlanningPolicy) -> KnownSupply:
    """Lead times, yields and terms by the orders so far, as the night finds them.

    Args:
        seen: what is known.
        policy: days of orders that count, and days between two orders to a supplier.
    """
    masters = seen.masters
    supply = find_supply(
        order_rows(seen),
        masters.pairs.select(*_KEYS, "supply_location", "supplier"),
        masters.terms,
        masters.lanes,
        as_of=masters.date(seen.day),
        window_days=policy.scorecard_window_days,
        review_days=policy.supplier_review_days,
    )
    found = supply.lead_times
    observed = pl.col("origin").is_not_null() | (pl.col("order_lines").fill_null(0) > 0)
    known = (
        found.join(supply.scorecard.select("supplier", "order_lines"), on="supplier", how="left")
        .join(supply.yields.select("supplier", "yield_mean", "yield_sd"), on="supplier", how="left")
        .with_columns(lead_time_observed=observed)
        .drop("order_lines")
    )
    terms = found.select(*_KEYS, "supplier").join(masters.terms, on=["sku", "supplier"])
    return KnownSupply(
        masters.pairs.select(_KEYS)
        .join(known.drop("origin", "supplier"), on=_KEYS, how="left", maintain_order="left")
        .drop(_KEYS),
        terms.select(
            *_KEYS,
            "supplier",
            "minimum_order_quantity",
            "order_multiple",
            "valid_from",
            "valid_to",
            supplier_price="unit_price",
        ),
    )


def order_rows(seen: EveningView) -> pl.DataFrame:
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


def receipts_due(seen: EveningView, supply: KnownSupply) -> pl.DataFrame:
    """What is on its way, by the day on which it is expected, as the query `receipts_due` gives it.

    What moves between nodes comes as its lane says. An order line is expected a usual lead time
    after its order; one that should have come is taken for tomorrow's.

    Args:
        seen: what is known.
        supply: lead times.
    """
    masters, lines = seen.masters, seen.orders
    days, moved = np.nonzero(seen.arriving)
    waits = (lines.due > seen.day) & (lines.quantity > 0)
    usual = supply.lead_times["lead_time_mean"].fill_null(0.0).to_numpy()
    pair = lines.pair[waits]
    due = np.maximum(lines.ordered[waits] + np.round(usual[pair]).astype(np.int64), seen.day + 1)
    return (
        masters.pairs.select(_KEYS)[np.concatenate([moved, pair])]
        .with_columns(
            due_on=masters.dates(np.concatenate([days + seen.day + 1, due])),
            units=pl.Series(np.concatenate([seen.arriving[days, moved], lines.quantity[waits]])),
        )
        .group_by(*_KEYS, "due_on", maintain_order=True)
        .agg(pl.col("units").sum())
        .sort(*_KEYS, "due_on")
    )
