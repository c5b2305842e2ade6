"""What sells after a change of discount, by the slopes that nights plan prices by, beside peers.

On FreshRetailNet-50K, each city a retailer of its own. Learnt is from the days up to a cutoff;
judged are changes of the discount after it, on days in stock. Everyone is told what sold before
such a change and how the days went for the category, and differs by the response to the price.
"""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize, stats

from benchmarks.discount_peers import PEERS, Moved, Respond
from benchmarks.price_response import QUANTILES, RISE
from forecasting.price_response import estimate_price_responses, find_price_changes

FloatArray = npt.NDArray[np.float64]

_UNITS_A_SALE: Final = 10.0
"""Sales are given in steps of a tenth."""

_STEADY_UNITS: Final = 10.0
"""Units that what sold before a change is shrunk by, to what is usual."""

_LEAST_SPREAD: Final = 1e-6
_INTERVAL: Final = (0.1, 0.9)
_SLOPES: Final = (-1.0, 4.0)


def measure(data: Path, cutoff: int, seed: int) -> dict[str, Any]:
    """Figures of ours and of the peers for all changes after a cutoff.

    `slope` is how far sales moved for each by which they were said to move, in logs.

    Args:
        data: folder of daily.parquet.
        cutoff: number of the last week that is learnt from; the first begins on the first day.
        seed: of the peers.

    Raises:
        ValueError: no change of a discount lies up to the cutoff, or after it.
    """
    started = time.perf_counter()
    told: list[pl.DataFrame] = []
    for number, city in enumerate(_read_cities(data)):
        first: date = city["dt"].sort().item(0)
        last = first + timedelta(weeks=cutoff) - timedelta(days=1)
        judged = _judge_city(read_days(city, pl.col("dt") <= last), last, seed)
        if judged is not None:
            told.append(judged.with_columns(city=number))
    if not told:
        raise ValueError(f"no changes of discounts up to week {cutoff}, or none after it")
    of_each = pl.concat(told).partition_by("name", as_dict=True, maintain_order=True)
    scores = {str(name): _score(rows) for (name,), rows in of_each.items()}
    return {
        "benchmark": "price-response",
        "cutoff": cutoff,
        "seed": seed,
        "rows": {"scored": of_each["ours",].height},
        "cities": len(told),
        "seconds": round(time.perf_counter() - started, 1),
        "ours": scores.pop("ours"),
        "peers": scores,
    }


def read_days(city: pl.DataFrame, learnt: pl.Expr) -> pl.DataFrame:
    """Days in stock of a city as frame `priced_days`, a place being a store.

    Args:
        city: rows of daily.parquet.
        learnt: whether a row may teach what is usual.
    """
    pair, units = ["product_id", "store_id"], pl.col("sale_amount").cast(pl.Float64) * _UNITS_A_SALE
    known = (
        city.filter(pl.col("stockout_hours_6_22") == 0, pl.col("discount") > 0)
        .with_columns(units=units.round(0), weekday=pl.col("dt").dt.weekday())
        .sort(*pair, "dt")
    )
    seen = known.filter(learnt)
    rates = seen.group_by(pair, maintain_order=True).agg(rate=pl.col("units").mean())
    weekdays = seen.group_by("store_id", "weekday", maintain_order=True).agg(
        factor=pl.col("units").mean()
    )
    of_store = seen.group_by("store_id", maintain_order=True).agg(mean=pl.col("units").mean())
    return (
        known.join(rates, on=pair, maintain_order="left")
        .join(weekdays, on=["store_id", "weekday"], maintain_order="left")
        .join(of_store, on="store_id", maintain_order="left")
        .filter(pl.col("mean") > 0)
        .select(
            sku=pl.format("{}", "product_id"),
            style=pl.format("{}", "third_category_id"),
            category=pl.format("{}", "second_category_id"),
            place=pl.format("{}", "store_id"),
            date="dt",
            price=pl.col("discount").cast(pl.Float64),
            promoted=pl.col("activity_flag") > 0,
            units="units",
            usual=pl.col("rate") * pl.col("factor") / pl.col("mean"),
        )
    )


def _read_cities(data: Path) -> Iterator[pl.DataFrame]:
    daily = pl.scan_parquet(data / "daily.parquet")
    for city in daily.select(pl.col("city_id").unique().sort()).collect()["city_id"]:
        yield daily.filter(pl.col("city_id") == city).collect()


