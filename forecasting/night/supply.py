"""How item-locations are supplied, by the orders so far."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from forecasting.supply import (
    add_closures,
    estimate_lead_times,
    estimate_other_lead_times,
    estimate_yields,
    score_suppliers,
)
from quality_checks.contracts import OtherLeadTimes, find_contract


@dataclass(frozen=True)
class Supply:
    """How suppliers deliver, and how long goods take.

    Attributes:
        scorecard: the columns of the contract SupplierScorecard.
        yields: the columns of the contract SupplierYields without business_date.
        lead_times: the columns of the contract LeadTimes without business_date.
        other_lead_times: the columns of the contract OtherLeadTimes without business_date.
        left_out: frame `barred_pairs`: those without a lead time.
    """

    scorecard: pl.DataFrame
    yields: pl.DataFrame
    lead_times: pl.DataFrame
    other_lead_times: pl.DataFrame
    left_out: pl.DataFrame


def find_yields(orders: pl.DataFrame, *, as_of: dt.date, window_days: int) -> pl.DataFrame:
    """Find what share of an order line each supplier delivers: for supply, and for receipts ahead.

    Args:
        orders: rows of the contract PurchaseOrders as they stood on `as_of`, with
            confirmed_quantity as first confirmed.
        as_of: business date.
        window_days: days of orders that count.

    Returns:
        The columns of the contract SupplierYields without business_date.
    """
    return estimate_yields(orders, as_of=as_of, window_days=window_days)


def find_supply(  # noqa: PLR0913  # orders, masters, closures and policy
    orders: pl.DataFrame,
    paths: pl.DataFrame,
    terms: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    record: pl.DataFrame,
    closures: pl.DataFrame,
    calendars: pl.DataFrame,
    as_of: dt.date,
    window_days: int,
    review_days: float,
) -> Supply:
    """Score suppliers, and state from where each pair is replenished and how long that takes.

    Args:
        orders: rows of the contract PurchaseOrders as they stood on `as_of`, with
            confirmed_quantity as first confirmed.
        paths: frame `supply_paths`.
        terms: rows of the contract ItemSuppliers that are in force.
        lanes: rows of the contract Lanes.
        record: frame `delivery_record`.
        closures: frame `supplier_closures`.
        calendars: frame `supplier_calendars`.
        as_of: business date.
        window_days: days of orders that count.
        review_days: days between two chances to order from a supplier, at least.
    """
    cards = score_suppliers(orders, as_of=as_of, window_days=window_days)
    found, left_out = estimate_lead_times(
        paths, cards, terms, lanes, calendars, supplier_review_days=review_days
    )
    yields = find_yields(orders, as_of=as_of, window_days=window_days)
    others = estimate_other_lead_times(found, cards, terms, calendars)
    lead_times, other_times = (
        add_closures(times, closures, calendars, record, as_of=as_of) for times in (found, others)
    )
    columns = find_contract(OtherLeadTimes).made_schema.names()
    return Supply(cards, yields, lead_times, other_times.select(columns), left_out)
