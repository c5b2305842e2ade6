"""Drift of errors: do recent forecasts err as their backtest did, segment by segment.

The limit allows for noise and for how many segments are looked at: on a night on which nothing
changed, the chance that any is reported is at most about `FALSE_ALARM`, even where one day was
bad in every segment.
"""

import math
from typing import Final

import polars as pl
from scipy import special

FALSE_ALARM: Final = 0.05
"""Chance that a night without drift reports any segment."""

WINDOW_DAYS: Final = 7
"""Recent days that are judged: whole weeks, so that weekdays that differ cancel."""

LEAST_WINDOW_DAYS: Final = 4
LEAST_EXPECTED_DAYS: Final = 14
"""Days below which a segment is not judged."""

OUTLIER: Final = 3.0
"""Robust standard deviations at which a day's error is cut, so that a few days do not decide."""

MATERIAL_BIAS: Final = 0.1
MATERIAL_WAPE: Final = 1.25
"""Change of bias, and ratio of WAPE, below which drift does no harm however certain it is."""

_SEGMENT: Final = ["region", "category"]
_MAD_TO_SD: Final = 1.4826
_MOST_CORRELATION: Final = 0.9


def measure_residual_drift(accuracy: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """Compare bias and error of each segment in recent days with what was to be expected.

    The mean of a segment's daily errors in the window, the day furthest off left out so that no
    single day can be drift, is compared with that of the expected days:

        z = (recent - expected) / (s sqrt((1 / n + 1 / m) (1 + r) / (1 - r)))

    for n recent and m expected days, s the standard deviation of the expected days, and r the
    correlation of a day with the next, pooled over segments (the variance of a mean of
    first-order autoregressive errors). Daily errors are relative to the day's forecast and cut at
    `OUTLIER` robust standard deviations around the median of the expected days; s is at least
    that of Poisson sales. A segment drifted when z is beyond Student's t with m - 1 degrees of
    freedom, two-sided for the bias and one-sided for the error, each at `FALSE_ALARM` over twice
    the number of segments (Bonferroni), and the change is material. This is a control chart of a
    moving average (Montgomery, Introduction to Statistical Quality Control, 8th ed. 2019, chapter
    9); unlike a cumulative sum it forgets the model before once the window has passed.

    Args:
        accuracy: rows of the contract ForecastAccuracy; the last `WINDOW_DAYS` are judged. All lead
            times given are added up, so give those of `expected`.
        expected: rows of the contract ForecastAccuracy from a backtest or from earlier days; those
            that fall into the window or after it are not read.

    Returns:
        region, category, days (judged), actual (units), wape, expected_wape, wape_z, bias,
        expected_bias (forecast less actual, over forecast), bias_z, drifted; sorted by segment.
        z is null and drifted false for segments with less than `LEAST_WINDOW_DAYS` recent or
        `LEAST_EXPECTED_DAYS` expected days.

    Raises:
        ValueError: a figure is missing, negative or not finite (names the row).
    """
    start = pl.lit(accuracy["business_date"].max(), pl.Date) - pl.duration(days=WINDOW_DAYS)
    past = _daily(expected.filter(pl.col("business_date") <= start))
    recent = _daily(accuracy.filter(pl.col("business_date") > start))
    bounds = past.group_by(_SEGMENT, maintain_order=True).agg(
        *_bounds("error"), *_bounds("miss"), noise=_noise()
    )
    was = _cut(past, bounds)
    usual = was.group_by(_SEGMENT, maintain_order=True).agg(
        *_usual("error"), *_usual("miss"), expected_days=pl.len()
    )
    off = _cut(recent, bounds).join(usual, on=_SEGMENT, how="left")
    judged = (
        _sums(recent)
        .join(
            off.group_by(_SEGMENT, maintain_order=True).agg(_off("error"), _off("miss")),
            on=_SEGMENT,
        )
        .join(_sums(was), on=_SEGMENT, how="left", suffix="_expected")
        .join(usual, on=_SEGMENT, how="left")
        .join(bounds.select(*_SEGMENT, "noise"), on=_SEGMENT, how="left")
        .sort(_SEGMENT)
    )
    memory = {name: _memory(was, name) for name in ("error", "miss")}
    return _judged(judged, memory)


def _daily(accuracy: pl.DataFrame) -> pl.DataFrame:
    """Sums of each segment and day, with error and miss relative to the forecast."""
    for name in ("actual", "forecast", "absolute_error"):
        good = pl.col(name).is_finite() & (pl.col(name) >= 0)
        bad = accuracy.filter(~good.fill_null(value=False))
        if len(bad):
            row = bad.row(0, named=True)
            raise ValueError(
                f"{row['region']}, {row['category']} on {row['business_date']}: "
                f"{name} is {row[name]}"
            )
    return (
        accuracy.group_by(*_SEGMENT, "business_date", maintain_order=True)
        .agg(pl.col("actual", "forecast", "absolute_error").sum())
        .filter(pl.col("forecast") > 0)
        .with_columns(
            error=(pl.col("forecast") - pl.col("actual")) / pl.col("forecast"),
            miss=pl.col("absolute_error") / pl.col("forecast"),
        )
        .sort(*_SEGMENT, "business_date")
    )


def _noise() -> pl.Expr:
    """Relative standard deviation of Poisson sales of a segment's mean day."""
    return 1 / pl.col("forecast").mean().sqrt()


def _bounds(name: str) -> tuple[pl.Expr, pl.Expr]:
    middle = pl.col(name).median()
    spread = _MAD_TO_SD * (pl.col(name) - middle).abs().median()
    reach = OUTLIER * pl.max_horizontal(spread, _noise())
    return (middle - reach).alias(f"{name}_low"), (middle + reach).alias(f"{name}_high")


def _cut(daily: pl.DataFrame, bounds: pl.DataFrame) -> pl.DataFrame:
    return daily.join(bounds, on=_SEGMENT, how="left", maintain_order="left").with_columns(
        pl.col(name).clip(pl.col(f"{name}_low"), pl.col(f"{name}_high")).alias(f"{name}_cut")
        for name in ("error", "miss")
    )


def _memory(daily: pl.DataFrame, name: str) -> float:
    """How much correlated days add to the variance of a mean: (1 + r) / (1 - r)."""
    cut = pl.col(f"{name}_cut")
    scaled = daily.select(
        *_SEGMENT,
        "business_date",
        off=(cut - cut.mean().over(_SEGMENT)) / cut.std().over(_SEGMENT),
    ).filter(pl.col("off").is_finite())
    following = scaled.with_columns(pl.col("business_date").dt.offset_by("-1d"))
    pairs = scaled.join(following, on=[*_SEGMENT, "business_date"], suffix="_next")
    off, following_off = pairs["off"].to_numpy(), pairs["off_next"].to_numpy()
    # fsum, since a join gives its rows in no certain order.
    size = math.fsum((off**2 + following_off**2) / 2)
    tied = math.fsum(off * following_off) / size if size else 0.0
    r = min(max(tied, 0.0), _MOST_CORRELATION)
    return (1 + r) / (1 - r)


def _sums(daily: pl.DataFrame) -> pl.DataFrame:
    actual, forecast = pl.col("actual").sum(), pl.col("forecast").sum()
    return daily.group_by(_SEGMENT, maintain_order=True).agg(
        days=pl.len().cast(pl.Int64),
        actual=actual,
        wape=pl.when(actual > 0).then(pl.col("absolute_error").sum() / actual),
        bias=(forecast - actual) / forecast,
    )


def _usual(name: str) -> tuple[pl.Expr, pl.Expr]:
    cut = pl.col(f"{name}_cut")
    return cut.mean().alias(f"{name}_mean"), cut.std().alias(f"{name}_sd")


def _off(name: str) -> pl.Expr:
    """The mean distance from the usual mean, without the day furthest off."""
    off = pl.col(f"{name}_cut") - pl.col(f"{name}_mean")
    return ((off.sum() - off.get(off.abs().arg_max())) / (pl.len() - 1)).alias(f"{name}_off")


def _judged(judged: pl.DataFrame, memory: dict[str, float]) -> pl.DataFrame:
    n, m = pl.col("days") - 1, pl.col("expected_days")
    enough = (pl.col("days") >= LEAST_WINDOW_DAYS) & (m >= LEAST_EXPECTED_DAYS)

    def z(name: str) -> pl.Expr:
        deviation = pl.max_horizontal(f"{name}_sd", "noise")
        error = deviation * ((1 / n + 1 / m) * memory[name]).sqrt()
        return pl.when(enough).then(pl.col(f"{name}_off") / error)

    chance = FALSE_ALARM / 2 / max(len(judged), 1)
    freedom = judged["expected_days"].fill_null(LEAST_EXPECTED_DAYS).clip(2).to_numpy() - 1
    two_sided = pl.Series(-special.stdtrit(freedom, chance / 2), dtype=pl.Float64)
    one_sided = pl.Series(-special.stdtrit(freedom, chance), dtype=pl.Float64)
    shifted = (pl.col("bias") - pl.col("expected_bias")).abs() >= MATERIAL_BIAS
    worse = pl.col("wape") >= MATERIAL_WAPE * pl.col("expected_wape")
    drifted = ((pl.col("bias_z").abs() > two_sided) & shifted) | (
        (pl.col("wape_z") > one_sided) & worse
    )
    return (
        judged.rename({"wape_expected": "expected_wape", "bias_expected": "expected_bias"})
        .with_columns(bias_z=z("error"), wape_z=z("miss"))
        .select(
            *_SEGMENT,
            "days",
            "actual",
            "wape",
            "expected_wape",
            "wape_z",
            "bias",
            "expected_bias",
            "bias_z",
            drifted.fill_null(value=False).alias("drifted"),
        )
    )
