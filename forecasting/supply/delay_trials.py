"""Whether the model of delays plans: it stands beside the record of each supplier on lines of now.

The trial is what was due in the last year, or in half of the time known. Both say how likely each
line is late by what was known before, the record by `lateness` and the model by `delays`; the model
plans where its squared error is less by more than a standard error. Trees are grown anew for the
night then, by all that is known.
"""

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.supply.delays import fit_delays, predict_delays
from forecasting.supply.lateness import spread_lateness
from quality_checks.contracts import (
    AskedOrderLines,
    DelayTrials,
    LineDelays,
    PastOrderLines,
    find_contract,
    find_frame,
)

FloatArray = npt.NDArray[np.float64]

TRIAL_DAYS = 365
"""Most days up to the business date of which lines are judged."""

LEARNT_DAYS = 1_095
"""Days up to the business date of which lines are learnt from: older ones tell little."""

LEAST_JUDGED = 20
"""Lines late, and in time, of the trial below which the record plans."""

LEAST_ERRORS = 1.0
"""Standard errors by which the model must be better. It costs little to be wrong where both are
alike, and more to leave a better one aside."""

_SEED = 1
_WEEK = 7


class Delays(NamedTuple):
    """How late open lines may be by the model, where it plans, and how that was found.

    Attributes:
        lines: the columns of the contract LineDelays without business_date.
        trials: the columns of the contract DelayTrials without business_date.
        broken: record -> problem of trials that broke off; they have no row in `trials`.
    """

    lines: pl.DataFrame
    trials: pl.DataFrame
    broken: dict[str, str]


def predict_line_delays(past: pl.DataFrame, asked: pl.DataFrame, *, as_of: dt.date) -> Delays:
    """Predict how likely open lines are late, for each record whose trial the model wins.

    A line of which the model says nothing is judged by the record of its supplier. So are those of
    a record whose lines break the trial or the model: it only sharpens, and plans go on without.

    Args:
        past: frame `past_order_lines`, with outcomes known by `as_of`.
        asked: frame `asked_order_lines`.
        as_of: business date.
    """
    lines = [pl.DataFrame(schema=find_contract(LineDelays).made_schema)]
    trials: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    for record in past["record"].unique().sort():
        try:
            trial = _hold_trial(find_frame(PastOrderLines).read(past.filter(record=record)), as_of)
            if trial["model_plans"]:
                lines.append(_predict_record(past, asked, str(record), as_of))
            trials.append(trial | {"record": record})
        except Exception as error:  # noqa: BLE001  # no plan waits for what only sharpens it
            broken[str(record)] = f"{type(error).__name__}: {error}"
    return Delays(
        pl.concat(lines).sort("document", "line"),
        pl.DataFrame(trials, schema=find_contract(DelayTrials).made_schema),
        broken,
    )


def _predict_record(
    past: pl.DataFrame, asked: pl.DataFrame, record: str, as_of: dt.date
) -> pl.DataFrame:
    """What the model says of the open lines of one record, learnt from all that is known of it."""
    own = find_frame(AskedOrderLines).read(asked.filter(record=record))
    model = fit_delays(past.filter(record=record), as_of=as_of, seed=_SEED)
    return _state_lines(own, predict_delays(model, own))


def add_modelled_chances(documents: pl.DataFrame, delays: pl.DataFrame) -> pl.DataFrame:
    """Add modelled_late, as `judge_lateness` reads it, to document lines: of orders of suppliers.

    Args:
        documents: record, document, line and document_kind.
        delays: rows of the contract LineDelays.
    """
    of_orders = delays.select(
        "record",
        "document",
        "line",
        document_kind=pl.lit("purchase_order"),
        modelled_late="late_chance",
    )
    key = ["record", "document_kind", "document", "line"]
    return documents.join(of_orders, on=key, how="left", maintain_order="left")


