"""From when a node has nothing for the places it feeds, until when, and what they lose by it.

Let S be the units that a node has until it is empty and Q(t) what its places draw up to t. It
serves all that they draw until Q(t) = S; from then on each place sells what it holds, and what it
is asked for beyond that before the node's next goods can be there is lost:

    lost = E[X] - E[min(X, held)]

X being its demand in between and `held` its level, with what it still has above that.
"""

import datetime as dt
import math

import numpy as np
import polars as pl

from forecasting.distribution import RunningDemand, compute_expected_sales, sum_window_demand
from optimization.levels import find_lane_arrival
from optimization.value import FloatArray
from quality_checks.contracts import (
    DatedGoods,
    FeedingNodes,
    GapPlaces,
    SupplyGaps,
    find_contract,
    find_frame,
)

_KEYS = ["sku", "location"]
_NODE = ["sku", "node"]
_LIKELY = 0.5
"""Chance of an empty shelf from which a node counts as empty."""

_SHORTEST = 1e-9
"""Days of a window without any: a window must have some."""


def find_supply_gaps(  # noqa: PLR0913  # stock, who feeds whom, what comes and what is asked for
    projected: pl.DataFrame,
    nodes: pl.DataFrame,
    places: pl.DataFrame,
    goods: pl.DataFrame,
    running: RunningDemand,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Find the first gap of each node, and what it costs the places that it feeds.

    A gap begins when the node is likelier empty than not, within its protection interval, and ends
    with its next goods, or with those of its next order. A node of which no place will lack
    anything has none.

    Args:
        projected: the columns of the contract ProjectedStock but business_date.
        nodes: frame `feeding_nodes`.
        places: frame `gap_places`.
        goods: frame `dated_goods`.
        running: demand of the places.
        first_day: first day of `projected`.

    Returns:
        The columns of the contract SupplyGaps but business_date, sorted by key.

    Raises:
        ValueError: a frame breaks its contract.
    """
    known = find_frame(GapPlaces).read(places)
    feeding = find_frame(FeedingNodes).read(nodes).rename({"location": "node"})
    unserved = known.group_by(_NODE, maintain_order=True).agg(
        owed=(-pl.col("above_level")).clip(lower_bound=0).sum()
    )
    stretches = (
        projected.rename({"location": "node"})
        .join(feeding, on=_NODE, how="inner", maintain_order="left")
        .join(unserved, on=_NODE, how="inner", maintain_order="left")
        .sort(*_NODE, "day")
    )
    empty = _find_empty(stretches, first_day)
    gaps = _find_ends(empty, find_frame(DatedGoods).read(goods), first_day)
    served = _date_last_served(stretches, gaps)
    found = known.join(served, on=_NODE, how="inner", maintain_order="left")
    return _tabulate(_cost_places(_date_arrivals(found, first_day), running))


def _find_empty(stretches: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Nodes that run empty within their protection interval: empty_on, and the day of next goods.

    `supplied` is what the node has for its places until then.
    """
    reach = pl.lit(first_day) + pl.duration(days=pl.col("protection_days").ceil().cast(pl.Int64))
    return (
        stretches.with_columns(
            reach=reach,
            supplied=pl.col("closing") + pl.col("demand").cum_sum().over(_NODE),
        )
        .filter(pl.col("out_chance") >= _LIKELY, pl.col("day") < pl.col("reach"))
        .group_by(_NODE, maintain_order=True)
        .agg(pl.col("day").first().alias("empty_on"), pl.col("reach", "supplied", "owed").first())
    )


def _find_ends(empty: pl.DataFrame, goods: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """The next goods of nodes after they are empty; missing where none are due in their reach."""
    next_goods = (
        goods.rename({"location": "node"})
        .join(empty.select(*_NODE, "empty_on", "reach"), on=_NODE, how="inner")
        .filter(pl.col("day") > pl.col("empty_on"), pl.col("day") <= pl.col("reach"))
        .sort(*_NODE, "day")
        .group_by(_NODE, maintain_order=True)
        .agg(goods_on=pl.col("day").first(), goods_units=pl.col("units").first())
    )
    until = (pl.col("goods_on").fill_null(pl.col("reach")) - pl.lit(first_day)).dt.total_days()
    return empty.join(next_goods, on=_NODE, how="left", maintain_order="left").with_columns(
        days_to_goods=until
    )


def _date_last_served(stretches: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Gaps with served_days, after which the node has served all it has, and with owed_share.

    What places lack of their levels tonight comes first: owed_share of it is served.
    """
    end = pl.col("days").cum_sum().over(_NODE)
    until = (
        stretches.select(*_NODE, "day", "demand", "days", end=end, drawn=_drawn())
        .join(
            gaps.select(*_NODE, "empty_on", "supplied", "owed"),
            on=_NODE,
            how="inner",
            maintain_order="left",
        )
        .filter(pl.col("day") <= pl.col("empty_on"))
        .with_columns(before=pl.col("drawn").shift(1).over(_NODE).fill_null(pl.col("owed")))
    )
    some = (pl.col("supplied") - pl.col("before")) / (pl.col("drawn") - pl.col("before"))
    all_or_none = (pl.col("supplied") >= pl.col("before")).cast(pl.Float64)
    part = pl.when(pl.col("drawn") > pl.col("before")).then(some.clip(0, 1)).otherwise(all_or_none)
    served = until.group_by(_NODE, maintain_order=True).agg(
        served_days=(part * pl.col("days")).sum()
    )
    share = pl.when(pl.col("owed") > 0).then(pl.col("supplied") / pl.col("owed")).otherwise(1.0)
    return gaps.join(served, on=_NODE, maintain_order="left").with_columns(
        owed_share=share.clip(0, 1)
    )


def _drawn() -> pl.Expr:
    """What is asked of a node up to the end of each stretch."""
    return pl.col("demand").cum_sum().over(_NODE)


def _date_arrivals(found: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Places with the day on which the goods can be there: `there_days` from the first day on."""
    ways = ["goods_on", "order_weekdays", "open_weekdays", "lead_time_mean"]
    each = found.select(ways).drop_nulls().unique(maintain_order=True)
    travel = [find_lane_arrival(*row) for row in each.iter_rows()]
    days = [None if way is None else math.ceil(way) for way in travel]
    there = pl.col("days_to_goods") + pl.col("travel_days").fill_null(0)
    return found.join(
        each.with_columns(travel_days=pl.Series(days, dtype=pl.Int64)),
        on=ways,
        how="left",
        maintain_order="left",
    ).with_columns(
        there_days=there,
        there_on=pl.lit(first_day) + pl.duration(days=there),
    )


def _cost_places(places: pl.DataFrame, running: RunningDemand) -> pl.DataFrame:
    """Places with what they lack when goods come to their node, and lose until they have some."""
    above = places["above_level"].to_numpy().astype(float)
    level = places["order_up_to"].to_numpy().astype(float)
    waits, surplus = places["waits"].to_numpy(), np.maximum(above, 0.0)
    served_mean, served_variance = _sum_until(places, running, "served_days")
    left = surplus - compute_expected_sales(served_mean, served_variance, surplus)
    short = np.minimum(above, 0.0) * (1.0 - places["owed_share"].to_numpy())
    held = np.maximum(level + left + short, 0.0)

    def sell(until: str) -> tuple[FloatArray, FloatArray]:
        """Demand after the node is empty, and what of it the place serves."""
        mean, variance = _sum_until(places, running, until)
        asked = np.maximum(mean - served_mean, 0.0)
        return asked, _expect_sales(asked, np.maximum(variance - served_variance, asked), held)

    asked, sold = sell("days_to_goods")
    lacking = np.maximum(level - held + np.where(waits, asked, sold), 0.0)
    asked, sold = sell("there_days")
    lost = np.where(waits, 0.0, np.maximum(asked - sold, 0.0))
    margin = lost * places["underage_cost"].to_numpy()
    return places.with_columns(
        lacking_units=pl.Series(lacking),
        lost_units=pl.Series(lost),
        lost_margin=pl.Series(margin),
    )


def _sum_until(
    places: pl.DataFrame, running: RunningDemand, days: str
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of demand from the first day on, for so many days; 0 without a forecast."""
    windows = places.select(
        *_KEYS,
        "wait_days",
        days=pl.col(days).cast(pl.Float64).clip(lower_bound=_SHORTEST),
        lead_time_sd=pl.lit(0.0),
    )
    sums = windows.select(_KEYS).join(
        sum_window_demand(running, windows), on=_KEYS, how="left", maintain_order="left"
    )
    mean, variance = (sums[name].fill_null(0.0).to_numpy() for name in ("mean", "variance"))
    return mean, variance


def _expect_sales(mean: FloatArray, variance: FloatArray, held: FloatArray) -> FloatArray:
    """E[min(X, held)], between whole units in proportion."""
    whole = np.floor(held)
    below, above = (compute_expected_sales(mean, variance, units) for units in (whole, whole + 1))
    return below + (held - whole) * (above - below)


def _tabulate(costed: pl.DataFrame) -> pl.DataFrame:
    """Rows of the contract SupplyGaps of nodes of which some place lacks something."""
    lacking = pl.col("lacking_units").sum().over(_NODE)
    share = (pl.col("goods_units") / lacking).clip(0, 1)
    columns = find_contract(SupplyGaps).made_schema
    return (
        costed.with_columns(goods_share=pl.when(lacking > 0).then(share))
        .filter(lacking > 0)
        .rename({"node": "supply_location"})
        .select(pl.col(name).cast(dtype) for name, dtype in columns.items())
        .sort(_KEYS)
    )
