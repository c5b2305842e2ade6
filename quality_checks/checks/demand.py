"""Checks of the forecast: is it there, is it plausible, and do records hide an empty shelf."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

COMPLETE = Check("complete", "Every replenished selling pair has a forecast.")
PLAUSIBLE = Check(
    "plausible",
    "A region's forecast week is between a quarter and four times its last four weeks' mean.",
    blocking=True,
)
PHANTOM_STOCK = Check(
    "phantom_stock",
    "No pair with stock on record has a run of zero sales that its forecast makes improbable.",
)

ORDINARY_SALES = Check(
    "ordinary_sales",
    "No receipt is far beyond what its item-location and its item ever sold.",
    remedy="Nothing, if these were single orders: each counts as one usual sale until it repeats. "
    "Name receipts of wholesale in planning.yaml, bulk_sales.",
)

CHAMPION_PLANS = Check(
    "champion_plans",
    "The model that won the last backtests plans, with all it learned from, and not the fallback.",
)

RESPONSES_FALL = Check(
    "responses_fall",
    "No item's own changes of price say that it sells more at a higher price.",
    remedy="Look at its price list and promotions: a fall that came late, or sales beside it. "
    "Until then it counts as its style and category do.",
)

PRICES_IMPLEMENTED = Check(
    "prices_implemented",
    "Customers pay the price that a markdown, or the deferral of one, asked for.",
    remedy="Find out why the tills take another price: batch, price list and shelf label, in this "
    "order. Until they agree the action gains nothing.",
)

TRAINED = Check("trained", "There was enough to train a challenger on.")

_PLAUSIBLE_RATIO = 4.0
_LEAST_WEEKLY_UNITS = 20.0
_RUN_DAYS = 14
_IMPROBABLE = 0.001
_SURE = 2.0
"""Standard deviations by which a slope is above zero beyond chance."""


def judge_forecast(forecast: pl.DataFrame, history: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `Forecast` rows against the `Unconstrained` rows they rest on."""
    keys = ["sku", "location"]
    asked = history.select(keys).unique().sort(keys)
    missing = asked.join(forecast.select(keys).unique(), on=keys, how="anti")
    return [
        COMPLETE.found(missing, f"{len(missing)} pairs have no forecast and are not planned"),
        _plausible(forecast, history),
    ]


def judge_bulk(bulk: pl.DataFrame) -> Outcome:
    """Outcome for the bulk sales of the history window; those that policy names are no surprise."""
    found = bulk.filter(~pl.col("wholesale")).drop("wholesale")
    left_out = int((found["units"] - found["counted"]).sum())
    return ORDINARY_SALES.found(
        found, f"{len(found)} bulk sales: {left_out} of their units do not count as demand"
    )


def judge_price_responses(responses: pl.DataFrame) -> Outcome:
    """Items whose own changes of price say that they sell more at a higher one."""
    rising = responses.filter(pl.col("own_slope") > _SURE * pl.col("own_slope_sd")).select(
        "sku", "own_slope", "own_slope_sd", "changes", "slope"
    )
    return RESPONSES_FALL.found(
        rising, f"{len(rising)} items sold more at higher prices; counted is what items alike do"
    )


def judge_paid_prices(outcomes: pl.DataFrame) -> Outcome:
    """Markdowns and deferrals, as in `PriceOutcomes`, of which customers pay another price."""
    shown = ["action_id", "sku", "zone", "first_day", "asked_price", "promoted_share", "paid_price"]
    missed = outcomes.filter(~pl.col("implemented")).select(*shown, "sold")
    return PRICES_IMPLEMENTED.found(missed, f"{len(missed)} prices that left are not paid")


def judge_training(fault: str | None) -> Outcome:
    """Whether a challenger was trained, and why not."""
    why = pl.DataFrame({"fault": [] if fault is None else [fault]}, schema={"fault": pl.String})
    return TRAINED.found(why, f"no model was trained, who planned before plans on: {fault}")


def judge_champion(reason: str, *, plans: bool) -> Outcome:
    """Whether the champion plans with all it learned from, and why not."""
    why = pl.DataFrame({"reason": [] if plans else [reason]}, schema={"reason": pl.String})
    return CHAMPION_PLANS.found(why, reason)


def _plausible(forecast: pl.DataFrame, history: pl.DataFrame) -> Outcome:
    recent = history.filter(pl.col("date") > pl.col("date").max() - pl.duration(days=28))
    week = forecast.filter(pl.col("date") < pl.col("date").min() + pl.duration(days=7))
    # Means of known days, so that a missing day does not look like a fall of demand; pairs without
    # a known day, such as a launch, are left out on both sides.
    known = (
        recent.group_by("region", "sku", "location", maintain_order=True)
        .agg(pl.col("demand").mean())
        .drop_nulls()
    )
    observed = known.group_by("region", maintain_order=True).agg(
        (pl.col("demand").sum() * 7).alias("observed")
    )
    expected = (
        week.join(known, on=["sku", "location"], how="semi")
        .group_by("region", maintain_order=True)
        .agg(pl.col("mean").sum().alias("expected"))
    )
    compared = observed.join(expected, on="region").sort("region")
    ratio = pl.col("expected") / pl.col("observed")
    off = compared.filter(
        (pl.max_horizontal("observed", "expected") >= _LEAST_WEEKLY_UNITS)
        & ((ratio > _PLAUSIBLE_RATIO) | (ratio < 1 / _PLAUSIBLE_RATIO))
    )
    return PLAUSIBLE.found(off, "the forecast of a region is far from what it sold")


def judge_phantom(forecast: pl.DataFrame, history: pl.DataFrame, position: pl.DataFrame) -> Outcome:
    """Pairs whose record shows stock while nothing sells.

    With negative binomial demand of mean m and variance v over the run, no sale at all has the
    probability (m / v) ** (m^2 / (v - m)), and exp(-m) where v does not exceed m.
    """
    keys = ["sku", "location"]
    last = pl.col("date") > pl.col("date").max() - pl.duration(days=_RUN_DAYS)
    silent = (
        history.filter(
            last, pl.col("sales").is_not_null(), ~pl.col("censored") | pl.col("suspected")
        )
        .group_by(keys, maintain_order=True)
        .agg(pl.col("sales").sum(), pl.len().alias("days"))
        .filter(pl.col("sales") == 0)
    )
    rate = forecast.group_by(keys, maintain_order=True).agg(
        pl.col("mean", "variance", "correlation").mean()
    )
    stocked = position.filter(pl.col("available") > 0).select(*keys, "available")
    tied = 1 + pl.col("correlation") * (pl.col("days") - 1)
    mean, variance = pl.col("mean") * pl.col("days"), pl.col("variance") * pl.col("days") * tied
    nothing_sold = (
        pl.when(variance > mean * (1 + 1e-9))
        .then((mean / variance).pow(mean.pow(2) / (variance - mean)))
        .otherwise((-mean).exp())
    )
    suspects = (
        silent.join(rate, on=keys)
        .join(stocked, on=keys)
        .with_columns(probability=nothing_sold)
        .filter(pl.col("probability") < _IMPROBABLE)
        .sort("probability", *keys)
        .select(*keys, "available", "days", "probability")
    )
    return PHANTOM_STOCK.found(suspects, f"{len(suspects)} pairs may hold stock only on paper")
