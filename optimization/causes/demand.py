"""What moved demand away from its forecast, by what is known of each day.

On a day that is like all others, demand d differs from its forecast f by the level of the place
alone. On a day with a mark (a promotion, a price, an event) both may play: with r the level and
p = d / (r f) what the mark does beyond the forecast, d = f r p. The two interact, so each is given
the mean of what it adds when it comes first and when it comes last (the Shapley value; Shapley, in
Contributions to the Theory of Games II, 1953),

    level: (r - 1)(f + d / r) / 2        mark: (d / r - f)(1 + r) / 2,

which sum to d - f. Several marks of a day share its part alike, as nothing tells them apart.

The level is learnt from the days without a mark, as r has a gamma prior of mean 1 with the variance
v that the forecast states for what its days have in common, and sales are Poisson given r:
r = (1 / v + sum d) / (1 / v + sum f).
"""

import polars as pl

MARKS = ("unannounced_promotion", "promotion", "dropped_promotion", "price", "event")
"""What a day may have that others have not; the order is that of `_find_marks`."""

_SAME_PRICE = 0.005
"""Share of the list price by which two prices may differ by rounding."""

_PLACE = ["stock", "location"]


def split_demand(days: pl.DataFrame) -> pl.DataFrame:
    """Split demand above forecast into what caused it.

    Args:
        days: frame `explained_days`; days without known demand are left out.

    Returns:
        stock, cause, units (demand above forecast that is due to it), a row each; sorted.
    """
    marked = days.filter(pl.col("demand").is_not_null()).with_columns(_find_marks())
    weighed = (
        marked.with_columns(marks=pl.sum_horizontal(MARKS))
        .join(_learn_levels(marked), on=_PLACE, how="left", maintain_order="left")
        .with_columns(level=pl.col("level").fill_null(1.0))
    )
    f, d, r = pl.col("forecast"), pl.col("demand"), pl.col("level")
    ordinary = pl.col("marks") == 0
    parts = weighed.with_columns(
        of_level=pl.when(ordinary).then(d - f).otherwise((r - 1) * (f + d / r) / 2),
        of_marks=pl.when(ordinary).then(0.0).otherwise((d / r - f) * (1 + r) / 2 / pl.col("marks")),
    )
    return (
        parts.group_by("stock", maintain_order=True)
        .agg(
            demand_level=pl.col("of_level").sum(),
            **{name: pl.col("of_marks").filter(name).sum() for name in MARKS},
        )
        .unpivot(index="stock", variable_name="cause", value_name="units")
        .sort("stock", "cause")
    )


def _find_marks() -> list[pl.Expr]:
    then, now = pl.col("promoted_then"), pl.col("promoted_now")
    moved = (pl.col("price_now") - pl.col("price_then")).abs() > _SAME_PRICE
    marks = (now & ~then, now & then, then & ~now, moved & ~now & ~then, pl.col("event"))
    return [mark.alias(name) for name, mark in zip(MARKS, marks, strict=True)]


def _learn_levels(marked: pl.DataFrame) -> pl.DataFrame:
    """Learn the level of each place: stock, location, level."""
    spread = pl.col("correlation").first() * pl.col("variance").sqrt().sum() ** 2
    usual = ~pl.any_horizontal(MARKS)
    return (
        marked.group_by(_PLACE, maintain_order=True)
        .agg(
            prior=pl.col("forecast").sum() ** 2 / spread,
            forecast=pl.col("forecast").filter(usual).sum(),
            demand=pl.col("demand").filter(usual).sum(),
        )
        .select(
            *_PLACE,
            # Days that have nothing in common have no level of their own.
            level=pl.when(pl.col("prior").is_finite() & (pl.col("prior") > 0))
            .then((pl.col("prior") + pl.col("demand")) / (pl.col("prior") + pl.col("forecast")))
            .otherwise(1.0),
        )
    )
