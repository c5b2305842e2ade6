"""How long order lines of USAID SCMS take that are yet to be ordered, said quarter by quarter.

On the last day of each quarter the lines that are ordered in the next one are asked about, each
with the days that are asked of it. Four statements stand side by side: the scorecard's mean and
deviation of the vendor, by which windows are planned; the days asked and the lateness of the
vendor's record; the same with the model's chance to be late, as nights say it of open lines; and
the days asked and the model's own. The record also stands aside where another statement won a
trial, as a night would hold it of the quarters before.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import norm

from benchmarks.supplier import OWN_WAREHOUSE, read_lines
from benchmarks.supplier_nights import (
    AHEAD,
    NO_CARDS,
    NO_CLOSURES,
    NO_DELAYS,
    WINDOW,
    list_documents,
    list_ends,
    list_record,
)
from forecasting.supply import (
    QUANTILES,
    fit_delays,
    predict_delays,
    predict_order_risks,
    score_suppliers,
)

FloatArray = npt.NDArray[np.float64]

_SEED = 1
_TRIAL_DAYS = 365
_LINE = ["order", "line"]
_STATEMENTS = ("scorecard", "record", "chance", "model")


def measure_placed(data: Path) -> dict[str, Any]:
    """Mean pinball loss of the days that vendors' lines take from order to arrival.

    Args:
        data: folder of deliveries.parquet.
    """
    lines = read_lines(data).filter(
        pl.col("supplier") != OWN_WAREHOUSE, pl.col("ordered_on") < pl.col("due_on")
    )
    judged = [_judge(lines, end) for end in list_ends(lines)]
    every = pl.concat([lost for _, lost in judged])
    return {
        "benchmark": "supplier placed",
        "lines": every.height,
        "pinball": _average(every),
        **{f"{name} beside the record": _compare(judged, name) for name in ("chance", "model")},
        "quarters": [
            {"end": end.isoformat(), "lines": lost.height} | _average(lost)
            for end, lost in judged
            if lost.height
        ],
    }


def _average(lost: pl.DataFrame) -> dict[str, float]:
    """Mean loss of each statement."""
    return {name: round(lost.select(pl.col(name).mean()).item(), 3) for name in _STATEMENTS}


def _compare(judged: list[tuple[dt.date, pl.DataFrame]], name: str) -> dict[str, Any]:
    """What a statement loses less than the record, always and where it won the trial by then."""
    every = pl.concat([lost for _, lost in judged])
    planned = [lost for end, lost in judged if lost.height and _wins(judged, end, name)]
    chosen = pl.concat([every.clear(), *planned])
    gained = float((chosen["record"] - chosen[name]).sum()) / every.height
    return {
        "always": _gain(every, name),
        "by trial": _gain(chosen, name),
        "quarters by trial": len(planned),
        "pinball by trial": round(_average(every)["record"] - gained, 3),
    }


def _judge(lines: pl.DataFrame, end: dt.date) -> tuple[dt.date, pl.DataFrame]:
    """What is lost on each line that is ordered in the quarter after a day; sorted by its key."""
    known = pl.col("known_on") <= end
    past = lines.filter(pl.col("due_on") <= end).with_columns(
        pl.when(known).then(name).alias(name) for name in ("known_on", "days_late")
    )
    soon = pl.col("ordered_on").is_between(end, end + dt.timedelta(days=AHEAD), closed="right")
    placed = lines.filter(soon).sort(_LINE)
    asked_days = (placed["due_on"] - placed["ordered_on"]).dt.total_days().to_numpy()
    taken = asked_days + placed["days_late"].to_numpy()
    asked = placed.drop("known_on", "days_late").with_columns(judged_on=pl.lit(end))
    model = predict_delays(fit_delays(past, as_of=end, seed=_SEED), asked)
    late = model.select(f"q{round(100 * level)}" for level in QUANTILES).to_numpy()
    delays = model.select("line", record=pl.lit("order_asked"), document="order",
                          late_chance="p_late_0").select(NO_DELAYS.columns)  # fmt: skip
    said = {
        "scorecard": _say_by_scorecard(past, placed, end),
        "record": asked_days[:, None] + _say_by_record(past, placed, NO_DELAYS, end),
        "chance": asked_days[:, None] + _say_by_record(past, placed, delays, end),
        "model": asked_days[:, None] + late,
    }
    losses = {name: pl.Series(_lose(taken, quantiles)) for name, quantiles in said.items()}
    return end, placed.select(*_LINE, "known_on").with_columns(**losses)


def _say_by_scorecard(past: pl.DataFrame, placed: pl.DataFrame, end: dt.date) -> FloatArray:
    """Quantiles of the days of lines by the mean and the deviation of their vendor's, [line, q]."""
    came = pl.col("days_late").is_not_null()
    orders = past.select(
        "supplier",
        "ordered_on",
        requested_on="due_on",
        delivered_on=pl.col("due_on") + pl.duration(days=pl.col("days_late")),
        ordered_quantity=pl.col("units").cast(pl.Int64),
        confirmed_quantity=pl.lit(None, pl.Int64),
        delivered_quantity=pl.when(came).then(pl.col("units").cast(pl.Int64)).otherwise(0),
        status=pl.when(came).then(pl.lit("received")).otherwise(pl.lit("open")),
    )
    cards = score_suppliers(orders, as_of=end, window_days=WINDOW)
    every = cards.select(pl.col("lead_time_mean", "lead_time_sd").mean())
    figures = placed.join(cards, on="supplier", how="left", maintain_order="left").select(
        pl.col("lead_time_mean").fill_null(every["lead_time_mean"].item()),
        pl.col("lead_time_sd").fill_null(every["lead_time_sd"].item()),
    )
    mean, deviation = figures.to_numpy().T
    found = mean[:, None] + deviation[:, None] * norm.ppf(QUANTILES)[None, :]
    return np.asarray(np.maximum(found, 1.0))


