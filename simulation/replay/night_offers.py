"""Offers that are known, and how demand answers to prices, from what a policy sees."""

from typing import NamedTuple

import numpy as np
import polars as pl

from forecasting.night import PricedOffers
from forecasting.price_response import estimate_price_responses
from quality_checks.contracts import Offers, PricedDays, find_frame
from simulation.replay.decision import EveningView
from simulation.replay.ledger import sum_groups
from simulation.replay.night_prices import list_known_offers
from simulation.replay.scenario import WEEK, Floats, Ints


def priced_offers(seen: EveningView, days: int, horizon: int) -> PricedOffers | None:
    """Offers as the forecast reads them, but to the whole range; none where none are announced.

    Args:
        seen: what is known.
        days: of history that levels and responses are learnt from.
        horizon: days ahead that are forecast.
    """
    masters = seen.masters
    if masters.offers is None:
        return None
    known = list_known_offers(seen, seen.day - days + 1, seen.day + horizon)
    inside = known.filter(~pl.col("whole_range"))
    told = inside.filter(pl.col("announced_on") != pl.col("date"))
    if told.is_empty():
        return None
    responses = estimate_price_responses(priced_days(seen, days), masters.attributes)
    return PricedOffers(offers_by_day(inside), responses)


def offers_by_day(offers: pl.DataFrame) -> pl.DataFrame:
    """The lowest price of a pair on a day, and whether a promotion runs: frame `offers`."""
    return (
        offers.sort("sku", "location", "date", "announced_on")
        .group_by("sku", "location", "date", maintain_order=True)
        .agg(pl.col("price").min(), pl.col("promoted").any(), pl.col("announced_on").first())
        .select(find_frame(Offers).schema.names())
    )


class _Cells(NamedTuple):
    """Places of items: the cell of each pair, and a pair of each cell."""

    of_pair: Ints
    first: Ints


def priced_days(seen: EveningView, days: int) -> pl.DataFrame:
    """What items sold by day and place, as the query `priced_days` gives it: frame `priced_days`.

    All items teach, not some of each category. A day whose shelf was empty in the evening is a
    whole one if anything sold, as hours are not known.

    Args:
        seen: what is known.
        days: up to the day that closed.
    """
    masters, last = seen.masters, seen.day
    first = max(0, last - days + 1)
    day = np.arange(first, last + 1)
    sells = (masters.pairs["kind"] != "dc").to_numpy() & (masters.launch <= last)
    pair = np.flatnonzero(sells & (masters.exit >= last))
    sold = seen.sold[first:][:, pair].astype(np.float64)
    open_days = masters.opens[first : last + 1][:, masters.location[pair]]
    on_sale = open_days & (day[:, None] >= masters.launch[pair])
    whole = on_sale & ~(seen.empty[first:][:, pair] & (sold == 0))
    sold = np.where(on_sale, sold, 0.0)
    shelf_days = whole.sum(axis=0)
    rate = np.divide(sold.sum(axis=0), shelf_days, out=np.zeros(len(pair)), where=shelf_days > 0)
    expected = whole * rate * _weekday_factors(seen, first)[:, masters.location[pair]]
    cells = _number_cells(seen, pair)
    size = len(cells.first)
    units, usual = (sum_groups(values, cells.of_pair, size) for values in (sold, expected))
    # Places have one price, and one region's promotions.
    at = pair[cells.first]
    share = seen.price[first:][:, at] / masters.list_price[at]
    promoted = np.zeros(share.shape, dtype=np.bool_)
    if masters.promoted is not None:
        promoted = masters.promoted[first : last + 1][:, at]
    row, cell = np.nonzero(usual > 0)
    of_cell = masters.pairs.select("sku", "style", "category", place=_place())[at]
    return (
        of_cell[cell]
        .with_columns(
            date=masters.dates(first + row),
            price=pl.Series(share[row, cell].astype(np.float64)),
            promoted=pl.Series(promoted[row, cell]),
            units=pl.Series(units[row, cell]),
            usual=pl.Series(usual[row, cell]),
        )
        .select(find_frame(PricedDays).schema.names())
        .sort("sku", "place", "date")
    )


def _place() -> pl.Expr:
    """Stores of a region have one price, the others each their own."""
    return pl.when(pl.col("kind") == "store").then("region").otherwise("location")


def _number_cells(seen: EveningView, pair: Ints) -> _Cells:
    keys = seen.masters.pairs.select("sku", place=_place())[pair]
    number = keys.select(pl.struct("sku", "place").rank("dense") - 1).to_series()
    of_pair = number.cast(pl.Int64).to_numpy()
    return _Cells(of_pair, np.unique(of_pair, return_index=True)[1].astype(np.int64))


def _weekday_factors(seen: EveningView, first: int) -> Floats:
    """What each node sells on the weekday of each day over its mean open day, [day, node]."""
    masters, nodes = seen.masters, len(seen.masters.locations)
    rows = slice(first, seen.day + 1)
    units = sum_groups(seen.sold[rows].astype(np.float64), masters.location, nodes)
    opens = masters.opens[rows]
    weekday = (masters.weekday(first) + np.arange(len(units))) % WEEK
    of_day = (weekday[:, None] == np.arange(WEEK)).astype(np.float64)
    counted, total = of_day.T @ opens, of_day.T @ np.where(opens, units, 0.0)
    mean = np.divide(total, counted, out=np.zeros_like(total), where=counted > 0)
    days, every = counted.sum(axis=0), total.sum(axis=0)
    usual = np.divide(every, days, out=np.zeros_like(every), where=days > 0)
    return np.asarray(np.divide(mean, usual, out=np.ones_like(mean), where=usual > 0)[weekday])
