"""How a day's sales spread over its hours, and how far whole days stray from their forecast."""

from dataclasses import dataclass

import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.history.persistence import day_persistence
from quality_checks.contracts import DayTotals, HourlySales, find_frame

EVERYWHERE = "*"
"""Stands for all regions, and for a region of which nothing is known."""

HOURS = 24

PRIOR_UNITS = 1000.0
"""Units by which a profile is shrunk: that of weekends or weekdays to all days, that of a region
to all regions."""

_LEAST_BINOMIAL = 1e-6
"""Sum of f (1 - f) (n - 1) below which the spread of an hour cannot be known."""


@dataclass(frozen=True)
class DayFactor:
    """How far a location's days stray from its forecast, all its skus together.

    Attributes:
        variance: of the day's demand relative to its forecast, beyond the noise of the pairs.
        correlation: of that factor between a day and the next, 0 to 1.
    """

    variance: float
    correlation: float


def measure_day_profile(hourly: pl.DataFrame) -> pl.DataFrame:
    """Measure the share of a day's sales by hour, and how much the running share strays.

    The shares of a region's weekdays or weekends are its units by hour, to which `PRIOR_UNITS`
    units spread like those of all regions are added; and those of all regions likewise from all
    days. So a region or kind of day without sales has the shares of all.

    A day's share up to an hour strays from its expectation f with variance t f (1 - f) beyond
    that of a multinomial. By moments over days with n units of which c are up to the hour,
    t = sum((c - f n)^2 / n - f (1 - f)) / sum(f (1 - f) (n - 1)). It is measured on the days of
    locations (`spread`) and of pairs; what the latter have more is `pair_spread`.

    Args:
        hourly: frame `hourly_sales`. A sample of locations with all their skus is enough.

    Returns:
        The columns of the contract DayProfile without business_date, of `EVERYWHERE` and each
        region of `hourly`; persistence, of `day_persistence`, is the same in all rows. Sorted by
        key. Shares of a region and kind of day sum to 1; the spreads of an hour are the same in all
        of them.

    Raises:
        ValueError: nothing was sold at all, or `hourly` breaks its contract.
    """
    find_frame(HourlySales).check(hourly)
    sold = hourly.filter(pl.col("units") > 0).with_columns(
        pl.col("hour").cast(pl.Int64),
        weekend=pl.col("date").dt.weekday() > 5,  # noqa: PLR2004  # ISO
    )
    if sold.is_empty():
        msg = "no sales to measure the profile of a day from"
        raise ValueError(msg)
    shares = _shares(sold)
    own = ["region", "weekend", "location", "date"]
    at_location = _spread(sold, shares, own)
    at_pair = _spread(sold, shares, [*own, "sku"])
    spreads = at_location.join(at_pair, on="hour", suffix="_of_pair").select(
        "hour", "spread", pair_spread=(pl.col("spread_of_pair") - pl.col("spread")).clip(0)
    )
    return (
        shares.join(spreads, on="hour")
        .with_columns(persistence=pl.lit(day_persistence(hourly)))
        .sort("region", "weekend", "hour")
    )


def measure_day_factor(totals: pl.DataFrame) -> DayFactor:
    """Measure the factor of a location's day from past forecasts made a day ahead.

    With errors e, forecasts M and variances V of location totals, the factor's variance p solves
    sum(e^2 / V - 1 - p M^2 / V) = 0 (the moment estimator of DerSimonian and Laird 1986). Its
    covariance with the next day is sum(e e') / sum(M M'), each divided by the root of its V.

    Args:
        totals: frame `day_totals`.

    Returns:
        The factor; without variance where there are no rows.

    Raises:
        ValueError: `totals` breaks its contract.
    """
    keys = ["location", "date"]
    find_frame(DayTotals).check(totals)
    root = pl.col("variance").sqrt()
    day = (
        totals.filter(pl.col("variance") > 0)
        .sort(keys)
        .select(
            *keys,
            error=(pl.col("actual") - pl.col("expected")) / root,
            size=pl.col("expected") / root,
        )
    )
    following = day.with_columns(date=pl.col("date").dt.offset_by("-1d"))
    both = day.join(following, on=keys, suffix="_next").sort(keys)
    variance = _ratio(_sum(day["error"] ** 2 - 1), _sum(day["size"] ** 2))
    covariance = _ratio(
        _sum(both["error"] * both["error_next"]), _sum(both["size"] * both["size_next"])
    )
    return DayFactor(max(variance, 0.0), min(max(_ratio(covariance, variance), 0.0), 1.0))


