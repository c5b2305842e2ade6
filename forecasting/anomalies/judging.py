"""The readings of a day with their scores, thresholds, and since when they are off."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.anomalies.panel import FloatArray, ReadingPanel, arrange_panel
from forecasting.anomalies.scores import find_usual, score_errors
from forecasting.anomalies.thresholds import find_threshold
from quality_checks.contracts import (
    TESTED_KINDS,
    ExceptionRules,
    JudgedSignals,
    ReadSignals,
    SignalReadings,
    find_contract,
    find_frame,
)

_OF_A_DAY = ("node_down",)
"""Kinds that a single day tells; what is wrong elsewhere lasts, and its errors add up."""

_AGAINST_FORECAST = ("demand_above", "demand_below", "node_down")
"""Kinds whose errors are about 0 as long as the forecast is right."""

_PER_PAIRS = 1000.0
_COLUMNS = pl.Schema(
    {**find_contract(SignalReadings).made_schema, **find_frame(JudgedSignals).schema}
)


def judge_readings(
    readings: pl.DataFrame, day: date, item_locations: int, rules: ExceptionRules
) -> pl.DataFrame:
    """Score the readings of a day, and say from which score on an exception opens and closes.

    Each tested kind may spend an equal part of the budget of false alarms, whether all of them read
    or not: a retailer that starts another feed is not told less of the rest.

    Args:
        readings: frame `read_signals`, of the day and of days before.
        day: the day that is judged.
        item_locations: those that are watched, which the budget is stated for.
        rules: budget, days of the past, and how far a score falls before an exception closes.

    Returns:
        The columns of the contract SignalReadings but business_date, and those of the frame
        `judged_signals`; a row for each kind and subject read on the day, sorted by them.

    Raises:
        ValueError: `readings` breaks its contract.
    """
    readings = find_frame(ReadSignals).read(readings)
    since = day - timedelta(days=rules.past_days)
    recent = readings.filter(pl.col("business_date").is_between(since, day))
    budget = rules.false_alarms_per_week * max(item_locations, 1) / _PER_PAIRS / len(TESTED_KINDS)
    judged = [
        _judge_kind(name, arrange_panel(of_kind, day), budget, rules)
        for (name,), of_kind in recent.group_by("kind", maintain_order=True)
    ]
    empty = pl.DataFrame(schema=_COLUMNS)
    return pl.concat([empty, *judged]).sort("kind", "subject")


def _judge_kind(
    kind: object, panel: ReadingPanel, budget: float, rules: ExceptionRules
) -> pl.DataFrame:
    adds_up = kind not in _OF_A_DAY
    usual = find_usual(panel.errors, 0.0 if kind in _AGAINST_FORECAST else None)
    scores = score_errors(panel.errors, usual, adds_up=adds_up)
    upper = find_threshold(scores[:, :-1], budget, adds_up=adds_up)
    scores = score_errors(panel.errors, usual, adds_up=adds_up, most=upper)
    began = _find_starts(scores)
    since = np.arange(len(panel.days)) >= began[:, None]
    rows = pl.DataFrame(
        {
            "subject": panel.subjects,
            "observed": panel.observed[:, -1],
            "expected": panel.expected[:, -1],
            "error": panel.errors[:, -1],
            "score": scores[:, -1],
            "usual": usual.middle,
            "began_on": [panel.days[start] for start in began],
            "observed_since": np.nansum(panel.observed * since, axis=1),
            "expected_since": np.nansum(panel.expected * since, axis=1),
        },
        schema_overrides={"subject": pl.String, "began_on": pl.Date},
    )
    known = rows.filter(pl.col("error").is_finite()).with_columns(
        pl.col("expected").fill_nan(None),
        kind=pl.lit(kind),
        upper=pl.lit(upper),
        lower=pl.lit(upper * rules.close_share),
    )
    stated = pl.when(pl.col("expected").is_not_null()).then(pl.col("expected_since"))
    return known.with_columns(expected_since=stated).select(_COLUMNS.names())


def _find_starts(scores: FloatArray) -> npt.NDArray[np.int64]:
    """Column at which the excursion began that a score is in, or the last one."""
    days = scores.shape[1]
    zero = np.where(scores == 0, np.arange(days), -1)
    return np.asarray(np.minimum(zero.max(axis=1) + 1, days - 1), dtype=np.int64)
