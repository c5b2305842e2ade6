"""Demand of days brought to another level."""

import polars as pl

_PAIRS = (("mean", "variance"), ("mean_in_stock", "variance_in_stock"))


def scale_demand(rows: pl.DataFrame) -> pl.DataFrame:
    """Scale mean and variance of days by their factor.

    A mean m and a variance v become f m and f m + f^2 (v - m): the noise of counts grows with the
    mean, what the level may be with its square.

    Args:
        rows: the columns of the contract Forecast but business_date, and factor; where it is
            missing a day stays as it is.

    Returns:
        The same rows without factor.
    """
    factor = pl.col("factor").fill_null(1.0)
    scaled = [
        expression
        for mean, variance in _PAIRS
        for expression in (
            (factor * pl.col(mean)).alias(mean),
            pl.when(factor == 1.0)
            .then(pl.col(variance))
            .otherwise(
                factor * pl.col(mean)
                + factor.pow(2) * (pl.col(variance) - pl.col(mean)).clip(lower_bound=0)
            )
            .alias(variance),
        )
    ]
    return rows.with_columns(scaled).drop("factor")