def _judge_city(days: pl.DataFrame, last: date, seed: int) -> pl.DataFrame | None:
    """What everyone says of a city's changes after a day; None where there are none, or before.

    Returns:
        name, sku, before and sold (units before and after), usual (log of what is usual after over
        before), moved (log by which sales are said to move), said, raised (said at a price that is
        higher), low and high.
    """
    before = days.filter(pl.col("date") <= last)
    past, later = (
        _expect_as_before(find_price_changes(part))
        for part in (before, days.filter(pl.col("date") > last))
    )
    if past.is_empty() or later.is_empty():
        return None
    items = days.select("sku", "style", "category").unique("sku", maintain_order=True)
    ours = _follow_slopes(estimate_price_responses(before, items))
    everyone = {"ours": ours, **{name: peer(past, seed) for name, peer in PEERS.items()}}
    return pl.concat(_say(name, respond, past, later) for name, respond in everyone.items())


def _follow_slopes(slopes: pl.DataFrame) -> Respond:
    """Sales move by the price to the power of each item's slope, which is normal."""

    def respond(changes: pl.DataFrame, rise: float) -> Moved:
        found = changes.join(slopes, on="sku", how="left", maintain_order="left")
        step = changes["step"].to_numpy() + np.log1p(rise)
        doubt = found["slope_sd"].to_numpy() * step
        return Moved(found["slope"].to_numpy() * step, doubt**2)

    return respond


def _expect_as_before(changes: pl.DataFrame) -> pl.DataFrame:
    """Add `expected`, the units after each change if they sold as before it."""
    sold, usual = pl.col("sold_before"), pl.col("usual_before")
    level = (sold + _STEADY_UNITS) / (usual + _STEADY_UNITS)
    return changes.with_columns(expected=pl.col("usual_after") * level)


def _say(name: str, respond: Respond, past: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Units after later changes, with bounds as wide as errors on past changes ask for."""
    expected, moved = later["expected"].to_numpy(), respond(later, 0.0)
    said = expected * np.exp(moved.log)
    spread = _find_spread(past, past["expected"].to_numpy() * np.exp(respond(past, 0.0).log))
    wide = spread + moved.variance
    low, high = (stats.nbinom.ppf(level, 1 / wide, 1 / (1 + wide * said)) for level in _INTERVAL)
    return later.select(
        pl.lit(name).alias("name"),
        "sku",
        before="sold_before",
        sold="sold_after",
        usual=(pl.col("usual_after") / pl.col("usual_before")).log(),
        moved=pl.Series(moved.log),
        said=pl.Series(said),
        raised=pl.Series(expected * np.exp(respond(later, RISE).log)),
        low=pl.Series(low),
        high=pl.Series(high),
    )


def _find_spread(past: pl.DataFrame, said: FloatArray) -> float:
    """The a of a variance of said + a said^2, by moments."""
    excess = (past["sold_after"].to_numpy() - said) ** 2 - said
    return max(float(excess.sum() / (said**2).sum()), _LEAST_SPREAD)


def _score(told: pl.DataFrame) -> dict[str, Any]:
    """WAPE, share of items whose sales fall with a rise, coverage, slope and elasticities."""
    error, held = told.select(
        error=(pl.col("sold") - pl.col("said")).abs().sum() / pl.col("sold").sum(),
        held=pl.col("sold").is_between("low", "high").mean(),
    ).row(0)
    items = told.group_by("city", "sku", maintain_order=True).agg(pl.col("said", "raised").sum())
    elasticity = (items["raised"] / items["said"]).log() / np.log1p(RISE)
    return {
        "wape": round(error, 4),
        "sign": round(items.select((pl.col("raised") < pl.col("said")).mean()).item(), 4),
        "coverage_80": round(held, 4),
        "slope": _fit_slope(told),
        "elasticity": {
            name: round(float(elasticity.quantile(level, "linear") or 0.0), 3)
            for name, level in QUANTILES.items()
        },
    }


def _fit_slope(told: pl.DataFrame) -> float | None:
    """How far sales moved for each by which they were said to; None where nothing was.

    Of the units before and after a change, those after are binomial: what sold before need not be
    shrunk for it, which takes the price before for the usual one.
    """
    usual, moved, before, sold = (
        told[name].to_numpy() for name in ("usual", "moved", "before", "sold")
    )
    if not moved.any():
        return None

    def lose(slope: float) -> float:
        logit = usual + slope * moved
        return float((np.logaddexp(0, logit) * (before + sold) - logit * sold).sum())

    return round(float(optimize.minimize_scalar(lose, bounds=_SLOPES, method="bounded").x), 3)
