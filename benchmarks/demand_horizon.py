"""Forecasts up to twelve weeks ahead of the built-in retailer, whose expected demand is known.

Every day's demand of more than a year is seen in full up to an origin: nothing is hidden by empty
shelves, so that what is compared is how far ahead anybody looks. Ours is the fallback's forecast
with what a year says of seasons, events, launches and levels; `flat` is the same forecast without
all that, its last week carried on. Sums of four weeks are compared with what was bought, and with
what was to be expected, which nobody can beat, of pairs and of items over all that a DC feeds.
"""

import datetime as dt
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from statsforecast import StatsForecast
from statsforecast.models import AutoETS

from forecasting.distribution import RunningDemand, sum_echelon_demand, sum_window_demand
from forecasting.night import join_launches
from governance import load_planning_policy
from simulation.replay import (
    EveningView,
    Scenario,
    build_demo_scenario,
    forecast_fallback,
    forecast_flat,
)
from simulation.retailer import Size, build_world, size_retailer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POLICY = Path("data/policies/planning.yaml")
WEEK, YEAR, STRETCH = 7, 364, 28
LEADS = ("weeks 1-4", "weeks 5-8", "weeks 9-12")
"""What is compared: sums of four weeks."""

MOST_DAYS = STRETCH * len(LEADS)

WINDOWS = (14, 28, 56, 84)
ORIGINS = {
    "season ahead": dt.date(2025, 9, 30),
    "no season ahead": dt.date(2026, 2, 1),
}
"""Black week and December lie in the twelve weeks after one, single holidays after the other."""

LEAST_MEAN = 1.0
"""Units of a window below which its error is not put over its deviation."""


