"""Forecasts made earlier against what sold."""

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import interpolate_quantiles
from quality_checks.contracts import EVERYWHERE, ActualSales, find_frame

LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Levels at which pinball loss is taken: 0.05, 0.10, ..., 0.95."""

_LOW, _HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
_WEEKS = 4

Float64Array = npt.NDArray[np.float64]


def quantile_scores(
    mean: Float64Array, variance: Float64Array, demand: Float64Array
) -> tuple[Float64Array, npt.NDArray[np.bool_]]:
    """Mean pinball loss over `LEVELS`, and whether the 80 % interval holds the demand, by row.

    Args:
        mean: units.
        variance: units^2.
        demand: units.
    """
    quantiles = interpolate_quantiles(mean, variance, LEVELS)
    over = demand - quantiles
    levels = np.array(LEVELS)[:, None]
    loss = np.maximum(levels * over, (levels - 1) * over).mean(axis=0)
    return loss, (demand >= quantiles[_LOW]) & (demand <= quantiles[_HIGH])


def summarize_accuracy(rows: pl.DataFrame) -> dict[str, float]:
    """WAPE, bias, pinball loss and coverage of forecasts.

    Args:
        rows: mean, variance, demand: units, of days on which demand was seen.

    Returns:
        wape and bias (shares of demand), pinball (units), coverage_80 (share).

    Raises:
        ValueError: there is no demand to compare with.
    """
    mean, variance, demand = (
        rows[name].cast(pl.Float64).to_numpy() for name in ("mean", "variance", "demand")
    )
    total = demand.sum()
    if not total > 0:
        msg = f"{len(demand)} days with {total:g} units in all say nothing of a forecast"
        raise ValueError(msg)
    loss, covered = quantile_scores(mean, variance, demand)
    return {
        "wape": float(np.abs(mean - demand).sum() / total),
        "bias": float((mean - demand).sum() / total),
        "pinball": float(loss.mean()),
        "coverage_80": float(covered.mean()),
    }


def score_forecast(forecasts: pl.DataFrame, actual: pl.DataFrame) -> pl.DataFrame:
    """Sum errors by region, category and lead time, ours and those of a naive forecast.

    Pairs that were stocked out or whose sales are missing are left out: their sales are not their
    demand. So are forecast pairs without an actual. Compared is the forecast of days in stock,
    since these are. The naive forecast is the sales of the same weekday, the last that was known
    when ours was made.

    Args:
        forecasts: rows of the contract Forecast, all for one date, made on earlier ones.
        actual: frame `actual_sales`, of that date.

    Returns:
        The columns of the contract ForecastAccuracy, sorted by key; business_date is the date
        forecast.

    Raises:
        ValueError: the forecasts are for more than one date, or were made on or after it, or
            `actual` breaks its contract.
    """
    find_frame(ActualSales).check(actual)
    compared = _compared(forecasts, actual)
    with_naive = pl.col("naive").is_not_null()
    error = (pl.col("mean_in_stock") - pl.col("sales")).abs()
    return (
        _with_scores(compared)
        .group_by("date", "region", "category", "lead_days", maintain_order=True)
        .agg(
            pairs=pl.len().cast(pl.Int64),
            actual=pl.col("sales").sum(),
            forecast=pl.col("mean_in_stock").sum(),
            absolute_error=error.sum(),
            pinball_loss=pl.col("loss").sum(),
            covered_80=pl.col("covered").sum().cast(pl.Int64),
            compared_error=error.filter(with_naive).sum(),
            naive_error=(pl.col("naive") - pl.col("sales")).abs().sum(),
        )
        .rename({"date": "business_date"})
        .sort("region", "category", "lead_days")
    )


def score_levels(forecasts: pl.DataFrame, actual: pl.DataFrame) -> pl.DataFrame:
    """Score sums by item and region, category and region, and in total, and by kind of pair.

    At a level, forecasts and sales of the pairs that `score_forecast` compares are summed first,
    variances as if pairs were independent, as in the contract ForecastLevels: coverage shows what
    they share.
    Kinds of pairs are those of a model and of a service class.

    Args:
        forecasts: as in `score_forecast`.
        actual: as in `score_forecast`, with service_class.

    Returns:
        The columns of the contract LevelAccuracy, sorted by key.

    Raises:
        ValueError: as `score_forecast`.
    """
    compared = _compared(forecasts, actual)
    everything = pl.lit(EVERYWHERE)
    pair = ["sku", "location"]
    parts = [_of_level(compared, "sku_location", pair, everything)]
    for kind, column in (("model", "model"), ("class", "service_class")):
        parts.append(_of_level(compared, "sku_location", pair, f"{kind} " + pl.col(column)))
    for level, keys in (
        ("sku_region", ["sku", "region"]),
        ("category_region", ["category", "region"]),
        ("total", []),
    ):
        parts.append(_of_level(compared, level, keys, everything))
    return pl.concat(parts).sort("level", "segment", "lead_days")


def _of_level(
    compared: pl.DataFrame, level: str, keys: list[str], segment: pl.Expr
) -> pl.DataFrame:
    """Sums over the other keys, scored by segment and lead."""
    with_naive = pl.col("naive").is_not_null()
    sums = (
        compared.with_columns(segment=segment)
        .group_by("date", "segment", "lead_days", *keys, maintain_order=True)
        .agg(
            pl.col("mean_in_stock", "variance_in_stock", "sales").sum(),
            naive=pl.col("naive").sum(),
            ours_with_naive=pl.col("mean_in_stock").filter(with_naive).sum(),
            sales_with_naive=pl.col("sales").filter(with_naive).sum(),
        )
    )
    return (
        _with_scores(sums)
        .group_by("date", "segment", "lead_days", maintain_order=True)
        .agg(
            series=pl.len().cast(pl.Int64),
            actual=pl.col("sales").sum(),
            forecast=pl.col("mean_in_stock").sum(),
            absolute_error=(pl.col("mean_in_stock") - pl.col("sales")).abs().sum(),
            pinball_loss=pl.col("loss").sum(),
            covered_80=pl.col("covered").sum().cast(pl.Int64),
            compared_error=(pl.col("ours_with_naive") - pl.col("sales_with_naive")).abs().sum(),
            naive_error=(pl.col("naive") - pl.col("sales_with_naive")).abs().sum(),
        )
        .select(
            pl.col("date").alias("business_date"),
            pl.lit(level).alias("level"),
            pl.exclude("date"),
        )
    )


def _compared(forecasts: pl.DataFrame, actual: pl.DataFrame) -> pl.DataFrame:
    """Forecasts beside sales, the lead in days, and the naive forecast of the same lead."""
    dates = forecasts["date"].unique().sort()
    if len(dates) > 1:
        msg = f"forecasts are for {len(dates)} dates, {dates[0]} to {dates[-1]}, and not for one"
        raise ValueError(msg)
    late = forecasts.filter(pl.col("business_date") >= pl.col("date"))["business_date"]
    if len(late):
        msg = f"a forecast for {dates[0]} was made on {late[0]}"
        raise ValueError(msg)
    lead = (pl.col("date") - pl.col("business_date")).dt.total_days()
    week = (lead + 6) // 7
    naive = pl.coalesce(
        pl.when(week <= number).then(pl.col(f"week_{number}")) for number in range(1, _WEEKS + 1)
    )
    return (
        forecasts.join(actual, on=["sku", "location"], maintain_order="left")
        .filter(~pl.col("out_of_stock"), pl.col("sales").is_not_null())
        .with_columns(
            pl.col("sales").cast(pl.Float64), lead_days=lead, naive=naive.cast(pl.Float64)
        )
    )


def _with_scores(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the pinball loss of each and whether the 80 % interval holds its sales."""
    loss, covered = quantile_scores(
        *(
            rows[name].cast(pl.Float64).to_numpy()
            for name in ("mean_in_stock", "variance_in_stock", "sales")
        )
    )
    return rows.with_columns(loss=pl.Series(loss), covered=pl.Series(covered))
