"""Scores of stated chances: are they sharp, and does what is said to happen happen as often?"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit

FloatArray = npt.NDArray[np.float64]

_LEAST = 1e-4
"""Chances are told apart from 0 and 1 by at least so much where their odds are asked for."""

_STEPS = 50


def score_chances(
    happened: npt.NDArray[np.bool_], chances: FloatArray, *, base_rate: float
) -> dict[str, float | None]:
    """Score chances by what happened.

    Args:
        happened: whether it did, for each chance.
        chances: in 0 to 1.
        base_rate: chance that who knows nothing would state of all.

    Returns:
        brier, the mean squared error; skill, 1 less brier over that of the base rate; auc, the
        chance that of one that happened and one that did not the first had the higher chance;
        slope and intercept of the logistic regression of what happened on the logit of the chances
        (Cox 1958), 1 and 0 where they hold. What cannot be told is None: all but brier and skill
        where all or nothing happened, slope and intercept of chances that are all the same, skill
        where the base rate does not err.
    """
    truth = happened.astype(float)
    brier = float(np.mean((truth - chances) ** 2)) if len(truth) else None
    least = float(np.mean((truth - base_rate) ** 2)) if len(truth) else 0.0
    known = 0 < truth.sum() < len(truth)
    slope, intercept = _fit_line(truth, chances) if known and np.ptp(chances) > 0 else (None, None)
    return {
        "auc": _rank(happened, chances) if known else None,
        "brier": brier,
        "skill": 1.0 - brier / least if brier is not None and least > 0 else None,
        "slope": slope,
        "intercept": intercept,
    }


def tabulate_reliability(
    happened: npt.NDArray[np.bool_], chances: FloatArray, *, bins: int
) -> pl.DataFrame:
    """Tabulate chances beside how often it happened, in bins of equally many, lowest first.

    Args:
        happened: whether it did, for each chance.
        chances: in 0 to 1.
        bins: of the table; fewer where there are not as many chances.

    Returns:
        bin, lines, stated (mean chance) and share (of what happened).
    """
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return pl.DataFrame(
        {
            "bin": range(1, len(parts) + 1),
            "lines": [len(part) for part in parts],
            "stated": [float(chances[part].mean()) for part in parts],
            "share": [float(happened[part].mean()) for part in parts],
        },
        schema={"bin": pl.Int64, "lines": pl.Int64, "stated": pl.Float64, "share": pl.Float64},
    )


def _rank(happened: npt.NDArray[np.bool_], chances: FloatArray) -> float:
    """Area under the curve by ranks (Mann and Whitney 1947); ties count half."""
    from scipy.stats import rankdata  # noqa: PLC0415  # slow import

    cases = int(happened.sum())
    ranks = rankdata(chances)
    above = float(ranks[happened].sum()) - cases * (cases + 1) / 2
    return above / (cases * (len(happened) - cases))


def _fit_line(truth: FloatArray, chances: FloatArray) -> tuple[float | None, float | None]:
    """Slope and intercept by Newton steps; None where cases and others do not overlap."""
    odds = np.column_stack([np.ones(len(truth)), logit(chances.clip(_LEAST, 1 - _LEAST))])
    line = np.zeros(2)
    for _ in range(_STEPS):
        fitted = expit(odds @ line)
        curve = (odds * (fitted * (1 - fitted))[:, None]).T @ odds
        if np.linalg.cond(curve) > 1 / np.finfo(float).eps:
            return None, None
        step = np.linalg.solve(curve, odds.T @ (truth - fitted))
        line += step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004  # it stands
            return float(line[1]), float(line[0])
    return None, None
