"""Demand that stock can still serve: the stock projected in time, until tonight's goods are there.

Time is cut at the days on which open documents bring goods, at the arrival of what is sent or
ordered tonight and at the end of the protection interval. Up to the arrival the stock is carried
from cut to cut, goods first, then demand; where unmet demand is lost it never falls below zero, so
that demand lost before the arrival stays lost. With X the stock that is left then, D the demand
from the arrival to a later cut and R what documents bring in between, tonight's k-th unit is needed
if D >= X + R + k. Of the later cuts the one counts at which most is expected to be short.

Stated for the inventory position S, which all that comes within the interval is part of: the k-th
unit beyond it is needed if S - X - R + D >= S + k. S - X - R is what is gone before, and

    sold_before     a whole number of units that are all but sure to be among it
    open demand     the rest of it, and D; negative binomial by mean and variance

What comes after the interval, when the goods of the next order are there, is no cover for what
comes before: it is not part of the position. Lost-sales projection: Morton, The Near-Myopic Nature
of the Lagged-Proportional-Cost Inventory Problem with Lost Sales, Operations Research 19 (1971).
"""

import datetime as dt
import math
from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from compilation import compiled
from forecasting.distribution import compute_survival
from optimization.levels.carried_stock import CELLS_PER_SD, carry_stock, choose_step
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import ReceiptsDue, find_frame

_KEYS = ["sku", "location"]
_CUT = [*_KEYS, "days"]

Flags = npt.NDArray[np.bool_]

SumDemand = Callable[[pl.DataFrame], pl.DataFrame]
"""Sums demand over windows as `sum_window_demand` does: sku, location, mean, variance."""


def add_open_demand(
    pairs: pl.DataFrame, receipts: pl.DataFrame, sum_demand: SumDemand, *, first_day: dt.date
) -> pl.DataFrame:
    """Add what pairs ask of their stock once goods that are sent or ordered tonight are there.

    Args:
        pairs: sku, location, wait_days, protection_days and arrival_days (days from `first_day`),
            lead_time_sd (days), lost (unmet demand is lost, else it waits), demand_mean,
            shortfall_mean (units), demand_variance, shortfall_variance (units^2), owned_units
            (units there and coming, missing where unknown).
        receipts: frame `receipts_due`: what documents bring to these pairs.
        sum_demand: sums the demand of pairs over windows from `first_day` on.
        first_day: day on which goods leave and orders are placed.

    Returns:
        `pairs` with inventory_position (units that come within the protection interval included,
        later ones not; missing where unknown); lost_before (units expected to be lost before
        tonight's goods are there); sold_before (units); open_demand_mean (units) and
        open_demand_variance (units^2); stock_out_chance (that the position runs out, at any cut,
        before the goods of the next order are there; missing where the stock is unknown). Where
        the stock is unknown, all demand of the interval is open. The figures are missing where
        those of demand are.
    """
    due = _due_within(receipts, pairs, first_day)
    counted = count_position(pairs, receipts, first_day=first_day)
    known = counted.filter(
        pl.col("inventory_position").is_not_null(),
        pl.col("demand_mean").is_not_null(),
        pl.col("protection_days") > 0,
    )
    cuts = _with_demand(_list_cuts(known, due.filter("within")), known, sum_demand)
    found = _project(known, cuts)
    return counted.join(found, on=_KEYS, how="left", maintain_order="left").with_columns(
        open_demand_mean=pl.coalesce(
            "open_demand_mean", pl.col("demand_mean") + pl.col("shortfall_mean")
        ),
        open_demand_variance=pl.coalesce(
            "open_demand_variance", pl.col("demand_variance") + pl.col("shortfall_variance")
        ),
        sold_before=pl.col("sold_before").fill_null(0),
        lost_before=pl.col("lost_before").fill_null(0.0),
    )


