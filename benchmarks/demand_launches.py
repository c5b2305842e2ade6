"""The first four weeks on sale of the built-in retailer's new items, whose demand is known.

Every day's demand of a year is seen in full up to an origin, as in `demand_horizon`: what is
compared is what stand-ins and launch curves say of items that nobody has bought yet. Sums of the
first 28 days on sale are compared with what was bought and with what was to be expected, of items
over all that a DC feeds, at the last origin before each launch.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_horizon import POLICY, STRETCH, Shop, add_days_before_launch
from forecasting.distribution import RunningDemand, sum_window_demand
from forecasting.night import DemandForecast, join_launches
from governance import load_planning_policy
from simulation.replay import forecast_fallback
from simulation.retailer import Size

ORIGINS = tuple(dt.date(2025, 7, 1) + dt.timedelta(days=STRETCH * n) for n in range(11))
"""Both seasons' launches, from July to October and from January to May, lie after some of them."""

_KEYS = ["sku", "location"]


def measure(size: Size, seeds: Sequence[int]) -> dict[str, Any]:
    """Errors and bias of the forecast of launches, over the items of all seeds.

    Args:
        size: of the retailers.
        seeds: of the retailers.
    """
    found = pl.concat(_measure_shop(size, seed) for seed in seeds)
    models = found.partition_by("model", maintain_order=True, as_dict=True)
    return {
        "benchmark": "demand of launches",
        "size": size,
        "seeds": list(seeds),
        "all": _score(found),
        **{str(model): _score(rows) for (model,), rows in sorted(models.items())},
    }


def _measure_shop(size: Size, seed: int) -> pl.DataFrame:
    shop = Shop.draw(size, seed, ORIGINS)
    policy = load_planning_policy(POLICY).model_copy(update={"supplier_review_days": 1})
    found = []
    for origin in ORIGINS:
        day = (origin - shop.scenario.masters.first).days
        found.append(_compare(shop, forecast_fallback(shop.seen(day), policy), day))
    return pl.concat(found).with_columns(seed=pl.lit(seed))


def _compare(shop: Shop, made: DemandForecast, day: int) -> pl.DataFrame:
    """Forecast, demand and expected demand of the first four weeks, by new item and echelon.

    Of items that launch before the next origin.
    """
    masters = shop.scenario.masters
    frame = join_launches(made)
    keys = frame.select(*_KEYS, "model").unique(_KEYS, keep="last", maintain_order=True)
    pair = masters.numbers(keys["sku"], keys["location"])
    launch = masters.launch[pair]
    # An old item that comes to a new place has no launch.
    launches = masters.pairs.select("sku", launch=pl.Series(masters.launch))
    of_item = launches.select(pl.col("launch").min().over("sku")).to_series().to_numpy()
    new = (of_item[pair] > day) & (launch <= day + STRETCH)
    keys, pair, launch = keys.filter(pl.Series(new)), pair[new], launch[new]
    first_day = masters.date(day + 1)
    demand = RunningDemand.of(add_days_before_launch(frame, first_day), first_day, made.seasons)
    windows = keys.select(_KEYS).with_columns(
        days=pl.Series(launch - day - 1 + STRETCH).cast(pl.Float64),
        lead_time_sd=pl.lit(0.0),
        wait_days=pl.lit(0, pl.Int64),
    )
    on_sale = launch[:, None] + np.arange(STRETCH), pair[:, None]
    found = keys.join(
        sum_window_demand(demand, windows).select(*_KEYS, "mean"), on=_KEYS, maintain_order="left"
    ).with_columns(
        node=shop.node[pair],
        launch=launch,
        bought=shop.scenario.truth.demand[on_sale].sum(axis=1),
        expected=shop.expected[on_sale].astype(np.float64).sum(axis=1),
    )
    return found.group_by("sku", "node", "launch", "model", maintain_order=True).agg(
        pl.col("mean", "bought", "expected").sum()
    )


def _score(rows: pl.DataFrame) -> dict[str, float]:
    """Errors and bias as shares of what was bought; of what was to be expected for comparison."""
    mean, bought, expected = (rows[name].to_numpy() for name in ("mean", "bought", "expected"))
    total = bought.sum()
    style = rows.group_by("seed", pl.col("sku").str.head(7), maintain_order=True).agg(
        pl.col("mean", "expected").sum()
    )
    return {
        "items at DCs": rows.height,
        "styles": style.height,
        "styles forecast too low": style.filter(pl.col("mean") < pl.col("expected")).height,
        "units": int(total),
        "wape": round(float(np.abs(mean - bought).sum() / total), 4),
        "wape of expected demand": round(float(np.abs(expected - bought).sum() / total), 4),
        "bias": round(float((mean - bought).sum() / total), 4),
    }