def _shares(sold: pl.DataFrame) -> pl.DataFrame:
    """Share by region, weekend and hour, each level shrunk to the one above."""
    root = _units(sold, ["hour"]).select(
        "hour", share=(pl.col("units") + 1 / HOURS) / (pl.col("units").sum() + 1)
    )
    kinds = pl.DataFrame({"weekend": [False, True]})
    by_kind = _shrunk(_units(sold, ["weekend", "hour"]), kinds.join(root, how="cross"), ["weekend"])
    regions = sold.select(pl.col("region").unique().sort())
    by_region = _shrunk(
        _units(sold, ["region", "weekend", "hour"]),
        regions.join(by_kind, how="cross"),
        ["region", "weekend"],
    )
    columns = ["region", "weekend", "hour", "share"]
    everywhere = by_kind.with_columns(region=pl.lit(EVERYWHERE))
    return pl.concat([everywhere.select(columns), by_region.select(columns)])


def _units(sold: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Units by key, with a row for every hour where the key is the hour alone."""
    units = sold.group_by(keys, maintain_order=True).agg(pl.col("units").sum().cast(pl.Float64))
    if keys != ["hour"]:
        return units
    hours = pl.DataFrame({"hour": range(HOURS)}, schema={"hour": pl.Int64})
    return hours.join(units, on="hour", how="left").with_columns(pl.col("units").fill_null(0.0))


def _shrunk(units: pl.DataFrame, above: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    sold = pl.col("units").fill_null(0.0)
    return (
        above.join(units, on=[*keys, "hour"], how="left")
        .sort(*keys, "hour")
        .with_columns(
            share=(sold + PRIOR_UNITS * pl.col("share")) / (sold.sum().over(keys) + PRIOR_UNITS)
        )
        .drop("units")
    )


def _spread(sold: pl.DataFrame, shares: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """How far the running share strays by hour over the days of `keys`, 0 where unknown."""
    days = sold.group_by(keys, maintain_order=True).agg(
        pl.col("units").sum().cast(pl.Float64).alias("day_units")
    )
    hours = pl.DataFrame({"hour": range(HOURS)}, schema={"hour": pl.Int64})
    run = (pl.col("share").cum_sum().over("region", "weekend", order_by="hour")).clip(0, 1)
    f, n = pl.col("run"), pl.col("day_units")
    until = pl.col("units").fill_null(0.0).cum_sum().over(keys, order_by="hour")
    even = f * (1 - f)
    runs = (
        days.join(hours, how="cross")
        .join(_units(sold, [*keys, "hour"]), on=[*keys, "hour"], how="left")
        .with_columns(until=until)
        .join(shares.with_columns(run=run), on=["region", "weekend", "hour"])
        .sort(*keys, "hour")
    )
    return aggregate_groups(
        runs,
        "hour",
        above=((pl.col("until") - f * n).pow(2) / n - even).sum(),
        below=(even * (n - 1)).sum(),
    ).select(
        "hour",
        spread=pl.when(pl.col("below") > _LEAST_BINOMIAL)
        .then((pl.col("above") / pl.col("below")).clip(0, 1))
        .otherwise(0.0),
    )


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else 0.0


def _sum(values: pl.Series) -> float:
    return float(values.rechunk().sum())