def count_position(
    pairs: pl.DataFrame, receipts: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Count the units of pairs that are there or come within their protection interval.

    Args:
        pairs: sku, location, protection_days, owned_units, as `add_open_demand` reads them.
        receipts: frame `receipts_due`.
        first_day: day on which goods leave and orders are placed.

    Returns:
        `pairs` with inventory_position, units; missing where unknown.
    """
    due = _due_within(receipts, pairs, first_day)
    later = due.filter(~pl.col("within")).group_by(_KEYS, maintain_order=True).agg(
        later_units=pl.col("units").sum()
    )  # fmt: skip
    position = pl.col("owned_units") - pl.col("later_units").fill_null(0)
    return (
        pairs.join(later, on=_KEYS, how="left", maintain_order="left")
        .with_columns(inventory_position=position)
        .drop("later_units")
    )


def _due_within(receipts: pl.DataFrame, pairs: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """sku, location, days (from `first_day`), units, within (before the interval ends)."""
    days = (pl.col("due_on") - pl.lit(first_day)).dt.total_days().clip(lower_bound=0).cast(float)
    return (
        find_frame(ReceiptsDue)
        .read(receipts)
        .with_columns(days=days)
        .group_by(_CUT, maintain_order=True)
        .agg(pl.col("units").sum())
        .join(pairs.select(*_KEYS, "protection_days"), on=_KEYS, maintain_order="left")
        .with_columns(within=(pl.col("days") < pl.col("protection_days")).fill_null(value=True))
    )


def _list_cuts(pairs: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """Ends of the stretches of each pair in order: sku, location, days, units, before.

    `units` come at the start of the stretch that ends there, `before` says whether it ends no later
    than tonight's goods arrive.
    """
    ends = pl.concat(
        [
            pairs.select(*_KEYS, days="protection_days"),
            pairs.select(*_KEYS, days=pl.min_horizontal("arrival_days", "protection_days")).filter(
                pl.col("days") > 0
            ),
            due.filter(pl.col("days") > 0).select(_CUT),
        ]
    )
    starts = due.select(*_CUT, "units")
    cuts = ends.unique().sort(_CUT)
    start = pl.col("days").shift(1).over(_KEYS).fill_null(0.0)
    return (
        cuts.with_columns(start=start)
        .join(starts.rename({"days": "start"}), on=[*_KEYS, "start"], how="left",
              maintain_order="left")
        .join(pairs.select(*_KEYS, "arrival_days"), on=_KEYS, maintain_order="left")
        .with_columns(
            pl.col("units").fill_null(0), before=pl.col("days") <= pl.col("arrival_days")
        )
        .drop("start")
    )  # fmt: skip


def _with_demand(cuts: pl.DataFrame, pairs: pl.DataFrame, sum_demand: SumDemand) -> pl.DataFrame:
    """Cuts with mean and variance of what drains the stock until then, counted from the start."""
    # What suppliers leave short drains the stock in proportion to demand. Shares are worked out
    # before the join: polars divides by a column that stems from a single row by multiplying by its
    # reciprocal, and a pair would get other last digits alone than among others.
    facts = pairs.select(
        *_KEYS, "wait_days", "protection_days", "lead_time_sd", "demand_mean", "demand_variance",
        drained=_add_share("demand_mean", "shortfall_mean"),
        spread=_add_share("demand_variance", "shortfall_variance"),
    )  # fmt: skip
    known = cuts.join(facts, on=_KEYS, maintain_order="left").with_columns(
        rank=pl.int_range(pl.len()).over(_KEYS),
        last=pl.col("days") == pl.col("protection_days"),
    )
    inner = known.filter(~pl.col("last"))
    parts = []
    # One window a pair at a time, as the sums ask for it; pairs with many documents are few.
    for rank in inner["rank"].unique().sort():
        windows = inner.filter(pl.col("rank") == rank).select(
            *_KEYS,
            "wait_days",
            "days",
            lead_time_sd=pl.when(pl.col("days") < pl.col("arrival_days"))
            .then(0.0)
            .otherwise("lead_time_sd"),
        )
        sums = sum_demand(windows)
        parts.append(sums.select(*_KEYS, "mean", "variance", rank=pl.lit(rank, pl.Int64)))
    none = {"sku": pl.String, "location": pl.String, "mean": pl.Float64, "variance": pl.Float64,
            "rank": pl.Int64}  # fmt: skip
    sums = pl.concat([pl.DataFrame(schema=none), *parts])
    mean = pl.when("last").then("demand_mean").otherwise(pl.col("mean").fill_null(0.0))
    variance = pl.when("last").then("demand_variance").otherwise(pl.col("variance").fill_null(0.0))
    return known.join(sums, on=[*_KEYS, "rank"], how="left", maintain_order="left").with_columns(
        mean=mean * pl.col("drained"), variance=variance * pl.col("spread")
    )


def _add_share(name: str, added: str) -> pl.Expr:
    """What a figure is of itself once another is added; 0 where there is none of it."""
    whole = pl.col(name) + pl.col(added)
    return pl.when(pl.col(name) > 0).then(whole / pl.col(name)).otherwise(0.0)


def _project(pairs: pl.DataFrame, cuts: pl.DataFrame) -> pl.DataFrame:
    """sku, location, lost_before, sold_before, open_demand_mean, open_demand_variance and chance.

    Args:
        pairs: as `add_open_demand` has them, with an inventory_position and demand.
        cuts: those of the pairs, with units, before, and mean and variance until then.
    """
    numbered = pairs.select(*_KEYS, "inventory_position", "lost").with_row_index("pair")
    rows = cuts.join(numbered, on=_KEYS, maintain_order="left").sort("pair", "days")
    pair = rows["pair"].cast(pl.Int64).to_numpy()
    first = np.searchsorted(pair, np.arange(pairs.height + 1))
    mean, variance = (np.array(rows[name].to_numpy()) for name in ("mean", "variance"))
    units = np.array(rows["units"].cast(pl.Int64).to_numpy())
    position = np.array(numbered["inventory_position"].cast(pl.Int64).to_numpy())
    opening = position - np.bincount(pair, units, minlength=pairs.height).astype(np.int64)
    out = _Open.of_size(pairs.height)
    _fill_open_demand(
        first, opening, np.array(numbered["lost"].to_numpy()), np.array(rows["before"].to_numpy()),
        units, mean, variance, out.lost, out.sold, out.mean, out.variance,
    )  # fmt: skip
    coming = np.cumsum(units)
    covered = opening[pair] + coming - (coming - units)[first[:-1]][pair]
    chance = compute_survival(mean, np.maximum(variance, 0.0), np.maximum(covered, 0))
    runs_out = np.where(mean > 0, chance, 0.0)
    worst = np.maximum.reduceat(runs_out, first[:-1]) if pairs.height else runs_out
    return pairs.select(_KEYS).with_columns(
        lost_before=pl.Series(out.lost),
        sold_before=pl.Series(out.sold),
        open_demand_mean=pl.Series(out.mean),
        open_demand_variance=pl.Series(out.variance),
        stock_out_chance=pl.Series(np.clip(worst, 0.0, 1.0)),
    )


class _Open(NamedTuple):
    """What the kernel fills in, each of shape (pairs,): units, and units^2."""

    lost: FloatArray
    sold: IntArray
    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of_size(cls, size: int) -> Self:
        """Nothing yet."""
        return cls(np.zeros(size), np.zeros(size, np.int64), np.zeros(size), np.zeros(size))


@compiled
def _fill_open_demand(  # noqa: PLR0913, PLR0917  # pairs, their cuts, and what is found
    first: IntArray,
    opening: IntArray,
    lost: Flags,
    before: Flags,
    units: IntArray,
    mean: FloatArray,
    variance: FloatArray,
    lost_before: FloatArray,
    sold_before: IntArray,
    open_mean: FloatArray,
    open_variance: FloatArray,
) -> None:
    """Carry each pair's stock to the arrival and look for the cut at which most is short."""
    for pair in range(len(opening)):
        start, end = first[pair], first[pair + 1]
        arrival = start
        while arrival < end and before[arrival]:
            arrival += 1
        left, spread, empty = _carry_to_arrival(
            opening[pair], lost[pair], units, mean, variance, start, arrival
        )
        drained = mean[arrival - 1] if arrival > start else 0.0
        drained_variance = variance[arrival - 1] if arrival > start else 0.0
        supplied = opening[pair] + units[start:arrival].sum()
        brought, covered, demand, demand_variance, worst = 0, 0, 0.0, 0.0, -1.0
        for cut in range(arrival, end):
            brought += units[cut]
            until = max(mean[cut] - drained, 0.0)
            wide = max(variance[cut] - drained_variance, 0.0)
            short = _expect_excess(until - left - brought, spread + wide)
            if short >= worst:
                covered, demand, demand_variance, worst = brought, until, wide, short
        gone = supplied + brought - left - covered
        sure = int(np.floor(empty * max(supplied, 0) + 1e-9)) + brought - covered
        lost_before[pair] = max(drained - max(supplied, 0) + max(left, 0.0), 0.0)
        if not lost[pair]:
            lost_before[pair] = 0.0
        sold_before[pair] = sure
        open_mean[pair] = max(gone + demand - sure, 0.0)
        open_variance[pair] = spread + demand_variance


@compiled
def _carry_to_arrival(  # noqa: PLR0913, PLR0917  # a pair and its cuts
    opening: int,
    lost: bool,  # noqa: FBT001  # kernels take no keywords
    units: IntArray,
    mean: FloatArray,
    variance: FloatArray,
    start: int,
    arrival: int,
) -> tuple[float, float, float]:
    """Mean and variance of what is left when tonight's goods come, and the chance of nothing."""
    stretches = arrival - start
    if stretches == 0:
        return float(opening), 0.0, 0.0
    if not lost:
        left = opening + units[start:arrival].sum() - mean[arrival - 1]
        return left, max(variance[arrival - 1], 0.0), 0.0
    receipts, drain, spread = np.zeros(stretches), np.zeros(stretches), np.zeros(stretches)
    owed = max(-opening, 0)
    until, wide = 0.0, 0.0
    for t in range(stretches):
        taken = min(owed, units[start + t])
        owed -= taken
        receipts[t] = units[start + t] - taken
        drain[t] = max(mean[start + t] - until, 0.0)
        spread[t] = max(variance[start + t] - wide, 0.0)
        until, wide = mean[start + t], variance[start + t]
    step = choose_step(np.maximum(spread, drain).sum(), CELLS_PER_SD)
    mass, low, high, aside = carry_stock(float(max(opening, 0)), receipts, drain, spread, step)
    expected, squares = 0.0, 0.0
    for cell in range(low, high + 1):
        expected += mass[cell] * cell * step
        squares += mass[cell] * (cell * step) ** 2
    empty = mass[0] if low == 0 and aside <= 0 else 0.0
    return expected + aside - owed, max(squares - expected**2, 0.0), empty


@compiled
def _expect_excess(mean: float, variance: float) -> float:
    """E[max(Z, 0)] of a normal Z; only to tell which cut is the worst."""
    if variance <= 0:
        return max(mean, 0.0)
    deviation = math.sqrt(variance)
    z = mean / deviation
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    return deviation * density + mean * below
