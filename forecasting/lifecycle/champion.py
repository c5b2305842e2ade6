"""Which model plans: a challenger becomes champion by backtest only, the fallback stands by."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special

FloatArray = npt.NDArray[np.float64]

LEAST_ORIGINS: Final = 4
"""Origins below which nothing is promoted: a mean over fewer says too little."""

MARGIN: Final = 0.01
"""Relative gain in pinball loss from which a change of model is worth it."""

LEVEL: Final = 0.1
"""Level of the one-sided paired t test; origins are few, and the margin stands beside it."""

FIRST_LEVEL: Final = 0.25
"""The same where there is no champion: the fallback was not chosen by a test either, so that a
model which is better on average needs less proof than one that takes another's place."""

ALLOWED_BIAS: Final = 0.02
ALLOWED_COVERAGE: Final = 0.02
ALLOWED_WAPE: Final = 0.02
"""What a challenger may lose: absolute for bias and coverage, relative for WAPE."""

NOMINAL_COVERAGE: Final = 0.8

SEVERE_FEATURES: Final = 0.3
"""Share of the features that drifted from which the model is not to be trusted."""

LOST_FEATURE: Final = 0.5
"""Rise of a feature's missing share from which the model lacks what it learned from."""

SEVERE_UNITS: Final = 0.3
"""Share of the units sold in drifted segments from which the model is not to be trusted."""

_METRICS: Final = ["pinball", "wape", "bias", "coverage_80"]


@dataclass(frozen=True)
class Verdict:
    """Whether a challenger is promoted, and why, in words."""

    promote: bool
    reason: str


@dataclass(frozen=True)
class Choice:
    """Whether the champion plans or the fallback does, and why, in words."""

    use_champion: bool
    reason: str


def judge_challenger(
    challenger: pl.DataFrame, champion: pl.DataFrame | None, baseline: pl.DataFrame
) -> Verdict:
    """Compare a challenger with the champion and the baseline on the same backtest origins.

    It is promoted when, over at least `LEAST_ORIGINS` origins,

    - its mean pinball loss is at least `MARGIN` below that of the champion, and of the baseline;
    - a one-sided paired t test over the origins finds both gains at `LEVEL`, or at `FIRST_LEVEL`
      where there is no champion (Diebold and Mariano 1995, for origins at least one horizon
      apart, whose errors do not overlap);
    - against the champion, or the baseline where there is none, the bias is at most `ALLOWED_BIAS`
      further from 0, in the mean over origins or in that of its absolute value; the mean
      coverage is at most `ALLOWED_COVERAGE` further from 80 %, and the mean WAPE at most
      `ALLOWED_WAPE` higher.

    Args:
        challenger: origin, pinball (units), wape, bias, coverage_80 (shares); a row an origin.
        champion: the same of the champion, None where there is none.
        baseline: the same of the model that plans when all else fails.

    Raises:
        ValueError: origins differ or come twice, there is none, or a score is not finite.
    """
    scores = _table(challenger, "challenger")
    rivals = {"baseline": _table(baseline, "baseline")}
    if champion is not None:
        rivals = {"champion": _table(champion, "champion"), **rivals}
    for name, rival in rivals.items():
        if not rival["origin"].equals(scores["origin"]):
            raise ValueError(f"challenger and {name} were not scored on the same origins")
    if len(scores) < LEAST_ORIGINS:
        return Verdict(
            promote=False,
            reason=f"scored on {len(scores)} origins, at least {LEAST_ORIGINS} are needed",
        )
    level = FIRST_LEVEL if champion is None else LEVEL
    gains = [_gain(scores, rival, name, level) for name, rival in rivals.items()]
    incumbent = next(iter(rivals))
    faults = [gain.reason for gain in gains if not gain.promote]
    faults += _guardrails(scores, rivals[incumbent], incumbent)
    won = "; ".join(gain.reason for gain in gains)
    return Verdict(promote=not faults, reason="; ".join(faults) if faults else won)


def choose_model(
    champion: str | None,
    *,
    fault: str | None,
    inputs: pl.DataFrame,
    residuals: pl.DataFrame,
) -> Choice:
    """Decide between champion and fallback for one night.

    Input drift is severe when a feature lost its values (its missing share rose by
    `LOST_FEATURE`) or `SEVERE_FEATURES` of the features drifted; a season alone moves a few.
    Residual drift is severe when drifted segments have `SEVERE_UNITS` of the units sold.

    Args:
        champion: its version, None where there is none that loads.
        fault: why there is one that does not.
        inputs: what `measure_input_drift` found; no rows where it was not looked for.
        residuals: what `measure_residual_drift` found; no rows where there is nothing to judge yet.

    Returns:
        The choice; a reason to fall back names all that is wrong.
    """
    if fault is not None:
        faults = [f"the champion does not load: {fault}"]
    elif champion is None:
        faults = ["there is no champion yet"]
    else:
        faults = [*_severe_inputs(inputs), *_severe_residuals(residuals)]
    if faults:
        return Choice(use_champion=False, reason=f"the fallback plans: {'; '.join(faults)}")
    return Choice(use_champion=True, reason=f"champion {champion} plans")


