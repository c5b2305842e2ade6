"""How pairs are supplied, by the orders so far: what the night finds before it plans."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.night import find_supply
from forecasting.supply import predict_receipts
from quality_checks.contracts import (
    LineDelays,
    PlanningPolicy,
    SupplierClosures,
    find_contract,
    find_frame,
)
from simulation.replay.decision import EveningView
from simulation.replay.scenario import ScenarioMasters

_KEYS = ["sku", "location"]

NO_CLOSURES = find_frame(SupplierClosures).empty()
"""No supplier closes in a played world."""

NO_DELAYS = find_contract(LineDelays).empty()
"""The model of delays has nothing to tell: a played line is late by its supplier alone."""


@dataclass(frozen=True)
class KnownSupply:
    """How pairs are supplied.

    Attributes:
        lead_times: of each pair, in the order of the masters' pairs: lead_time_mean, lead_time_sd,
            review_days, lead_time_observed, yield_mean, yield_sd.
        terms: frame `purchase_terms`.
        other_terms: frame `other_terms`.
        yields: the columns of the contract SupplierYields without business_date.
    """

    lead_times: pl.DataFrame
    terms: pl.DataFrame
    other_terms: pl.DataFrame
    yields: pl.DataFrame


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
        record=delivery_record(seen, policy.scorecard_window_days),
        closures=NO_CLOSURES,
        calendars=masters.calendars,
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
    others = supply.other_lead_times.join(
        supply.yields.select("supplier", "yield_mean", "yield_sd"),
        on="supplier",
        how="left",
        maintain_order="left",
    ).select(*_KEYS, "supplier", "lead_time_mean", "lead_time_sd", "yield_mean", "yield_sd")
    return KnownSupply(
        masters.pairs.select(_KEYS)
        .join(known.drop("origin", "supplier"), on=_KEYS, how="left", maintain_order="left")
        .drop(_KEYS),
        _list_terms(found.select(*_KEYS, "supplier"), masters),
        _list_terms(others, masters),
        supply.yields,
    )


def _list_terms(pairs: pl.DataFrame, masters: ScenarioMasters) -> pl.DataFrame:
    """Pairs with what their supplier asks, as the queries `purchase_terms` and `other_terms` do."""
    terms = masters.terms.select(
        "sku",
        "supplier",
        "minimum_order_quantity",
        "order_multiple",
        "valid_from",
        "valid_to",
        "minimum_order_value",
        supplier_price="unit_price",
        supplier_weekdays="order_weekdays",
    )
    return pairs.join(terms, on=["sku", "supplier"], maintain_order="left")


def order_rows(seen: EveningView) -> pl.DataFrame:
    """Order lines so far, as the scorecard reads them."""
    masters, lines = seen.masters, seen.orders
    came = lines.due <= seen.day
    delivered = masters.dates(np.where(came, lines.due, 0)).set(pl.Series(~came), None)
    return pl.DataFrame({"supplier": masters.supplier_of(lines.pair, lines.whom)}).with_columns(
        ordered_on=masters.dates(lines.ordered),
        requested_on=masters.dates(lines.requested),
        delivered_on=delivered,
        ordered_quantity=pl.Series(lines.quantity),
        confirmed_quantity=pl.lit(None, pl.Int64),
        delivered_quantity=pl.Series(lines.accepted),
        status=pl.Series(np.where(came, "received", "open")),
    )


def receipts_due(seen: EveningView, ordered: pl.DataFrame) -> pl.DataFrame:
    """What is on its way, by the day on which it is expected, as the query `receipts_due` gives it.

    What moves between nodes comes as its lane says; order lines as the night predicts them.

    Args:
        seen: what is known.
        ordered: what `ordered_receipts` gives.
    """
    masters = seen.masters
    days, moved = np.nonzero(seen.arriving)
    moving = masters.pairs.select(_KEYS)[moved].with_columns(
        due_on=masters.dates(days + seen.day + 1), units=pl.Series(seen.arriving[days, moved])
    )
    coming = ordered.select(*_KEYS, "due_on", units="expected_units")
    return (
        pl.concat([moving, coming.filter(pl.col("units") > 0)])
        .group_by(*_KEYS, "due_on", maintain_order=True)
        .agg(pl.col("units").sum())
        .sort(*_KEYS, "due_on")
    )


def ordered_receipts(
    seen: EveningView, policy: PlanningPolicy, yields: pl.DataFrame
) -> pl.DataFrame:
    """Order lines that have not come, as the night predicts them: the columns of ReceiptsAhead.

    Args:
        seen: what is known.
        policy: days of orders that count.
        yields: the columns of the contract SupplierYields without business_date.
    """
    return predict_receipts(
        open_lines(seen),
        delivery_record(seen, policy.scorecard_window_days),
        NO_CLOSURES,
        NO_DELAYS,
        yields,
        as_of=seen.masters.date(seen.day),
        longest_days=policy.scorecard_window_days,
    )


def open_lines(seen: EveningView) -> pl.DataFrame:
    """Frame `open_documents`: order lines that have not come."""
    masters, lines = seen.masters, seen.orders
    waits = np.flatnonzero((lines.due > seen.day) & (lines.quantity > 0))
    suppliers = masters.supplier_of(lines.pair[waits], lines.whom[waits])
    return masters.pairs.select("region", *_KEYS)[lines.pair[waits]].with_columns(
        supplier=suppliers,
        record=pl.lit("order_asked"),
        sender=suppliers,
        document_kind=pl.lit("purchase_order"),
        document=pl.Series(waits.astype(str)),
        line=pl.lit(1, pl.Int64),
        ordered_on=masters.dates(lines.ordered[waits]),
        stated_on=masters.dates(lines.requested[waits]),
        units=pl.Series(lines.quantity[waits]),
        confirmed_short=pl.lit(None, pl.Boolean),
    )


def delivery_record(seen: EveningView, window_days: int) -> pl.DataFrame:
    """Frame `delivery_record`: how late order lines came that were asked for by now."""
    masters, lines = seen.masters, seen.orders
    judged = np.flatnonzero(
        (lines.requested <= seen.day) & (lines.requested > seen.day - window_days)
    )
    requested, due = lines.requested[judged], lines.due[judged]
    senders = masters.supplier_of(lines.pair[judged], lines.whom[judged])
    return (
        pl.DataFrame({"sender": senders})
        .with_columns(
            record=pl.lit("order_asked"),
            lead_days=pl.Series(requested - lines.ordered[judged]),
            days_late=pl.Series(np.minimum(due, seen.day) - requested),
            came=pl.Series(due <= seen.day),
        )
        .group_by("record", "sender", "lead_days", "days_late", "came", maintain_order=True)
        .agg(lines=pl.len().cast(pl.Int64))
        .sort("record", "sender", "lead_days", "days_late", "came")
    )