def _say_by_record(
    past: pl.DataFrame, placed: pl.DataFrame, delays: pl.DataFrame, end: dt.date
) -> FloatArray:
    """Quantiles of the days late of lines by the record of their vendor, [line, q].

    Where `delays` has a line, with the chance to be late that it tells.
    """
    documents = list_documents(placed, end)
    said = predict_order_risks(
        documents,
        list_record(past, end),
        NO_CLOSURES,
        delays,
        NO_CARDS,
        as_of=end,
        longest_days=2 * WINDOW,
    )
    due = documents.select("document", "line", due="stated_on")
    days = (
        said.arrivals.join(due, on=["document", "line"])
        .sort("document", "line", "point")
        .with_columns(late=(pl.col("due_on") - pl.col("due")).dt.total_days())
        .group_by("document", "line", maintain_order=True)
        .agg("late")
    )
    # Days of equal chance: of n the one at a level is the first that reaches it.
    points = np.array(days["late"].to_list(), dtype=float)
    at = np.ceil(np.array(QUANTILES) * points.shape[1] - 1e-9).astype(int) - 1
    return np.asarray(points[:, at])


def _lose(taken: FloatArray, quantiles: FloatArray) -> FloatArray:
    """Mean pinball loss of each line over all levels."""
    levels, error = np.array(QUANTILES), taken[:, None] - quantiles
    return np.asarray(np.maximum(levels * error, (levels - 1.0) * error).mean(axis=1))


def _wins(judged: list[tuple[dt.date, pl.DataFrame]], end: dt.date, name: str) -> bool:
    """Whether a statement is better by a standard error on lines of the year known by a day."""
    first = end - dt.timedelta(days=_TRIAL_DAYS)
    known = [
        lost.filter(pl.col("known_on") <= end) for before, lost in judged if first <= before < end
    ]
    if not known:
        return False
    gain = _gain(pl.concat(known), name)
    return gain["gained"] > gain["error"]


def _gain(lost: pl.DataFrame, name: str) -> dict[str, float]:
    """What a statement loses less than the record, summed by order, and the error of that."""
    gains = (
        lost.group_by("order", maintain_order=True)
        .agg(gain=(pl.col("record") - pl.col(name)).sum())["gain"]
        .to_numpy()
    )
    return {
        "gained": round(float(gains.sum()), 1),
        "error": round(float(np.sqrt((gains**2).sum())), 1),
    }