def _table(scores: pl.DataFrame, name: str) -> pl.DataFrame:
    table = scores.select("origin", *_METRICS).sort("origin")
    if table.is_empty():
        raise ValueError(f"{name} has no scores")
    if table["origin"].is_duplicated().any():
        raise ValueError(f"{name} has an origin twice")
    for metric in _METRICS:
        bad = table.filter(pl.col(metric).is_finite().not_() | pl.col(metric).is_null())
        if len(bad):
            raise ValueError(f"{name}, origin {bad['origin'][0]}: {metric} is {bad[metric][0]}")
    return table


def _gain(challenger: pl.DataFrame, rival: pl.DataFrame, name: str, level: float) -> Verdict:
    """Whether the challenger's pinball loss is lower by enough and for certain."""
    before = rival["pinball"].to_numpy()
    less = before - challenger["pinball"].to_numpy()
    if before.mean() <= 0:
        return Verdict(promote=False, reason=f"the {name} has no pinball loss to lower")
    gain, chance = float(less.mean() / before.mean()), _chance(less)
    direction = "below" if gain >= 0 else "above"
    stated = (
        f"pinball loss {abs(gain):.1%} {direction} the {name}'s over {len(less)} origins, "
        f"p = {chance:.3f}"
    )
    if gain < MARGIN:
        return Verdict(promote=False, reason=f"{stated}: at least {MARGIN:.0%} below is needed")
    if chance > level:
        return Verdict(promote=False, reason=f"{stated}: at most {level} is needed")
    return Verdict(promote=True, reason=stated)


def _chance(less: FloatArray) -> float:
    """P value of the paired differences, one-sided; equal differences are certain."""
    mean, error = float(less.mean()), float(less.std(ddof=1)) / len(less) ** 0.5
    if error == 0:
        return 0.0 if mean > 0 else 1.0
    return float(special.stdtr(len(less) - 1, -mean / error))


def _guardrails(challenger: pl.DataFrame, rival: pl.DataFrame, name: str) -> list[str]:
    new, old = (
        {metric: float(np.mean(table[metric].to_numpy())) for metric in _METRICS}
        for table in (challenger, rival)
    )
    # A rival whose errors of both signs cancel over the origins is no less biased at each of them.
    swings = float(challenger["bias"].abs().mean() - rival["bias"].abs().mean())  # type: ignore[arg-type, operator]
    off = abs(new["coverage_80"] - NOMINAL_COVERAGE) - abs(old["coverage_80"] - NOMINAL_COVERAGE)
    lost = {
        "bias": min(abs(new["bias"]) - abs(old["bias"]), swings) > ALLOWED_BIAS,
        "coverage_80": off > ALLOWED_COVERAGE,
        "wape": new["wape"] > old["wape"] * (1 + ALLOWED_WAPE),
    }
    words = {"bias": "bias", "coverage_80": "coverage of the 80 % interval", "wape": "WAPE"}
    return [
        f"{words[metric]} {new[metric]:.1%} is too far behind the {name}'s {old[metric]:.1%}"
        for metric, is_lost in lost.items()
        if is_lost
    ]


def _severe_inputs(inputs: pl.DataFrame) -> list[str]:
    if inputs.is_empty():
        return []
    lost = inputs.filter(pl.col("missing_now") - pl.col("missing_then") >= LOST_FEATURE)
    faults = [
        f"feature {row['feature']} is missing in {row['missing_now']:.0%} of rows, "
        f"{row['missing_then']:.0%} in training"
        for row in lost.sort("feature").iter_rows(named=True)
    ]
    drifted = int(inputs["drifted"].sum())
    if drifted >= SEVERE_FEATURES * len(inputs):
        faults.append(f"{drifted} of {len(inputs)} features drifted")
    return faults


def _severe_residuals(residuals: pl.DataFrame) -> list[str]:
    total = float(residuals["actual"].sum()) if len(residuals) else 0.0
    if total <= 0:
        return []
    drifted = residuals.filter(pl.col("drifted"))
    share = float(drifted["actual"].sum()) / total
    if drifted.is_empty() or share < SEVERE_UNITS:
        return []
    errors = f"errors drifted in {len(drifted)} of {len(residuals)} segments"
    return [f"{errors} with {share:.0%} of the units sold"]
