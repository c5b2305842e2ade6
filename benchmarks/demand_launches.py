"""The first four weeks on sale of the built-in retailer's new items, whose demand is known.

Every day's demand of a year and more is seen in full up to an origin, as in `demand_horizon`: what
is compared is what stand-ins and launch curves say of items that nobody has bought yet. Sums of
the first 28 days from the launch on are compared with what was bought and with what was to be
expected, of the items over all that a DC feeds, by how far ahead of the launch the origin lies.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_horizon import POLICY, STRETCH, YEAR, Shop
from forecasting.night import DemandForecast, join_launches
from governance import load_planning_policy
from simulation.replay import forecast_fallback
from simulation.retailer import Size

ORIGINS = tuple(dt.date(2025, 9, 30) + dt.timedelta(days=STRETCH * n) for n in range(5))
AHEAD = {"launch in 1-28 days": (1, 28), "in 29-84 days": (29, 84)}
"""Days from the origin to the launch, of what is announced by then."""


def measure(size: Size, seeds: Sequence[int]) -> dict[str, Any]:
    """Error and bias of launches, at each of `ORIGINS`, over the items of all seeds.

    Args:
        size: of the retailers.
        seeds: of the retailers.
    """
    found = pl.concat(_measure_shop(size, seed) for seed in seeds)
    return {
        "benchmark": "demand of launches",
        "size": size,
        "seeds": list(seeds),
        **{name: _score(found.filter(pl.col("ahead").is_between(*days)))
           for name, days in AHEAD.items()},
    }  # fmt: skip


def _measure_shop(size: Size, seed: int) -> pl.DataFrame:
    shop = Shop.draw(size, seed)
    policy = load_planning_policy(POLICY).model_copy(update={"supplier_review_days": 1})
    masters = shop.scenario.masters
    found = []
    for origin in ORIGINS:
        day = (origin - masters.first).days
        made = forecast_fallback(shop.seen(day), policy)
        found.append(_compare(shop, made, day).with_columns(seed=seed, day=day))
    return pl.concat(found)


def _compare(shop: Shop, made: DemandForecast, day: int) -> pl.DataFrame:
    """Forecast, demand and expected demand of the first four weeks, by new item and echelon."""
    masters = shop.scenario.masters
    frame = join_launches(made)
    pair = masters.numbers(frame["sku"], frame["location"])
    dated = frame.select("sku", "date", "mean", "model").with_columns(
        pair=pair,
        launch=masters.launch[pair],
        on=(pl.col("date") - pl.lit(masters.first)).dt.total_days(),
    )
    first = pl.col("on") - pl.col("launch")
    rows = dated.filter(pl.col("launch") > day, first.is_between(0, STRETCH - 1))
    sums = rows.group_by("sku", "pair", "launch", "model", maintain_order=True).agg(
        pl.col("mean").sum(), days=pl.len()
    )
    days = sums["launch"].to_numpy()[:, None] + np.arange(STRETCH)
    keys = sums["pair"].to_numpy()[:, None]
    whole = days.max(axis=1) < len(shop.expected)
    inside = np.minimum(days, len(shop.expected) - 1)
    compared = sums.with_columns(
        node=shop.node[sums["pair"].to_numpy()],
        bought=shop.scenario.truth.demand[inside, keys].sum(axis=1),
        expected=shop.expected[inside, keys].sum(axis=1).astype(np.float64),
    ).filter(pl.Series(whole))
    return compared.group_by("sku", "node", "launch", "model", maintain_order=True).agg(
        pl.col("mean", "bought", "expected").sum(), days=pl.col("days").min(), ahead=pl.col("launch").first() - day
    )


def _score(rows: pl.DataFrame) -> dict[str, Any]:
    def errors(rows: pl.DataFrame) -> dict[str, Any]:
        mean, bought, expected = (rows[name].to_numpy() for name in ("mean", "bought", "expected"))
        total = bought.sum()
        return {
            "items at DCs": rows.height,
            "units": int(total),
            "wape": round(float(np.abs(mean - bought).sum() / total), 4),
            "wape of expected demand": round(float(np.abs(expected - bought).sum() / total), 4),
            "bias": round(float((mean - bought).sum() / total), 4),
        }

    return {} if rows.is_empty() else errors(rows) | {
        str(model): errors(of) for (model,), of in rows.group_by("model", maintain_order=True)
    }
