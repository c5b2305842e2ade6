"""Demand as a dense panel: one row per item-location, one column per day, NaN where unknown."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import EstimatedDemand, OfferEffects, PastFactors, find_frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

HISTORY_DAYS = 364
"""Days up to as_of that are read; older ones say little about the level of today."""

WEEK = 7

CLOSED_RHYTHM_DAYS = 28
"""Days over which a weekday must have stayed closed to count as a regular day of rest."""


@dataclass(frozen=True)
class Panel:
    """History of all pairs up to and including `as_of`.

    Attributes:
        pairs: region, sku, location, sorted by sku and location; a row of the arrays each.
        sku: code of the sku of each pair.
        location: code of the location of each pair.
        demand: estimated demand by pair and day, units; NaN where unknown or closed.
        in_stock: days with an estimate on which the shelf held out.
        closed: days on which the location was closed.
        weekday: weekday of each day, 0 for Monday.
        as_of: last day.
    """

    pairs: pl.DataFrame
    sku: IntArray
    location: IntArray
    demand: FloatArray
    in_stock: BoolArray
    closed: BoolArray
    weekday: IntArray
    as_of: dt.date

    @property
    def known(self) -> BoolArray:
        """Days with an estimate of demand."""
        return np.isfinite(self.demand)


def build_panel(demand: pl.DataFrame, as_of: dt.date) -> Panel:
    """Spread rows of demand over a panel; days after `as_of` are not read.

    Args:
        demand: frame `estimated_demand`.
        as_of: last day that may be read.

    Raises:
        ValueError: `demand` breaks its contract.
    """
    known = find_frame(EstimatedDemand).read(demand.filter(pl.col("date") <= as_of))
    rows = known.with_columns(pair=pl.struct("sku", "location").rle_id())
    pairs = (
        rows.group_by("pair", maintain_order=True)
        .agg(pl.col("sku", "location").first(), pl.col("region").min())
        .sort("pair")
        .select("region", "sku", "location")
    )
    recent = rows.filter(pl.col("date") > as_of - dt.timedelta(days=HISTORY_DAYS))
    first = recent.select(pl.col("date").min()).item() or as_of
    length = (as_of - first).days + 1
    cell = (
        recent.select(
            pl.col("pair").cast(pl.Int64) * length + (pl.col("date") - first).dt.total_days()
        )
        .to_series()
        .to_numpy()
    )
    values = np.full(pairs.height * length, np.nan)
    values[cell] = recent["demand"].cast(pl.Float64).to_numpy()
    closed = np.zeros(pairs.height * length, dtype=bool)
    closed[cell] = recent["closed"].to_numpy()
    values[closed] = np.nan
    held = np.zeros(pairs.height * length, dtype=bool)
    held[cell] = ~recent["censored"].to_numpy()
    return Panel(
        pairs=pairs,
        sku=_codes(pairs["sku"]),
        location=_codes(pairs["location"]),
        demand=values.reshape(pairs.height, length),
        in_stock=(held & np.isfinite(values)).reshape(pairs.height, length),
        closed=closed.reshape(pairs.height, length),
        weekday=(first.weekday() + np.arange(length)) % 7,
        as_of=as_of,
    )


def regularly_closed(panel: Panel) -> BoolArray:
    """Pairs x weekdays on which the location rests every week.

    A weekday counts where its location was closed on each of its days in the last
    `CLOSED_RHYTHM_DAYS` days and open on some other day of them, so that a long closure of the
    whole location is not taken for a rhythm.
    """
    days = slice(-CLOSED_RHYTHM_DAYS, None)
    locations = int(panel.location.max(initial=-1)) + 1
    closed = np.zeros((locations, 7))
    known = np.zeros((locations, 7))
    for weekday in range(7):
        of_day = panel.weekday[days] == weekday
        np.add.at(closed[:, weekday], panel.location, panel.closed[:, days][:, of_day].sum(axis=1))
        np.add.at(known[:, weekday], panel.location, panel.known[:, days][:, of_day].sum(axis=1))
    rests = (closed > 0) & (known == 0)
    rests &= (known.sum(axis=1) > 0)[:, None]
    return np.asarray(rests[panel.location])


def spread_factors(panel: Panel, past: pl.DataFrame | None) -> FloatArray:
    """Spread how past weeks stood beside now over pairs x days.

    Args:
        panel: of the days.
        past: frame `past_factors`; days and skus that it lacks have factor 1.
    """
    days = panel.demand.shape[1]
    if past is None or past.is_empty():
        return np.ones((1, days))
    table = find_frame(PastFactors).read(past).pivot("week", index="sku", values="factor")
    weeks = np.array(table.columns[1:], dtype="datetime64[D]")
    first = np.datetime64(panel.as_of) - days + 1
    week = (first + np.arange(days) - weeks[0]).astype(np.int64) // WEEK
    factors = np.concatenate([table.drop("sku").to_numpy(), np.ones((1, len(weeks)))])
    rows = panel.pairs.join(
        table.select("sku").with_row_index("row"), on="sku", how="left", maintain_order="left"
    )["row"].fill_null(table.height)
    inside = (week >= 0) & (week < len(weeks))
    spread = factors[rows.to_numpy()][:, np.where(inside, week, 0)]
    return np.asarray(np.where(inside, spread, 1.0))


def spread_offers(panel: Panel, offers: pl.DataFrame | None) -> FloatArray:
    """Spread what offers did to demand over pairs x days.

    Args:
        panel: of the days.
        offers: frame `offer_effects`; days that it lacks, and days after the panel, are at 1.
    """
    days = panel.demand.shape[1]
    spread = np.ones((len(panel.demand), days))
    if offers is None or offers.is_empty():
        return spread
    first = panel.as_of - dt.timedelta(days=days - 1)
    past = (
        find_frame(OfferEffects).read(offers).filter(pl.col("date").is_between(first, panel.as_of))
    )
    rows = past.join(
        panel.pairs.select("sku", "location").with_row_index("pair"),
        on=["sku", "location"],
        maintain_order="left",
    )
    day = (rows["date"] - first).dt.total_days().to_numpy()
    spread[rows["pair"].to_numpy(), day] = rows["effect"].to_numpy()
    return spread


def _codes(keys: pl.Series) -> IntArray:
    return np.unique(keys.to_numpy(), return_inverse=True)[1].astype(np.int64)
