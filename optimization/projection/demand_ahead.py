"""What is asked for of each pair in each stretch: by customers, and by the places that it feeds.

What customers ask for is the forecast, beyond it the weeks of the outlook. Of a DC it is what the
places below it draw to be at their levels again. With D the demand of a place since tonight and g
what it has, tonight's plan carried out, above its level,

    drawn = (D - g)^+,   E[drawn] = E[D] - E[min(D, g)],   and E[D] - g where g < 0,

as a base-stock policy draws it, on the day on which it sells. Draws vary by as much of the variance
of D as they are of its mean. What a DC has not waits for it.
"""

import numpy as np
import polars as pl

from forecasting.distribution import RunningDemand, compute_expected_sales, sum_window_demand
from optimization.projection.stretches import Stretches
from optimization.value import FloatArray

_KEYS = ["sku", "location"]


def estimate_demand_ahead(
    pairs: pl.DataFrame, demand: pl.DataFrame, running: RunningDemand, stretches: Stretches
) -> pl.DataFrame:
    """Expect what customers ask for of pairs, by stretch.

    A week varies by so much that the demand of all days up to its end does by as much as
    `sum_window_demand` says, days of the pair being correlated as those of its forecast.

    Args:
        pairs: frame `projected_pairs`.
        demand: frame `daily_demand`.
        running: the same summed up, with seasons.
        stretches: the days, and the weeks of the pair that has most.

    Returns:
        Frame `demand_ahead`.
    """
    last = stretches.list_last_days()[stretches.days - 1]
    near = (
        demand.rename({"date": "day"})
        .filter(pl.col("day").is_between(stretches.first_day, last))
        .join(pairs.select(_KEYS), on=_KEYS, how="semi")
        .select(*_KEYS, "day", "mean", "variance", "correlation")
    )
    told = pl.concat(
        [
            demand.select(
                *_KEYS, "correlation", **dict.fromkeys(("before", "squares", "roots"), pl.lit(0.0))
            ),
            near.select(
                *_KEYS,
                "correlation",
                before="mean",
                squares="variance",
                roots=pl.col("variance").sqrt(),
            ),
        ]
    )
    known = (
        pairs.filter(pl.col("weeks") > 0)
        .sort(_KEYS)
        .join(
            told.group_by(_KEYS, maintain_order=True).agg(
                pl.col("correlation").first(), pl.col("before", "squares", "roots").sum()
            ),
            on=_KEYS,
            maintain_order="left",
        )
    )
    found = [near, *_expect_weeks(known, running, stretches)]
    return pl.concat(found).sort(*_KEYS, "day")


def _expect_weeks(
    known: pl.DataFrame, running: RunningDemand, stretches: Stretches
) -> list[pl.DataFrame]:
    """The weeks of pairs beyond the days, one after the other."""
    rho, before, squares, roots = (
        known[name].to_numpy().copy() for name in ("correlation", "before", "squares", "roots")
    )
    found = []
    for number in range(stretches.days, stretches.days + stretches.weeks if known.height else 0):
        mean, variance = _sum_until(known, running, stretches.list_ends()[number])
        # Of (1 - rho) sum s^2 + rho (sum s)^2 all is known but the last s.
        rest = (1.0 - rho) * squares + rho * roots**2 - variance
        inner = np.maximum((rho * roots) ** 2 - rest, 0.0)
        deviation = np.maximum(np.sqrt(inner) - rho * roots, 0.0)
        week = np.maximum(mean - before, 0.0)
        found.append(
            known.select(
                *_KEYS,
                pl.lit(stretches.list_last_days()[number]).alias("day"),
                pl.Series("mean", week),
                pl.Series("variance", deviation**2),
                "correlation",
            ).filter(known["weeks"] > number - stretches.days)
        )
        before, squares, roots = before + week, squares + deviation**2, roots + deviation
    return found


def _sum_until(
    pairs: pl.DataFrame, running: RunningDemand, days: int
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the demand of pairs from the first day on; 0 without a forecast."""
    windows = pairs.select(*_KEYS, "wait_days", days=pl.lit(float(days)), lead_time_sd=pl.lit(0.0))
    sums = windows.select(_KEYS).join(
        sum_window_demand(running, windows), on=_KEYS, how="left", maintain_order="left"
    )
    mean, variance = (sums[name].fill_null(0.0).to_numpy() for name in ("mean", "variance"))
    return mean, variance


def estimate_draws(
    places: pl.DataFrame, running: RunningDemand, stretches: Stretches
) -> pl.DataFrame:
    """Expect what places draw from the nodes that feed them, by stretch.

    Args:
        places: frame `fed_places`.
        running: demand of the places.
        stretches: the days, and the weeks of the node that has most.

    Returns:
        Frame `demand_ahead`; `location` is the node, and days vary independently.
    """
    above = places["above_level"].to_numpy()
    held = np.maximum(above, 0)
    reached: list[pl.DataFrame] = []
    for end, day in zip(stretches.list_ends(), stretches.list_last_days(), strict=True):
        mean, variance = _sum_until(places, running, end)
        drawn = mean - compute_expected_sales(mean, variance, held) + np.maximum(-above, 0)
        share = np.divide(drawn, mean, out=np.zeros_like(mean), where=mean > 0)
        reached.append(
            places.select(
                "sku",
                "node",
                day=pl.lit(day),
                drawn=pl.Series(np.maximum(drawn, 0.0)),
                spread=pl.Series(variance * np.minimum(share, 1.0)),
            )
            .group_by("sku", "node", "day", maintain_order=True)
            .agg(pl.col("drawn", "spread").sum())
        )
    node = ["sku", "node"]
    first = {name: pl.col(name).shift(1).over(node).fill_null(0.0) for name in ("drawn", "spread")}
    return (
        pl.concat(reached)
        .sort(*node, "day")
        .with_columns(pl.col("drawn", "spread").cum_max().over(node))
        .select(
            "sku",
            "day",
            location="node",
            mean=pl.col("drawn") - first["drawn"],
            variance=pl.col("spread") - first["spread"],
            correlation=pl.lit(0.0),
        )
        .select(*_KEYS, "day", "mean", "variance", "correlation")
    )
