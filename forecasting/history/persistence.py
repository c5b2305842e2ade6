"""How much of a day's deviation from its expectation lasts through the day.

A busy morning may be a busy day, or one customer who took ten. Only the first says anything of the
hours in which the shelf was empty, so the two are told apart before sales are extrapolated.
"""

import polars as pl

LEAST_DAILY_UNITS = 3.0
"""Mean daily units of the pairs looked at: slower ones have days without sales, which rows of
sales do not show."""

LEAST_DAYS = 5
"""Days of a pair, weekends and weekdays apart, below which its mean says too little."""

LEAST_PERSISTENCE = 0.02
DEFAULT_PERSISTENCE = 0.07
"""Assumed where it cannot be measured; that of FreshRetailNet-50K."""

NOON = 12
"""Hour that parts the day."""


def day_persistence(hourly: pl.DataFrame) -> float:
    """Share of the variance of a pair's daily rate that the morning shares with the rest.

    With m the pair's mean over its other days, f the share of the day up to noon, and a and b the
    units before and after it, the lasting variance of the rate is
    c = sum((a - f m) (b - (1 - f) m)) / sum(f (1 - f) m^2), the whole one
    p = sum((a + b - m)^2 - m) / sum(m^2), both less what the error of m adds. The persistence is
    c / p: 1 for a gamma rate that holds all day, 0 where hours are independent.

    Args:
        hourly: frame `hourly_sales`.

    Returns:
        Between `LEAST_PERSISTENCE` and 1; `DEFAULT_PERSISTENCE` where no pair has enough days.
    """
    own = ["sku", "location", "weekend"]
    day = (
        hourly.with_columns(weekend=pl.col("date").dt.weekday() > 5)  # noqa: PLR2004  # ISO
        .group_by(*own, "date", maintain_order=True)
        .agg(
            before=pl.col("units").filter(pl.col("hour") < NOON).sum().cast(pl.Float64),
            units=pl.col("units").sum().cast(pl.Float64),
        )
        .with_columns(
            days=pl.len().over(own).cast(pl.Float64), total=pl.col("units").sum().over(own)
        )
        .filter(pl.col("days") >= LEAST_DAYS, pl.col("total") >= LEAST_DAILY_UNITS * pl.col("days"))
        .sort(*own, "date")
        .rechunk()
    )
    if day.is_empty():
        return DEFAULT_PERSISTENCE
    f = float(day["before"].sum()) / float(day["units"].sum())
    mean = (pl.col("total") - pl.col("units")) / (pl.col("days") - 1)
    squared = (pl.col("units") - mean) ** 2
    product = (pl.col("before") - f * mean) * (pl.col("units") - pl.col("before") - (1 - f) * mean)
    found = day.select(
        # The error of the mean of the other days has the variance squared / days.
        lasting=(product - f * (1 - f) * squared / pl.col("days")).sum(),
        whole=(squared * (1 - 1 / pl.col("days")) - mean).sum(),
    ).row(0, named=True)
    if found["whole"] <= 0 or not 0 < f < 1:
        return DEFAULT_PERSISTENCE
    share = found["lasting"] / (f * (1 - f)) / found["whole"]
    return float(min(max(share, LEAST_PERSISTENCE), 1.0))