def _state_lines(asked: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """What is said of open lines, in the columns of the contract LineDelays."""
    return (
        asked.select("record", document="order")
        .hstack(said.select("line", late_chance="p_late_0"))
        .select(find_contract(LineDelays).made_schema.names())
    )


def _hold_trial(lines: pl.DataFrame, as_of: dt.date) -> dict[str, Any]:
    """Hold the model against the record on the lines of one record that were due of late."""
    start = _begin_trial(lines, as_of)
    told = pl.col("known_on").is_not_null() | (pl.col("due_on") < as_of)
    judged = lines.filter(pl.col("due_on") > start, told)
    late = (judged["days_late"].is_null() | (judged["days_late"] > 0)).to_numpy()
    found: dict[str, Any] = {
        "lines": judged.height,
        "late": int(late.sum()),
        "record_error": None,
        "model_error": None,
        "model_plans": False,
    }
    if min(late.sum(), len(late) - late.sum()) < LEAST_JUDGED:
        return found
    before = _forget_since(lines, start)
    by_record = (late - _judge_by_record(before, judged, start)) ** 2
    by_model = (late - _judge_by_model(before, judged, start)) ** 2
    better = judged.select("order", gain=pl.Series(by_record - by_model))
    orders = better.group_by("order", maintain_order=True).agg(pl.col("gain").sum())
    # The lines of an order share their fate: an order is one draw.
    sure = LEAST_ERRORS * float(np.sqrt((orders["gain"].to_numpy() ** 2).sum()))
    return found | {
        "record_error": float(by_record.mean()),
        "model_error": float(by_model.mean()),
        "model_plans": bool(orders["gain"].sum() > sure),
    }


def _begin_trial(lines: pl.DataFrame, as_of: dt.date) -> dt.date:
    """The day before the first one whose lines are judged."""
    known_days = lines.select((pl.lit(as_of) - pl.col("due_on").min()).dt.total_days()).item()
    return as_of - dt.timedelta(days=min(TRIAL_DAYS, known_days // 2))


def _forget_since(lines: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Lines that were due by a day, with what was known of them then."""
    known = pl.col("known_on") <= day
    return lines.filter(pl.col("due_on") <= day).with_columns(
        pl.when(known).then(name).alias(name) for name in ("known_on", "days_late")
    )


def _judge_by_record(before: pl.DataFrame, judged: pl.DataFrame, day: dt.date) -> FloatArray:
    """Chance that each line is late by what its supplier's lines were by a day."""
    so_far = (pl.lit(day) - pl.col("due_on")).dt.total_days()
    lead = (pl.col("due_on") - pl.col("ordered_on")).dt.total_days()
    record = before.select(
        "record",
        sender="supplier",
        # Of a line without a day of its order the day due tells of no lead time.
        lead_days=lead.fill_null(0).clip(lower_bound=0),
        days_late=pl.coalesce("days_late", so_far),
        came=pl.col("days_late").is_not_null(),
        lines=pl.lit(1, pl.Int64),
    )
    asked = judged.select(
        "record",
        sender="supplier",
        days_late=(-lead).fill_null(-1).clip(upper_bound=-1),
        late_from=pl.lit(0, pl.Int64),
        late_week_from=pl.lit(_WEEK, pl.Int64),
        modelled_late=pl.lit(None, pl.Float64),
    )
    return spread_lateness(asked, record, points=1)["late_chance"].to_numpy()


def _judge_by_model(before: pl.DataFrame, judged: pl.DataFrame, day: dt.date) -> FloatArray:
    """Chance that each line is late by a model that was learnt by a day."""
    placed = pl.min_horizontal(pl.coalesce("ordered_on", "due_on"), pl.lit(day))
    asked = judged.drop("known_on", "days_late").with_columns(judged_on=placed)
    model = fit_delays(before, as_of=day, seed=_SEED)
    return predict_delays(model, asked)["p_late_0"].to_numpy()
