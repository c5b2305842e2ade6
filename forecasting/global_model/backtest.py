"""The global model judged where it counts: on days after the origin that it was trained up to."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.global_model.features import measure_groups
from forecasting.global_model.mean_model import build_horizon_rows, chunks, score, train
from forecasting.global_model.panel import FloatArray, ModelPanel, cut

BoolArray = npt.NDArray[np.bool_]

BACKTEST_DAYS = 14
"""Days forecast from each origin: the usual replenishment window."""

ORIGINS = 5
STEP_DAYS = 7
"""Origins, and the days between them. They overlap, so that a short history affords them."""

LEAST_DAYS = 28
"""Days of history that the earliest origin must leave."""


@dataclass(frozen=True)
class Origin:
    """Forecasts from one origin, beside what happened.

    Attributes:
        days_back: days between the origin and the last day of the panel.
        values: feature rows, [pair x day, feature]; pair by pair, day by day.
        mean: forecast of demand while in stock, [pair, day], units.
        demand: what was estimated since, [pair, day]; NaN where unknown.
        in_stock: days on which the shelf held out, [pair, day].
    """

    days_back: int
    values: FloatArray
    mean: FloatArray
    demand: FloatArray
    in_stock: BoolArray


def list_origins(days: int) -> list[int]:
    """How many days back each backtest origin lies that the history has room for, earliest first.

    Raises:
        ValueError: it affords none.
    """
    backs = [BACKTEST_DAYS + STEP_DAYS * number for number in range(ORIGINS)]
    found = [back for back in reversed(backs) if days - back >= LEAST_DAYS]
    if not found:
        msg = f"{days} days of history; a backtest needs {BACKTEST_DAYS + LEAST_DAYS}"
        raise ValueError(msg)
    return found


def backtest(panel: ModelPanel, workers: Executor, *, seed: int) -> Iterator[Origin]:
    """Train and forecast at every origin that the history affords, the earliest first.

    Args:
        panel: history and announced future.
        workers: what origins are trained on, beside each other.
        seed: of everything drawn.

    Raises:
        ValueError: the history affords none, or an origin has too little to train on.
    """
    return workers.map(lambda back: _from(panel, back, seed), list_origins(panel.days))


def _from(panel: ModelPanel, days_back: int, seed: int) -> Origin:
    then = cut(panel, days_back)
    groups = measure_groups(then)
    booster = train(then, groups, seed=seed)
    parts = [build_horizon_rows(then, groups, pairs, BACKTEST_DAYS) for pairs in chunks(then)]
    scores = np.concatenate([score(booster, rows) for rows in parts])
    mean = scores.reshape(-1, BACKTEST_DAYS).astype(np.float32)
    ahead = slice(then.days, then.days + BACKTEST_DAYS)
    return Origin(
        days_back=days_back,
        values=np.concatenate([rows.values for rows in parts]),
        mean=mean,
        # Of pairs that nothing was known of there is no forecast to judge.
        demand=np.where(np.isfinite(mean), panel.demand[:, ahead], np.nan).astype(np.float32),
        in_stock=panel.in_stock[:, ahead],
    )