def measure(size: Size, horizon: int, seeds: Sequence[int]) -> dict[str, Any]:
    """Errors by lead, and of windows over their stated deviation, at each of `ORIGINS`.

    Args:
        size: of the retailers.
        horizon: days ahead; each whole four weeks count, twelve at most.
        seeds: of the retailers; figures are means over them.
    """
    stretches = min(horizon // STRETCH, len(LEADS))
    found = []
    for seed in seeds:
        shop = Shop.draw(size, seed, ORIGINS.values())
        found.append({name: _measure_origin(shop, day, stretches) for name, day in ORIGINS.items()})
    return {"benchmark": "demand horizon", "size": size, "seeds": list(seeds), **_mean(found)}


def _mean(figures: Sequence[Any]) -> Any:  # noqa: ANN401  # figures nest
    """The mean of each figure; the figures of the same place in nested dictionaries."""
    first = figures[0]
    if isinstance(first, dict):
        return {name: _mean([figure[name] for figure in figures]) for name in first}
    return first if isinstance(first, str) else round(float(np.mean(figures)), 4)


@dataclass(frozen=True)
class Shop:
    """The retailer with a year before the first origin and twelve weeks after the last.

    Attributes:
        scenario: what a policy may see, and demand, [day, pair].
        expected: demand that was to be expected, [day, pair].
    """

    scenario: Scenario
    expected: npt.NDArray[np.float32]

    @classmethod
    def draw(cls, size: Size, seed: int, origins: Collection[dt.date]) -> Self:
        """Draw demand, and what was to be expected of it, around days on which forecasts begin."""
        first = min(origins) - dt.timedelta(days=YEAR)
        last = max(origins) + dt.timedelta(days=MOST_DAYS)
        settings = size_retailer(size).model_copy(
            update={"last_date": last, "days": (last - first).days + 1}
        )
        world = build_world(settings, seed)
        expected = [
            world.demand.means(day, world.offers.selling_prices(day)[0]).astype(np.float32)
            for day in range(world.first, world.last + 1)
        ]
        return cls(build_demo_scenario(settings, seed), np.stack(expected))

    def seen(self, day: int) -> EveningView:
        """What is known at the close of a day: all demand so far, and no stock."""
        nothing = np.zeros(self.scenario.masters.size, dtype=np.int64)
        sold = self.scenario.truth.demand[: day + 1]
        return EveningView(
            masters=self.scenario.masters,
            day=day,
            on_hand=nothing,
            in_transit=nothing,
            on_order=nothing,
            arriving=nothing[None, :],
            sold=sold,
            price=self.scenario.truth.price[: day + 1],
            empty=np.zeros(sold.shape, dtype=bool),
            moved=nothing - YEAR,
            orders=self.scenario.orders,
        )

    @cached_property
    def node(self) -> Ints:
        """The supplier-fed pair of each pair's echelon."""
        return self.scenario.masters.echelon

    def sums(self, daily: npt.NDArray[np.generic], first: int, stretches: int) -> Floats:
        """Sums of four weeks each from the day `first` on, [pair, stretch]."""
        days = daily[first : first + stretches * STRETCH].astype(np.float64)
        return np.asarray(days.reshape(stretches, STRETCH, -1).sum(axis=1).T)


def _measure_origin(shop: Shop, origin: dt.date, stretches: int) -> dict[str, Any]:
    masters = shop.scenario.masters
    day = (origin - masters.first).days
    seen, first_day = shop.seen(day), origin + dt.timedelta(days=1)
    policy = load_planning_policy(POLICY).model_copy(update={"supplier_review_days": 1})
    started = time.perf_counter()
    ours = forecast_fallback(seen, policy)
    seconds = time.perf_counter() - started
    flat = forecast_flat(seen, policy)
    frame = join_launches(ours)
    keys = frame.select("sku", "location").unique(maintain_order=True)
    pair = masters.numbers(keys["sku"], keys["location"])
    actual, expected = (
        shop.sums(daily, day + 1, stretches)[pair]
        for daily in (shop.scenario.truth.demand, shop.expected)
    )
    means = {
        "ours": _sums_ahead(frame, ours.seasons, keys, first_day, stretches),
        "flat": _sums_ahead(join_launches(flat), None, keys, first_day, stretches),
    }
    on_sale = _on_sale(shop, day, pair, stretches)
    means["last year"] = _last_year(shop, day, pair, means["flat"])
    means["AutoETS"] = _by_category(shop, day, pair, means["flat"])
    means = {name: mean * on_sale for name, mean in means.items()}
    node = shop.node[pair]
    levels = {"pairs": np.arange(len(pair)), "item at DC": np.unique(node, return_inverse=True)[1]}
    return {
        "origin": origin.isoformat(),
        "pairs": len(pair),
        "seconds": round(seconds, 1),
        "accuracy": {
            level: {
                lead: {
                    name: _errors(mean, actual, expected, group, at) for name, mean in means.items()
                }
                for at, lead in enumerate(LEADS[:stretches])
            }
            for level, group in levels.items()
        },
        "error over deviation": {
            name: _spread(made, shop, keys, pair, day)
            for name, made in {
                "ours": (frame, ours.seasons),
                "flat": (join_launches(flat), None),
            }.items()
        },
    }


def _on_sale(shop: Shop, day: int, pair: Ints, stretches: int) -> Floats:
    """Share of each stretch until the item's exit, which everybody knows, [pair, stretch]."""
    left = shop.scenario.masters.exit[pair, None] - day - STRETCH * np.arange(stretches)
    return np.clip(left / STRETCH, 0.0, 1.0)


def _windows(keys: pl.DataFrame, days: int) -> pl.DataFrame:
    return keys.with_columns(
        days=pl.lit(float(days)), lead_time_sd=pl.lit(0.0), wait_days=pl.lit(0, pl.Int64)
    )


def _sums_ahead(
    frame: pl.DataFrame,
    seasons: pl.DataFrame | None,
    keys: pl.DataFrame,
    first_day: dt.date,
    stretches: int,
) -> Floats:
    """Expected demand, [pair, stretch], as windows of whole stretches differ."""
    demand = RunningDemand.of(add_days_before_launch(frame, first_day), first_day, seasons)
    sums = [
        sum_window_demand(demand, _windows(keys, STRETCH * number))
        for number in range(1, stretches + 1)
    ]
    until = np.stack([total["mean"].to_numpy() for total in sums], axis=1)
    return np.asarray(np.diff(until, axis=1, prepend=0.0))


def add_days_before_launch(frame: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """The forecast with the days before a launch, on which nothing is demanded."""
    late = (
        frame.group_by("sku", "location", maintain_order=True)
        .agg(pl.col("date").min(), pl.col("correlation", "common_variation").first())
        .filter(pl.col("date") > first_day)
    )
    before = late.with_columns(
        date=pl.date_ranges(pl.lit(first_day), pl.col("date"), closed="left"),
        mean=pl.lit(0.0),
        variance=pl.lit(0.0),
    ).explode("date")
    columns = ["sku", "location", "date", "mean", "variance", "correlation", "common_variation"]
    return pl.concat([before.select(columns), frame.select(columns)])


def _last_year(shop: Shop, day: int, pair: Ints, flat: Floats) -> Floats:
    """The first stretch times how last year's same ones stood to its first; flat without a year."""
    demand = shop.scenario.truth.demand[:, pair]
    stretches = flat.shape[1]
    ahead = slice(day + 1 - YEAR, day + 1 - YEAR + stretches * STRETCH)
    then = demand[ahead].reshape(stretches, STRETCH, -1).sum(axis=1).T.astype(np.float64)
    whole = (shop.scenario.masters.launch[pair] <= day + 1 - YEAR) & (
        shop.scenario.masters.exit[pair] > day + stretches * STRETCH
    )
    _, code = np.unique(shop.node[pair], return_inverse=True)
    season, level = (np.zeros((code.max() + 1, n)) for n in (stretches, 1))
    np.add.at(season, code, then)
    np.add.at(level, code, then[:, :1])
    ratio = np.divide(season, level, out=np.ones_like(season), where=level > 0)
    return np.where(whole[:, None], flat[:, :1] * ratio[code], flat)


def _by_category(shop: Shop, day: int, pair: Ints, flat: Floats) -> Floats:
    """AutoETS of each category at each DC by day, shared out as the flat forecast is."""
    masters, stretches = shop.scenario.masters, flat.shape[1]
    category = masters.pairs["category"].gather(pair)
    dc = masters.pairs["location"].gather(shop.node[pair])
    code = pl.DataFrame({"category": category, "dc": dc}).select(
        pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1
    )
    group = code.to_series().to_numpy()
    size = int(group.max()) + 1
    total = np.zeros((size, day + 1))
    np.add.at(total, group, shop.scenario.truth.demand[: day + 1, pair].T)
    dates = pl.date_range(masters.first, masters.first + dt.timedelta(days=day), eager=True)
    frame = pl.DataFrame(
        {
            "unique_id": np.repeat(np.arange(size), day + 1),
            "ds": dates[np.tile(np.arange(day + 1), size)],
            "y": total.ravel(),
        }
    )
    engine = StatsForecast(models=[AutoETS(season_length=WEEK)], freq="1d", n_jobs=1)
    ahead = engine.forecast(df=frame, h=stretches * STRETCH).sort("unique_id", "ds")["AutoETS"]
    summed = ahead.to_numpy().reshape(size, stretches, STRETCH).sum(axis=2)
    shared = np.zeros((size, stretches))
    np.add.at(shared, group, flat)
    ratio = np.divide(summed, shared, out=np.ones_like(summed), where=shared > 0)
    return np.asarray(flat * ratio[group])


def _errors(
    mean: Floats, actual: Floats, expected: Floats, group: Ints, at: int
) -> dict[str, float]:
    """WAPE and bias against demand, and WAPE against what was to be expected."""
    mean, actual, expected = (_sums(group, values[:, [at]]) for values in (mean, actual, expected))
    return {
        "wape": round(float(np.abs(mean - actual).sum() / actual.sum()), 4),
        "bias": round(float((mean - actual).sum() / actual.sum()), 4),
        "wape of expected": round(float(np.abs(mean - expected).sum() / expected.sum()), 4),
    }


def _sums(group: Ints, values: Floats) -> Floats:
    sums = np.zeros((int(group.max()) + 1, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def _spread(
    made: tuple[pl.DataFrame, pl.DataFrame | None],
    shop: Shop,
    keys: pl.DataFrame,
    pair: Ints,
    day: int,
) -> dict[str, dict[int, float]]:
    """Root mean square of errors of windows over their stated deviation, by level and days."""
    masters = shop.scenario.masters
    first_day = masters.date(day + 1)
    demand = RunningDemand.of(add_days_before_launch(made[0], first_day), first_day, made[1])
    settled = (masters.launch[pair] <= day) & (masters.exit[pair] > day + max(WINDOWS))
    keys, pair = keys.filter(pl.Series(settled)), pair[settled]
    code, node = np.unique(shop.node[pair], return_inverse=True)
    members = keys.with_columns(
        node=masters.pairs["location"].gather(shop.node[pair]), wait_days=pl.lit(0, pl.Int64)
    )
    nodes = masters.pairs.select("sku", "location")[code]
    found: dict[str, dict[int, float]] = {"pairs": {}, "item at DC": {}}
    for days in WINDOWS:
        actual = shop.scenario.truth.demand[day + 1 : day + 1 + days, pair].sum(axis=0)[:, None]
        sums = {
            "pairs": sum_window_demand(demand, _windows(keys, days)),
            "item at DC": sum_echelon_demand(demand, _windows(nodes, days), members),
        }
        group = {"pairs": np.arange(len(pair)), "item at DC": node}
        for level, total in sums.items():
            mean, variance = (total[name].to_numpy() for name in ("mean", "variance"))
            error = _sums(group[level], actual)[:, 0] - mean
            kept = mean >= LEAST_MEAN
            squares = error[kept] ** 2 / variance[kept]
            found[level][days] = round(float(np.sqrt(squares.mean())), 3)
    return found
