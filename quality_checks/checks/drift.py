"""Drift: does what the model is fed, and how it errs, still look as when it was chosen."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

INPUT_DRIFT = Check(
    "input_drift",
    "Every feature of the model is distributed as it was in training.",
)
RESIDUAL_DRIFT = Check(
    "residual_drift",
    "Recent forecasts err as their backtest did, in size and direction, in every segment.",
)


def judge_input_drift(drift: pl.DataFrame) -> Outcome:
    """Features that drifted.

    Args:
        drift: feature, psi, missing_then, missing_now, limit, drifted.
    """
    found = drift.filter(pl.col("drifted")).sort("psi", "feature", descending=[True, False])
    named = ", ".join(found["feature"].head(3))
    return INPUT_DRIFT.found(found, f"{len(found)} of {len(drift)} features drifted, most {named}")


def judge_residual_drift(drift: pl.DataFrame) -> Outcome:
    """Segments whose forecasts got worse or biased, those that sell most first.

    Args:
        drift: region, category, actual, drifted, and the figures of each segment.
    """
    found = drift.filter(pl.col("drifted")).sort(
        "actual", "region", "category", descending=[True, False, False]
    )
    units, total = float(found["actual"].sum()), float(drift["actual"].sum())
    share = units / total if total else 0.0
    return RESIDUAL_DRIFT.found(
        found,
        f"{len(found)} of {len(drift)} segments drifted, with {share:.0%} of the units sold",
    )
